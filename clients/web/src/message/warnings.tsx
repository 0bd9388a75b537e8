/** What is known about a message's sender, in words. */
import { t } from "../i18n/i18n.ts";
import type { Message } from "../store/types.ts";
import { Icon } from "../ui/icon.tsx";
import { type Known, warningsOf } from "./sender.ts";

export function SenderWarnings({ message, known }: { message: Message; known: Known }) {
  return (
    <>
      {warningsOf(message, known).map(({ kind, isSerious, args }) => (
        <p key={kind} class={`notice sender-warning ${isSerious ? "danger" : ""}`}>
          <Icon name={isSerious ? "warning" : "info"} />
          <span>{t(`message-warning-${kind}`, args)}</span>
        </p>
      ))}
    </>
  );
}
