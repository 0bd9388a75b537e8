/** When it is to go out. */
import { useRef } from "preact/hooks";
import { format } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { localValue, proposals } from "./later.ts";

function shown(at: Date): string {
  return format("weekday time", { weekday: "long", hour: "2-digit", minute: "2-digit" }).format(at);
}

export function LaterDialog({ onChosen, onDone }: { onChosen(at: Date): void; onDone(): void }) {
  const field = useRef<HTMLInputElement>(null);
  const soon = new Date(Date.now() + 3_600_000);
  const choose = (at: Date): void => {
    if (!(at.getTime() > Date.now())) {
      field.current!.setCustomValidity(t("compose-later-past"));
      return void field.current!.reportValidity();
    }
    onDone();
    onChosen(at);
  };
  return (
    <Dialog label={t("compose-later")} close={onDone}>
      <h2>{t("compose-later")}</h2>
      <div class="later-list">
        {proposals().map(({ key, at }) => (
          <Button key={key} label={t(`compose-later-${key}`, { when: shown(at) })} isWide onClick={() => choose(at)} />
        ))}
      </div>
      <form
        class="link-form"
        onSubmit={(e) => {
          e.preventDefault();
          choose(new Date(field.current!.value));
        }}
      >
        <label class="field">
          {t("compose-later-pick")}
          <input ref={field} type="datetime-local" required min={localValue(new Date())} defaultValue={localValue(soon)} onInput={(e) => e.currentTarget.setCustomValidity("")} />
        </label>
        <div class="compose-actions">
          <Button label={t("compose-later-send")} kind="primary" isWide type="submit" />
          <Button label={t("compose-cancel")} isWide onClick={onDone} />
        </div>
      </form>
    </Dialog>
  );
}
