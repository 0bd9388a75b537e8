/** What was found of an address's servers, in words; where there are several offers, one is chosen. */
import { useSignal } from "@preact/signals";
import type { MailServer } from "../../../typescript/src/types.ts";
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import { CheckField, ChoiceField, Form, TextField } from "../ui/form.tsx";
import { type Draft, type Found, offersOf, serverOf, waysOf } from "./flow.ts";
import { Step } from "./step.tsx";

/** "IMAP at imap.example.org, port 993, encrypted". */
export function serverWords(server: { protocol: string; host: string; port: number; tls: string }): string {
  return t("setup-server", { protocol: server.protocol.toUpperCase(), host: server.host, port: String(server.port), tls: server.tls });
}

/** What the provider wants done before it works: app passwords, switches. Its sentences are English. */
export function Needs({ found }: { found: Found }) {
  const { needs = [], help } = found.provider ?? {};
  if (needs.length === 0 && !help) return null;
  return (
    <div class="notice needs">
      <div>
        <p><strong>{t("setup-needs", { provider: found.provider?.name ?? found.domain })}</strong></p>
        <ul>
          {needs.map((need) => (
            <li key={need.text}>
              <span lang="en">{need.text}</span> {need.url && <a href={need.url} target="_blank" rel="noopener noreferrer">{t("setup-needs-page", { kind: need.kind })}</a>}
            </li>
          ))}
          {help && <li><a href={help} target="_blank" rel="noopener noreferrer">{t("setup-needs-help")}</a></li>}
        </ul>
      </div>
    </div>
  );
}

function Offers({ label, offers, chosen, onChoose }: { label: string; offers: readonly MailServer[]; chosen: string; onChoose(url: string): void }) {
  if (offers.length === 1)
    return (
      <div class="field">
        <strong>{label}</strong>
        <p>{serverWords(offers[0]!)}</p>
        <p class="field-hint">{t("setup-from", { step: offers[0]!.from })}</p>
      </div>
    );
  const options = offers.map((offer) => ({ value: offer.url, label: serverWords(offer), hint: `${t("setup-kind", { protocol: offer.protocol })} ${t("setup-from", { step: offer.from })}` }));
  return <ChoiceField label={label} value={chosen} options={options} onValue={onChoose} />;
}

interface Props {
  draft: Draft;
  found: Found;
  onNext(source: Draft["source"], transport: Draft["transport"]): void;
  onByHand(): void;
  onBack(): void;
}

export function ServersStep({ draft, found, onNext, onByHand, onBack }: Props) {
  const { receiving, sending } = offersOf(found);
  const source = useSignal(found.source?.url ?? receiving[0]!.url);
  const transport = useSignal(found.transport?.url ?? sending[0]?.url);
  const user = useSignal("");
  /** The hosts that the user has agreed to: others are asked about again. */
  const agreed = useSignal("");
  const isTried = useSignal(false);
  const chosen = receiving.find((s) => s.url === source.value)!;
  const sender = sending.find((s) => s.url === transport.value);
  /** Named by an answer that somebody could have forged, and outside of the domain (RFC 6186 section 6). */
  const doubtful = [...new Set([chosen, sender].filter((s) => s?.needsConfirmation).map((s) => s!.host))].join(", ");
  const isAgreed = agreed.value === doubtful;
  const needsUser = chosen.user === null;
  const ways = waysOf(found);

  const next = (): void => {
    isTried.value = true;
    if ((doubtful && !isAgreed) || (needsUser && !user.value.trim())) return;
    const name = user.value.trim() || draft.address;
    onNext(serverOf(chosen, name), sender && serverOf(sender, name));
  };
  return (
    <Step title={t("setup-found-title", { who: found.provider?.name ?? found.domain })}>
      <Form onSubmit={next}>
        <Offers label={t("setup-receiving")} offers={receiving} chosen={source.value} onChoose={(url) => (source.value = url)} />
        {sending.length > 0 ? (
          <Offers label={t("setup-sending")} offers={sending} chosen={transport.value ?? ""} onChoose={(url) => (transport.value = url)} />
        ) : (
          <p class="notice warn">{t("setup-no-sending")}</p>
        )}
        <p>{t("setup-ways", { ways: ways.oauth ? (ways.password ? "both" : "oauth") : "password" })}</p>
        <Needs found={found} />
        {needsUser && <TextField label={t("setup-user")} hint={t("setup-user-hint")} value={user.value} onValue={(value) => (user.value = value)} autocomplete="username" required
          error={isTried.value && !user.value.trim() ? t("setup-user-missing") : undefined} />}
        {doubtful && <CheckField label={t("setup-agree", { host: doubtful })} hint={t("setup-agree-hint", { domain: found.domain })} checked={isAgreed}
          onChecked={(value) => (agreed.value = value ? doubtful : "")} error={isTried.value && !isAgreed ? t("setup-agree-missing") : undefined} />}
        <div class="form-buttons">
          <button type="submit" class="button primary">{t("setup-continue")}</button>
          <Button label={t("setup-by-hand")} isWide onClick={onByHand} />
          <Button label={t("setup-back")} isWide onClick={onBack} />
        </div>
      </Form>
    </Step>
  );
}
