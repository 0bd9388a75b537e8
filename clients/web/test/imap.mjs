/** Puts messages into a mailbox of the test's Dovecot, as another program does: over IMAP with TLS. */
import { connect } from "node:tls";

export async function append({ imaps_port, password }, user, messages) {
  const socket = connect({ host: "127.0.0.1", port: imaps_port, rejectUnauthorized: false }); // the test's own server, on the loopback
  socket.setEncoding("utf8");
  let text = "", wake;
  socket.on("data", (data) => { text += data; wake?.(); });
  socket.on("error", (e) => { text += `error ${e}\r\n`; wake?.(); });
  async function until(pattern) {
    while (!pattern.test(text)) {
      if (/^(\w+ (NO|BAD)|error) .*/m.test(text)) throw new Error(text);
      await new Promise((done) => (wake = done));
    }
    text = "";
  }
  await until(/^\* OK/m);
  socket.write(`a LOGIN ${user} ${password}\r\n`);
  await until(/^a OK/m);
  for (const message of messages) {
    socket.write(`b APPEND INBOX {${Buffer.byteLength(message)}}\r\n`);
    await until(/^\+/m);
    socket.write(`${message}\r\n`);
    await until(/^b OK/m);
  }
  socket.end("c LOGOUT\r\n");
}

export function message(subject) {
  return `From: Jane <jane@example.org>\r\nTo: alice@example.org\r\nSubject: ${subject}\r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <${Math.random()}@example.org>\r\n\r\nHello.\r\n`;
}
