/** Runs before everything else, and at once: it is a script of its own of two kilobytes. While the browser fetches and reads the page's script this asks for
 * the words of the user's language, for the session, and for what the store asks for first: accounts and mailboxes (store/folders.ts), and the first rows of
 * the list (store/list.ts). */
import { placeOf } from "./app/place.ts";
import { viewOf } from "./app/view.ts";
import { askEarly, askTogether, INBOX, type Request } from "./client/early.ts";
import { LANGUAGES, type Language, preferredLanguage, regionOf } from "./i18n/languages.ts";
import { FIRST_ROWS, LIST_PROPERTIES, queryOf, windowFor } from "./store/window.ts";

/** The file of each language, by the build. */
declare const WORDS: Record<string, string>;

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
  if (place.page !== "mail" || view.query || view.only || typeof view.in === "string") return [];
  const filter = "mailboxId" in view.in ? { inMailbox: view.in.mailboxId } : kept(INBOX);
  if ("role" in view.in && (view.in.role !== "inbox" || view.sort || !Object.keys(filter).length)) return [];
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

// For its first number, the first date and the first two words that it compares Chromium looks at all the languages that it has: some 30 ms. There is time for it
// before the page's script is here.
setTimeout(() => {
  const region = regionOf(language);
  new Intl.NumberFormat(region).format(0);
  new Intl.DateTimeFormat(region, { hour: "2-digit", minute: "2-digit" }).format();
  "a".localeCompare("b");
});
