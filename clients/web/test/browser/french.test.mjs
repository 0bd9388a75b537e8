/** Problems in a French page are said in French; the core's own words go with them, marked as English. */
import assert from "node:assert/strict";
import { site } from "../harness.mjs";
import { row } from "../mail.mjs";

const { test } = site();
const SINGLE = { conversations: false, markReadAfter: -1 };

test("what is refused, and a search that is malformed", async ({ open, receive }) => {
  await receive("refusé");
  const page = await open("/mail/inbox", { lang: "fr", preferences: SINGLE });
  await page.getByRole("option").filter({ hasText: "refusé" }).first().waitFor();
  await page.route("**/*", async (route) => {
    const asked = route.request().postData() ?? "";
    if (!asked.includes('"Email/set"')) return route.continue();
    const methodResponses = JSON.parse(asked).methodCalls.map(([name, { accountId, update }, id]) => [name, { accountId, oldState: "1", newState: "1", notUpdated: Object.fromEntries(Object.keys(update ?? {}).map((one) => [one, { type: "overQuota", description: "the mailbox is full" }])) }, id]);
    return route.fulfill({ json: { methodResponses, sessionState: "1" } });
  });
  await page.getByRole("option").filter({ hasText: "refusé" }).locator(".star").click();
  const said = page.getByRole("status").getByText("Il n’y a plus de place pour cela.");
  await said.waitFor();
  const detail = page.getByText("the mailbox is full", { exact: true });
  await detail.waitFor();
  assert.equal(await detail.evaluate((e) => e.closest("[lang]").lang), "en");

  await page.goto(new URL("/mail/all?q=before%3Anever", page.url()).href);
  await page.getByText("Cette recherche n’est pas comprise.").waitFor();
  assert.equal(await page.locator(".empty small").evaluate((e) => e.lang), "en");
  // Nor the name of what the page has asked with.
  assert.doesNotMatch(await page.locator(".empty small").textContent(), /^query:/);
});
