/** Files on their way to the core. XMLHttpRequest, as fetch does not tell how far a body has come. */
import { unique } from "../store/unique.ts";
import { signal, type Signal } from "@preact/signals";
import { FacteurError, type Id, type JmapClient, type Uploaded } from "facteur";
import { token } from "../client/session.ts";

export interface Upload {
  key: string;
  name: string;
  type: string;
  size: number;
  /** From 0 to 1. */
  done: Signal<number>;
  trouble: Signal<string | undefined>;
  cancel(): void;
}

export class Canceled extends Error {}

export function maxSize(client: JmapClient): number {
  return Number(client.session.capabilities["urn:ietf:params:jmap:core"]?.["maxSizeUpload"] ?? Infinity);
}

/** What was refused says why (RFC 8620 section 6.1: problem details). */
function problemOf(request: XMLHttpRequest): Error {
  let detail = `${request.status} ${request.statusText}`;
  try {
    const problem = JSON.parse(request.responseText) as { detail?: unknown };
    if (typeof problem.detail === "string") detail = problem.detail;
  } catch {
    // no JSON: the status has to do
  }
  return new FacteurError("upload", { code: request.status, message: detail });
}

export function upload(client: JmapClient, accountId: Id, file: Blob & { name?: string }): { shown: Upload; uploaded: Promise<Uploaded> } {
  const request = new XMLHttpRequest();
  const type = file.type || "application/octet-stream";
  const shown: Upload = {
    key: unique(),
    name: file.name ?? "",
    type,
    size: file.size,
    done: signal(0),
    trouble: signal<string | undefined>(undefined),
    cancel: () => request.abort(),
  };
  const uploaded = new Promise<Uploaded>((done, failed) => {
    request.upload.addEventListener("progress", (e) => e.lengthComputable && (shown.done.value = e.loaded / e.total));
    request.addEventListener("load", () => {
      if (request.status >= 200 && request.status < 300) done(JSON.parse(request.responseText) as Uploaded);
      else failed(problemOf(request));
    });
    request.addEventListener("error", () => failed(new Error("the connection was lost")));
    request.addEventListener("abort", () => failed(new Canceled()));
    request.open("POST", client.session.uploadUrl.replace("{accountId}", encodeURIComponent(accountId)));
    request.setRequestHeader("Authorization", `Bearer ${token() ?? ""}`);
    request.setRequestHeader("Content-Type", type);
    request.send(file);
  });
  return { shown, uploaded };
}
