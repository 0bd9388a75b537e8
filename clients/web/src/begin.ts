/** Runs before everything else, and at once: it is a script of its own of two kilobytes. While the browser fetches and reads the page's script this asks for
 * the words of the user's language, for the session, and for what the store asks for first: accounts and mailboxes (store/folders.ts), and the first rows of
 * the list (store/list.ts). */
import { placeOf } from "./app/place.ts";
import { viewOf } from "./app/view.ts";
import { askEarly, askTogether, INBOX, type Request } from "./client/early.ts";
import { scriptUrl } from "./client/scripts.ts";
import { LANGUAGES, type Language, preferredLanguage, regionOf } from "./i18n/languages.ts";
import { readTables } from "./i18n/tables.ts";
import { filterOf, mailboxesOf } from "./store/views.ts";
import { FIRST_ROWS, LIST_PROPERTIES, queryOf, windowFor } from "./store/window.ts";

/** The file of each language, by the build. */
declare const WORDS: Record<string, string>;
/** The file of formats.ts. */
declare const FORMATS: string;

/** What was kept as JSON; it may be damaged. */
function kept(name: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(localStorage.getItem(name) ?? "{}")) as Record<string, unknown>;
  } catch {
    return {};
  }
}
const chosen = kept("facteur.preferences");
const language = Object.hasOwn(LANGUAGES, String(chosen.language)) ? (chosen.language as Language) : preferredLanguage();
const words = document.createElement("link");
words.rel = "modulepreload";
words.href = WORDS[language]!;
document.head.append(words);

const using = ["urn:ietf:params:jmap:core", "urn:facteur:core", "urn:ietf:params:jmap:mail"];

function folders(): Request {
  return {
    using: [...using, "urn:ietf:params:jmap:submission"],
    methodCalls: [["Account/get", { ids: null }, "c0"], ["Mailbox/get", { accountId: "*", ids: null }, "c1"], ["Identity/get", { accountId: "*", ids: null }, "c2"], ["Email/get", { accountId: "*", ids: [], properties: ["id"] }, "c3"], ["Thread/get", { accountId: "*", ids: [] }, "c4"]],
  };
}

/** Of a mailbox, or of the inbox of all accounts as it was made up last; what else there may be in a list, the store knows only when it has the accounts. */
function rows(): Request[] {
  const place = placeOf(new URL(location.href));
  const view = viewOf(place, chosen.conversations !== false);
  if (place.page !== "mail" || view.query || typeof view.in === "string") return [];
  const isInbox = "role" in view.in;
  const filter = isInbox ? kept(INBOX) : filterOf(view, mailboxesOf(view, new Map(), () => true), undefined, null)!;
  if (isInbox && (place.part !== "inbox" || view.only || view.sort || !Object.keys(filter).length)) return [];
  return [{
    using,
    methodCalls: [
      ["Email/query", { ...queryOf(view, filter), position: 0, limit: windowFor(FIRST_ROWS), calculateTotal: true }, "c0"],
      ["Email/get", { accountId: "*", "#ids": { resultOf: "c0", name: "Email/query", path: "/ids" }, properties: LIST_PROPERTIES }, "c1"],
    ],
  }];
}

const token = localStorage.getItem("facteur.token");
if (token) {
  const headers = { Authorization: `Bearer ${token}` };
  askEarly("/.well-known/jmap", { headers });
  if (!/^\/(setup|compose)/.test(location.pathname)) askTogether("/jmap/api", headers, [folders(), ...rows()]);
}

// For its first number a browser reads the tables of all languages, 20 to 40 ms. There is time for it before the page's script is here; where there is a processor
// that nothing else is done by meanwhile, a worker does it.
const region = regionOf(language);
if (navigator.hardwareConcurrency > 2) new Worker(scriptUrl(FORMATS), { name: region });
else setTimeout(() => readTables(region));
