/** Waiting for what a signal will have. */
import { effect, type ReadonlySignal } from "@preact/signals";

const PATIENCE_MS = 3000;

/** When it has a value; undefined: it did not come in time. */
export function arrived<T>(signal: ReadonlySignal<T | undefined>, patienceMs = PATIENCE_MS): Promise<T | undefined> {
  return new Promise((done) => {
    const timer = setTimeout(() => done(undefined), patienceMs);
    const stop = effect(() => {
      const value = signal.value;
      if (value === undefined) return;
      clearTimeout(timer);
      queueMicrotask(() => stop());
      done(value);
    });
  });
}
