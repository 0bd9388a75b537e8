/** b: out of sight until a moment. The core brings it back, whether this page is open or not. */
import { effect } from "@preact/signals";
import type { Call } from "facteur";
import { useState } from "preact/hooks";
import { client } from "../client/session.ts";
import { localValue, proposals, utc } from "../compose/later.ts";
import { soonDate } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import { Refused } from "../setup/trouble.ts";
import { arrived } from "../store/arrived.ts";
import { lastDone } from "../store/last-done.ts";
import { store } from "../store/index.ts";
import { unique } from "../store/unique.ts";
import type { Id } from "../store/types.ts";
import type { SetError } from "../../../typescript/src/types.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { isRole } from "./commands.ts";
import { advance, clearSelection, cursor, list, target, view } from "./mail.ts";
import { place } from "./router.ts";
import { toast } from "./toasts.ts";
import { offerUndo, remember, sayProblem } from "./triage.ts";

const AT_ONCE = 1000;
const GONE_MS = 3000;

/** What is meant by the rows: of a conversation all that is where the row is. */
async function emailsOf(rows: readonly Id[]): Promise<Id[]> {
  const out = new Set<Id>();
  for (const id of rows) {
    out.add(id);
    const row = store().row(id).value;
    const talk = view.value.collapse && row?.threadId ? ((await arrived(store().thread(row.threadId, id))) ?? []) : [];
    for (const other of talk) if (Object.keys(store().row(other).value?.mailboxIds ?? {}).some((box) => row?.mailboxIds[box])) out.add(other);
  }
  return [...out];
}

/** The list hears of it from the core; then the row after it is the next one. */
function advanceWhenGone(id: Id | undefined): void {
  const now = list.value;
  const index = id ? (now?.indexOf(id) ?? -1) : -1;
  if (!now || !id || index < 0) return;
  const wasOpen = place.value.open !== undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = effect(() => {
    now.version.value;
    if (now.indexOf(id) >= 0) return;
    queueMicrotask(() => {
      clearTimeout(timer);
      stop();
      if (list.value === now && cursor.value === id) advance(index, wasOpen);
    });
  });
  timer = setTimeout(stop, GONE_MS);
}

const idOf = (last: Call<"Undo/get">): Id | undefined => (last.error ? undefined : last.result.list[0]?.id);

async function snooze(rows: readonly Id[], until: Date | null): Promise<void> {
  const undoGroup = unique();
  const byAccount = new Map<Id, Id[]>();
  for (const id of await emailsOf(rows)) {
    const account = store().row(id).value?.accountId;
    if (account) byAccount.set(account, [...(byAccount.get(account) ?? []), id]);
  }
  let refused: SetError | undefined;
  let undoId: Id | undefined;
  advanceWhenGone(cursor.value);
  for (const [accountId, ids] of byAccount)
    for (let i = 0; i < ids.length; i += AT_ONCE) {
      const b = client().batch();
      const before = lastDone(b);
      const answer = b.call("Email/snooze", { accountId, ids: ids.slice(i, i + AT_ONCE), until: until && utc(until), undoGroup });
      const last = lastDone(b);
      await b.send();
      refused ??= Object.values(answer.result.notUpdated ?? {})[0];
      // Another time for what waits already is no action that the core takes back.
      if (idOf(last) !== idOf(before)) undoId ??= idOf(last);
    }
  clearSelection();
  if (refused) throw new Refused(refused);
  const text = until ? t("snooze-told", { count: rows.length, when: soonDate(until) }) : t("snooze-back");
  toast({ name: "triage", text, ...(undoId && offerUndo(remember(text, undoId))) });
}

export function Snooze({ close }: { close(): void }) {
  const [at, setAt] = useState(() => localValue(new Date(Date.now() + 24 * 3_600_000)));
  const [isPast, setPast] = useState(false);
  const what = target();
  const rows = what && "ids" in what ? what.ids : [];
  const take = (until: Date | null): void => {
    close();
    snooze(rows, until).catch(sayProblem);
  };
  const offers = [{ key: "hours", at: new Date(Date.now() + 3 * 3_600_000) }, ...proposals()];
  return (
    <Dialog label={t("snooze-title")} close={close} class="asking">
      <form
        method="dialog"
        onSubmit={(e) => {
          e.preventDefault();
          const until = new Date(at);
          if (!(until.getTime() > Date.now())) return setPast(true);
          take(until);
        }}
      >
        <h2>{t("snooze-title")}</h2>
        {isRole("snoozed") && <Button label={t("snooze-now")} icon="inbox" isWide onClick={() => take(null)} />}
        {offers.map((offer, i) => (
          <Button key={offer.key} label={t(`snooze-${offer.key}`)} icon="snooze" isWide class="choice-button" autofocus={i === 0} onClick={() => take(offer.at)}>
            <span class="soft">{soonDate(offer.at)}</span>
          </Button>
        ))}
        <div class="field">
          <label for="snooze-at">{t("snooze-at")}</label>
          <input id="snooze-at" type="datetime-local" required value={at} min={localValue(new Date())} aria-invalid={isPast} aria-describedby="snooze-past" onInput={(e) => setAt(e.currentTarget.value)} />
          <span id="snooze-past" class="field-error" role="alert">{isPast ? t("snooze-past") : ""}</span>
        </div>
        <div class="asking-buttons">
          <Button label={t("app-cancel")} onClick={close} />
          <Button label={t("snooze-yes")} kind="primary" type="submit" />
        </div>
      </form>
    </Dialog>
  );
}
