/** Sends a draft as the outbox does (docs/decisions/0020), and takes it back. */
import { FacteurError, type EmailSubmission, type Id } from "facteur";
import type { Calls } from "./saver.ts";

export interface Letter {
  accountId: Id;
  emailId: Id;
  identityId: Id;
  /** The address in From. */
  sender: string;
  recipients: readonly string[];
}

/** How long it is kept back. */
export type Hold = { seconds: number } | { until: string } | undefined;

/** A SetError, as an error. */
function refusal(method: string, error: unknown): FacteurError {
  return new FacteurError(method, { data: error });
}

/** The account's mailbox of a role; made where there is none. */
export async function mailboxOf(calls: Calls, accountId: Id, role: "drafts" | "sent"): Promise<Id> {
  const { ids } = await calls.call("Mailbox/query", { accountId, filter: { role } });
  if (ids[0]) return ids[0];
  const name = role === "sent" ? "Sent" : "Drafts";
  const made = await calls.call("Mailbox/set", { accountId, create: { made: { name, role } } });
  const created = made.created?.["made"] as { id: Id } | undefined;
  if (!created) throw refusal("Mailbox/set", made.notCreated?.["made"]);
  return created.id;
}

function envelopeOf({ sender, recipients }: Letter, hold: Hold): Record<string, unknown> {
  const parameters = !hold ? null : "until" in hold ? { HOLDUNTIL: hold.until } : { HOLDFOR: String(hold.seconds) };
  return { mailFrom: { email: sender, parameters }, rcptTo: recipients.map((email) => ({ email, parameters: null })) };
}

/** Once, however often it is called with the same key: until an answer has come. Where facteurd ended in the middle (outcomeUnknown), what it has tells. */
export async function send(calls: Calls, letter: Letter, hold: Hold, key: string): Promise<EmailSubmission> {
  try {
    return await submit(calls, letter, hold, key);
  } catch (e) {
    if (!(e instanceof FacteurError) || e.type !== "outcomeUnknown") throw e;
    return (await submitted(calls, letter)) ?? submit(calls, letter, hold, `${key} again`);
  }
}

/** A submission of it that was not taken back. */
export async function submitted(calls: Calls, { accountId, emailId }: Letter): Promise<EmailSubmission | undefined> {
  const { ids } = await calls.call("EmailSubmission/query", { accountId, filter: { emailIds: [emailId] } });
  if (!ids.length) return undefined;
  const { list } = await calls.call("EmailSubmission/get", { accountId, ids });
  return (list as EmailSubmission[]).find((one) => one.state !== "canceled" && !one.isReport);
}

async function submit(calls: Calls, letter: Letter, hold: Hold, key: string): Promise<EmailSubmission> {
  const { accountId, emailId, identityId } = letter;
  const sentId = await mailboxOf(calls, accountId, "sent");
  const answer = await calls.call("EmailSubmission/set", {
    accountId,
    create: { send: { identityId, emailId, envelope: envelopeOf(letter, hold) } },
    onSuccessUpdateEmail: { "#send": { mailboxIds: { [sentId]: true }, "keywords/$draft": null, "keywords/$seen": true } },
    idempotencyKey: key,
  });
  const created = answer.created?.["send"];
  if (!created) throw refusal("EmailSubmission/set", answer.notCreated?.["send"]);
  return created as unknown as EmailSubmission;
}

type Decided = Pick<EmailSubmission, "id" | "isReport"> & { accountId: Id };

async function decide(calls: Calls, of: Decided, patch: Record<string, unknown>, emailPatch: Record<string, unknown> | undefined): Promise<void> {
  const { accountId, id } = of;
  const answer = await calls.call("EmailSubmission/set", {
    accountId,
    update: { [id]: patch },
    ...(emailPatch && !of.isReport ? { onSuccessUpdateEmail: { [id]: emailPatch } } : {}),
  });
  const error = answer.notUpdated?.[id];
  if (error) throw refusal("EmailSubmission/set", error);
}

/** A draft again. Throws cannotUnsend when it is too late. What the core sends of itself (a receipt) is about somebody's letter, which stays where it is. */
export async function takeBack(calls: Calls, of: Decided): Promise<void> {
  const draftsId = of.isReport ? undefined : await mailboxOf(calls, of.accountId, "drafts");
  await decide(calls, of, { undoStatus: "canceled" }, draftsId ? { mailboxIds: { [draftsId]: true }, "keywords/$draft": true } : undefined);
}

/** Now, without waiting any longer; again, for what failed or is uncertain. */
export function retry(calls: Calls, of: Decided): Promise<void> {
  return decide(calls, of, { state: "queued" }, undefined);
}

/** As the user has found out about one that is uncertain. */
export function settle(calls: Calls, of: Decided, state: "sent" | "failed"): Promise<void> {
  return decide(calls, of, { state }, undefined);
}

/** What a program without the right to send has prepared. */
export async function confirm(calls: Calls, of: Decided): Promise<void> {
  const sentId = of.isReport ? undefined : await mailboxOf(calls, of.accountId, "sent");
  await decide(calls, of, { needsConfirmation: false }, sentId ? { mailboxIds: { [sentId]: true }, "keywords/$draft": null, "keywords/$seen": true } : undefined);
}

/** The record of one that has ended: out of sight. */
export async function forget(calls: Calls, { accountId, id }: Decided): Promise<void> {
  const answer = await calls.call("EmailSubmission/set", { accountId, destroy: [id] });
  const error = answer.notDestroyed?.[id];
  if (error) throw refusal("EmailSubmission/set", error);
}
