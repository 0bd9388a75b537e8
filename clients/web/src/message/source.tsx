/** A message as it came: all of its header fields, its source, and as a file. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { client } from "../client/session.ts";
import { size } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import { problemOf } from "../setup/trouble.ts";
import type { Message } from "../store/types.ts";
import { Button } from "../ui/button.tsx";
import { safeName } from "./names.ts";
import { fetchPart, saveAs } from "./save.ts";

/** More is not drawn; the file has all of it. */
const MAX_SHOWN = 524_288;

const why = (e: unknown): string => t("message-attachment-failed", { why: problemOf(e).text });

/** As a file, whole. Rejects as JmapClient.download does. */
export async function saveMessage(message: Message): Promise<void> {
  const { content } = await fetchPart(message.accountId, { blobId: message.blobId });
  saveAs(content, `${safeName(message.subject ?? "", t("message-kind-message"))}.eml`);
}

function Raw({ message }: { message: Message }) {
  const text = useSignal<string | undefined>(undefined);
  const problem = useSignal("");
  const isCut = message.size > MAX_SHOWN;
  useEffect(() => {
    client().download(message.accountId, message.blobId, isCut ? { range: [0, MAX_SHOWN - 1] } : {})
      .then(async (response) => (text.value = new TextDecoder().decode(await response.arrayBuffer())))
      .catch((e: unknown) => (problem.value = why(e)));
  }, []);
  if (problem.value) return <p class="notice danger" role="alert">{problem.value}</p>;
  if (text.value === undefined) return <p role="status">{t("message-preview-coming")}</p>;
  return (
    <>
      <pre class="attachment-text source-text" tabIndex={0} dir="ltr" aria-label={t("message-source-raw")}>{text.value}</pre>
      {isCut && <p class="notice">{t("message-source-cut", { size: size(MAX_SHOWN), total: size(message.size) })}</p>}
    </>
  );
}

export function Source({ message }: { message: Message }) {
  const isRaw = useSignal(false);
  const problem = useSignal("");
  const save = (): void => {
    problem.value = "";
    saveMessage(message).catch((e: unknown) => (problem.value = why(e)));
  };
  return (
    <section class="source" aria-label={t("message-source")}>
      <p class="message-buttons source-buttons">
        <Button label={t("message-source-headers")} isWide aria-pressed={!isRaw.value} onClick={() => (isRaw.value = false)} />
        <Button label={t("message-source-raw")} isWide aria-pressed={isRaw.value} onClick={() => (isRaw.value = true)} />
        <Button label={t("message-source-save")} icon="download" isWide onClick={save} />
      </p>
      {problem.value && <p class="notice danger" role="alert">{problem.value}</p>}
      {isRaw.value ? <Raw message={message} /> : (
        <dl class="source-fields" tabIndex={0} aria-label={t("message-source-headers")} dir="ltr">
          {(message.headers ?? []).map(({ name, value }, i) => <div key={i}><dt>{name}</dt><dd>{value.trim()}</dd></div>)}
        </dl>
      )}
    </section>
  );
}
