/** Where HTML is parsed: in an empty document with the policy of mail (/message-frame), never in the page's own.
 *
 * The page's policy has style-src 'self': a parser under it drops each style attribute and reports it. In the frame they are parsed, and
 * filtered; what is taken over from there keeps its styles, as nodes that are imported are not parsed again (docs/decisions/0042). */

export type Realm = Window & typeof globalThis;

let frame: Promise<Realm> | undefined;

async function load(): Promise<Realm> {
  const element = document.createElement("iframe");
  element.hidden = true;
  element.setAttribute("aria-hidden", "true");
  element.sandbox.add("allow-same-origin");
  element.src = "/message-frame";
  const loaded = new Promise<void>((done) => element.addEventListener("load", () => done(), { once: true }));
  document.body.append(element);
  await loaded;
  const realm = element.contentWindow as Realm | null;
  if (!realm?.document?.body) {
    element.remove();
    throw new Error("the frame for mail was not loaded");
  }
  return realm;
}

export function realm(): Promise<Realm> {
  frame ??= load().catch((e: unknown) => {
    frame = undefined;
    throw e;
  });
  return frame;
}
