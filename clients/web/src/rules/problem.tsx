/** Why a rule does nothing any more, in the user's words; the core's go with it. */
import { t } from "../i18n/i18n.ts";
import { Icon } from "../ui/icon.tsx";
import type { Rule } from "./rule.ts";

export function ProblemNote({ rule }: { rule: Rule }) {
  if (!rule.problem) return null;
  return (
    <div class="notice warn">
      <Icon name="warning" />
      <div>
        <p>{t("rules-problem", { kind: rule.problemType ?? "other" })}</p>
        <p lang="en" dir="auto" class="trouble-detail">{rule.problem}</p>
      </div>
    </div>
  );
}
