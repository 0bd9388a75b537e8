/** The question before a link that is not what it says. */
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import type { Asked } from "./links-ui.tsx";

export { describe, doubtOfLink, jump } from "./links.ts";

export function AskDoubt({ asked: { address, doubt }, onFollow, onEnd }: { asked: Asked; onFollow(): void; onEnd(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const close = (): void => dialog.current?.close();
  /** In the click itself: of the dialog's "close", which comes later, Safari does not know that somebody pressed, and opens no window. */
  const follow = (): void => {
    close();
    onFollow();
  };
  return (
    <dialog ref={dialog} class="message-doubt" aria-labelledby="message-doubt" onClose={onEnd}>
      <h2 id="message-doubt">{t("message-link-ask")}</h2>
      <p>{t(`message-link-${doubt.kind}`, { shown: doubt.shown, real: doubt.real })}</p>
      <p class="message-address" dir="ltr">{address}</p>
      <p class="message-buttons">
        <Button label={t("message-link-stay")} kind="primary" isWide autofocus onClick={close} />
        <Button label={t("message-link-follow", { real: doubt.real })} isWide onClick={follow} />
      </p>
    </dialog>
  );
}
