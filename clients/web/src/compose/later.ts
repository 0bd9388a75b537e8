/** When a message is to go out, as people say it. */

const MORNING = 8;

function morning(of: Date): Date {
  const at = new Date(of);
  at.setHours(MORNING, 0, 0, 0);
  return at;
}

function plusDays(of: Date, days: number): Date {
  const at = new Date(of);
  at.setDate(at.getDate() + days);
  return at;
}

export interface Proposal {
  key: "tomorrow" | "monday" | "evening";
  at: Date;
}

/** This evening while it is not near, tomorrow morning, Monday morning (unless that is tomorrow). */
export function proposals(now = new Date()): Proposal[] {
  const out: Proposal[] = [];
  const evening = new Date(now);
  evening.setHours(18, 0, 0, 0);
  if (evening.getTime() - now.getTime() > 3_600_000) out.push({ key: "evening", at: evening });
  out.push({ key: "tomorrow", at: morning(plusDays(now, 1)) });
  const toMonday = (8 - now.getDay()) % 7 || 7;
  if (toMonday > 1) out.push({ key: "monday", at: morning(plusDays(now, toMonday)) });
  return out;
}

/** As <input type="datetime-local"> has it: in the user's own time. */
export function localValue(at: Date): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** RFC 8620 section 1.4, UTCDate: without fractions. */
export function utc(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, "Z");
}
