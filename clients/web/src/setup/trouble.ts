/** What went wrong, in the user's words, and what to do about it. The core's own sentence (English, with the host's name) goes with it. */
import { ConnectionLost, FacteurError } from "facteur";
import type { Certificate, ErrorInfo, SetError } from "../../../typescript/src/types.ts";
import { t } from "../i18n/i18n.ts";

export interface Trouble {
  type: string;
  /** One sentence: what it is. */
  what: string;
  /** What the user can do. */
  advice: string | undefined;
  /** The core's sentence; undefined where it would say nothing more. */
  detail: string | undefined;
  /** The server's own words. */
  server: string | undefined;
  certificate: Certificate | undefined;
}

/** Those that have words here; any other says what the core says. */
const KNOWN = ["auth", "dns", "tls", "network", "timeout", "server", "protocol", "serverUnavailable", "userAction", "busy", "limit", "diskFull", "forbidden", "lost", "cancelled"];

function trouble(type: string, detail: string | undefined, data: { server?: unknown; certificate?: unknown }): Trouble {
  const isKnown = KNOWN.includes(type);
  const isChanged = (data.certificate as Certificate | undefined)?.isChanged;
  const word = type === "tls" && data.certificate ? (isChanged ? "certificate-changed" : "certificate") : type;
  return {
    type,
    what: isKnown ? t(`trouble-${word}`) : (detail ?? t("trouble-other")),
    advice: isKnown ? t(`trouble-${word}.advice`) : undefined,
    detail: isKnown ? detail : undefined,
    server: typeof data.server === "string" && data.server ? data.server : undefined,
    certificate: data.certificate as Certificate | undefined,
  };
}

export function troubleOf(e: unknown): Trouble {
  if (e instanceof ConnectionLost) return trouble("lost", undefined, {});
  if (!(e instanceof FacteurError)) return trouble("", e instanceof Error ? e.message : String(e), {});
  const description = e.data["description"];
  return trouble(e.type, typeof description === "string" ? description : e.message, e.data);
}

/** Of an account's or a task's state. */
export function troubleOfInfo(info: ErrorInfo): Trouble {
  return trouble(info.type, info.message, info);
}

/** Of an object that was not created or changed. */
export function troubleOfSet(error: SetError | undefined): Trouble {
  return trouble(error?.type ?? "", error?.description ?? error?.type, {});
}

/** Throws what was refused of the one object of a /set call. */
export class Refused extends Error {
  constructor(readonly error: SetError) {
    super(error.description ?? error.type);
  }
}
