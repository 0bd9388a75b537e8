/** The attachments of a message: what they are, and what can be done with them. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { EmailBodyPart } from "../../../typescript/src/types.ts";
import { size } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import { problemOf } from "../setup/trouble.ts";
import type { Message } from "../store/types.ts";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { kindOf, safeName, shownName, uniqueNames } from "./names.ts";
import { listed, picture } from "./parts.ts";
import { canShow, Preview } from "./preview.tsx";
import { fetchPart, saveAs } from "./save.ts";
import { zip, ZIP_MAX_BYTES } from "./zip.ts";

/** A picture that is larger is not fetched without being asked for. */
const MAX_THUMBNAIL = 3_000_000;
const MAX_THUMBNAILS = 20;

function names(parts: readonly EmailBodyPart[]): string[] {
  return uniqueNames(parts.map((part, i) => safeName(part.name ?? "", t("message-attachment-unnamed", { number: i + 1 }) + (kindOf(part) === "message" ? ".eml" : ""))));
}

interface Work {
  bytes: number;
  total: number;
  stop: AbortController;
}

/** Runs one thing at a time, which can be cancelled; what went wrong is said. */
function useWork() {
  const work = useSignal<Work | undefined>(undefined);
  const problem = useSignal("");
  const run = async (total: number, f: (fetching: { signal: AbortSignal; onProgress(bytes: number): void }) => Promise<void>): Promise<void> => {
    const stop = new AbortController();
    problem.value = "";
    work.value = { bytes: 0, total, stop };
    try {
      await f({ signal: stop.signal, onProgress: (bytes) => (work.value = { bytes, total, stop }) });
    } catch (e) {
      if (!stop.signal.aborted) problem.value = e instanceof RangeError ? t("message-attachment-too-large") : t("message-attachment-failed", { why: problemOf(e).text });
    }
    work.value = undefined;
  };
  useEffect(() => () => work.peek()?.stop.abort(), []);
  return { work, problem, run };
}

function Progress({ work }: { work: Work }) {
  const label = t("message-attachment-progress", { done: size(work.bytes), total: size(work.total) });
  return (
    <span class="attachment-progress">
      <progress max={Math.max(work.total, 1)} value={work.bytes} aria-label={label} />
      <Button icon="close" label={t("message-attachment-cancel")} onClick={() => work.stop.abort()} />
    </span>
  );
}

function Thumbnail({ accountId, part }: { accountId: string; part: EmailBodyPart }) {
  const url = useSignal("");
  useEffect(() => {
    let isGone = false;
    void picture(accountId, part).then((blob) => blob && !isGone && (url.value = URL.createObjectURL(blob))).catch(() => undefined); // it has its name
    return () => {
      isGone = true;
      if (url.peek()) URL.revokeObjectURL(url.peek());
    };
  }, []);
  return url.value ? <img class="attachment-picture" src={url.value} alt="" /> : <Icon name="image" />;
}

function Attachment({ message, part, name, hasThumbnail }: { message: Message; part: EmailBodyPart; name: string; hasThumbnail: boolean }) {
  const { work, problem, run } = useWork();
  const isOpen = useSignal(false);
  const kind = kindOf(part);
  const shown = shownName(part.name ?? "") || name;
  const save = (): void => void run(part.size ?? 0, async (fetching) => saveAs((await fetchPart(message.accountId, part, fetching)).content, name));
  return (
    <li class="attachment">
      <div class="attachment-head">
        {hasThumbnail ? <Thumbnail accountId={message.accountId} part={part} /> : <Icon name={kind === "picture" ? "image" : kind === "archive" ? "zip" : kind === "program" ? "warning" : "file"} />}
        <span class="attachment-name">
          <bdi>{shown}</bdi>
          <small class={kind === "program" || kind === "page" ? "attachment-risk" : ""}>
            {t("message-attachment-about", { kind: t(`message-kind-${kind}`), size: size(part.size ?? 0) })}
          </small>
        </span>
        {work.value ? <Progress work={work.value} /> : (
          <>
            {canShow(part) && <Button icon="show" label={t("message-attachment-show", { name: shown })} aria-expanded={isOpen.value} onClick={() => (isOpen.value = !isOpen.value)} />}
            <Button icon="download" label={t("message-attachment-save", { name: shown })} onClick={save} />
          </>
        )}
      </div>
      {problem.value && <p class="notice danger" role="alert">{problem.value}</p>}
      {isOpen.value && <Preview message={message} part={part} name={shown} />}
    </li>
  );
}

export function Attachments({ message }: { message: Message }) {
  const { work, problem, run } = useWork();
  const parts = listed(message);
  const total = parts.reduce((sum, part) => sum + (part.size ?? 0), 0);
  const given = useRef<string[]>([]);
  given.current = names(parts);
  if (!parts.length) return null;

  const saveAll = (): void =>
    void run(total, async ({ signal, onProgress }) => {
      if (total > ZIP_MAX_BYTES) throw new RangeError();
      const files = [];
      let before = 0;
      for (const [i, part] of parts.entries()) {
        const fetched = await fetchPart(message.accountId, part, { signal, onProgress: (bytes) => onProgress(before + bytes) });
        files.push({ ...fetched, name: given.current[i]!, modified: new Date(message.sentAt ?? message.receivedAt ?? Date.now()) });
        before += fetched.content.size;
      }
      saveAs(zip(files), `${safeName(message.subject ?? "", t("message-attachments-name"))}.zip`);
    });

  let thumbnails = 0;
  return (
    <section class="attachments" aria-label={t("message-attachments", { count: parts.length })}>
      <header class="attachments-head">
        <h3>{t("message-attachments", { count: parts.length })}</h3>
        <small>{size(total)}</small>
        {work.value ? <Progress work={work.value} /> : parts.length > 1 && <Button icon="zip" label={t("message-attachments-save")} isWide onClick={saveAll} />}
      </header>
      {problem.value && <p class="notice danger" role="alert">{problem.value}</p>}
      <ul>
        {parts.map((part, i) => (
          <Attachment key={part.partId ?? i} message={message} part={part} name={given.current[i]!}
            hasThumbnail={kindOf(part) === "picture" && (part.size ?? 0) <= MAX_THUMBNAIL && thumbnails++ < MAX_THUMBNAILS} />
        ))}
      </ul>
    </section>
  );
}
