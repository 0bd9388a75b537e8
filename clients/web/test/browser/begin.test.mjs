/** The page begins: as who is signed in, in which language, and what a test is told when something goes wrong in it. */
import assert from "node:assert/strict";
import { context, eventually, site, Watch } from "../harness.mjs";

const { test } = site();
const begun = (page) => page.locator("#app > *").first().waitFor();

test("in the language of the browser, from right to left where it is written so", async ({ open }) => {
  for (const [lang, tag, dir] of [["en", "en", "ltr"], ["fr", "fr", "ltr"], ["pseudo", "en", "rtl"]]) {
    const page = await open("/", { lang });
    await begun(page);
    assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]), [tag, dir]);
  }
});

test("light or dark as the system is, or as was chosen", async ({ open }) => {
  const theme = async (options) => {
    const page = await open("/", options);
    await begun(page);
    return page.evaluate(() => document.documentElement.dataset.theme);
  };
  assert.equal(await theme({}), "light");
  assert.equal(await theme({ dark: true }), "dark");
  assert.equal(await theme({ dark: true, preferences: { theme: "light" } }), "light");
});

test("a code in the address becomes a token, and is in the address no more", async ({ open, json, raw, url }) => {
  const { code } = await raw.call("Token/invite", { token: { name: "a phone", scopes: ["read", "triage"] } });
  const page = await open(`/#pair=${code}`, { token: null });
  await begun(page);
  await eventually(async () => (await page.evaluate(() => localStorage.getItem("facteur.token"))) !== null);
  assert.equal(page.url(), `${url}/`);
  const { list } = await raw.call("Token/get", {});
  assert.ok(list.some((token) => token.name === "a phone"));
});

test("what goes wrong in a page fails its test", async ({ browser, url, token }) => {
  const made = await context(browser, url, token);
  const watch = new Watch(made, url, [/expected/]);
  try {
    const page = await made.newPage();
    await page.goto(url);
    await page.evaluate(() => {
      console.error("said");
      console.error("expected");
      setTimeout(() => { throw new Error("thrown"); });
      new Image().src = "http://192.0.2.1/picture"; // the policy says no: two errors in the console, or one
    });
    const has = (pattern) => watch.problems.some((text) => pattern.test(text));
    await eventually(() => has(/console: said/) && has(/error in the page: Error: thrown/) && has(/192\.0\.2\.1/));
    assert.ok(!has(/expected/));
  } finally {
    await made.close();
  }
});

test("what is needed first is asked for while the script is on its way, and once", async ({ browser, url, token, raw }) => {
  const { list } = await raw.call("Mailbox/get", { accountId: "*", properties: ["role"] });
  for (const path of ["/", `/mail/${list.find(({ role }) => role === "inbox").id}`]) {
    const made = await context(browser, url, token);
    try {
      const page = await made.newPage();
      const asked = [];
      page.on("request", (r) => asked.push(`${new URL(r.url()).pathname} ${r.postData() ?? ""}`));
      await page.goto(`${url}${path}`);
      await page.getByRole("option").first().waitFor();
      await page.waitForLoadState("networkidle", { timeout: 2000 }).catch(() => undefined); // the stream of changes stays open
      const count = (pattern) => asked.filter((one) => pattern.test(one)).length;
      assert.equal(count(/^\/\.well-known\/jmap /), 1);
      assert.equal(count(/\["Account\/get",\{"ids":null\},"0c0"\],\["Mailbox\/get"/), 1, asked.join("\n"));
      assert.equal(count(/\["Account\/get",\{"ids":null\},"c0"\],\["Mailbox\/get"/), 0); // accounts alone are asked for again when they are others
      // Of a mailbox the rows, too: behind the states that what is new is asked for by.
      assert.equal(count(/\["Email\/query".*"position":0,/), 1, asked.join("\n"));
      if (path !== "/") assert.equal(count(/"0c4"\],\["Email\/query".*"position":0,/), 1, asked.join("\n"));
      assert.equal(await page.evaluate(() => globalThis.facteurEarly.size), 0);
    } finally {
      await made.close();
    }
  }
});

test("of the inbox of all accounts, the rows are asked for as it was made up last; where that is not so any more, again", async ({ browser, url, token }) => {
  const made = await context(browser, url, token);
  try {
    const page = await made.newPage();
    const asked = [];
    page.on("request", (r) => asked.push(r.postData() ?? ""));
    const rows = () => asked.filter((body) => body.includes('"position":0,')).map((body) => (body.includes('"0c4"],["Email/query"') ? "early" : "late"));
    const load = async () => {
      asked.length = 0;
      await page.goto(url);
      await page.getByRole("option").first().waitFor();
      return rows();
    };
    assert.deepEqual(await load(), ["late"]);
    assert.deepEqual(await load(), ["early"]);
    const first = () => page.getByRole("option").first().evaluate((row) => [row.ariaLabel, row.ariaSetSize]); // how many are drawn changes after a moment
    const before = await first();
    for (const [damaged, how] of [['{"inMailbox":"m999"}', ["early", "late"]], ['{"no such":[1]}', ["early", "late"]], ["not JSON", ["late"]], ["[]", ["late"]], ["7", ["late"]]]) {
      await page.evaluate((text) => localStorage.setItem("facteur.inbox", text), damaged);
      assert.deepEqual(await load(), how, damaged);
      assert.deepEqual(await first(), before);
      assert.deepEqual(await load(), ["early"], `after ${damaged}`);
    }
  } finally {
    await made.close();
  }
});

test("what was asked for early and was another list by then is not shown for that list later", async ({ browser, url, token, raw, receive }) => {
  const { list } = await raw.call("Mailbox/get", { accountId: "*", properties: ["role", "accountId"] });
  const box = list.find(({ role }) => role === "archive").id;
  const { id } = await receive("archived meanwhile");
  const made = await context(browser, url, token, { preferences: { markReadAfter: -1 } });
  try {
    await made.addInitScript((filter) => localStorage.setItem("facteur.inbox", filter), JSON.stringify({ inMailbox: box }));
    const page = await made.newPage();
    const early = page.waitForResponse((response) => (response.request().postData() ?? "").includes(`"inMailbox":"${box}"`));
    await page.goto(url);
    await (await early).finished();
    const row = page.getByRole("option").filter({ hasText: "archived meanwhile" });
    await row.waitFor();
    await raw.call("Email/set", { accountId: list[0].accountId, update: { [id]: { mailboxIds: { [box]: true } } } });
    await row.waitFor({ state: "detached" });
    await page.evaluate((path) => {
      history.pushState({}, "", path);
      dispatchEvent(new PopStateEvent("popstate"));
    }, `/mail/${box}`);
    await row.waitFor();
  } finally {
    await made.close();
  }
});
