/** How something stands that was given to the outbox, in words, and what the user can do about it. */
import type { EmailSubmission, Id } from "facteur";
import { longDate } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import { distance } from "../setup/account-words.ts";
import type { Calls } from "./saver.ts";
import { confirm, retry, settle, takeBack } from "./send.ts";

export type Submission = Pick<EmailSubmission, "id" | "isReport" | "needsConfirmation" | "nextTryAt" | "sendAt" | "state"> & { accountId: Id };

/** Nothing more happens to it by itself, and nobody has to decide. */
export function isOver(s: Pick<Submission, "state">): boolean {
  return s.state === "sent" || s.state === "canceled";
}

export function stateWords(s: Submission): string {
  if (s.needsConfirmation) return t("outbox-confirm");
  if (s.state === "held") return t("outbox-held", { when: longDate(s.sendAt) });
  if (s.state === "queued" && s.nextTryAt) return t("outbox-next-try", { when: distance(s.nextTryAt) });
  if (s.state === "sent") return t("outbox-sent", { when: longDate(s.sendAt) });
  return t("outbox-state", { state: s.state ?? "queued" });
}

type Delivery = NonNullable<EmailSubmission["deliveryStatus"]>[string];

/** What is known of each recipient, where that is more than that a server has it. What was taken back was on its way to nobody. */
export function deliveries({ state, deliveryStatus }: Pick<EmailSubmission, "state" | "deliveryStatus">): [address: string, Delivery][] {
  const all = state === "canceled" ? [] : Object.entries(deliveryStatus ?? {});
  return all.filter(([, d]) => d.delivered === "yes" || d.delivered === "no" || d.displayed === "yes");
}

export interface Choice {
  what: "send" | "now" | "again" | "take-back" | "was-sent" | "was-not-sent" | "forget";
  label: string;
  run(): Promise<void>;
}

export function choicesOf(calls: Calls, s: Submission): Choice[] {
  const choice = (what: Choice["what"], run: Choice["run"]): Choice => ({ what, label: t(`outbox-${what}`), run });
  const again = choice("again", () => retry(calls, s));
  const back = choice("take-back", () => takeBack(calls, s));
  if (s.needsConfirmation) return [choice("send", () => confirm(calls, s)), back];
  if (s.state === "uncertain") return [again, choice("was-sent", () => settle(calls, s, "sent")), choice("was-not-sent", () => settle(calls, s, "failed"))];
  if (s.state === "failed") return [again];
  if (s.state === "held" || s.state === "queued") return [choice("now", () => retry(calls, s)), back];
  return [];
}
