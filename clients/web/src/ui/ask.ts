/** Questions that want an answer before anything goes on: yes or no, or a text. */
import { signal } from "@preact/signals";

interface Question {
  title: string;
  text?: string;
  /** What the button says that does it: the deed, not "OK". */
  yes: string;
  isDanger?: boolean;
  /** A text is asked for; this is what stands there first. */
  field?: { label: string; value: string; maxLength?: number };
}
/** What is asked at present (asking.tsx draws it). */
export const asked = signal<(Question & { answer(text: string | undefined): void }) | undefined>(undefined);

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
