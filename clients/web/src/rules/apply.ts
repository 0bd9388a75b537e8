/** A rule is applied to what is in the inbox already: told when it is done, and taken back like anything else. */
import { toast } from "../app/toasts.ts";
import { offerUndo, remember, sayProblem } from "../app/triage.ts";
import { client } from "../client/session.ts";
import { t } from "../i18n/i18n.ts";
import { Refused } from "../setup/trouble.ts";
import type { Id } from "../store/types.ts";
import { unique } from "../store/unique.ts";
import type { Rule } from "./rule.ts";

const WAIT_MS = 20_000;

interface Outcome {
  /** Of all that it fits, those that are other than before. */
  changed: number | null;
  /** What takes it back; null: nothing was changed. */
  undoId: Id | null;
}

/** What a task says in the end. */
async function outcome(taskId: string): Promise<Outcome> {
  for (;;) {
    const { list } = await client().call("Task/get", { ids: [taskId], waitMs: WAIT_MS });
    const task = list[0];
    if (!task) throw new Error(t("rules-apply-lost"));
    if (task.state === "running") continue;
    if (task.state !== "done") throw new Refused({ type: task.error?.type ?? task.state, description: task.error?.message ?? task.state });
    return task.result as Outcome;
  }
}

async function apply(rule: Pick<Rule, "id" | "accountId" | "name">): Promise<void> {
  const close = toast({ name: "rule", text: t("rules-applying", { name: rule.name }), seconds: 60 });
  try {
    const answer = await client().call("Rule/apply", { accountId: rule.accountId, ids: [rule.id], idempotencyKey: unique() });
    const { changed, undoId } = answer.taskId ? await outcome(answer.taskId) : answer;
    const text = t("rules-applied", { count: changed ?? 0, name: rule.name });
    toast({ name: "rule", text, ...(undoId && { seconds: 12, ...offerUndo(remember(text, undoId)) }) });
  } catch (e) {
    close();
    throw e;
  }
}

export function applyRule(rule: Pick<Rule, "id" | "accountId" | "name">): void {
  apply(rule).catch(sayProblem);
}
