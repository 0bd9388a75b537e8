/** What a key is called, on keyboards of many kinds. */

/** Letters that are not Latin: Cyrillic, Greek, Hebrew, Arabic (of which one key has two letters), the vowels of Thai. */
const IS_OTHER = /^(?!\p{Script=Latin})[\p{L}\p{M}]/u;

/** "j", "Shift+J", "Ctrl+Enter", "#": by what the key says (event.key), so that it is right on every keyboard. Layouts that have no Latin letters are
 * used beside one that has, on the same keys: there it is the key that has this letter. */
export function nameOf(e: Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">): string {
  const says = IS_OTHER.test(e.key) && !e.altKey && /^Key.$/.test(e.code) ? e.code[3]!.toLowerCase() : e.key;
  const isLetter = /^\p{L}$/u.test(says);
  const isSign = says.length === 1 && !isLetter;
  const key = says === " " ? "Space" : isLetter && (e.shiftKey || e.ctrlKey || e.metaKey) ? says.toUpperCase() : says;
  // What a sign is typed with (Shift for "#", AltGr for "#" elsewhere) is no part of its name.
  const isAltGr = isSign && e.ctrlKey && e.altKey;
  const ctrl = (e.ctrlKey || e.metaKey) && !isAltGr ? "Ctrl+" : "";
  const alt = e.altKey && !isSign ? "Alt+" : "";
  const shift = e.shiftKey && !isSign && key !== "Space" ? "Shift+" : e.shiftKey && key === "Space" ? "Shift+" : "";
  return ctrl + alt + shift + key;
}
