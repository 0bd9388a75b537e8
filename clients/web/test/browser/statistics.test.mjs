/** The mailbox in figures: what is drawn is what the core counts, and leads to the messages that it stands for. */
import assert from "node:assert/strict";
import { site } from "../harness.mjs";

const { test } = site();
const figure = (page, name) => page.locator(".figure").filter({ has: page.getByRole("heading", { level: 2, name, exact: true }) });

test("numbers are the core's; a line of the table leads to its messages", async ({ open, raw }) => {
  const counted = await raw.call("Email/statistics", { unit: "month", timeZone: "Europe/Paris" });
  assert.ok(counted.total.received > 50 && counted.units.length > 3 && counted.senders.length > 5);
  const page = await open("/statistics?period=all");
  await page.getByText(`${counted.total.messages} messages`).waitFor();

  const months = figure(page, "Messages a month");
  await months.getByText("As a table").click();
  const rows = months.getByRole("row");
  assert.equal(await rows.count(), counted.units.length + 1);
  const newest = counted.units.at(-1);
  const first = rows.nth(1);
  assert.equal(await first.getByRole("cell").first().textContent(), String(newest.counts.received));

  const senders = figure(page, "Who writes most");
  const top = counted.senders[0];
  assert.equal(await senders.getByRole("row").nth(1).getByRole("cell").textContent(), String(top.messages));
  await page.getByRole("region", { name: "When messages come" }).getByRole("row").nth(7).waitFor();
  const hours = await figure(page, "When messages come").getByRole("cell").allTextContents();
  assert.deepEqual(hours.filter((text) => text !== "").map(Number), counted.hours.received.flat());

  await first.getByRole("link").click();
  await page.waitForURL(/\/mail\/all\?q=/);
  assert.equal(new URL(page.url()).searchParams.get("q"), `on:${newest.start.slice(0, 7)}`);
  await page.getByRole("option").first().waitFor();
  await page.goBack();
  await senders.getByRole("link").first().click();
  await page.waitForURL(/from/);
  assert.equal(new URL(page.url()).searchParams.get("q"), `from:${top.email}`);
});

test("a column is clicked; the time and the account are chosen, and stand in the address", async ({ open, raw }) => {
  const page = await open("/statistics?period=all");
  const months = figure(page, "Messages a month");
  await months.locator(".column").first().click({ position: { x: 2, y: 2 } });
  const { units } = await raw.call("Email/statistics", { unit: "month", timeZone: "Europe/Paris", groups: ["units"] });
  await page.waitForURL(/\/mail\/all\?q=/);
  assert.equal(new URL(page.url()).searchParams.get("q"), `on:${units[0].start.slice(0, 7)}`);
  await page.goBack();
  await page.getByRole("combobox", { name: "Time" }).selectOption("the last 30 days");
  await page.getByText("No messages in this time.").waitFor();
  await page.getByRole("combobox", { name: "Time" }).selectOption("from the beginning");
  await page.getByRole("combobox", { name: "Account" }).selectOption("On this computer");
  await page.waitForURL(/period=all&account=a1/);
  await months.locator(".column").first().click({ position: { x: 2, y: 2 } });
  await page.waitForURL(/account%3Aa1/);
});

test("a core that does not count yet is said to be older", async ({ open }) => {
  const page = await open("/mail/inbox");
  await page.getByRole("option").first().waitFor();
  await page.route("**/jmap/api", async (route) => {
    const { methodCalls } = route.request().postDataJSON();
    if (methodCalls[0][0] !== "Email/statistics") return route.continue();
    await route.fulfill({ json: { methodResponses: [["error", { type: "unknownMethod" }, methodCalls[0][2]]], sessionState: "0" } });
  });
  await page.evaluate(() => (history.pushState(null, "", "/statistics"), dispatchEvent(new PopStateEvent("popstate"))));
  await page.getByText("The Facteur that runs is older than this page").waitFor();
});
