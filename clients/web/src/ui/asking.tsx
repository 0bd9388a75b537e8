/** How a question (ask.ts) is drawn. */
import { useId } from "preact/hooks";
import { t } from "../i18n/i18n.ts";
import { asked } from "./ask.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";

export function Asking() {
  const id = useId();
  const now = asked.value;
  if (!now) return null;
  const { field } = now;
  return (
    <Dialog key={now.title} label={now.title} close={() => asked.value === now && now.answer(undefined)} class="asking">
      <form
        method="dialog"
        onSubmit={(e) => {
          e.preventDefault();
          const text = field ? (new FormData(e.currentTarget).get("text") as string).trim() : "";
          if (!field || text) now.answer(text);
        }}
      >
        <h2>{now.title}</h2>
        {now.text && <p>{now.text}</p>}
        {field && (
          <div class="field">
            <label for={id}>{field.label}</label>
            <input id={id} name="text" type="text" required maxLength={field.maxLength ?? 200} defaultValue={field.value} autocomplete="off" autofocus />
          </div>
        )}
        <div class="asking-buttons">
          <Button label={t("app-cancel")} onClick={() => now.answer(undefined)} />
          <Button label={now.yes} kind={now.isDanger ? "danger" : "primary"} type="submit" />
        </div>
      </form>
    </Dialog>
  );
}
