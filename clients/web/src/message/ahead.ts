/** What is likely to be opened next is drawn before it is, in a frame that nobody sees: the key that opens it has little left to do. */
import { locale } from "../i18n/i18n.ts";
import type { Message } from "../store/types.ts";
import { ahead, draw, type Drawn } from "./draw.ts";
import { canMove, prepareFrame, putFrame, spareFrame } from "./frames.ts";
import { hears } from "./hears.ts";
import { hasHtml } from "./parts.ts";

/** Characters. A longer one would hold up what is done meanwhile, and may never be opened. */
const LONGEST = 300_000;

interface Made {
  frame: HTMLIFrameElement;
  drawn: Drawn;
  /** Never another object for the same bodies. */
  bodies: Message["bodyValues"];
  look: string;
}

let made: Made | undefined;

/** All that its look depends on. */
function lookOf(isDark: boolean): string {
  return [isDark, document.documentElement.dataset["theme"], locale.value].join();
}

function forget(): void {
  made?.drawn.dispose();
  made?.frame.remove();
  made = undefined;
}

/** False: there is no frame for it yet. */
export function drawAhead(message: Message, isDark: boolean): boolean {
  const length = Object.values(message.bodyValues).reduce((sum, { value }) => sum + value.length, 0);
  if (!canMove || made?.bodies === message.bodyValues || !hasHtml(message) || length > LONGEST) return true;
  forget();
  const frame = spareFrame();
  if (!frame) return false;
  if (!hears(frame.contentDocument!)) {
    frame.remove();
    return true;
  }
  frame.className = "frame-ahead"; // what has no lines yet says its text without them (innerText)
  frame.hidden = false;
  made = { frame, drawn: draw(frame, message, { isDark, folds: true }), bodies: message.bodyValues, look: lookOf(isDark) };
  prepareFrame();
  return true;
}

ahead.take = (place, message, isDark) => {
  if (made?.bodies !== message.bodyValues) return undefined;
  if (made.look !== lookOf(isDark) || !made.frame.contentDocument || made.drawn.hasLost) return void forget();
  const taken = made;
  made = undefined;
  putFrame(taken.frame, place);
  return taken;
};
