/** What a list says when it has nothing to show. */
import { FacteurError } from "facteur";
import { t } from "../i18n/i18n.ts";
import type { View } from "../store/types.ts";

export function Empty({ view, problem }: { view: View; problem: FacteurError | Error | undefined }) {
  if (problem instanceof FacteurError && view.query) return <p class="empty" role="status">{t("list-bad-query", { why: String(problem.data["description"] ?? problem.message) })}</p>;
  if (problem) return <p class="empty" role="status">{t("list-problem", { why: problem.message })}</p>;
  const key = view.query ? "list-nothing-found" : view.only === "unread" ? "list-nothing-unread" : view.in !== "all" && "role" in view.in && view.in.role === "inbox" ? "list-inbox-empty" : "list-empty";
  return <p class="empty" role="status">{t(key)}</p>;
}
