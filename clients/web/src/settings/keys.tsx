/** Which keys do what. */
import { type Preferences, prefer, preferences } from "../app/preferences.ts";
import { t } from "../i18n/i18n.ts";
import { ChoiceField } from "../ui/form.tsx";

const PRESETS: Preferences["keys"][] = ["facteur", "gmail", "thunderbird", "mutt", "none"];

export function Keys() {
  const options = PRESETS.map((value) => ({ value, label: t("settings-keys-kind", { kind: value }) }));
  return (
    <div class="form">
      <ChoiceField label={t("settings-keys-preset")} value={preferences.value.keys} options={options} onValue={(keys) => prefer({ keys })} />
    </div>
  );
}
