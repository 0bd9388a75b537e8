/** The servers, filled in by hand. */
import { useSignal } from "@preact/signals";
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import { CheckField, Form, SelectField, TextField } from "../ui/form.tsx";
import { type Draft, emptyServer, type Found, type Server, usualPort } from "./flow.ts";
import { Needs } from "./servers.tsx";
import { Step } from "./step.tsx";

function isHost(text: string): boolean {
  return text.trim() !== "" && !/[\s/?#@]/.test(text.trim());
}
function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port < 65536;
}
export function isComplete(server: Server): boolean {
  return isHost(server.host) && isPort(server.port);
}

/** A server's fields. Whoever changes what it speaks gets the port that is usual for that. */
export function ServerFields({ legend, server, onServer, isTried }: { legend: string; server: Server; onServer(server: Server): void; isTried: boolean }) {
  const change = (more: Partial<Server>): void => {
    const next = { ...server, ...more };
    const wasUsual = server.port === usualPort(server.protocol, server.tls);
    onServer(wasUsual && !("port" in more) ? { ...next, port: usualPort(next.protocol, next.tls) } : next);
  };
  return (
    <fieldset class="form server-fields">
      <legend>{legend}</legend>
      {server.protocol !== "smtp" && <SelectField label={t("setup-protocol")} hint={t("setup-kind", { protocol: server.protocol })} value={server.protocol}
        options={[{ value: "imap", label: "IMAP" }, { value: "pop3", label: "POP3" }]} onValue={(protocol) => change({ protocol })} />}
      <TextField label={t("setup-host")} value={server.host} onValue={(host) => change({ host: host.trim() })} inputMode="url" autocapitalize="off" spellcheck={false} required
        error={isTried && !isHost(server.host) ? t("setup-host-wrong") : undefined} />
      <div class="form-row">
        <SelectField label={t("setup-tls")} value={server.tls} onValue={(tls) => change({ tls })}
          options={(["implicit", "starttls", "none"] as const).map((value) => ({ value, label: t("setup-tls-kind", { tls: value }) }))} />
        <TextField label={t("setup-port")} value={String(server.port || "")} onValue={(port) => change({ port: Number(port) })} inputMode="numeric" required
          error={isTried && !isPort(server.port) ? t("setup-port-wrong") : undefined} />
      </div>
      {server.tls === "none" && <p class="notice warn">{t("setup-tls-none")}</p>}
      <TextField label={t("setup-user")} hint={t("setup-user-hint")} value={server.user} onValue={(user) => change({ user })} autocomplete="username" autocapitalize="off" spellcheck={false} />
    </fieldset>
  );
}

/** Why nothing was found: which looks failed, for those who want to know. */
function Steps({ found }: { found: Found }) {
  const telling = found.steps.filter((s) => s.result === "failed" || s.result === "nothing" || s.result === "noTime");
  return (
    <details>
      <summary>{t("setup-where-looked")}</summary>
      <ul class="plain-list">
        {telling.map((s) => <li key={s.step} lang="en" dir="auto">{s.source ?? s.step}: {s.description ?? s.result}</li>)}
      </ul>
    </details>
  );
}

interface Props {
  draft: Draft;
  found: Found | undefined;
  onChange(change: Partial<Draft>): void;
  onNext(): void;
  onBack(): void;
}

export function ByHandStep({ draft, found, onChange, onNext, onBack }: Props) {
  const isTried = useSignal(false);
  const { source, transport } = draft;
  /** Who signs in to send is who signs in to receive, until another name is typed there. */
  const receive = (server: Server): void =>
    onChange({ source: server, transport: transport?.user === source.user ? { ...transport, user: server.user } : transport });
  const next = (): void => {
    isTried.value = true;
    if (!isComplete(source) || (transport && !isComplete(transport))) return;
    const user = source.user.trim() || draft.address.trim();
    onChange({ source: { ...source, user }, transport: transport && { ...transport, user: transport.user.trim() || user } });
    onNext();
  };
  return (
    <Step title={t("setup-by-hand-title", { address: draft.address })}>
      {found && !found.source && (
        <div class="notice warn">
          <div>
            <p>{t("setup-nothing-found", { domain: found.domain })}</p>
            <Steps found={found} />
          </div>
        </div>
      )}
      {found && <Needs found={found} />}
      <Form onSubmit={next}>
        <ServerFields legend={t("setup-receiving")} server={source} onServer={receive} isTried={isTried.value} />
        <CheckField label={t("setup-has-sending")} checked={transport !== undefined} onChecked={(on) => onChange({ transport: on ? { ...emptyServer("smtp"), user: source.user } : undefined })} />
        {transport && <ServerFields legend={t("setup-sending")} server={transport} onServer={(server) => onChange({ transport: server })} isTried={isTried.value} />}
        <div class="form-buttons">
          <button type="submit" class="button primary">{t("setup-continue")}</button>
          <Button label={t("setup-back")} isWide onClick={onBack} />
        </div>
      </Form>
    </Step>
  );
}
