/** What tests of the mailbox say often: where things are on the screen, and what the store has of them. */
import assert from "node:assert/strict";
import { eventually } from "./harness.mjs";

export const rows = (page) => page.getByRole("listbox", { name: "Messages" }).getByRole("option");
/** The row of a message with this subject. */
export const row = (page, subject) => rows(page).filter({ hasText: subject });
export const gone = (locator) => locator.waitFor({ state: "detached" });
export const message = (page) => page.getByRole("region", { name: "Message" });

/** What the store says of a message: the roles (or names) of its mailboxes and its keywords, sorted. */
export async function stored(raw, id) {
  const { list } = await raw.call("Email/get", { ids: [id], properties: ["mailboxIds", "keywords"] });
  if (!list.length) return undefined;
  const { list: mailboxes } = await raw.call("Mailbox/get", { ids: Object.keys(list[0].mailboxIds), properties: ["name", "role"] });
  return { in: mailboxes.map((m) => m.role ?? m.name).sort(), keywords: Object.keys(list[0].keywords).sort() };
}

/** Until the store says so. */
export const stands = (raw, id, expected) => eventually(async () => assert.deepEqual(await stored(raw, id), expected));

/** The subjects that a list has on the screen, from above. */
export const subjects = (page) => rows(page).locator(".subject").allTextContents().then((all) => all.map((text) => text.trim()));
