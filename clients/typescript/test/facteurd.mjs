// A facteurd on a profile of its own, and a facteur-bridge, for the tests: of FACTEUR_BUILD, or of the build beside the sources.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { SocketClient } from "facteur/socket";

const root = resolve(fileURLToPath(import.meta.url), "../../../..");
const build = process.env.FACTEUR_BUILD ?? join(root, "build");

export async function startFacteurd() {
  const profile = mkdtempSync(join(tmpdir(), "fct-ts-"));
  const process = spawn(join(build, "bin", "facteurd"), ["--profile", profile], { stdio: ["ignore", "ignore", "inherit"] });
  const ended = new Promise((done) => process.once("exit", done));
  while (!existsSync(join(profile, "rpc.sock"))) {
    if (process.exitCode !== null) throw new Error("facteurd did not start");
    await new Promise((done) => setTimeout(done, 5));
  }
  return {
    profile,
    connect: () => SocketClient.connect({ profile }),
    kill: () => process.kill("SIGKILL"),
    async stop() {
      process.kill("SIGTERM");
      await ended;
      rmSync(profile, { recursive: true });
    },
  };
}

/** A bridge in front of that profile, on `port` (0: a free one). */
export async function startBridge(profile, port = 0) {
  const process = spawn(join(build, "bin", "facteur-bridge"), ["--profile", profile, "--listen", `127.0.0.1:${port}`], { stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise((done) => process.once("exit", done));
  const lines = createInterface(process.stdout);
  const line = await Promise.race([new Promise((done) => lines.once("line", done)), ended]);
  const url = /http:\/\/[^ ]*:\d+/.exec(line)?.[0];
  if (!url) throw new Error("facteur-bridge did not start");
  return {
    url,
    port: Number(new URL(url).port),
    async stop(signal = "SIGTERM") {
      process.kill(signal);
      await ended;
    },
  };
}

/** Imports a message with this subject; answers the Email's id. */
export async function receive(client, subject, role = "inbox") {
  const { ids } = await client.call("Mailbox/query", { accountId: "a1", filter: { role } });
  const raw = `From: jane@example.org\r\nTo: john@example.net\r\nSubject: ${subject}\r\nMessage-ID: <${encodeURIComponent(subject)}@example.org>\r\n\r\nHello.\r\n`;
  const batch = client.batch();
  batch.call("Blob/upload", { accountId: "a1", create: { m: { data: [{ "data:asText": raw }], type: "message/rfc822" } } });
  const imported = batch.call("Email/import", { accountId: "a1", emails: { e: { blobId: "#m", mailboxIds: { [ids[0]]: true } } } });
  await batch.send();
  return imported.result.created.e.id;
}
