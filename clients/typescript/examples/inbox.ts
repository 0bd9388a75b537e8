// The mailboxes of all accounts, and the newest Emails that match a query: node inbox.js [QUERY].
import { FacteurError } from "facteur";
import { SocketClient } from "facteur/socket";

const client = await SocketClient.connect();
for (const mailbox of (await client.call("Mailbox/get", { accountId: "*" })).list)
  console.log(`${mailbox.name}: ${mailbox.unreadEmails} of ${mailbox.totalEmails}`);

const batch = client.batch(); // one round trip: the second call takes its ids from the first
const found = batch.call("Email/query", { query: process.argv[2] ?? "in:inbox", limit: 5 });
const emails = batch.call("Email/get", { ids: found.ref("/ids"), properties: ["from", "subject", "receivedAt"] });
await batch.send();
try {
  for (const email of emails.result.list) console.log(email.receivedAt, email.from?.[0]?.email ?? "nobody", "-", email.subject);
} catch (e) {
  if (!(e instanceof FacteurError)) throw e;
  console.error(`the query is refused: ${found.error?.message}`);
  process.exitCode = 1;
}
client.close();
