/** /compose?draft=ID, ?reply=ID, ?mailto=URL: one message in a window of its own. The address follows the draft as it is saved, and names what the browser
 * keeps of it, so that a reload goes on with both. */
import { useEffect, useRef, useState } from "preact/hooks";
import { problemOf } from "../app/problem.ts";
import { go, place } from "../app/router.ts";
import { client } from "../client/session.ts";
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import { loaded, loadWaiting, openAs, opened, type What, windowPath } from "./index.ts";

/** Which account a message is of: the address may have none. A draft that was sent meanwhile is none any more. */
async function accountOf(emailId: string, kind: string): Promise<string> {
  const { list } = await client().call("Email/get", { accountId: "*", ids: [emailId], properties: ["accountId", "keywords"] });
  const found = list[0];
  if (!found?.accountId || (kind === "draft" && !found.keywords?.["$draft"])) throw new Error(t("compose-no-such-message"));
  return found.accountId;
}

async function whatOf(params: URLSearchParams): Promise<What> {
  for (const kind of ["draft", "reply", "reply-all", "forward"] as const) {
    const emailId = params.get(kind);
    // Only of a draft it has to be known first whether it is one still: whoever answers writes at once.
    if (emailId) return { kind, emailId, accountId: (kind !== "draft" && params.get("account")) || (await accountOf(emailId, kind)) };
  }
  const url = params.get("mailto");
  return url ? { kind: "mailto", url } : { kind: "new" };
}

async function begin(params: URLSearchParams): Promise<void> {
  if (params.has("over")) return;
  const { takeUp } = await loadWaiting();
  const key = params.get("kept");
  const isKept = key && (await takeUp(key, (kept) => ("typed" in kept ? openAs(kept.what, key, kept.typed) : openAs({ kind: "kept", kept, key }))));
  if (!isKept) await openAs(await whatOf(params));
}

export default function ComposePage() {
  const [why, setWhy] = useState<string>();
  const wasOpen = useRef(false);
  useEffect(() => {
    begin(place.peek().params).catch(async (e: unknown) => setWhy((await problemOf(e)).text));
  }, []);
  const open = opened.value[0];
  const saver = open?.writing.saver;
  const emailId = saver?.saving.value && saver.emailId;
  useEffect(() => {
    if (!open && !wasOpen.current) return;
    wasOpen.current = true;
    const path = emailId ? windowPath({ kind: "draft", emailId, accountId: saver!.accountId }) : open && windowPath(open.what);
    go(path ? `${path}${path.includes("?") ? "&" : "?"}kept=${open!.key}` : "/compose?over", true);
  }, [open, emailId]);
  if (why) {
    return (
      <p class="notice danger" role="alert">
        {why} <Button label={t("role-drafts")} isWide onClick={() => go({ part: "drafts" })} />
      </p>
    );
  }
  const Composer = loaded.value?.Composer;
  return (
    <main class="compose-page">
      {open && Composer && <Composer key={open.key} open={open} isAlone />}
      {place.value.params.has("over") && (
        <div class="compose-over">
          <p role="status">{t("compose-over")}</p>
          <Button
            label={t("compose-close")}
            isWide
            onClick={() => {
              window.close();
              go({ page: "mail" }); // a window that no script has opened stays
            }}
          />
        </div>
      )}
    </main>
  );
}
