/** Prints a message: its head and its text on paper, in a frame of their own as on the screen. Nothing is loaded from elsewhere but what was
 * being shown. */
import { longDate } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import type { EmailAddress } from "../../../typescript/src/types.ts";
import type { Message } from "../store/types.ts";
import { draw } from "./draw.ts";
import { shownName } from "./names.ts";
import { listed } from "./parts.ts";

let last: HTMLIFrameElement | undefined;

const people = (list: readonly EmailAddress[] | null | undefined): string => (list ?? []).map(({ name, email }) => (name ? `${name} <${email}>` : email)).join(", ");

function head(document: Document, message: Message): HTMLElement {
  const box = document.createElement("header");
  const title = document.createElement("h1");
  title.style.fontSize = "1.2em";
  title.dir = "auto";
  title.textContent = message.subject ?? "";
  box.append(title);
  const fields = [["from", people(message.from)], ["to", people(message.to)], ["cc", people(message.cc)], ["date", longDate(message.sentAt ?? message.receivedAt)],
    ["attachments", listed(message).map(({ name }) => shownName(name ?? "")).filter(Boolean).join(", ")]] as const;
  for (const [name, value] of fields.filter(([, value]) => value)) {
    const line = document.createElement("div");
    const label = document.createElement("b");
    label.textContent = `${t(`message-field-${name}`)}: `;
    line.append(label, value);
    box.append(line);
  }
  const rule = document.createElement("hr");
  box.append(rule);
  return box;
}

/** Resolves when it was given to the browser's printing. */
export async function printMessage(message: Message, showRemote = false): Promise<void> {
  last?.remove();
  const frame = (last = document.createElement("iframe"));
  frame.className = "message-print";
  frame.title = t("message-frame");
  frame.setAttribute("aria-hidden", "true");
  frame.tabIndex = -1;
  // Modals: printing is one. There are no scripts that could open others.
  frame.setAttribute("sandbox", "allow-same-origin allow-modals");
  const loaded = new Promise((done) => frame.addEventListener("load", done, { once: true }));
  frame.src = "/message-frame";
  document.body.append(frame);
  await loaded;
  const drawn = draw(frame, message, { isDark: false, sheet: "light", folds: false });
  drawn.body.prepend(head(frame.contentDocument!, message));
  frame.contentDocument!.title = message.subject ?? "";
  if (showRemote) await drawn.setRemote(true);
  await drawn.ready;
  frame.contentWindow!.focus();
  frame.contentWindow!.print();
  drawn.dispose();
}
