/** Server-sent events out of a body that is read as it comes: unlike EventSource, a fetch may carry an Authorization header. */
import { ConnectionLost } from "./errors.js";

export interface ServerEvent {
  type: string;
  data: string;
  id: string | undefined;
}

/** Not even a ping came. */
export class Silence extends ConnectionLost {}

const EVENT_MAX = 16 * 1024 * 1024;

/** Ends with the body; throws Silence when nothing came for `silenceMs`. */
export async function* eventsOf(body: ReadableStream<Uint8Array>, silenceMs: number): AsyncGenerator<ServerEvent, void, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await within(silenceMs, reader.read());
      if (done) return;
      text += decoder.decode(value, { stream: true });
      if (text.length > EVENT_MAX) throw new Error("an event is too long");
      for (let end; (end = /\r?\n\r?\n/.exec(text)); text = text.slice(end.index + end[0].length)) {
        const event = eventOf(text.slice(0, end.index));
        if (event) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** The fields of one event; undefined where it has no data. */
export function eventOf(block: string): ServerEvent | undefined {
  const event: ServerEvent = { type: "message", data: "", id: undefined };
  let hasData = false;
  for (const line of block.split(/\r?\n/)) {
    const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line)!;
    if (name === "event") event.type = value!;
    else if (name === "id") event.id = value!;
    else if (name === "data") {
      event.data += (hasData ? "\n" : "") + value!;
      hasData = true;
    }
  }
  return hasData ? event : undefined;
}

function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((done, failed) => {
    const timer = setTimeout(() => failed(new Silence(`eventSource: nothing came for ${ms / 1000} s`)), ms);
    (timer as { unref?: () => void }).unref?.(); // as long as the connection is there, that holds a program of Node
    promise.then(done, failed).finally(() => clearTimeout(timer));
  });
}
