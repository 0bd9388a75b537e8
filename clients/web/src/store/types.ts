/** What the rest of the page knows of the mail: the store's interface.
 *
 * Two things are kept apart: what the core has said (truth), and what the user has done that it has not answered yet (pending). What is
 * shown is the one with the other laid over it; when an answer or a change by somebody else comes, truth changes and what is pending
 * is laid over again. So nothing jumps back and forth, and a refusal needs no undoing: what was pending is dropped.
 *
 * Everything here is a signal: a component that reads one is drawn again when it changes. Nothing else speaks JMAP for mailboxes, emails,
 * threads and accounts. */
import type { ReadonlySignal } from "@preact/signals";
import type { FacteurError } from "facteur";
import type { Link } from "./link.ts";
import type { Account, Email, EmailFilter, Id, Identity, Mailbox } from "../../../typescript/src/types.ts";

export type { Account, Email, EmailFilter, Id, Identity, Mailbox };

/** What a list shows of a message: LIST_PROPERTIES of Email/get. */
export type Row = Pick<Email, "threadId" | "size" | "receivedAt" | "subject" | "hasAttachment" | "preview"> & {
  id: Id;
  accountId: Id;
  mailboxIds: Record<Id, true>;
  keywords: Record<string, true>;
  from: Email["from"];
  to: Email["to"];
  /** When it comes back, of one that is out of sight until then. */
  snoozed?: Email["snoozed"] | undefined;
};

/** A message as the reader shows it: READER_PROPERTIES, with the values of its text parts. */
export type Message = Email & { id: Id; accountId: Id; threadId: Id; mailboxIds: Record<Id, true>; keywords: Record<string, true> };

/** Which messages a list has. Two views with the same content are the same list. */
export interface View {
  /** A mailbox; or a role in all accounts that take part: the unified inbox and its like; or everything. */
  in: { mailboxId: Id } | { role: string } | "all";
  /** What was typed into the search, in the core's query language; "" for none. */
  query: string;
  /** One row a thread. */
  collapse: boolean;
  /** Only with this. `unread`: what was read while one looks at the list stays in it until it is opened again. */
  only?: "unread" | "flagged";
  sort?: { property: "receivedAt" | "size" | "from" | "subject"; isAscending: boolean };
}

/** The messages of a view, by their place; as many of them as were looked at are here. */
export interface MailList {
  readonly view: View;
  /** How many rows; undefined: not known yet. */
  readonly total: ReadonlySignal<number | undefined>;
  /** Changes whenever idAt or indexOf would answer otherwise. */
  readonly version: ReadonlySignal<number>;
  /** Why there is nothing to be seen: the search is malformed (`position`), or the core does not answer. */
  readonly problem: ReadonlySignal<FacteurError | Error | undefined>;
  /** What the core is asked, for a question of one's own about the same messages; undefined: not known yet, or nothing can be in it. */
  readonly query: { accountId: Id; filter: EmailFilter; sort: { property: string; keyword?: string; isAscending: boolean }[]; collapseThreads: boolean } | undefined;
  /** undefined: not fetched yet, or beyond the end. */
  idAt(index: number): Id | undefined;
  /** -1: it is not among those that are here. */
  indexOf(id: Id): number;
  /** It is known to have left the list, whoever took it out; what was only forgotten here has not. */
  isGone(id: Id): boolean;
  /** The row that stands for this message's conversation; undefined: none that is here. */
  rowFor(id: Id): Id | undefined;
  /** Asks the core where it is, and fetches what is around it; -1: it is not in the list. */
  find(id: Id): Promise<number>;
  /** The rows from one to the other, both included; those that are not here are fetched. Empty: one of the two is not in the list; undefined: they are
   * more than `most`. */
  between(a: Id, b: Id, most: number): Promise<readonly Id[] | undefined>;
  /** These rows are on the screen: they are fetched, and those nearby; what is far away may be forgotten. */
  show(first: number, last: number): void;
  /** These are not forgotten, however far away they are: what the next key is about. */
  keep(ids: readonly Id[]): void;
  /** It is looked at no more. A list that is opened again soon is there at once. */
  close(): void;
}

/** What can be done with messages. All of it is shown at once. */
export type Action =
  /** `undoable` false: nothing that the user did, such as marking as read what is looked at; undo does not take it back. */
  | { do: "seen" | "flagged"; on: boolean; undoable?: boolean }
  | { do: "keyword"; keyword: string; on: boolean }
  /** Into the account's mailbox of this role; made where there is none. */
  | { do: "archive" | "trash" | "junk" | "inbox" }
  | { do: "move"; mailboxId: Id }
  /** It stays where else it is. */
  | { do: "copy"; mailboxId: Id }
  /** On: what is in the inbox is archived, too. What comes to a muted conversation, the core marks as read and archives. */
  | { do: "mute"; on: boolean }
  /** Out of it, where it is elsewhere, too: what is in no other mailbox stays. */
  | { do: "unlabel"; mailboxId: Id }
  /** For good; nothing takes it back but the core's undo. */
  | { do: "destroy" };

/** With what. `threads`: with all of their conversations that are in the view's mailbox, or in the mailbox of each. */
export type Target = { ids: readonly Id[]; threads: boolean; view?: View } | { all: View };

/** An action under way or done. */
export interface Doing {
  readonly action: Action;
  /** How many messages (or conversations, as they were counted on the screen). */
  readonly count: number;
  /** Resolves when the core has done it all; rejects with what it said when something was refused (the rest is done). */
  readonly done: Promise<void>;
  /** Messages that were changed. 0 when it is done: all was so already, or was refused, and there is nothing to take back. */
  readonly changed: number;
  /** The core can take back all of it, as far as is known until it is done. What goes into another account stays there. */
  readonly isUndoable: boolean;
  /** What takes it back, when it is done; undefined: nothing does, or it is not known. */
  readonly undoId: Id | undefined;
  /** Of all that match: how far it is. `total` 0: it is not known yet how many there are. */
  readonly progress: ReadonlySignal<{ done: number; total: number }>;
  readonly isCanceled: boolean;
  /** What is not done yet stays as it is; what is done stays done, and can be taken back. */
  cancel(): void;
}

/** How this page and the core stand. */
export type Connection = { state: "live" } | { state: "lost"; since: number; why: string };

export interface Store {
  /** In the user's order, the local account among them. */
  readonly accounts: ReadonlySignal<readonly Account[]>;
  /** Of all accounts; `accountId` is there. */
  readonly mailboxes: ReadonlySignal<ReadonlyMap<Id, Mailbox & { accountId: Id }>>;
  readonly identities: ReadonlySignal<readonly (Identity & { accountId: Id })[]>;
  readonly connection: ReadonlySignal<Connection>;
  /** Counts up when Emails have changed at the core, whoever did it: for what holds ids of its own. */
  readonly changes: ReadonlySignal<number>;

  /** Of an account; undefined: it has none. */
  mailboxByRole(accountId: Id, role: string): (Mailbox & { accountId: Id }) | undefined;
  list(view: View): MailList;
  /** undefined: not here; a list or thread that has it fetches it. */
  row(id: Id): ReadonlySignal<Row | undefined>;
  /** The messages of a conversation, oldest first, but those in trash and junk. Fetched when first asked for. `at`: the message that was
   * opened; where that is in trash or junk, all are there. */
  thread(threadId: Id, at?: Id): ReadonlySignal<readonly Id[] | undefined>;
  /** With its texts. Fetched once; a hundred or so are kept. Rejects with FacteurError (notFound, serverUnavailable ...), ConnectionLost. */
  message(id: Id): Promise<Message>;
  /** Where it is here already. */
  messageHere(id: Id): Message | undefined;
  /** That it may be asked for soon. */
  prefetch(ids: readonly Id[]): void;
  act(action: Action, target: Target): Doing;
  /** For undo.ts, which is fetched when something is taken back: how it is asked for, when what was begun last is done, and of which accounts it was. */
  readonly link: Link;
  idle(): Promise<unknown>;
  undone(accountIds: readonly Id[]): void;
  /** Of what is not kept here (EmailSubmission, Quota, VacationResponse ...): moves on whenever something of this type changed, as far as
   * the stream of changes tells. To be asked for again then. */
  newsOf(type: string): ReadonlySignal<number>;
  /** Asks all accounts' servers for news now. */
  sync(): Promise<void>;
  /** Which accounts take part in views of a role or of everything; undefined: all. */
  unify(accountIds: readonly Id[] | undefined): void;
  /** Signed out: nothing is asked any more. */
  close(): void;
}
