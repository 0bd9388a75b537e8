/** Asks who is there: the code of a pairing (`facteur web`, `facteur bridge pair`), or a token. Says in words when it was refused, or when the
 * bridge does not answer. */
import { useSignal } from "@preact/signals";
import { pair, signIn, use } from "../client/session.ts";
import { t } from "../i18n/i18n.ts";
import { Form, TextField } from "../ui/form.tsx";
import { type Trouble, troubleOf } from "./trouble.ts";
import { TroubleNote } from "./trouble-view.tsx";

/** What is typed in a terminal: the same in every language. */
const HERE = "facteur web", ELSEWHERE = "facteur bridge pair";

/** "K7QF-2MXT-9D4A", as it is typed: in small letters, without the dashes, with spaces. */
export function codeOf(text: string): string | undefined {
  const letters = text.toUpperCase().replace(/[\s-]/g, "");
  return /^[0-9A-Z]{12}$/.test(letters) ? letters.replace(/(.{4})(.{4})(.{4})/, "$1-$2-$3") : undefined;
}

/** Nothing that is kept was good: said once, until something else is tried. */
function refusal(): Trouble {
  return { type: "refused", what: t("signin-refused"), advice: t("signin-refused.advice"), detail: undefined, server: undefined, certificate: undefined };
}

export function SignIn() {
  const state = signIn.value;
  const text = useSignal("");
  const isBusy = useSignal(false);
  const isMissing = useSignal(false);
  /** null: nothing was tried here yet, and what start() found is what there is to say. */
  const tried = useSignal<Trouble | undefined | null>(null);
  const trouble = tried.value === null ? (state.state === "out" && state.refused ? refusal() : undefined) : tried.value;

  const enter = async (): Promise<void> => {
    const typed = text.value.trim();
    isMissing.value = !typed;
    if (!typed || isBusy.value) return;
    isBusy.value = true;
    tried.value = undefined;
    try {
      const code = codeOf(typed);
      if (!(await (code ? pair(code) : use(typed)))) tried.value = refusal();
    } catch (e) {
      tried.value = troubleOf(e);
    }
    isBusy.value = false;
  };

  return (
    <main class="page signin" id="main">
      <h1>{t("signin-title")}</h1>
      {state.state === "unreachable" ? (
        <>
          <TroubleNote trouble={{ type: "lost", what: t("signin-unreachable"), advice: t("signin-unreachable.advice"), detail: state.why, server: undefined, certificate: undefined }} />
          <progress aria-label={t("signin-trying")} />
        </>
      ) : (
        <>
          {trouble && <TroubleNote trouble={trouble} />}
          <p>{t("signin-how")}</p>
          <ul class="plain-list">
            <li>{t("signin-here")} <kbd>{HERE}</kbd></li>
            <li>{t("signin-elsewhere")} <kbd>{ELSEWHERE}</kbd></li>
          </ul>
          <Form onSubmit={enter}>
            <TextField label={t("signin-code")} hint={t("signin-code-hint")} value={text.value} onValue={(value) => (text.value = value)} dir="ltr" autocomplete="one-time-code" autocapitalize="off"
              spellcheck={false} required error={isMissing.value ? t("signin-missing") : undefined} />
            <div class="form-buttons">
              <button type="submit" class="button primary" aria-disabled={isBusy.value}>{isBusy.value ? t("signin-trying") : t("signin-enter")}</button>
            </div>
          </Form>
        </>
      )}
    </main>
  );
}
