/** A provider of consent (tests/support/oauth_provider.py) and a Dovecot that asks it who is who. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PROGRAM = `
import json, os, sys, tempfile
from dovecot import Dovecot
from oauth_provider import Provider
with tempfile.TemporaryDirectory() as folder, Provider() as p:
    os.chmod(folder, 0o755)
    path = os.path.join(folder, "oauth2.conf")
    passdb = p.dovecot(path)
    os.chmod(path, 0o644)
    with Dovecot(tls=False, mechanisms="plain xoauth2 oauthbearer", extra=passdb) as d:
        print(json.dumps({"imap_port": d.imap_port, "settings": p.settings(), "secret": p.SECRET}), flush=True)
        for line in sys.stdin:
            p.consent = line.strip()
            print(p.consent, flush=True)
`;

/** { imap_port, settings, secret, say("given" | "denied"), stop() } */
export async function startConsent(root) {
  const python = existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
  const child = spawn(python, ["-c", PROGRAM], { env: { ...process.env, PYTHONPATH: join(root, "tests/support"), PYTHONDONTWRITEBYTECODE: "1" }, stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((done) => child.once("exit", done));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done) throw new Error("the provider did not start");
  return {
    ...JSON.parse(first.value),
    async say(consent) {
      child.stdin.write(`${consent}\n`);
      await lines.next();
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
