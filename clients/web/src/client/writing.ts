/** What must not be interrupted: while something is being written, in whatever window of this browser, no other version of the application
 * takes over (worker.ts). Locks of the browser say so: they are seen by all windows, and end with the window that has them. */
const PREFIX = "facteur.writing.";

/** Only pages of a secure address have locks; only they have a service worker. */
const locks = (): LockManager | undefined => (navigator as { locks?: LockManager }).locks;

/** Something is being written, until what is returned is called. */
export function beginWriting(): () => void {
  let end = (): void => undefined;
  const held = new Promise<void>((done) => (end = done));
  locks()?.request(PREFIX + crypto.randomUUID(), () => held).catch(() => undefined);
  return end;
}

async function written(): Promise<string | undefined> {
  const { held = [] } = (await locks()?.query()) ?? {};
  return held.find((lock) => lock.name?.startsWith(PREFIX))?.name;
}

/** Comes back when nothing is being written. `waits` is called once, when that is not so at once. */
export async function nothingWritten(waits: () => void): Promise<void> {
  let name = await written();
  if (name) waits();
  for (; name; name = await written()) await locks()!.request(name, () => undefined);
}
