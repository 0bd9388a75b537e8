/** What tests of the store have in common. */
import assert from "node:assert/strict";

/** Until it is so; what it was last is in the error. */
export async function eventually(probe, what = String(probe)) {
  for (const end = Date.now() + 15_000; ; ) {
    if (await probe()) return;
    if (Date.now() > end) assert.fail(`never: ${what}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}

/** The ids of the rows that are here, from the first on. */
export function shown(list) {
  const ids = [];
  for (let i = 0; list.idAt(i) !== undefined; i++) ids.push(list.idAt(i));
  return ids;
}

/** The same numbers for the same seed (mulberry32). */
export class Dice {
  constructor(seed) {
    this.state = seed;
  }
  below(n) {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  }
  of(list) {
    return list[this.below(list.length)];
  }
}

/** A message of one of some conversations; `n` makes it one of its own. */
export function messageOf(dice, n) {
  const word = dice.of(["apple", "pear", "plum", "cherry"]);
  const topic = dice.below(25);
  const from = dice.of(["jane", "john", "mary"]);
  const date = new Date(Date.UTC(2026, 0, 1) + dice.below(300) * 3600_000).toUTCString();
  return `From: ${from} <${from}@example.org>\r\nTo: me@example.net\r\nSubject: ${dice.below(2) ? "Re: " : ""}${word} ${topic}\r\nDate: ${date}\r\n` +
    `Message-ID: <m${n}.${dice.below(1e9)}@example.org>\r\nReferences: <topic${topic}@example.org>\r\n\r\n${"Hello. ".repeat(1 + dice.below(30))}\r\n`;
}

/** Imports messages into a mailbox; some of them read. */
export async function importMany(client, accountId, messages, mailboxId) {
  for (let i = 0; i < messages.length; i += 60) {
    const some = messages.slice(i, i + 60);
    const batch = client.batch();
    batch.call("Blob/upload", { accountId, create: Object.fromEntries(some.map((text, k) => [`m${k}`, { data: [{ "data:asText": text }], type: "message/rfc822" }])) });
    const imported = batch.call("Email/import", {
      accountId,
      emails: Object.fromEntries(some.map((text, k) => [`e${k}`, {
        blobId: `#m${k}`, mailboxIds: { [mailboxId]: true }, keywords: k % 3 ? {} : { $seen: true }, receivedAt: new Date(/^Date: (.*)$/m.exec(text)[1]).toISOString().replace(".000", ""),
      }])),
    });
    await batch.send();
    if (imported.result.notCreated && Object.values(imported.result.notCreated).some((e) => !["alreadyExists", "notFound", "invalidProperties"].includes(e.type))) throw new Error(JSON.stringify(imported.result.notCreated));
  }
}
