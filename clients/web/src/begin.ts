/** Runs before everything else, and at once: it is a script of its own of one kilobyte. While the browser fetches and reads the page's script this asks for
 * the words of the user's language, for the session, and for what the store asks for first (store/folders.ts). */
import { askEarly } from "./client/early.ts";
import { LANGUAGES, type Language, preferredLanguage, regionOf } from "./i18n/languages.ts";

/** The file of each language, by the build. */
declare const WORDS: Record<string, string>;

function chosen(): Language {
  try {
    const { language } = JSON.parse(localStorage.getItem("facteur.preferences") ?? "{}") as { language?: Language };
    if (language && Object.hasOwn(LANGUAGES, language)) return language;
  } catch {
    // the page's own script copes with it
  }
  return preferredLanguage();
}

const language = chosen();
const words = document.createElement("link");
words.rel = "modulepreload";
words.href = WORDS[language]!;
document.head.append(words);

const token = localStorage.getItem("facteur.token");
if (token) {
  const headers = { Authorization: `Bearer ${token}` };
  askEarly("/.well-known/jmap", { headers });
  if (!/^\/(setup|compose)/.test(location.pathname))
    askEarly("/jmap/api", {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify({
        using: ["urn:ietf:params:jmap:core", "urn:facteur:core", "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:submission"],
        methodCalls: [["Account/get", { ids: null }, "c0"], ["Mailbox/get", { accountId: "*", ids: null }, "c1"], ["Identity/get", { accountId: "*", ids: null }, "c2"], ["Email/get", { accountId: "*", ids: [], properties: ["id"] }, "c3"], ["Thread/get", { accountId: "*", ids: [] }, "c4"]],
      }),
    });
}

// A browser takes 20 to 40 ms for the first number of a page, as it reads its tables then, and a few for the first date. There is time for it before the
// page's script is here.
setTimeout(() => {
  const region = regionOf(language);
  new Intl.NumberFormat(region).format(0);
  new Intl.DateTimeFormat(region, { hour: "2-digit", minute: "2-digit" }).format();
});
