// What both scripts stand in: who they are, and the EventSource of their platform.
import { EventSource } from "eventsource";

/** Set by test_bridge_npm.py. */
export const { JMAP_URL: url, JMAP_TOKEN: token, ADDRESS: address } = process.env;

/** Node 18 has no EventSource, and a browser's takes no headers but has cookies. This one is a user agent that knows the token. */
export class SignedInEventSource extends EventSource {
  constructor(address) {
    super(address, { fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, Authorization: `Bearer ${token}` } }) });
  }
}

/** The states that an EventSource tells of (RFC 8620 section 7.3: the event's name is "state"). */
export class States {
  changed = {};
  #wake = () => {};

  constructor(source) {
    this.source = source;
    this.opened = new Promise((done, failed) => {
      source.addEventListener("open", done);
      source.addEventListener("error", failed);
    });
    source.addEventListener("state", (event) => {
      for (const [account, types] of Object.entries(JSON.parse(event.data).changed)) Object.assign((this.changed[account] ??= {}), types);
      this.#wake();
    });
  }

  /** Until `look` answers something, which is asked again after each event, never on a timer: what is not pushed is waited for in vain. */
  async until(what, look) {
    const timer = setTimeout(() => {
      console.error(`not told of: ${what}; last: ${JSON.stringify(this.changed)}`);
      process.exit(1);
    }, 20_000);
    for (;;) {
      const told = new Promise((done) => (this.#wake = done));
      const found = await look();
      if (found) {
        clearTimeout(timer);
        return found;
      }
      await told;
    }
  }

  close() {
    this.source.close();
  }
}

/** What changed of one type, page by page, until there is no more: the sums, and the state. */
export async function allChanges(ask, sinceState) {
  const sums = { created: [], updated: [], destroyed: [] };
  for (let more = true; more; ) {
    const page = await ask(sinceState);
    for (const kind of Object.keys(sums)) sums[kind].push(...page[kind]);
    ({ newState: sinceState, hasMoreChanges: more } = page);
  }
  return { ...sums, state: sinceState };
}
