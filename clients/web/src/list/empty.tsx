/** What a list says when it has nothing to show. */
import { FacteurError } from "facteur";
import { go } from "../app/router.ts";
import { t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import type { View } from "../store/types.ts";
import { Button } from "../ui/button.tsx";

export function Empty({ view, problem }: { view: View; problem: FacteurError | Error | undefined }) {
  if (problem) return (
    <p class="empty" role="status">
      {t(problem instanceof FacteurError && view.query ? "list-bad-query" : "list-problem")} <small lang="en" dir="auto">{problem instanceof FacteurError ? String(problem.data["description"] ?? problem.type).replace(/^query: /, "") : problem.message}</small>
    </p>
  );
  const key = view.query ? "list-nothing-found" : view.only === "unread" ? "list-nothing-unread" : view.in !== "all" && "role" in view.in && view.in.role === "inbox" ? "list-inbox-empty" : "list-empty";
  // There is nowhere that mail could come from.
  const isFirst = key === "list-inbox-empty" && store().accounts.value.every((account) => account.isLocal);
  return (
    <div class="empty">
      <p role="status">{t(key)}</p>
      {isFirst && <Button label={t("command-add-account")} kind="primary" isWide onClick={() => go({ page: "setup" })} />}
    </div>
  );
}
