/** Every screen of the application, for the tests that look at all of them: accessibility, widths, words. A new screen is one line here.
 *
 *   path          where it is              arrange(page)   what is done there before it is looked at
 *   ready(page)   what is to be seen then  signedOut       nobody is signed in
 *   preferences   of this browser          on              only in this width: "desk" (1280), "phone" (320) */

/** `html`, `attachment`: messages of the inbox that have those. */
export function screens({ html, attachment }) {
  const list = (page) => page.getByRole("option").first();
  const dialog = (page) => page.getByRole("dialog");
  const heading = (page) => page.getByRole("heading", { level: 1 }).first();
  const text = (page) => page.locator(".message-text, .message-frame").first();
  const press = (...keys) => async (page) => {
    await list(page).waitFor();
    for (const key of keys) await page.keyboard.press(key);
  };
  const settings = ["accounts", "outbox", "identities", "rules", "vacation", "devices", "appearance", "reading", "writing", "keys"];
  return [
    { name: "signing in", path: "/", signedOut: true, ready: (page) => page.getByRole("button").first() },
    { name: "list", path: "/mail/inbox", ready: list },
    { name: "list, a line each", path: "/mail/inbox", ready: list, preferences: { layout: "table", density: "compact", pane: "below" } },
    { name: "some are selected", path: "/mail/inbox", ready: list, arrange: press("j", "x", "Shift+J") },
    { name: "conversation", path: `/mail/inbox/${html}`, ready: text },
    { name: "attachments", path: `/mail/inbox/${attachment}`, ready: text },
    { name: "search", path: "/mail/all?q=lantern", ready: list },
    { name: "nothing is found", path: "/mail/all?q=nosuchword", ready: (page) => page.locator(".list .empty") },
    { name: "keys", path: "/mail/inbox", arrange: press("?"), ready: dialog },
    { name: "palette", path: "/mail/inbox", arrange: press("Control+k"), ready: dialog },
    { name: "go to", path: "/mail/inbox", arrange: press("g", "g"), ready: dialog },
    { name: "move to", path: "/mail/inbox", arrange: press("j", "v"), ready: dialog },
    ...settings.map((part) => ({ name: `settings: ${part}`, path: `/settings/${part}`, ready: heading })),
    { name: "settings: a rule", path: `/settings/rules/new?message=${html}`, ready: (page) => page.locator(".rule-row").first() },
    { name: "set-up", path: "/setup", ready: heading },
    { name: "statistics", path: "/statistics?period=all", ready: (page) => page.locator(".week-map") },
  ];
}

/** The messages that they show, of the sample mail. */
export async function shown(json) {
  const first = async (query) => (await json("search", query, "-n", "1")).id;
  return { html: await first("in:inbox subject:order"), attachment: await first("in:inbox has:attachment") };
}
