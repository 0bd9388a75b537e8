/** Writing: what is typed arrives, is saved, and goes out. */
import assert from "node:assert/strict";
import { eventually, site } from "../../harness.mjs";
import { accountWith, drafts } from "./support.mjs";

const { test } = site();

test("a key, and one writes: nothing of it is taken for a command (reply, typed at once)", async ({ open, core, receive, raw }) => {
  await accountWith(core);
  const { id } = await receive("Lunch on Friday");
  const page = await open(`/mail/inbox/${id}`);
  await page.getByRole("heading", { name: "Lunch on Friday" }).first().waitFor();
  await page.keyboard.press("r");
  await page.keyboard.type("archive e # y z, and more", { delay: 20 });
  const text = page.getByRole("textbox", { name: "Message", exact: true });
  await text.waitFor();
  await eventually(async () => (await text.innerText()).startsWith("archive e # y z, and more"));
  assert.match(await text.innerText(), /Jane wrote:/);
  await page.getByText(/^Saved at/).waitFor();
  const [draft] = await drafts(raw, "Re: Lunch on Friday");
  assert.equal(draft.to[0].email, "jane@example.org");
  assert.match(draft.text, /^archive e # y z, and more\n/);
});
