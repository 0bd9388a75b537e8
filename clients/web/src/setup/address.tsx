/** The first step: the address; and the wait while its servers are looked for. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import { Form, TextField } from "../ui/form.tsx";
import type { Draft } from "./flow.ts";
import { isAddress } from "./flow.ts";
import { Step } from "./step.tsx";

interface Props {
  draft: Draft;
  /** The core has found that it is no address. */
  isRefused: boolean;
  /** What went wrong otherwise. */
  children: ComponentChildren;
  onChange(change: Partial<Draft>): void;
  onNext(): void;
  onByHand(): void;
}

export function AddressStep({ draft, isRefused, children, onChange, onNext, onByHand }: Props) {
  const isWrong = useSignal(isRefused);
  const leave = (next: () => void): void => {
    isWrong.value = !isAddress(draft.address.trim());
    if (!isWrong.value) next();
  };
  return (
    <Step title={t("setup-address-title")} isTyped>
      {children}
      <Form onSubmit={() => leave(onNext)}>
        <TextField label={t("setup-your-name")} hint={t("setup-your-name-hint")} value={draft.yourName} onValue={(yourName) => onChange({ yourName })} autocomplete="name" />
        <TextField label={t("setup-address")} type="email" inputMode="email" autocomplete="email" required value={draft.address}
          onValue={(address) => onChange({ address })} error={isWrong.value ? t("setup-address-wrong") : undefined} />
        <div class="form-buttons">
          <button type="submit" class="button primary">{t("setup-find")}</button>
          <Button label={t("setup-by-hand")} isWide onClick={() => leave(onByHand)} />
        </div>
      </Form>
    </Step>
  );
}

export function LookingStep({ address, onBack }: { address: string; onBack(): void }) {
  return (
    <Step title={t("setup-looking", { address })}>
      <p>{t("setup-looking-hint")}</p>
      <progress aria-label={t("setup-looking", { address })} />
      <div class="form-buttons">
        <Button label={t("setup-cancel")} isWide onClick={onBack} />
      </div>
    </Step>
  );
}
