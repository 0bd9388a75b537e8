// Writes a draft: node draft.js TO SUBJECT TEXT. Run again with the same KEY in the environment, it is written once.
import { FacteurError } from "facteur";
import { SocketClient } from "facteur/socket";

const [to = "", subject = "", text = ""] = process.argv.slice(2);
const client = await SocketClient.connect();
const { list } = await client.call("Mailbox/get", { accountId: "*", properties: ["role", "accountId"] });
const drafts = list.find((mailbox) => mailbox.role === "drafts")!;
try {
  const made = await client.call("Email/set", {
    accountId: drafts.accountId!,
    idempotencyKey: process.env["KEY"] ?? null,
    create: {
      draft: {
        mailboxIds: { [drafts.id]: true },
        keywords: { $draft: true, $seen: true },
        to: [{ email: to }],
        subject,
        bodyValues: { "1": { value: text } },
        textBody: [{ partId: "1", type: "text/plain" }],
      },
    },
  });
  console.log(made.created?.["draft"]?.id ?? made.notCreated?.["draft"]);
} catch (e) {
  if (!(e instanceof FacteurError)) throw e;
  console.error(`${e.message} (${e.type}, retry ${e.retry}${e.requiresUserAction ? ", the user must act" : ""})`);
  process.exitCode = 1;
}
client.close();
