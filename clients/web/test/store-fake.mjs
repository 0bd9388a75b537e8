/** A core that says what a test has it say: a small mailbox, and answers of the test's own in front of it.
 *
 *   const { store, core } = fake(makeStore, Client, { emails: 100 });
 *   core.answers["Email/set"] = (args) => ({ ... });     from now on
 *   core.once("Email/query", (args) => ({ ... }));       the next one
 *   core.heard                                           [method, arguments] of all that was asked
 *   core.failing = new ConnectionLost("...")             nothing is answered
 *   const held = core.hold("Email/get")                  the next request with that is answered as it is now, when held.go() is called
 *   core.hold("Email/get", isOurs)                       ... the next whose arguments isOurs says so of, and as it will be then
 */
const ROW = { threadId: "", size: 100, from: [{ name: "Jane", email: "jane@example.org" }], to: null, hasAttachment: false, preview: "" };

export function fake(makeStore, { Client, FacteurError }, { emails = 0, unread = false } = {}) {
  const core = {
    state: 1,
    queryState: undefined,
    emails: Array.from({ length: emails }, (_, i) => email(i, unread)),
    mailboxes: [mailbox("inbox"), mailbox("archive")],
    answers: {},
    next: {},
    heard: [],
    failing: undefined,
    requests: 0,
    /** Calls that were sent to outlive the page, by requests. */
    outliving: [],
    holds: [],
    once(method, answer) {
      (core.next[method] ??= []).push(answer);
    },
    hold(method, isOurs) {
      const held = { method, isOurs };
      held.promise = new Promise((go) => (held.go = go));
      held.reached = new Promise((done) => (held.reach = done));
      core.holds.push(held);
      return held;
    },
    /** How often a method was asked for. */
    count: (method) => core.heard.filter(([name]) => name === method).length,
    streamIs: undefined,
    /** Somebody did something: the state moves on, and the stream tells. */
    moved(types = ["Email", "Mailbox", "Thread"]) {
      core.state++;
      core.tell({ changed: { a1: Object.fromEntries(types.map((type) => [type, `s${core.state}`])) } });
    },
    tell(change) {
      changes.push(change);
      wake?.();
    },
  };
  const changes = [];
  let wake;

  const state = () => `s${core.state}`;
  const usual = {
    "Core/echo": (args) => args,
    "Account/get": () => ({ state: "s1", list: [{ id: "a1", name: "Jane", sortOrder: 0, isLocal: true, syncState: { phase: "idle" } }], notFound: [] }),
    "Identity/get": () => ({ state: "s1", list: [], notFound: [] }),
    "Mailbox/get": ({ ids }) => ({ state: state(), list: core.mailboxes.filter((m) => !ids || ids.includes(m.id)), notFound: [] }),
    "Mailbox/changes": ({ sinceState }) => ({ oldState: sinceState, newState: state(), hasMoreChanges: false, created: [], updated: core.mailboxes.map((m) => m.id), destroyed: [], updatedProperties: null }),
    "Thread/changes": ({ sinceState }) => ({ oldState: sinceState, newState: state(), hasMoreChanges: false, created: [], updated: [], destroyed: [] }),
    "Email/changes": ({ sinceState }) => ({ oldState: sinceState, newState: state(), hasMoreChanges: false, created: [], updated: [], destroyed: [] }),
    "Thread/get": ({ ids }) => ({ state: state(), list: ids.map((id) => ({ id, emailIds: core.emails.filter((e) => e.threadId === id).map((e) => e.id) })), notFound: [] }),
    "Email/get": ({ ids }) => {
      const wanted = new Set(ids);
      const list = structuredClone(core.emails.filter((e) => wanted.has(e.id)));
      for (const { id } of list) wanted.delete(id);
      return { state: state(), list, notFound: [...wanted] };
    },
    "Email/query": ({ position = 0, limit, anchor, anchorOffset = 0 }) => {
      const here = core.emails.filter((e) => e.mailboxIds.inbox);
      if (anchor) {
        const at = here.findIndex((e) => e.id === anchor);
        if (at < 0) return { error: { type: "anchorNotFound" } };
        position = Math.max(0, at + anchorOffset);
      }
      return { queryState: core.queryState ?? state(), canCalculateChanges: true, position, ids: here.slice(position, position + limit).map((e) => e.id), total: here.length };
    },
    "Email/queryChanges": ({ sinceQueryState }) => ({ oldQueryState: sinceQueryState, newQueryState: state(), removed: [], added: [], total: core.emails.filter((e) => e.mailboxIds.inbox).length }),
    "Email/set": ({ update = {}, destroy = [] }) => {
      const oldState = state();
      core.state++;
      for (const [id, patch] of Object.entries(update)) {
        const e = core.emails.find((each) => each.id === id);
        for (const [path, value] of Object.entries(patch)) {
          const [property, key] = path.split("/");
          if (value) e[property][key] = true;
          else delete e[property][key];
        }
      }
      core.emails = core.emails.filter((e) => !destroy.includes(e.id));
      return { oldState, newState: state(), created: null, updated: Object.fromEntries(Object.keys(update).map((id) => [id, null])), destroyed: destroy, notCreated: null, notUpdated: null, notDestroyed: null };
    },
    "Undo/query": () => ({ queryState: "s1", canCalculateChanges: false, position: 0, ids: [] }),
    "Undo/get": () => ({ state: "s1", list: [], notFound: [] }),
  };

  /** A result reference: of "/ids", "/added/*\/id" and their like. */
  function resolve(args, results) {
    const out = {};
    for (const [name, value] of Object.entries(args)) {
      if (!name.startsWith("#")) {
        out[name] = value;
        continue;
      }
      let found = [results.get(value.resultOf)];
      if (!found[0] || found[0].error) return undefined;
      for (const step of value.path.slice(1).split("/")) found = step === "*" ? found.flat() : found.map((each) => each[step]);
      out[name.slice(1)] = value.path.includes("*") ? found.flat() : found[0];
    }
    return out;
  }

  async function hold(held) {
    if (!held) return;
    core.holds.splice(core.holds.indexOf(held), 1);
    held.reach();
    await held.promise;
  }

  class Fake extends Client {
    session = { username: "test", capabilities: {} };
    async exchange(calls, isLast) {
      core.requests++;
      if (isLast) core.outliving.push(calls);
      await new Promise((done) => setTimeout(done));
      if (core.failing) throw core.failing;
      await hold(core.holds.find((h) => calls.some((call) => call.method === h.method && h.isOurs?.(call.params))));
      const results = new Map(), answers = new Map();
      for (const { id, method, params } of calls) {
        const args = resolve(params, results);
        core.heard.push([method, args]);
        const answer = core.next[method]?.shift() ?? core.answers[method] ?? usual[method];
        if (!answer) throw new Error(`nobody expected ${method}`);
        const result = args ? answer(args, usual[method]) : { error: { type: "invalidResultReference" } };
        if (result instanceof Error) throw result;
        results.set(id, result);
        answers.set(id, result.error ? { error: { message: result.error.type, data: result.error } } : { result });
      }
      await hold(core.holds.find((h) => !h.isOurs && calls.some((call) => call.method === h.method)));
      return answers;
    }
    async *changes(_types, _ping, told) {
      told(undefined);
      core.streamIs = told;
      while (!this.isClosed) {
        if (changes.length === 0) await new Promise((done) => (wake = done));
        else yield changes.shift();
      }
    }
    close() {
      this.isClosed = true;
      wake?.();
    }
  }

  const store = makeStore(new Fake());
  return { store, core };

  function mailbox(role) {
    return { id: role, name: role, parentId: null, role, sortOrder: 0, totalEmails: 1000, unreadEmails: 500, totalThreads: 1000, unreadThreads: 500, isSubscribed: true, accountId: "a1", myRights: {} };
  }

  function email(i, isUnread) {
    const at = new Date(Date.UTC(2026, 0, 1) - i * 60_000).toISOString();
    return { ...ROW, id: `e${i}`, accountId: "a1", threadId: `t${i}`, subject: `message ${i}`, receivedAt: at, mailboxIds: { inbox: true }, keywords: isUnread || i % 2 ? {} : { $seen: true } };
  }
}
