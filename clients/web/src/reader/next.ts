/** While one reads a message, the one after it is made ready: fetched, and drawn where nobody sees it. */
import { list, openNow } from "../app/mail.ts";
import { isDark } from "../app/theme.ts";
import { painted } from "../store/painted.ts";
import { store } from "../store/index.ts";
import type { Id } from "../store/types.ts";
import { whenIdle } from "../ui/later.tsx";

/** Where one was before: one goes on in the same direction. */
let before = -1;
/** Not for what a key that repeats passes by. */
const LOOKED_AT_MS = 80;
/** Until a frame is ready. */
const TRIES = 10;
const AGAIN_MS = 200;

export async function prepareNext(id: Id): Promise<void> {
  const now = list.peek();
  const at = now?.indexOf(id) ?? -1;
  const next = at < 0 ? undefined : now?.idAt(at < before ? at - 1 : at + 1);
  before = at;
  if (next === undefined) return;
  await painted();
  await new Promise((done) => setTimeout(done, LOOKED_AT_MS));
  if (openNow.peek() !== id) return;
  const { drawAhead } = await import("../message/ahead.ts");
  const message = await store().message(next);
  for (let i = 0; i < TRIES; i++) {
    await new Promise<void>((done) => void whenIdle(done));
    if (openNow.peek() !== id || drawAhead(message, isDark.peek())) return;
    await new Promise((done) => setTimeout(done, AGAIN_MS));
  }
}
