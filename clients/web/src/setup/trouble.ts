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

/** Those that have words and an advice here. */
const ADVISED = ["auth", "dns", "tls", "network", "timeout", "server", "protocol", "serverUnavailable", "userAction", "busy", "limit", "diskFull", "forbidden", "lost", "cancelled"];
/** And those that have words. */
const KNOWN = [
  "notFound", "accountNotFound", "blobNotFound", "alreadyExists", "stateMismatch", "overQuota", "tooLarge", "tooMany", "invalid", "serverFail", "corrupt", "io", "unsupported", "outcomeUnknown",
  "cannotUnsend", "cannotUnsubscribe", "mailboxHasChild", "mailboxHasEmail", "forbiddenFrom", "forbiddenToSend", "invalidEmail", "invalidRecipients", "noRecipients", "mdnAlreadySent",
];
/** What is the same to a user. */
const LIKE: Record<string, string> = {
  requestTooLarge: "tooLarge", invalidArguments: "invalid", invalidProperties: "invalid", invalidPatch: "invalid", rateLimit: "limit", forbiddenMailFrom: "forbiddenFrom",
  tooManyKeywords: "tooMany", tooManyMailboxes: "tooMany", tooManyRecipients: "tooMany", tooManyChanges: "tooMany", fromAccountNotFound: "accountNotFound",
};

function trouble(type: string, detail: string | undefined, data: { server?: unknown; certificate?: unknown }): Trouble {
  const name = LIKE[type] ?? type;
  const isAdvised = ADVISED.includes(name);
  const isChanged = (data.certificate as Certificate | undefined)?.isChanged;
  const word = type === "tls" && data.certificate ? (isChanged ? "certificate-changed" : "certificate") : isAdvised || KNOWN.includes(name) ? name : "other";
  return {
    type,
    what: t(`trouble-${word}`),
    advice: isAdvised ? t(`trouble-${word}.advice`) : undefined,
    detail,
    server: typeof data.server === "string" && data.server ? data.server : undefined,
    certificate: data.certificate as Certificate | undefined,
  };
}

export function troubleOf(e: unknown): Trouble {
  if (e instanceof ConnectionLost) return trouble("lost", undefined, {});
  // The page's own words, or the browser's.
  if (!(e instanceof FacteurError)) return { ...trouble("", undefined, {}), what: e instanceof Error ? e.message : String(e) };
  const description = e.data["description"];
  return trouble(e.type, typeof description === "string" ? description : e.type || e.message, e.data);
}

/** In one sentence, with what the server or the core says of it: that is English, or the server's language. */
export function problemOf(e: unknown): { text: string; detail?: string } {
  const { what, detail, server } = e instanceof Refused ? troubleOfSet(e.error) : troubleOf(e);
  const more = server ?? detail;
  return more ? { text: what, detail: more } : { text: what };
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
