/** Shows what went wrong (trouble.ts): said at once by a screen reader, with what the server said for those who want to know. */
import type { ComponentChildren } from "preact";
import { t } from "../i18n/i18n.ts";
import { longDate } from "../i18n/dates.ts";
import { Icon } from "../ui/icon.tsx";
import type { Certificate } from "../../../typescript/src/types.ts";
import type { Trouble } from "./trouble.ts";

export function TroubleNote({ trouble, quiet, children }: { trouble: Trouble; quiet?: boolean; children?: ComponentChildren }) {
  return (
    <div class="notice danger trouble" role={quiet ? undefined : "alert"}>
      <Icon name="warning" />
      <div>
        <p><strong>{trouble.what}</strong></p>
        {trouble.advice && <p>{trouble.advice}</p>}
        {trouble.detail && !trouble.certificate && <p lang="en" dir="auto" class="trouble-detail">{trouble.detail}</p>}
        {trouble.server && trouble.server !== trouble.detail && <p dir="auto" class="trouble-detail">{t("trouble-server-says", { words: trouble.server })}</p>}
        {children}
      </div>
    </div>
  );
}

/** A certificate as one compares it with what the server's people say. */
export function CertificateFacts({ certificate: c }: { certificate: Certificate }) {
  const facts: [string, string | undefined][] = [
    [t("certificate-server"), `${c.host}:${c.port}`],
    [t("certificate-reason"), c.reason.split(";")[0]], // what follows is advice for a terminal
    [t("certificate-subject"), c.subject],
    [t("certificate-hosts"), c.hosts],
    [t("certificate-issuer"), c.issuer],
    [t("certificate-valid"), `${longDate(c.notBefore)} – ${longDate(c.notAfter)}`],
    [t("certificate-fingerprint"), c.sha256],
    [t("certificate-trusted"), c.trustedSha256],
  ];
  return (
    <dl class="facts">
      {facts.filter(([, value]) => value).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd dir="auto">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
