/** Above a message that has not gone out: when it will, or why not, and what the user can do about it. */
import { useSignal } from "@preact/signals";
import { isInTrouble, lookAgain, type Outgoing } from "../app/outgoing.ts";
import { sayProblem } from "../app/triage.ts";
import { client } from "../client/session.ts";
import { openComposer } from "../compose/index.ts";
import { type Choice, choicesOf, stateWords } from "../compose/outbox.ts";
import { troubleOfInfo } from "../setup/trouble.ts";
import { TroubleNote } from "../setup/trouble-view.tsx";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";

export function Leaving({ of }: { of: Outgoing }) {
  const isBusy = useSignal(false);
  const take = async ({ what, run }: Choice): Promise<void> => {
    isBusy.value = true;
    try {
      await run();
      await lookAgain();
      // One takes back what one means to change, as after "undo".
      if (what === "take-back") openComposer({ kind: "draft", emailId: of.emailId, accountId: of.accountId });
    } catch (e) {
      sayProblem(e);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <>
      <div class={`notice ${isInTrouble(of) ? "danger" : "warn"}`}>
        <Icon name={isInTrouble(of) ? "warning" : "outbox"} />
        <span>{stateWords(of)}</span>
        {choicesOf(client(), of).map((choice) => (
          <Button key={choice.what} label={choice.label} isWide disabled={isBusy.value} onClick={() => void take(choice)} />
        ))}
      </div>
      {of.error && <TroubleNote trouble={troubleOfInfo(of.error)} quiet />}
    </>
  );
}
