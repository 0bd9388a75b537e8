/** How it looks, on this screen. */
import { type Preferences, prefer, preferences } from "../app/preferences.ts";
import { LANGUAGES, preferredLanguage, setLocale, t } from "../i18n/i18n.ts";
import { CheckField, ChoiceField, SelectField } from "../ui/form.tsx";

/** A preference that has a few values: `settings-NAME` is its label, `settings-NAME-kind` has the words of each. */
export function PreferenceChoice<K extends "theme" | "layout" | "density" | "pane" | "compose">({ name, values }: { name: K; values: readonly Preferences[K][] }) {
  const options = values.map((value) => ({ value, label: t(`settings-${name}-kind`, { kind: value }) }));
  return <ChoiceField<Preferences[K]> label={t(`settings-${name}`)} value={preferences.value[name]} options={options} onValue={(value) => prefer({ [name]: value })} />;
}

export function Appearance() {
  const { language, conversations } = preferences.value;
  const choose = (value: Preferences["language"]): void => {
    prefer({ language: value });
    void setLocale(value === "system" ? preferredLanguage() : value);
  };
  return (
    <div class="form">
      <p class="field-hint">{t("settings-this-screen")}</p>
      <SelectField label={t("settings-language")} value={language} onValue={choose}
        options={[{ value: "system", label: t("settings-language-system") }, ...Object.entries(LANGUAGES).map(([value, label]) => ({ value: value as Preferences["language"], label }))]} />
      <PreferenceChoice name="theme" values={["system", "light", "dark"]} />
      <PreferenceChoice name="layout" values={["cards", "table"]} />
      <PreferenceChoice name="density" values={["compact", "normal", "relaxed"]} />
      <PreferenceChoice name="pane" values={["right", "below", "none"]} />
      <CheckField label={t("settings-conversations")} hint={t("settings-conversations-hint")} checked={conversations} onChecked={(on) => prefer({ conversations: on })} />
    </div>
  );
}
