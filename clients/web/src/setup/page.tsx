/** Adding an account, step by step: its address, its servers, signing in, a try, and the first mail. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { FacteurError } from "facteur";
import type { Id } from "../../../typescript/src/types.ts";
import { back } from "../app/router.ts";
import { toast } from "../app/toasts.ts";
import { client } from "../client/session.ts";
import { beginWriting } from "../client/writing.ts";
import { t } from "../i18n/i18n.ts";
import { reason } from "../store/link.ts";
import { Button } from "../ui/button.tsx";
import { AddressStep, LookingStep } from "./address.tsx";
import { ByHandStep } from "./by-hand.tsx";
import { Consent } from "./consent.tsx";
import { type Checked, type Draft, emptyServer, type Found, forget, newDraft, NO_OAUTH, placeOf, store, tryOut, usersOf, waysOf } from "./flow.ts";
import { ProgressStep } from "./progress.tsx";
import { ServersStep } from "./servers.tsx";
import { SignInStep } from "./sign-in.tsx";
import { Step } from "./step.tsx";
import { Refused, type Trouble, troubleOf, troubleOfSet } from "./trouble.ts";
import { CertificateFacts, TroubleNote } from "./trouble-view.tsx";

type At =
  | { step: "address" | "looking" | "servers" | "byHand" | "signIn" | "checking" }
  | { step: "noSending"; checked: Checked; why: FacteurError }
  | { step: "consent"; id: Id }
  | { step: "progress"; id: Id; checked: Checked | undefined };

export default function Page() {
  const draft = useSignal<Draft>(newDraft());
  const found = useSignal<Found | undefined>(undefined);
  const at = useSignal<At>({ step: "address" });
  const trouble = useSignal<Trouble | undefined>(undefined);
  /** What was begun is still wanted: nobody has gone back meanwhile. */
  const turn = useRef(0);
  useEffect(() => () => void (turn.current += 1), []);

  const change = (more: Partial<Draft>): void => {
    draft.value = { ...draft.value, ...more };
  };
  const to = (next: At, wrong?: Trouble): void => {
    turn.current += 1;
    trouble.value = wrong;
    at.value = next;
  };

  /** The address that stands as the user's name until another is typed. */
  const filled = useRef("");
  const byHand = (): void => {
    change(usersOf(draft.value, filled.current));
    filled.current = draft.value.address.trim();
    to({ step: "byHand" });
  };

  const look = async (): Promise<void> => {
    to({ step: "looking" });
    const mine = turn.current;
    const address = draft.value.address.trim();
    change({ address });
    try {
      const answer = await client().call("Account/discover", { address });
      if (mine !== turn.current) return;
      found.value = answer;
      const ways = waysOf(answer);
      change({ by: ways.password && !ways.isReady ? "password" : "oauth", oauth: { ...NO_OAUTH, provider: ways.oauth ?? "" }, transport: emptyServer("smtp") });
      if (answer.source) to({ step: "servers" });
      else byHand();
    } catch (e) {
      if (mine === turn.current) to({ step: "address" }, troubleOf(e));
    }
  };

  const unnamed = (why: unknown): void => void toast({ kind: "problem", text: t("setup-unnamed"), detail: reason(why) });

  const add = async (): Promise<void> => {
    to({ step: "checking" });
    const mine = turn.current;
    const fail = (e: unknown): void => {
      if (mine === turn.current) to({ step: "signIn" }, e instanceof Refused ? troubleOfSet(e.error) : troubleOf(e));
    };
    try {
      if (draft.value.by === "oauth") {
        const id = await store(client(), draft.value, unnamed);
        return to({ step: "consent", id });
      }
      const { checked, sending } = await tryOut(client(), draft.value);
      if (mine !== turn.current) return;
      if (sending) to({ step: "noSending", checked, why: sending });
      else to({ step: "progress", id: await store(client(), draft.value, unnamed), checked });
    } catch (e) {
      fail(e);
    }
  };

  const addWithout = async (checked: Checked): Promise<void> => {
    try {
      to({ step: "progress", id: await store(client(), { ...draft.value, transport: undefined }, unnamed), checked });
    } catch (e) {
      to({ step: "signIn" }, e instanceof Refused ? troubleOfSet(e.error) : troubleOf(e));
    }
  };

  /** Consent is given: what the server says to it is told, too. */
  const consented = async (id: Id): Promise<void> => {
    const checked = await client().call("Account/check", { accountId: id }).then((answer) => answer.result, () => undefined);
    to({ step: "progress", id, checked });
  };

  const trust = (): void => {
    const certificate = trouble.value!.certificate!;
    change({ trust: { ...draft.value.trust, [placeOf(certificate)]: certificate.sha256 } });
    void add();
  };

  const restart = (): void => {
    draft.value = { ...newDraft(), yourName: draft.value.yourName };
    found.value = undefined;
    to({ step: "address" });
  };

  const now = at.value;
  // No other version of the application takes over between the address and what is stored: all that was given would be asked for again.
  const isUnderWay = now.step !== "address" && now.step !== "progress";
  useEffect(() => (isUnderWay ? beginWriting() : undefined), [isUnderWay]);
  const isRefused = trouble.value?.type === "invalidArguments";
  return (
    <main class="page setup" id="main">
      <header class="page-head">
        <Button label={t("page-back")} icon="back" class="turns" onClick={() => back({ page: "mail" })} />
        <h1>{t("setup-title")}</h1>
      </header>
      {now.step === "address" && (
        <AddressStep draft={draft.value} isRefused={isRefused} onChange={change} onNext={() => void look()} onByHand={byHand}>
          {trouble.value && !isRefused && <TroubleNote trouble={trouble.value} />}
        </AddressStep>
      )}
      {now.step === "looking" && <LookingStep address={draft.value.address} onBack={() => to({ step: "address" })} />}
      {now.step === "servers" && found.value && (
        <ServersStep draft={draft.value} found={found.value} onByHand={byHand} onBack={() => to({ step: "address" })}
          onNext={(source, transport) => { change({ source, transport }); to({ step: "signIn" }); }} />
      )}
      {now.step === "byHand" && (
        <ByHandStep draft={draft.value} found={found.value} onChange={change} onNext={() => to({ step: "signIn" })} onBack={() => to({ step: "address" })} />
      )}
      {now.step === "signIn" && (
        <SignInStep draft={draft.value} found={found.value} onChange={change} onNext={() => void add()} onBack={() => to({ step: found.value?.source ? "servers" : "byHand" })}>
          {trouble.value && (
            <TroubleNote trouble={trouble.value}>
              {trouble.value.certificate && (
                <>
                  <CertificateFacts certificate={trouble.value.certificate} />
                  <p>{t("certificate-compare")}</p>
                  <Button label={t("certificate-trust")} kind="danger" isWide onClick={trust} />
                </>
              )}
            </TroubleNote>
          )}
        </SignInStep>
      )}
      {now.step === "checking" && (
        <Step title={t("setup-checking", { host: draft.value.source.host })}>
          <progress aria-label={t("setup-checking", { host: draft.value.source.host })} />
          <div class="form-buttons"><Button label={t("setup-cancel")} isWide onClick={() => to({ step: "signIn" })} /></div>
        </Step>
      )}
      {now.step === "noSending" && (
        <Step title={t("setup-no-sending-title")}>
          <TroubleNote trouble={troubleOf(now.why)} />
          <div class="form-buttons">
            <Button label={t("setup-correct")} kind="primary" isWide onClick={byHand} />
            <Button label={t("setup-without-sending")} isWide onClick={() => void addWithout(now.checked)} />
          </div>
        </Step>
      )}
      {now.step === "consent" && (
        <Step title={t("consent-title", { address: draft.value.address })}>
          <Consent accountId={now.id} clientSecret={draft.value.clientSecret} onDone={() => void consented(now.id)}
            onCancel={() => { void forget(client(), now.id); to({ step: "signIn" }); }} />
        </Step>
      )}
      {now.step === "progress" && <ProgressStep accountId={now.id} checked={now.checked} onAnother={restart} />}
    </main>
  );
}
