/** Which keys do what: as one is used to, or none at all; and the list of them. */
import { commands, GROUPS } from "../app/commands.ts";
import { keysOf, written } from "../app/keys.ts";
import { type Preferences, prefer, preferences } from "../app/preferences.ts";
import { t } from "../i18n/i18n.ts";
import { ChoiceField } from "../ui/form.tsx";

const PRESETS: Preferences["keys"][] = ["facteur", "gmail", "thunderbird", "mutt", "none"];

export function Keys() {
  const preset = preferences.value.keys;
  const options = PRESETS.map((value) => ({ value, label: t("settings-keys-kind", { kind: value }) }));
  return (
    <div class="form">
      <ChoiceField label={t("settings-keys-preset")} value={preset} options={options} onValue={(keys) => prefer({ keys })} />
      {GROUPS.map((group) => {
        const shown = commands.filter((command) => command.group === group && keysOf(command, preset).length);
        return shown.length > 0 && (
          <section key={group}>
            <h3>{t(`help-${group}`)}</h3>
            <dl class="facts keys-list">
              {shown.map((command) => (
                <div key={command.id}>
                  <dt>{keysOf(command, preset).map((key) => <kbd key={key}>{written(key)}</kbd>)}</dt>
                  <dd>{t(`command-${command.id}`)}</dd>
                </div>
              ))}
            </dl>
          </section>
        );
      })}
    </div>
  );
}
