/** Runs before everything else, and at once: it is a script of its own of two kilobytes. While the browser fetches and reads the page's script this asks for
 * the words of the user's language, for the session, and for what the store asks for first: accounts and mailboxes (store/folders.ts), and the first rows of
 * the list (store/list.ts). */
import { placeOf } from "./app/place.ts";
import { viewOf } from "./app/view.ts";
import { askEarly, askTogether, type Request } from "./client/early.ts";
import { scriptUrl } from "./client/scripts.ts";
import { LANGUAGES, type Language, preferredLanguage, regionOf } from "./i18n/languages.ts";
import { readTables } from "./i18n/tables.ts";
import { filterOf, mailboxesOf } from "./store/views.ts";
import { FIRST_ROWS, LIST_PROPERTIES, queryOf, windowFor } from "./store/window.ts";

/** The file of each language, by the build. */
declare const WORDS: Record<string, string>;
/** The file of formats.ts. */
declare const FORMATS: string;

/** Of what the user has chosen, as far as it is needed here; the page's own script copes with what is damaged. */
function preferences(): { language?: Language; conversations?: unknown } {
  try {
    return Object(JSON.parse(localStorage.getItem("facteur.preferences") ?? "{}")) as object;
  } catch {
    return {};
  }
}
const chosen = preferences();
const language = chosen.language && Object.hasOwn(LANGUAGES, chosen.language) ? chosen.language : preferredLanguage();
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

/** Of a mailbox; what else there may be in a list, the store knows only when it has the accounts. */
function rows(): Request[] {
  const place = placeOf(new URL(location.href));
  const view = viewOf(place, chosen.conversations !== false);
  if (place.page !== "mail" || view.query || typeof view.in === "string" || "role" in view.in) return [];
  const filter = filterOf(view, mailboxesOf(view, new Map(), () => true), undefined, null)!;
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
