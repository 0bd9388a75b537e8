/** Asks who is there: the code of a pairing, or a token. */
import { t } from "../i18n/i18n.ts";

export function SignIn() {
  return (
    <main class="page signin">
      <h1>{t("signin-title")}</h1>
    </main>
  );
}
