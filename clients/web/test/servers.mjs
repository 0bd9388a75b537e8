/** What a page needs behind it, as processes of a test's own: facteurd on a temporary profile, facteur-bridge in front of it, Dovecot.
 *
 * Programs are those of FACTEUR_BUILD, or of the build beside the sources. All of them listen on free ports of the loopback and are ended
 * by their process id: by stop(), and when this process ends whatever happened. */
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { load } from "./load.mjs";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
export const build = process.env.FACTEUR_BUILD ?? join(root, "build");
const bin = (name) => join(build, "bin", name);
/** The page: what build.mjs made. */
export const web = process.env.FACTEUR_WEB ?? join(build, "web");
/** What the programs log; FACTEUR_VERBOSE=1 shows it. */
const LOG = process.env.FACTEUR_VERBOSE ? "inherit" : "ignore";
const run = promisify(execFile);

/** No session bus: a desktop's keyring is nothing for a test. */
const { DBUS_SESSION_BUS_ADDRESS: _, ...env } = { ...process.env, LC_ALL: "C.UTF-8", TZ: "Europe/Paris" };

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));
/** An interrupted test run: "exit" comes, as it would not by itself. */
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

function start(program, args, stdio) {
  const child = spawn(program, args, { env, stdio });
  running.add(child);
  const ended = new Promise((done) => child.once("exit", done)).finally(() => running.delete(child));
  return {
    child,
    ended,
    /** The first line that matches; an error when the program ends without having said it. */
    async says(pattern) {
      const lines = createInterface(child.stdout);
      const said = new Promise((done) => lines.on("line", (line) => pattern.test(line) && done(line)));
      const line = await Promise.race([said, ended.then(() => undefined)]);
      if (line === undefined) throw new Error(`${program} ended before it was ready`);
      return line;
    },
    async end(signal = "SIGTERM") {
      child.kill(signal);
      await ended;
    },
  };
}

async function startCore(profile) {
  const core = start(bin("facteurd"), ["--profile", profile], ["ignore", "ignore", LOG]);
  while (!existsSync(join(profile, "rpc.sock"))) {
    if (core.child.exitCode !== null) throw new Error("facteurd did not start");
    await new Promise((done) => setTimeout(done, 5));
  }
  return core;
}

const { SocketClient } = await load("../typescript/src/socket.ts", { platform: "node" });

/** A profile and its facteurd. */
export class Core {
  #process;
  #client;

  /** `mail`: files that are imported into it, below the repository. */
  static async start({ mail = ["samples/mailbox.mbox"] } = {}) {
    const core = new Core();
    core.profile = mkdtempSync(join(tmpdir(), "fct-web-"));
    core.#process = await startCore(core.profile);
    try {
      for (const file of mail) await core.cli("import", resolve(root, file));
    } catch (e) {
      await core.stop(); // or whoever waits for this process waits for ever
      throw e;
    }
    return core;
  }

  get pid() {
    return this.#process.child.pid;
  }

  /** A connection to its socket, as another front end has one: await core.raw(). One of its own for each `fresh`. */
  async raw(fresh = false) {
    if (fresh) return SocketClient.connect({ profile: this.profile });
    return (this.#client ??= await SocketClient.connect({ profile: this.profile }));
  }

  /** The command line, as a user has it; what it printed. A failure is an error that has stderr. */
  async cli(...args) {
    const { stdout } = await run(bin("facteur"), ["--profile", this.profile, "--no-start", ...args], { env, maxBuffer: 64e6 });
    return stdout;
  }

  async json(...args) {
    return JSON.parse(await this.cli("--json", ...args));
  }

  /** The secret of a new token. */
  async token(name = "browser", scopes = ["read", "triage", "draft", "send", "admin"]) {
    const { created, notCreated } = await (await this.raw()).call("Token/set", { create: { k: { name, scopes } } });
    if (!created?.k) throw new Error(JSON.stringify(notCreated));
    return created.k.secret;
  }

  /** As a crash is: at once. */
  async kill() {
    this.#client?.close();
    this.#client = undefined;
    await this.#process.end("SIGKILL");
    rmSync(join(this.profile, "rpc.sock"), { force: true });
  }

  /** After kill(). */
  async again() {
    this.#process = await startCore(this.profile);
  }

  async stop() {
    this.#client?.close();
    await this.#process.end();
    rmSync(this.profile, { recursive: true, force: true });
  }
}

/** facteur-bridge with the page that was built, in front of a core, on `port` (0: a free one). `more`: further options. */
export async function startBridge(core, port = 0, ...more) {
  const args = ["--profile", core.profile, "--listen", `127.0.0.1:${port}`, "--no-start", "--web", web, ...more];
  const bridge = start(bin("facteur-bridge"), args, ["ignore", "pipe", LOG]);
  const [url] = /http:\/\/[^ ]*:\d+/.exec(await bridge.says(/http:\/\//));
  return { url, port: Number(new URL(url).port), stop: bridge.end };
}

/** A real Dovecot (tests/support/dovecot.py): { host, imap_port, imaps_port, ca, dir, password, stop() }. Every user exists. */
export async function startDovecot(...args) {
  const python = existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
  const dovecot = start(python, [join(root, "tests/support/dovecot.py"), ...args], ["pipe", "pipe", "inherit"]);
  const about = JSON.parse(await dovecot.says(/^\{/));
  return { ...about, stop: () => dovecot.end() };
}

/** Imports a message into the local account: { id } of the Email. `raw`: all of it, or only its subject. */
export async function receive(core, raw, { role = "inbox", keywords = {}, accountId = "a1" } = {}) {
  const client = await core.raw();
  const text = raw.includes("\n") ? raw : `From: Jane <jane@example.org>\r\nTo: john@example.net\r\nSubject: ${raw}\r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <${encodeURIComponent(raw)}.${Math.random()}@example.org>\r\n\r\nHello.\r\n`;
  const { ids } = await client.call("Mailbox/query", { accountId, filter: { role } });
  const batch = client.batch();
  batch.call("Blob/upload", { accountId, create: { m: { data: [{ "data:asText": text }], type: "message/rfc822" } } });
  const imported = batch.call("Email/import", { accountId, emails: { e: { blobId: "#m", mailboxIds: { [ids[0]]: true }, keywords } } });
  await batch.send();
  const { created, notCreated } = imported.result;
  if (!created?.e) throw new Error(JSON.stringify(notCreated));
  return created.e;
}
