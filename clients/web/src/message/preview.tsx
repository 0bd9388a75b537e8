/** What an attachment looks like, where that can be shown without running anything: pictures by their first bytes, text as text, a message as
 * messages are shown. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { client } from "../client/session.ts";
import type { EmailAddress, EmailBodyPart } from "../../../typescript/src/types.ts";
import { handleKey } from "../app/keys.ts";
import { isDark } from "../app/theme.ts";
import { openComposer } from "../compose/index.ts";
import { longDate } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import { problemOf } from "../setup/trouble.ts";
import { soundRow } from "../store/sound.ts";
import type { Message } from "../store/types.ts";
import { Attachments } from "./attachments.tsx";
import { MessageBody } from "./frame.tsx";
import { kindOf } from "./names.ts";
import { picture } from "./parts.ts";
import { Linked } from "./plain.tsx";

const compose = (url: string): void => openComposer({ kind: "mailto", url });

/** A link to an address in a text: it is written to here. */
function follow(e: Event): void {
  const url = (e.target as Element).closest("a[href]")?.getAttribute("href");
  if (!url?.toLowerCase().startsWith("mailto:")) return;
  e.preventDefault();
  compose(url);
}

const MAX_TEXT = 262_144;
const MAX_MESSAGE_TEXT = 1_000_000;

export function canShow(part: EmailBodyPart): boolean {
  const kind = kindOf(part);
  return kind === "picture" || kind === "text" || kind === "calendar" || kind === "contact" || isMessage(part);
}
const isMessage = (part: EmailBodyPart): boolean => part.type === "message/rfc822" || part.type === "message/global";

type Shown = { picture: string } | { text: string; isCut: boolean } | { message: Message } | { why: string };

async function textOf(accountId: string, part: EmailBodyPart): Promise<Shown> {
  const isCut = (part.size ?? 0) > MAX_TEXT;
  const response = await client().download(accountId, part.blobId!, isCut ? { range: [0, MAX_TEXT - 1] } : {});
  const bytes = await response.arrayBuffer();
  const decoded = (charset: string): string => new TextDecoder(charset).decode(bytes);
  try {
    return { text: decoded(part.charset ?? "utf-8"), isCut };
  } catch {
    return { text: decoded("utf-8"), isCut }; // a charset that browsers do not know
  }
}

async function messageOf(accountId: string, part: EmailBodyPart): Promise<Shown> {
  const { parsed } = await client().call("Email/parse", {
    accountId, blobIds: [part.blobId!], fetchTextBodyValues: true, fetchHTMLBodyValues: true, maxBodyValueBytes: MAX_MESSAGE_TEXT,
    properties: ["blobId", "size", "from", "to", "cc", "subject", "sentAt", "textBody", "htmlBody", "attachments", "bodyValues"],
  });
  const email = parsed?.[part.blobId!];
  if (!email) return { why: t("message-preview-unreadable") };
  return { message: soundRow({ ...email, id: part.blobId!, blobId: part.blobId!, accountId, threadId: "", mailboxIds: {}, keywords: {} }) };
}

async function look(accountId: string, part: EmailBodyPart): Promise<Shown> {
  if (isMessage(part)) return messageOf(accountId, part);
  if (kindOf(part) !== "picture") return textOf(accountId, part);
  const blob = await picture(accountId, part);
  return blob ? { picture: URL.createObjectURL(blob) } : { why: t("message-preview-no-picture") };
}

export function Preview({ message, part, name }: { message: Message; part: EmailBodyPart; name: string }) {
  const shown = useSignal<Shown | undefined>(undefined);
  useEffect(() => {
    let isGone = false;
    void look(message.accountId, part)
      .catch((e: unknown): Shown => ({ why: t("message-attachment-failed", { why: problemOf(e).text }) }))
      .then((it) => {
        if (!isGone) shown.value = it;
        else if ("picture" in it) URL.revokeObjectURL(it.picture);
      });
    return () => {
      isGone = true;
      const it = shown.peek();
      if (it && "picture" in it) URL.revokeObjectURL(it.picture);
    };
  }, []);
  const it = shown.value;
  if (!it) return <p class="attachment-shown" role="status">{t("message-preview-coming")}</p>;
  if ("why" in it) return <p class="attachment-shown notice" role="alert">{it.why}</p>;
  if ("picture" in it) return <div class="attachment-shown"><img src={it.picture} alt={name} /></div>;
  if ("message" in it) return <Enclosed message={it.message} />;
  return (
    <div class="attachment-shown">
      <pre class="attachment-text" dir="auto" tabIndex={0} aria-label={name} onClick={follow}><Linked text={it.text} /></pre>
      {it.isCut && <p class="notice">{t("message-preview-cut")}</p>}
    </div>
  );
}

export function people(list: readonly EmailAddress[] | null | undefined): string {
  return (list ?? []).map(({ name, email }) => (name ? `${name} <${email}>` : email)).join(", ");
}

/** A message within a message. Its pictures from elsewhere are not loaded. */
function Enclosed({ message }: { message: Message }) {
  const lines = [["from", people(message.from)], ["to", people(message.to)], ["cc", people(message.cc)], ["date", longDate(message.sentAt)]] as const;
  return (
    <article class="attachment-shown attachment-message" aria-label={message.subject ?? t("message-kind-message")}>
      <h4 dir="auto">{message.subject}</h4>
      <dl class="message-fields">
        {lines.filter(([, value]) => value).map(([name, value]) => (
          <div key={name}><dt>{t(`message-field-${name}`)}</dt><dd><bdi>{value}</bdi></dd></div>
        ))}
      </dl>
      <MessageBody message={message} showRemote={false} isDark={isDark.value} onRemote={() => undefined} onKey={handleKey} onCompose={compose} />
      <Attachments message={message} />
    </article>
  );
}
