/** Leaving a mailing list, in the way that its sender offers: by one request (RFC 8058), by a message, by a page. Never without being asked. */
import { sayProblem } from "../app/triage.ts";
import { toast } from "../app/toasts.ts";
import { client } from "../client/session.ts";
import { openComposer } from "../compose/index.ts";
import { t } from "../i18n/i18n.ts";
import type { Message } from "../store/types.ts";
import { askYes } from "../ui/ask.ts";

async function leave(message: Message): Promise<void> {
  const which = { accountId: message.accountId, emailId: message.id };
  const { oneClickUrl, urls } = await client().call("Email/unsubscribe", { ...which, dryRun: true });
  const sender = message.from?.[0]?.name || message.from?.[0]?.email || "";
  if (oneClickUrl) {
    const text = t("unsubscribe-one-click", { host: new URL(oneClickUrl).hostname });
    if (!(await askYes({ title: t("unsubscribe-title", { sender }), text, yes: t("unsubscribe-yes") }))) return;
    await client().call("Email/unsubscribe", which);
    toast({ text: t("unsubscribe-done", { sender }) });
    return;
  }
  const mail = urls.find((url) => /^mailto:/i.test(url));
  if (mail) return openComposer({ kind: "mailto", url: mail });
  const page = urls.find((url) => /^https?:\/\//i.test(url));
  if (!page) throw new Error(t("unsubscribe-no-way"));
  const text = t("unsubscribe-page", { host: new URL(page).hostname });
  if (await askYes({ title: t("unsubscribe-title", { sender }), text, yes: t("unsubscribe-open") })) window.open(page, "_blank", "noopener,noreferrer");
}

export function unsubscribe(message: Message): void {
  leave(message).catch(sayProblem);
}
