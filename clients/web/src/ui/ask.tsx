/** Questions that want an answer before anything goes on: yes or no, or a text. */
import { signal } from "@preact/signals";
import { useId } from "preact/hooks";
import { t } from "../i18n/i18n.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";

interface Question {
  title: string;
  text?: string;
  /** What the button says that does it: the deed, not "OK". */
  yes: string;
  isDanger?: boolean;
  /** A text is asked for; this is what stands there first. */
  field?: { label: string; value: string; maxLength?: number };
}
const asked = signal<(Question & { answer(text: string | undefined): void }) | undefined>(undefined);

function ask(question: Question): Promise<string | undefined> {
  asked.value?.answer(undefined);
  return new Promise((done) => {
    asked.value = {
      ...question,
      answer(text) {
        asked.value = undefined;
        done(text);
      },
    };
  });
}

export async function askYes(question: Omit<Question, "field">): Promise<boolean> {
  return (await ask(question)) !== undefined;
}

/** undefined: it was called off. */
export function askText(question: Question & { field: NonNullable<Question["field"]> }): Promise<string | undefined> {
  return ask(question);
}

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
