/** The frame of the page: who is signed in decides what is in it. */
import { useEffect, useLayoutEffect } from "preact/hooks";
import { signIn } from "../client/session.ts";
import { update } from "../client/worker.ts";
import { beginWriting } from "../client/writing.ts";
import { Composers, opened } from "../compose/index.ts";
import { t } from "../i18n/i18n.ts";
import { later } from "../ui/later.tsx";
import { listenToKeys } from "./keys.ts";
import { MailPage } from "./mail-page.tsx";
import { Overlays } from "./overlays.tsx";
import { place } from "./router.ts";
import { Lazy } from "./lazy.tsx";
import { Toasts } from "./toast-list.tsx";
import { toast } from "./toasts.ts";

/** Few see it, and those once. */
const SignIn = later(() => import("../setup/signin.tsx").then((module) => module.SignIn));

function Page() {
  switch (place.value.page) {
    case "setup":
      return <Lazy key="setup" load={() => import("../setup/page.tsx")} />;
    case "settings":
      return <Lazy key="settings" load={() => import("../settings/page.tsx")} />;
    case "statistics":
      return <Lazy key="statistics" load={() => import("../statistics/page.tsx")} />;
    case "compose":
      return <Lazy key="compose" load={() => import("../compose/page.tsx")} />;
    default:
      return <MailPage />;
  }
}

/** A newer version waits until the user says so, and then until nothing is being written, in any window. */
function offerUpdate(): void {
  const take = update.value;
  if (!take) return;
  const run = (): void => {
    void take(() => toast({ name: "update", text: t("app-update-later") }));
  };
  toast({ name: "update", kind: "plain", seconds: 60, text: t("app-update"), action: { label: t("app-update-now"), run } });
}

export function App() {
  const isWriting = opened.value.length > 0;
  useEffect(() => (isWriting ? beginWriting() : undefined), [isWriting]);
  useLayoutEffect(listenToKeys, []); // what is to be seen hears keys
  useEffect(offerUpdate, [update.value]);
  const { state } = signIn.value;
  if (state === "starting") return <p class="starting" role="status">{t("app-starting")}</p>;
  if (state !== "in") {
    // Refused while something was being written: it is kept before it goes from the page.
    for (const { writing } of opened.peek()) writing.keep();
    return <SignIn key={state} />;
  }
  return (
    <>
      <Page />
      {place.value.page !== "compose" && <Composers />}
      <Overlays />
      <Toasts />
    </>
  );
}
