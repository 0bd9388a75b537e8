/** /compose?draft=ID, ?reply=ID, ?mailto=URL: one message in a window of its own. */
import { useEffect, useRef, useState } from "preact/hooks";
import { go, place } from "../app/router.ts";
import { client } from "../client/session.ts";
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import { Composer } from "./composer.tsx";
import { wordsOf } from "./words.ts";
import { opened, openComposer, type What } from "./index.ts";

/** Which message an id is of: the address has no account. */
async function accountOf(emailId: string): Promise<string> {
  const { list } = await client().call("Email/get", { accountId: "*", ids: [emailId], properties: ["accountId"] });
  const found = list[0]?.accountId;
  if (!found) throw new Error(t("compose-no-such-message"));
  return found;
}

async function whatOf(params: URLSearchParams): Promise<What> {
  for (const kind of ["draft", "reply", "reply-all", "forward"] as const) {
    const emailId = params.get(kind);
    if (emailId) return { kind, emailId, accountId: params.get("account") ?? (await accountOf(emailId)) };
  }
  const url = params.get("mailto");
  return url ? { kind: "mailto", url } : { kind: "new" };
}

export default function ComposePage() {
  const [why, setWhy] = useState<string>();
  useEffect(() => {
    whatOf(place.peek().params).then(openComposer, (e: unknown) => setWhy(wordsOf(e)));
  }, []);
  const open = opened.value[0];
  const wasOpen = useRef(false);
  if (open) wasOpen.current = true;
  if (why) return <p class="notice danger" role="alert">{why}</p>;
  return (
    <main class="compose-page">
      {open && <Composer key={open.key} open={open} isAlone />}
      {!open && wasOpen.current && (
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
