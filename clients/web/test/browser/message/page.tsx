/** A page with nothing but one message's text, as the reader would show it: what a test draws with `show`, and what was told to the reader. */
import { render } from "preact";
import { signal } from "@preact/signals";
import "../../../src/app/theme.ts";
import { start } from "../../../src/client/session.ts";
import { setLocale } from "../../../src/i18n/i18n.ts";
import * as shown from "../../../src/message/index.ts";
import { Attachments } from "../../../src/message/attachments.tsx";
import { filterHtml } from "../../../src/message/filter.ts";
import { printMessage } from "../../../src/message/print.ts";
import { Source } from "../../../src/message/source.tsx";
import { SenderWarnings } from "../../../src/message/warnings.tsx";
import type { Message } from "../../../src/store/types.ts";

type Options = Partial<Omit<shown.MessageBodyProps, "message">>;
type Content = "message" | "source" | "warnings";
const content = signal<Content>("message");
const props = signal<{ message: Message; options: Options } | undefined>(undefined);
const told = { remote: [] as shown.Remote[], keys: [] as string[], composed: [] as string[], sheets: [] as string[], opened: [] as string[], during: [] as string[], failed: [] as string[] };
let count = 0;

/** What is not given is that of an empty message. */
function messageOf(given: Partial<Message>): Message {
  const id = `e${++count}`;
  return {
    id, blobId: `b${id}`, accountId: "a1", threadId: "t1", mailboxIds: { m1: true }, keywords: {}, size: 1000, headers: [], messageId: [`${id}@example.org`], inReplyTo: null, references: null,
    sender: null, from: [{ name: "Anna", email: "anna@example.org" }], to: [{ name: null, email: "me@example.org" }], cc: null, bcc: null, replyTo: null, subject: "Hello",
    sentAt: "2026-11-01T10:00:00Z", receivedAt: "2026-11-01T10:00:00Z", bodyStructure: {}, bodyValues: {}, textBody: [], htmlBody: [], attachments: [], hasAttachment: false, preview: "",
    ...given,
  } as Message;
}

function ofHtml(html: string): Partial<Message> {
  const part = { partId: "1", blobId: "b1", type: "text/html", size: html.length, charset: "utf-8", name: null, disposition: null, cid: null };
  return { htmlBody: [part], textBody: [part], bodyValues: { 1: { value: html } } };
}

function ofText(text: string, more: Record<string, unknown> = {}): Partial<Message> {
  const part = { partId: "1", blobId: "b1", type: "text/plain", size: text.length, charset: "utf-8", name: null, disposition: null, cid: null, ...more };
  return { htmlBody: [part], textBody: [part], bodyValues: { 1: { value: text } } };
}

/** Many at once, each in a frame of its own. */
const many = signal<Message[]>([]);

function App() {
  const now = props.value;
  if (many.value.length)
    return <main>{many.value.map((message) => <shown.MessageBody key={message.id} message={message} showRemote={false} isDark={false} onRemote={(found) => told.remote.push(found)} onKey={() => undefined} />)}</main>;
  if (!now) return <p>nothing</p>;
  if (content.value === "source") return <main key={now.message.id}><Source message={now.message} /></main>;
  if (content.value === "warnings") return <main key={now.message.id}><SenderWarnings message={now.message} known={{ own: [{ name: "Me Myself", email: "me@example.org" }] }} /></main>;
  return (
    <main>
      <p id="before">before</p>
      <shown.MessageBody
        key={now.message.id} message={now.message} showRemote={false} isDark={false} {...now.options}
        onRemote={(found) => told.remote.push(found)} onKey={(e) => told.keys.push(e.key)} onCompose={(to) => told.composed.push(to)} onSheet={(sheet) => told.sheets.push(sheet)}
      />
      <Attachments key={`${now.message.id} attachments`} message={now.message} />
      <p id="after">after</p>
    </main>
  );
}

// With the event that it happens in: only in a click does every browser open one.
window.open = ((url: string, ...rest: string[]) => (told.opened.push([url, ...rest].join(" ")), told.during.push(window.event?.type ?? ""), null)) as typeof window.open;
addEventListener("error", (e) => told.failed.push(e.message));
const page = {
  told, shown, ofHtml, ofText, messageOf,
  print: printMessage,
  filterHtml,
  source: (given: Partial<Message>) => page.show(given, {}, "source"),
  warnings: (given: Partial<Message>) => page.show(given, {}, "warnings"),
  show(given: Partial<Message>, options: Options = {}, as: Content = "message") {
    content.value = as;
    for (const list of Object.values(told)) list.length = 0;
    props.value = { message: messageOf(given), options };
  },
  showMany(list: Partial<Message>[]) {
    for (const list of Object.values(told)) list.length = 0;
    many.value = list.map(messageOf);
  },
  change(options: Options) {
    props.value = { ...props.value!, options: { ...props.value!.options, ...options } };
  },
};
(globalThis as unknown as { page: typeof page }).page = page;
await setLocale((new URLSearchParams(location.search).get("lang") as "en" | null) ?? "en");
if (localStorage.getItem("facteur.token")) await start();
render(<App />, document.getElementById("app")!);
document.body.dataset["ready"] = "yes";
