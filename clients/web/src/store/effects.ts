/** What an action makes of a message, as it is shown at once and then told to the core: which keywords, and which mailboxes it leaves and comes into. */
import type { Folders } from "./folders.ts";
import type { Patch } from "./patch.ts";
import type { Action, Id, Row } from "./types.ts";

/** Of the mailboxes that actions lead into: by what name one is made. */
export const PLACES = { archive: "Archive", trash: "Trash", junk: "Junk", inbox: "Inbox" } as const;
export type PlaceRole = keyof typeof PLACES;

export class Effects {
  constructor(private readonly folders: Folders) {}

  /** `from`: the mailboxes that one looks at; undefined: all. */
  patchOf(action: Action, row: Row, from: readonly Id[] | undefined): Patch {
    switch (action.do) {
      case "seen":
        return { keywords: { $seen: action.on } };
      case "flagged":
        return { keywords: { $flagged: action.on } };
      case "keyword":
        return { keywords: { [action.keyword]: action.on } };
      case "mute":
        return { keywords: { $muted: action.on }, ...(action.on ? this.#putAway(row) : {}) };
      case "destroy":
        return from && !from.some((id) => id in row.mailboxIds) ? {} : { isGone: true }; // somebody has taken it out of the trash
      case "copy":
        return this.isElsewhere(row, action.mailboxId) ? {} : { mailboxIds: { [action.mailboxId]: true } };
      case "unlabel":
        return Object.keys(row.mailboxIds).length > 1 ? { mailboxIds: { [action.mailboxId]: false } } : {};
      case "move":
        return this.isElsewhere(row, action.mailboxId) ? { isGone: true } : this.#movedTo(action.mailboxId, row, this.#leaves(action, row, from));
      default: {
        const patch = this.#movedTo(this.placeFor(row.accountId, action.do)?.id ?? `new ${action.do}`, row, this.#leaves(action, row, from));
        const wasJunk = Object.keys(row.mailboxIds).some((m) => this.folders.mailboxes.peek().get(m)?.role === "junk");
        // what filters learn by (RFC 8621 section 4.1.1)
        if (action.do === "junk") patch.keywords = { $junk: true, $notjunk: false };
        if (action.do === "inbox" && wasJunk) patch.keywords = { $junk: false, $notjunk: true };
        return patch;
      }
    }
  }

  #movedTo(to: Id, row: Row, leaving: readonly Id[]): Patch {
    const mailboxIds: Record<Id, boolean> = {};
    for (const id of leaving) if (id in row.mailboxIds) mailboxIds[id] = false;
    mailboxIds[to] = true;
    return { mailboxIds };
  }

  /** Trash and junk take a message out of everywhere else; otherwise it leaves where one looks at it, or where it came in. */
  #leaves(action: Action, row: Row, from: readonly Id[] | undefined): Id[] {
    const all = Object.keys(row.mailboxIds);
    if (action.do === "trash" || action.do === "junk") return all;
    const here = from?.filter((id) => id in row.mailboxIds) ?? [];
    if (here.length) return here;
    const inbox = this.folders.byRole(row.accountId, "inbox")?.id;
    return action.do === "archive" && inbox !== undefined && all.includes(inbox) ? [inbox] : all;
  }

  /** Out of the inbox, where there is an archive. */
  #putAway(row: Row): Patch {
    const inbox = this.folders.byRole(row.accountId, "inbox")?.id ?? "";
    const archive = this.placeFor(row.accountId, "archive");
    return archive && inbox in row.mailboxIds ? this.#movedTo(archive.id, row, [inbox]) : {};
  }

  /** Where everything stays in "all mail", what is archived is nowhere else. */
  placeFor(accountId: Id, role: PlaceRole): { id: Id } | undefined {
    return this.folders.byRole(accountId, role) ?? (role === "archive" ? this.folders.byRole(accountId, "all") : undefined);
  }

  isElsewhere(row: Row, mailboxId: Id): boolean {
    const to = this.folders.mailboxes.peek().get(mailboxId);
    return to !== undefined && to.accountId !== row.accountId;
  }

  /** Email/copy is no action that the core takes back. */
  isUndoable(action: Action, rows: Iterable<Row>): boolean {
    if (action.do === "move" || action.do === "copy") return ![...rows].some((row) => this.isElsewhere(row, action.mailboxId));
    return !("undoable" in action && action.undoable === false);
  }
}
