/** What goes out: what is held, waits, failed or is uncertain, and what can be done about each; below it what was sent lately, and whether it arrived. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Email, EmailSubmission, Id } from "../../../typescript/src/types.ts";
import { client } from "../client/session.ts";
import { type Choice, choicesOf, deliveries, isOver, stateWords } from "../compose/outbox.ts";
import { forget } from "../compose/send.ts";
import { t } from "../i18n/i18n.ts";
import { type Trouble, troubleOf, troubleOfInfo } from "../setup/trouble.ts";
import { TroubleNote } from "../setup/trouble-view.tsx";
import { Button } from "../ui/button.tsx";
import { Link } from "../ui/link.tsx";
import { SavingNote, useSaving } from "./saving.tsx";

type Submission = EmailSubmission & { accountId: Id };
type Letter = Pick<Email, "subject" | "to">;
const EVERY_MS = 2000;
const SHOWN = 100;

function Delivery({ of }: { of: Submission }) {
  const known = deliveries(of);
  if (known.length === 0) return null;
  return (
    <ul>
      {known.map(([address, d]) => (
        <li key={address}><bdi>{address}</bdi>: {t("outbox-delivered", { how: d.displayed === "yes" ? "shown" : d.delivered ?? "unknown" })} {d.delivered === "no" && <span dir="auto">{d.smtpReply}</span>}</li>
      ))}
    </ul>
  );
}

function Row({ of, letter, refresh }: { of: Submission; letter: Letter | undefined; refresh(): Promise<void> }) {
  const saving = useSaving();
  const drop: Choice = { what: "forget", label: t("outbox-forget"), run: () => forget(client(), of) };
  const choices = [...choicesOf(client(), of), ...(of.state === "failed" || isOver(of) ? [drop] : [])];
  const to = of.envelope?.rcptTo?.map((r) => r.email).join(", ") ?? "";
  return (
    <li class="card">
      <h4>{letter ? <Link to={{ page: "mail", part: "all", open: of.emailId }}><bdi>{letter.subject || t("outbox-no-subject")}</bdi></Link> : t("outbox-gone")}</h4>
      <p class="field-hint"><bdi>{t("outbox-to", { to })}</bdi></p>
      <p>{stateWords(of)}</p>
      <Delivery of={of} />
      {of.error && !isOver(of) && <TroubleNote trouble={troubleOfInfo(of.error)} quiet />}
      {saving.trouble.value && <SavingNote saving={saving} />}
      <div class="form-buttons">
        {choices.map((choice) => <Button key={choice.what} label={choice.label} isWide onClick={() => void saving.run(choice.run).then(refresh)} />)}
      </div>
    </li>
  );
}

export function Outbox() {
  const list = useSignal<readonly Submission[] | undefined>(undefined);
  const letters = useSignal<ReadonlyMap<Id, Letter>>(new Map());
  const trouble = useSignal<Trouble | undefined>(undefined);
  const refresh = async (): Promise<void> => {
    try {
      const batch = client().batch();
      const query = batch.call("EmailSubmission/query", { accountId: "*", limit: SHOWN });
      const got = batch.call("EmailSubmission/get", { accountId: "*", ids: query.ref("/ids") });
      const emails = batch.call("Email/get", { accountId: "*", ids: got.ref("/list/*/emailId"), properties: ["subject", "to"] });
      await batch.send();
      letters.value = new Map(emails.error ? [] : emails.result.list.map((email) => [email.id!, email]));
      list.value = got.result.list as Submission[];
      trouble.value = undefined;
    } catch (e) {
      trouble.value = troubleOf(e);
    }
  };
  useEffect(() => {
    void refresh();
    const timer = setInterval(() => document.hidden || void refresh(), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const rows = (of: readonly Submission[]) => <ul class="cards">{of.map((s) => <Row key={s.id} of={s} letter={letters.value.get(s.emailId)} refresh={refresh} />)}</ul>;
  const waiting = list.value?.filter((s) => !isOver(s)) ?? [];
  const over = list.value?.filter(isOver) ?? [];
  return (
    <div class="form">
      {trouble.value && <TroubleNote trouble={trouble.value} quiet />}
      {!list.value && !trouble.value && <p role="status">{t("settings-loading")}</p>}
      {list.value && waiting.length === 0 && <p>{t("outbox-nothing")}</p>}
      {rows(waiting)}
      {over.length > 0 && (
        <section>
          <h3>{t("outbox-lately")}</h3>
          {rows(over)}
        </section>
      )}
    </div>
  );
}
