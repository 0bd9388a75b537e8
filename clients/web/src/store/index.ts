/** The store: see types.ts for what it is to the rest of the page. */
import { signal } from "@preact/signals";
import type { JmapClient, Params } from "facteur";
import { Actions } from "./actions.ts";
import { Folders } from "./folders.ts";
import { Link, quietly } from "./link.ts";
import { List } from "./list.ts";
import { Live } from "./live.ts";
import { Messages } from "./messages.ts";
import { Records } from "./records.ts";
import { Threads } from "./threads.ts";
import type { EmailFilter, Id, Store, View } from "./types.ts";
import { filterOf, keyOf, mailboxesOf } from "./views.ts";

export type * from "./types.ts";

/** Lists that nobody looks at are kept for a while. */
const LISTS_MAX = 8;

let current: Store | undefined;

/** The store of who is signed in. */
export function store(): Store {
  if (!current) throw new Error("there is no store yet");
  return current;
}

/** `drawn`: what is first to be seen is on the screen; changes are listened for from then on. */
export function createStore(client: JmapClient, drawn?: Promise<void>): Store {
  current?.close();
  return (current = makeStore(client, drawn));
}

/** Without making it the current one. */
export function makeStore(client: JmapClient, drawn: Promise<void> = Promise.resolve()): Store {
  const link = new Link(client);
  const records = new Records();
  const folders = new Folders(link);
  const threads = new Threads(link, records, folders);
  const messages = new Messages(link, records);
  const lists = new Map<string, List>();
  const unified = signal<readonly Id[] | undefined>(undefined);
  const changes = signal(0);

  const takesPart = (accountId: Id): boolean => unified.peek()?.includes(accountId) ?? true;
  const placesOf = (view: View): Id[] | undefined => mailboxesOf(view, folders.mailboxes.peek(), takesPart);

  const asking = (query: string): Params<"Search/parse"> => ({ accountId: "*", query, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone });
  const parse = async (query: string, isWanted?: () => boolean): Promise<EmailFilter> => {
    const asked = await link.send((b) => b.call("Search/parse", asking(query)), isWanted);
    return asked.result.filter;
  };
  const resolve = async (view: View, parsed: EmailFilter): Promise<{ mailboxIds: Id[] | undefined; filter: EmailFilter | undefined }> => {
    if (view.in !== "all" && "role" in view.in) await live.ready; // which mailboxes have it
    const mailboxIds = placesOf(view);
    return { mailboxIds, filter: filterOf(view, mailboxIds, unified.peek(), parsed) };
  };

  const live = new Live({
    link, records, folders, threads,
    listsChanged: () => {
      changes.value++;
      lists.forEach((list) => list.changed());
    },
    mailboxesChanged: () => lists.forEach((list) => list.changedMailboxes()),
  });
  const actions = new Actions({
    link, records, folders, threads, live,
    filterOf: async (view) => (await resolve(view, view.query.trim() ? await parse(view.query.trim()) : null)).filter,
    mailboxesOf: placesOf,
    idsIn: (view) => lists.get(keyOf(view))?.shown ?? [],
  });
  // Before the page goes, or its browser ends it unasked; whoever only looks elsewhere loses nothing by it.
  const leave = (): void => void (document.hidden && actions.flush());
  globalThis.document?.addEventListener("visibilitychange", leave);
  quietly(live.start(drawn));
  link.connection.subscribe(({ state }) => state === "live" && lists.forEach((list) => list.tryAgain()));

  records.listen((ids) => lists.forEach((list) => list.rowsChanged(ids)));
  records.holders.add((id) => [...lists.values()].some((list) => list.holds(id)));
  records.holders.add((id) => threads.holds(id));

  return {
    accounts: folders.accounts,
    mailboxes: folders.mailboxes,
    identities: folders.identities,
    connection: link.connection,
    changes,

    mailboxByRole: (accountId, role) => folders.byRole(accountId, role),

    list(view) {
      const key = keyOf(view);
      let list = lists.get(key);
      if (list) lists.delete(key);
      else list = new List(view, { link, records, asking, parse, resolve, isWhole: () => unified.peek() === undefined });
      lists.set(key, list);
      for (const [old, { users }] of lists) if (lists.size > LISTS_MAX && users === 0 && old !== key) lists.delete(old);
      list.open();
      return list;
    },

    row: (id) => records.row(id),
    thread: (threadId, at) => threads.thread(threadId, at),
    message: (id) => messages.message(id),
    messageHere: (id) => messages.here(id),
    prefetch: (ids) => messages.prefetch(ids),
    newsOf: (type) => live.newsOf(type),
    act: (action, target) => actions.act(action, target),

    link,
    idle: () => actions.idle(),
    undone(accountIds) {
      for (const accountId of accountIds) for (const type of ["Email", "Thread", "Mailbox"] as const) live.mayBeOther(type, accountId);
      lists.forEach((list) => list.changed());
      live.refresh();
    },

    async sync() {
      await link.call("Account/sync", {});
      await live.fetchAccounts();
    },

    unify(accountIds) {
      unified.value = accountIds;
      lists.forEach((list) => list.changedMailboxes());
    },

    close() {
      link.close();
      live.stop();
      globalThis.document?.removeEventListener("visibilitychange", leave);
      client.close();
    },
  };
}
