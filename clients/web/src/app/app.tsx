/** Which page is shown. */
import { signIn } from "../client/session.ts";
import { t } from "../i18n/i18n.ts";

export function App() {
  return <p>{t("app-starting")} {signIn.value.state}</p>;
}
