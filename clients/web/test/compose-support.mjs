/** Where the tests of writing send to: an SMTP server that keeps what it is given (tests/support/smtp_sink.py), and what drafts there are. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { root } from "./harness.mjs";

const SINK = `
import json, sys
sys.path.insert(0, sys.argv[1])
from smtp_sink import Sink
sink = Sink()
print(json.dumps({"port": sink.port}), flush=True)
n = 0
for line in sys.stdin:
    wanted = int(line)
    for message in sink.wait(wanted)[n:wanted]:
        print(json.dumps({"sender": message.sender, "recipients": message.recipients, "data": message.data if isinstance(message.data, str) else message.data.decode("latin-1")}), flush=True)
    n = wanted
`;

/** { port, message() } : the next message that it takes. */
export async function startSink() {
  const child = spawn("/usr/bin/python3", ["-c", SINK, join(root, "tests/support")], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value);
  const { port } = await next();
  let n = 0;
  return {
    port,
    message: async () => {
      child.stdin.write(`${++n}\n`);
      return next();
    },
    stop: () => new Promise((done) => (child.once("exit", done), child.stdin.end())),
  };
}

/** The local account sends by this server, as Jane Doe and as Jane at work. */
export async function accountWith(core, port = 1) {
  const client = await core.raw();
  await client.call("Account/set", { update: { a1: { address: "jane.doe@example.org", transport: `smtp://jane@127.0.0.1:${port}?tls=none`, password: "x" } } });
  const { list } = await client.call("Identity/get", { accountId: "a1" });
  if (list.length) return list;
  const { created, notCreated } = await client.call("Identity/set", {
    accountId: "a1",
    create: {
      home: { email: "jane.doe@example.org", name: "Jane Doe", textSignature: "Jane Doe, Paris", htmlSignature: "<p><b>Jane</b> Doe, Paris</p>" },
      work: { email: "jane@work.example", name: "Jane at work", textSignature: "The Office", htmlSignature: "<p>The <i>Office</i></p>" },
    },
  });
  if (!created) throw new Error(JSON.stringify(notCreated));
  return [created.home, created.work];
}

/** Drafts of this subject, as the core has them. */
export async function drafts(client, subject, accountId = "a1") {
  const { ids } = await client.call("Email/query", { accountId, filter: { hasKeyword: "$draft" }, limit: 100 });
  const { list } = await client.call("Email/get", { accountId, ids, properties: ["subject", "from", "to", "cc", "bcc", "keywords", "mailboxIds", "textBody", "htmlBody", "bodyValues", "attachments", "inReplyTo"], fetchAllBodyValues: true });
  return list.filter((one) => one.subject === subject).map((one) => ({ ...one, text: value(one, "textBody"), html: value(one, "htmlBody") }));
}

function value(email, of) {
  return email[of].map((part) => email.bodyValues[part.partId]?.value ?? "").join("");
}

/** 2 x 2 pixels. */
export const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP8zwACTGCSAQANHQEDgslx/wAAAABJRU5ErkJggg==";

/** As the browser pastes: `types` to text, and files of [name, type, base64]. */
export async function paste(locator, types, files = []) {
  await locator.evaluate(
    (element, [types, files]) => {
      const clipboardData = new DataTransfer();
      for (const [type, text] of Object.entries(types)) clipboardData.setData(type, text);
      for (const [name, type, data] of files) clipboardData.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name, { type }));
      element.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData }));
    },
    [types, files],
  );
}
