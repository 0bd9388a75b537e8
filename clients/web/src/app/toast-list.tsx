/** How toasts.ts is drawn. */
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import { dismiss, type ShownToast, toasts } from "./toasts.ts";

function Item({ toast }: { toast: ShownToast }) {
  const [isHeld, hold] = useState(false);
  useEffect(() => {
    if (isHeld || toast.kind === "problem") return;
    const timer = setTimeout(() => dismiss(toast.id), (toast.seconds ?? 6) * 1000);
    return () => clearTimeout(timer);
  }, [isHeld, toast]);
  const { action } = toast;
  return (
    <div class={`toast ${toast.kind ?? "plain"}`} onPointerEnter={() => hold(true)} onPointerLeave={() => hold(false)} onFocusIn={() => hold(true)} onFocusOut={() => hold(false)}>
      <span class="toast-text">
        {toast.text} {toast.detail && <small lang="en" dir="auto">{toast.detail}</small>}
      </span>
      {toast.more}
      {action && (
        <Button
          label={action.label}
          keys={action.keys}
          isWide
          onClick={() => {
            dismiss(toast.id);
            action.run();
          }}
        />
      )}
      <Button label={t("app-dismiss")} icon="close" onClick={() => dismiss(toast.id)} />
    </div>
  );
}

/** The region is always there: readers announce what comes into one that they know. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite" aria-label={t("app-messages")}>
      {toasts.value.map((toast) => (
        <Item key={toast.id} toast={toast} />
      ))}
    </div>
  );
}
