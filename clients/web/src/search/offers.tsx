/** What one might mean, below the search field: operators as chips that are added by a click. */
import { place } from "../app/router.ts";
import { mailboxTitle } from "../app/titles.ts";
import { t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import type { Chip } from "./chips.ts";

const OFFERS = ["from:", "to:", "subject:", "has:attachment", "is:unread", "is:flagged", "after:30d", "before:", "larger:5M", "filename:", "list:"] as const;

export function Offers({ chips, add }: { chips: readonly Chip[]; add(text: string): void }) {
  const here = place.value.part !== "all" ? store().mailboxes.value.get(place.value.part) : undefined;
  return (
    <div class="offers" role="group" aria-label={t("search-offers")}>
      {here && <Offer text={`in:"${here.name}"`} label={t("search-only-here", { name: mailboxTitle(here) })} add={add} />}
      {OFFERS.filter((offer) => !chips.some((chip) => chip.text === offer)).map((offer) => (
        <Offer key={offer} text={offer} label={t(`search-offer-${offer.replace(/:.*/, "")}-${offer.replace(/.*:/, "") || "x"}`)} add={add} />
      ))}
    </div>
  );
}

function Offer({ text, label, add }: { text: string; label: string; add(text: string): void }) {
  return (
    <button type="button" class="offer" onClick={() => add(text)}>
      <span>{label}</span> <code>{text}</code>
    </button>
  );
}
