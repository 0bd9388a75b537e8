/** The scripts that we name by a text: workers of our own. A text becomes the address of a script by the policy of Trusted Types that the bridge allows us, which
 * can be made once in a page: by its first script (begin.ts), for all that comes after it. */

const ADDRESSES = ["/sw.js", /^\/assets\/formats-[0-9a-f]+\.js$/] as const;

interface Policy {
  createScriptURL(url: string): string;
}
interface Page {
  facteurScripts?: Policy;
  trustedTypes?: { createPolicy(name: string, rules: Policy): Policy };
}
const page = globalThis as Page;

function allowed(url: string): string {
  if (!ADDRESSES.some((one) => (typeof one === "string" ? one === url : one.test(url)))) throw new TypeError(`no script of ours: ${url}`);
  return url;
}

export function scriptUrl(url: string): string {
  page.facteurScripts ??= page.trustedTypes?.createPolicy("facteur", { createScriptURL: allowed }) ?? { createScriptURL: allowed };
  return page.facteurScripts.createScriptURL(url);
}
