/** Begins: language, theme, who is signed in, which page. Read it first. */
import { render } from "preact";
import { App } from "./app/app.tsx";
import { firstAnswer } from "./app/first.ts";
import { preferences } from "./app/preferences.ts";
import "./app/theme.ts";
import { start } from "./client/session.ts";
import { LANGUAGES, type Locale, preferredLanguage, setLocale } from "./i18n/i18n.ts";
import { registerWorker } from "./client/worker.ts";

const wanted = new URLSearchParams(location.search).get("lang") ?? "";
const asked = wanted === "pseudo" || Object.hasOwn(LANGUAGES, wanted) ? (wanted as Locale) : undefined;
const chosen = preferences.value.language;
void start(); // what comes of it is a signal: that the bridge does not answer is shown, too
void Promise.all([setLocale(asked ?? (chosen === "system" ? preferredLanguage() : chosen)), firstAnswer()]).then(() => {
  render(<App />, document.getElementById("app")!);
  registerWorker();
});
