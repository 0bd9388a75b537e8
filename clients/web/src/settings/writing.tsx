/** Writing: how long a message can be taken back, and in which form one begins. */
import { prefer, preferences } from "../app/preferences.ts";
import { t } from "../i18n/i18n.ts";
import { variant } from "../i18n/variant.ts";
import { SelectField } from "../ui/form.tsx";
import { PreferenceChoice } from "./appearance.tsx";

const SECONDS = ["0", "5", "10", "20", "30", "60"];

export function Writing() {
  const { undoSend } = preferences.value;
  const options = [...new Set([...SECONDS, String(undoSend)])].map((value) => ({ value, label: t("settings-undo-send-kind", { seconds: variant(value) }) }));
  return (
    <div class="form">
      <SelectField label={t("settings-undo-send")} hint={t("settings-undo-send-hint")} value={String(undoSend)} options={options} onValue={(value) => prefer({ undoSend: Number(value) })} />
      <PreferenceChoice name="compose" values={["rich", "plain"]} />
    </div>
  );
}
