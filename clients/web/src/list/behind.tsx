/** Behind a row that is drawn aside: what will be done when the finger is lifted, in a picture and in words. */
import { t } from "../i18n/i18n.ts";
import { Icon } from "../ui/icon.tsx";
import { type Swipe, swiping } from "./swipe.ts";

function shownOf(swipe: Swipe): { icon: string; label: string } {
  switch (swipe.do) {
    case "seen":
      return swipe.on ? { icon: "read", label: t("command-mark-read") } : { icon: "unread", label: t("command-mark-unread") };
    case "flagged":
      return { icon: "flag", label: t(swipe.on ? "command-flag" : "list-swipe-unflag") };
    case "inbox":
      return { icon: "inbox", label: t("command-to-inbox") };
    case "destroy":
      return { icon: "trash", label: t("list-swipe-destroy") };
    case "choose":
      return { icon: "move", label: t("command-move") };
    default:
      return { icon: swipe.do, label: t(`command-${swipe.do}`) };
  }
}

export function Behind() {
  const now = swiping.value;
  if (!now) return null;
  const { icon, label } = shownOf(now.swipe);
  const { insetBlockStart, blockSize } = now;
  return (
    <div class={`behind ${now.swipe.do} ${now.isEnd ? "to-end" : "to-start"} ${now.isEnough ? "enough" : ""}`} aria-hidden="true" style={{ insetBlockStart, blockSize }}>
      <Icon name={icon} />
      <span>{label}</span>
    </div>
  );
}
