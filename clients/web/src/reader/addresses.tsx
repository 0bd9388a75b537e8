/** Whom a message is to: names, with the addresses behind them; many of them folded. */
import { useSignal } from "@preact/signals";
import { t } from "../i18n/i18n.ts";
import type { EmailAddress } from "../../../typescript/src/types.ts";

const FEW = 5;

export function Addresses({ label, list }: { label: string; list: EmailAddress[] | null }) {
  const showsAll = useSignal(false);
  if (!list?.length) return null;
  const shown = showsAll.value ? list : list.slice(0, FEW);
  return (
    <span class="addresses">
      {label}{" "}
      {shown.map((one, i) => (
        <span key={i} class="one" title={one.email} dir="auto">
          {one.name || one.email}
          {i + 1 < shown.length ? ", " : ""}
        </span>
      ))}
      {list.length > shown.length && (
        <button type="button" class="link" onClick={() => (showsAll.value = true)}>
          {t("reader-more-addresses", { count: list.length - shown.length })}
        </button>
      )}
    </span>
  );
}
