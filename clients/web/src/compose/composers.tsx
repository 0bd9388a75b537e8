/** All messages that are being written, side by side at the lower edge; on a small screen the one in front. Loaded when one begins to write. */
import { useEffect } from "preact/hooks";
import { t } from "../i18n/i18n.ts";
import { Composer } from "./composer.tsx";
import { minimised, opened } from "./index.ts";

export { parseAddresses } from "./addresses.ts";
export { realm } from "./realm.ts";
export { Writing } from "./writing.ts";
export { Composer } from "./composer.tsx";

/** How many are wide at once; those that were there before become titles. */
const MOST = 3;

export function Windows() {
  const all = opened.value;
  useEffect(() => {
    const wide = all.filter((one) => !minimised.value.has(one.key));
    if (wide.length > MOST) minimised.value = new Set([...minimised.value, ...wide.slice(0, wide.length - MOST).map((one) => one.key)]);
  }, [all]);
  return (
    <div class="composers" role="region" aria-label={t("compose-region")}>
      {all.map((open) => (
        <Composer key={open.key} open={open} />
      ))}
    </div>
  );
}
