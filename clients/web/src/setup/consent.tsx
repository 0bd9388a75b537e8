/** Signing in with OAuth 2.0: the provider's page is opened, or a code is typed there on another device; the task waits for the answer. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Id } from "../../../typescript/src/types.ts";
import type { AccountAuthorizeResult } from "../../../typescript/src/methods.ts";
import { client } from "../client/session.ts";
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import { isSameComputer } from "./flow.ts";
import { type Trouble, troubleOf, troubleOfInfo } from "./trouble.ts";
import { TroubleNote } from "./trouble-view.tsx";

const WAIT_MS = 20_000;

/** Resolves when the task is over: with what went wrong, or with nothing. */
async function waitFor(taskId: Id, isGivenUp: () => boolean): Promise<Trouble | undefined> {
  while (!isGivenUp()) {
    const { list } = await client().call("Task/get", { ids: [taskId], waitMs: WAIT_MS });
    const task = list[0];
    if (!task || task.state === "cancelled") return { type: "cancelled", what: t("trouble-cancelled"), advice: t("trouble-cancelled.advice"), detail: undefined, server: undefined, certificate: undefined };
    if (task.state === "done") return undefined;
    if (task.state === "failed") return troubleOfInfo(task.error ?? { type: "", message: t("trouble-other") });
  }
  return undefined;
}

export function Consent({ accountId, clientSecret, onDone, onCancel }: { accountId: Id; clientSecret?: string; onDone(): void; onCancel(): void }) {
  const by = useSignal<"browser" | "device">(isSameComputer() ? "browser" : "device");
  const begun = useSignal<AccountAuthorizeResult | undefined>(undefined);
  const trouble = useSignal<Trouble | undefined>(undefined);
  const attempt = useSignal(0);

  useEffect(() => {
    let isOver = false;
    begun.value = trouble.value = undefined;
    const run = async (): Promise<void> => {
      const answer = await client().call("Account/authorize", { accountId, by: by.value, ...(clientSecret ? { clientSecret } : {}) });
      if (isOver) return;
      begun.value = answer;
      const wrong = await waitFor(answer.taskId, () => isOver);
      if (isOver) return;
      if (wrong) trouble.value = wrong;
      else onDone();
    };
    run().catch((e: unknown) => isOver || (trouble.value = troubleOf(e)));
    return () => {
      isOver = true;
    };
  }, [by.value, attempt.value]);

  const cancel = (): void => {
    if (begun.value) void client().call("Task/cancel", { id: begun.value.taskId }).catch(() => undefined);
    onCancel();
  };
  const other = by.value === "browser" ? "device" : "browser";
  const answer = begun.value;
  return (
    <div class="form" aria-busy={!answer && !trouble.value}>
      {trouble.value ? (
        <TroubleNote trouble={trouble.value} />
      ) : answer ? (
        <>
          <p>{t("consent-how", { by: answer.by })}</p>
          {answer.userCode && <p class="code-to-type" dir="ltr">{answer.userCode}</p>}
          <p><a class="button primary" href={answer.url} target="_blank" rel="noopener noreferrer">{t("consent-open")}</a></p>
          {answer.userCode && <p dir="ltr" class="field-hint">{answer.url}</p>}
          <p role="status">{t("consent-waiting")}</p>
        </>
      ) : (
        <p role="status">{t("consent-asking")}</p>
      )}
      <div class="form-buttons">
        {trouble.value && <Button label={t("setup-again")} kind="primary" isWide onClick={() => (attempt.value += 1)} />}
        <Button label={t("consent-other", { by: other })} isWide onClick={() => (by.value = other)} />
        <Button label={t("setup-cancel")} isWide onClick={cancel} />
      </div>
    </div>
  );
}
