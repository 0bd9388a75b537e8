import { t } from "../i18n/i18n.ts";

export default function Page() {
  return (
    <main class="page">
      <h1>{t("setup-title")}</h1>
    </main>
  );
}
