// Prints Emails as they arrive: node watch.js [HOW MANY]. It misses none, even those that come while it asks.
import { SocketClient } from "facteur/socket";

let left = Number(process.argv[2] ?? Infinity);
const client = await SocketClient.connect();
let { state } = await client.call("Email/get", { accountId: "*", ids: [] });
await client.call("Push/subscribe", { types: ["Email"] });
console.log("watching");
for await (const _ of client.notifications()) {
  // They carry states: what changed is asked for.
  const batch = client.batch();
  const changes = batch.call("Email/changes", { accountId: "*", sinceState: state });
  const emails = batch.call("Email/get", { accountId: "*", ids: changes.ref("/created"), properties: ["subject"] });
  await batch.send();
  state = changes.result.newState;
  for (const email of emails.result.list) {
    console.log(email.subject);
    left--;
  }
  if (left <= 0) break;
}
client.close();
