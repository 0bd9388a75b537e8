/** Reading: when a message counts as read, whose pictures are loaded, what a swipe does. */
import { type Preferences, prefer, preferences, type SwipeAction } from "../app/preferences.ts";
import { t } from "../i18n/i18n.ts";
import { variant } from "../i18n/variant.ts";
import { Button } from "../ui/button.tsx";
import { SelectField } from "../ui/form.tsx";

const DELAYS = ["0", "1", "3", "10", "-1"];
const SWIPES: SwipeAction[] = ["archive", "trash", "seen", "flagged", "junk", "move", "none"];

function Swipe({ name }: { name: "swipeEnd" | "swipeStart" }) {
  const options = SWIPES.map((value) => ({ value, label: t("settings-swipe-kind", { kind: value }) }));
  return <SelectField label={t(`settings-${name}`)} value={preferences.value[name]} options={options} onValue={(value) => prefer({ [name]: value } as Partial<Preferences>)} />;
}

export function Reading() {
  const { markReadAfter, picturesFrom } = preferences.value;
  const delays = [...new Set([...DELAYS, String(markReadAfter)])].map((value) => ({ value, label: t("settings-mark-kind", { seconds: variant(value) }) }));
  return (
    <div class="form">
      <SelectField label={t("settings-mark")} value={String(markReadAfter)} options={delays} onValue={(value) => prefer({ markReadAfter: Number(value) })} />
      <fieldset class="form">
        <legend>{t("settings-pictures")}</legend>
        <p class="field-hint">{t("settings-pictures-hint")}</p>
        {picturesFrom.length === 0 && <p>{t("settings-pictures-none")}</p>}
        <ul class="rows">
          {picturesFrom.map((address) => (
            <li key={address}>
              <span dir="auto">{address}</span>
              <Button label={t("settings-pictures-remove", { address })} icon="close" onClick={() => prefer({ picturesFrom: picturesFrom.filter((other) => other !== address) })} />
            </li>
          ))}
        </ul>
      </fieldset>
      <fieldset class="form">
        <legend>{t("settings-swipes")}</legend>
        <Swipe name="swipeEnd" />
        <Swipe name="swipeStart" />
      </fieldset>
    </div>
  );
}
