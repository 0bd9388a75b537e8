/** What one might mean, below the search field: operators as chips that are added by a click. */
import { place } from "../app/router.ts";
import { mailboxTitle } from "../app/titles.ts";
import { t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import type { Chip } from "./chips.ts";

const OFFERS = ["from:", "to:", "subject:", "has:attachment", "is:unread", "is:flagged", "after:30d", "before:", "larger:5M", "filename:", "list:"] as const;

interface OffersProps {
  chips: readonly Chip[];
  /** Only what goes on with its last word. Empty, or a space at its end: all. */
  typed: string;
  add(text: string, begun: number): void;
}

export function Offers({ chips, typed, add }: OffersProps) {
  const isQuoted = typed.split('"').length % 2 === 0;
  const word = (isQuoted ? '"' : /\S*$/.exec(typed)![0]).toLowerCase();
  const here = place.value.part !== "all" ? store().mailboxes.value.get(place.value.part) : undefined;
  const all = [
    ...(here ? [[`in:"${here.name}"`, t("search-only-here", { name: mailboxTitle(here) })]] : []),
    ...OFFERS.map((text) => [text, t(`search-offer-${text.replace(/:.*/, "")}-${text.replace(/.*:/, "") || "x"}`)]),
  ] as [text: string, label: string][];
  const fitting = all.filter(([text, label]) => !chips.some((chip) => chip.text === text) && text !== word && (text.startsWith(word) || label.toLowerCase().startsWith(word)));
  if (!fitting.length) return null;
  return (
    <div class="offers" role="group" aria-label={t("search-offers")}>
      {fitting.map(([text, label]) => <Offer key={text} text={text} label={label} add={(offer) => add(offer, word.length)} />)}
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
