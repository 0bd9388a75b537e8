/** Passwords that are encrypted wait for a passphrase after the core has begun: it is asked for here, where somebody needs it. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { client } from "../client/session.ts";
import { t } from "../i18n/i18n.ts";
import { Form, TextField } from "../ui/form.tsx";
import { SavingNote, useSaving } from "./saving.tsx";

export function Unlock() {
  const isLocked = useSignal(false);
  const passphrase = useSignal("");
  const saving = useSaving();
  useEffect(() => {
    const look = async (): Promise<void> => {
      const { stores, accounts, defaultStore } = await client().call("Secrets/get", {});
      const used = new Set<string>([defaultStore, ...accounts.map((account) => account.store)]);
      isLocked.value = stores.some((store) => store.name === "encrypted" && store.isLocked && used.has(store.name));
    };
    look().catch(() => undefined); // a token that may not see it
  }, []);
  if (!isLocked.value) return null;
  const unlock = async (): Promise<void> => {
    if (await saving.run(() => client().call("Secrets/unlock", { passphrase: passphrase.value }))) isLocked.value = false;
    passphrase.value = "";
  };
  return (
    <Form label={t("unlock-title")} class="card" onSubmit={unlock}>
      <h3>{t("unlock-title")}</h3>
      <SavingNote saving={saving} />
      <TextField label={t("unlock-passphrase")} hint={t("unlock-hint")} type="password" autocomplete="current-password" value={passphrase.value} onValue={(value) => (passphrase.value = value)} />
      <div class="form-buttons"><button type="submit" class="button primary">{t("unlock")}</button></div>
    </Form>
  );
}
