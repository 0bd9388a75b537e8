/** One message being written: its fields, its draft, what is done with it. What is drawn of it is composer.tsx. */
import { unique } from "../store/unique.ts";
import { batch, computed, effect, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { FacteurError, type Id, type JmapClient } from "facteur";
import { preferences } from "../app/preferences.ts";
import { toast } from "../app/toasts.ts";
import { t } from "../i18n/i18n.ts";
import { type Address, formatAddress, isAddress, isSame, parseAddresses, wholeAddresses } from "./addresses.ts";
import { type Begun, begin, draftOf, draftsOf } from "./begin.ts";
import { htmlOf } from "./convert.ts";
import { type Content, contentOf, emailOf, filesOf, identityOf, newMessageId, type OfAccount, type Part, partsOf, recipientsOf } from "./draft.ts";
import { Files } from "./files.ts";
import { attachmentWord, newText } from "./forgotten.ts";
import * as kept from "./kept.ts";
import { utc } from "./later.ts";
import { Pictures } from "./pictures.ts";
import { Saver } from "./saver.ts";
import { type Hold, type Letter, send, submitted, takeBack } from "./send.ts";
import { Sending, told, watch } from "./sending.ts";
import { withSignature } from "./signature.ts";
import type { Upload } from "./uploads.ts";
import { openComposer, type What, windowPath } from "./index.ts";
import { type Problem, problem, wordsOf } from "./words.ts";

export type Field = "to" | "cc" | "bcc";
export const FIELDS: readonly Field[] = ["to", "cc", "bcc"];

/** Where the body is edited: it says what stands there. */
export interface Body {
  /** As it stands in the message. */
  read(): string;
  /** What was written here: for questions about it. */
  newText(): string;
  /** All of it, to be read. */
  text(): string;
  replace(body: string): void;
  setSignature(html: string): void;
  insertPicture(url: string, cid: string, alt: string): void;
  hasFormatting(): boolean;
  focus(): void;
  /** At the place where one begins to write. */
  typed(text: string): void;
}

/** Something that the user has to answer before it goes on. */
export interface Question {
  text: string;
  yes: string;
  run(): void;
  /** Where one goes on writing after "no". */
  no?: () => void;
  /** Of what is missing. */
  about?: Asked;
}

/** Why it is not closed yet. "troubled": what is wrong is said in it. */
export type Stays = "sending" | "uploading" | "unsaved" | "troubled";

/** How it is done with. */
export type Ended = { how: "sent" | "discarded" | "closed" };

/** What is asked before a message goes out. */
type Asked = "subject" | "attachment";

/** What the user has said of messages that were given to the outbox: who takes one back is not asked again. */
const saidOf = new Map<Id, ReadonlySet<Asked>>();

const open = new Set<Writing>();
let lastIdentity: Id | undefined;

export class Writing {
  readonly identities: readonly OfAccount[];
  readonly identity: Signal<OfAccount | undefined>;
  readonly fields: Record<Field, Signal<readonly Address[]>>;
  /** Typed into a field of addresses, and no address yet. */
  readonly unfinished: Record<Field, Signal<string>> = { to: signal(""), cc: signal(""), bcc: signal("") };
  readonly subject: Signal<string>;
  readonly mode: Signal<"rich" | "plain">;
  readonly parts: Signal<readonly Part[]>;
  readonly uploads: ReadonlySignal<readonly Upload[]>;
  readonly question = signal<Question | undefined>(undefined);
  /** What did not work, in words. */
  readonly trouble = signal<Problem | undefined>(undefined);
  readonly sending = signal<"no" | "waiting" | "sending">("no");
  readonly ended = signal<Ended | undefined>(undefined);
  readonly saver: Saver;
  readonly pictures: Pictures;
  readonly title: ReadonlySignal<string>;
  /** What the editor begins with; the editor says what there is from then on. */
  start: string;
  body: Body | undefined;
  /** The text begins with what is quoted, or a signature: one writes above it. */
  needsLine: boolean;
  /** Whether one writes to people first, or the text. */
  readonly beginsWith: "to" | "body";

  /** What was asked, and is to be sent all the same. */
  readonly #said: Set<Asked>;
  readonly #files: Files;
  readonly #release: () => void;
  readonly #stops: (() => void)[] = [];
  #content: Content;
  #draftsId: Id | undefined;

  private constructor(readonly client: JmapClient, readonly key: string, private readonly what: What, begun: Begun) {
    const { content, identities, saved } = begun;
    this.#content = content;
    this.identities = identities;
    this.beginsWith = begun.beginsWith;
    this.needsLine = begun.needsLine;
    this.#draftsId = begun.draftsId;
    this.#said = new Set(saidOf.get(saved.emailId ?? ""));
    this.identity = signal(identities.find((one) => one.id === content.identityId && one.accountId === content.accountId));
    this.fields = { to: signal(content.to), cc: signal(content.cc), bcc: signal(content.bcc) };
    this.subject = signal(content.subject);
    this.mode = signal(content.mode);
    this.#files = new Files(client, content.parts, { accountId: () => this.#content.accountId, say: (text) => this.#say(text) });
    this.parts = this.#files.parts;
    this.uploads = this.#files.uploads;
    this.start = content.body;
    this.title = computed(() => this.subject.value.trim() || t("compose-untitled"));
    this.pictures = new Pictures(client, () => this.#content.accountId, () => this.parts.peek());
    this.saver = new Saver(client, {
      ...saved,
      newMessageId: () => newMessageId(this.#content.from),
      make: (messageId) => {
        const now = this.read();
        if (messageId) this.#keepAs(now, messageId); // or a window that ends before it is told would make it anew
        return { accountId: now.accountId, email: emailOf(now, this.#draftsId, messageId) };
      },
      isOurs: (id) => [...open].some((other) => other.saver.emailId === id),
      onSaved: (id, { accountId, email }) => {
        if (!this.saver.isUnsaved) kept.drop(this.key);
        return this.#files.renew(id, accountId, email["attachments"] as Part[] | undefined).catch(() => undefined); // after the next one, then
      },
    });
    this.#release = kept.hold(key);
    open.add(this);
    // Everything that a signal holds is saved when it changes; the body says so itself. Of what is being typed into a field, a whole address.
    const typed = FIELDS.map((field) => computed(() => wholeAddresses(this.unfinished[field].value).map(formatAddress).join()));
    let isFirst = true;
    this.#stops.push(
      effect(() => {
        for (const field of FIELDS) this.fields[field].value;
        for (const one of typed) one.value;
        this.subject.value;
        this.parts.value;
        this.mode.value;
        this.identity.value;
        if (isFirst) isFirst = false;
        else queueMicrotask(() => this.touch());
      }),
    );
  }

  static async open(client: JmapClient, what: What, key: string): Promise<Writing> {
    // Before it holds its lock: where this fails, nobody would let go of it.
    const made = new Writing(client, key, what, await begin(client, what, lastIdentity));
    if (what.kind === "kept") made.touch();
    return made;
  }

  /** What goes out is what stands there now: until it is known whether it did, nothing of it is changed. */
  get isHeld(): boolean {
    return this.sending.value !== "no";
  }

  /** All of it, as it is now. */
  read(): Content {
    const identity = this.identity.peek();
    const body = this.body?.read() ?? this.start;
    this.#content = {
      ...this.#content,
      identityId: identity?.id,
      to: this.#addresses("to"),
      cc: this.#addresses("cc"),
      bcc: this.#addresses("bcc"),
      subject: this.subject.peek(),
      mode: this.mode.peek(),
      body,
      parts: [...this.parts.peek()],
    };
    return { ...this.#content, parts: partsOf(this.#content) };
  }

  /** Of a field: also a whole one that is not done yet, as a window that ends here would lose it. */
  #addresses(field: Field): Address[] {
    const done = this.fields[field].peek();
    return [...done, ...wholeAddresses(this.unfinished[field].peek()).filter((one) => !done.some((other) => isSame(one, other)))];
  }

  #keepTimer: ReturnType<typeof setTimeout> | undefined;

  /** Something was written. */
  touch(): void {
    if (this.ended.peek()) return;
    this.#isTouched = true;
    if (!this.saver.isUnsaved && this.#isAsBegun) return;
    this.saver.touch();
    this.#keepTimer ??= setTimeout(() => this.keep(), 500);
  }

  /** Into the browser's storage, what is not saved; and whether there is anything, which is not asked at each key: a long quote would be read for it. */
  keep(): void {
    clearTimeout(this.#keepTimer);
    this.#keepTimer = undefined;
    if (!this.saver.isUnsaved || this.ended.peek()) return;
    if (this.#isAsBegun) {
      this.saver.calm();
      if (!this.saver.isUnsaved) kept.drop(this.key);
      return;
    }
    this.#keepAs(this.read(), this.saver.tried);
  }

  #keepAs(content: Content, tried: string | undefined): void {
    const { emailId, accountId: savedAccountId } = this.saver;
    kept.keep(this.key, { content, emailId, savedAccountId, tried, at: Date.now() });
  }

  /** What the editor had at first: a quote, a line above it. */
  #firstText: string | undefined;
  /** All that one would miss, as it was then. */
  #first: string | undefined;

  /** Called when the editor is there. */
  began(body: Body): void {
    this.body = body;
    this.#firstText ??= body.newText();
    this.#first ??= this.#gist();
  }

  #gist(): string {
    const blobs = this.parts.peek().map((part) => part.blobId);
    return JSON.stringify([FIELDS.map((field) => this.#addresses(field)), this.subject.peek(), blobs, this.body?.text().trim()]);
  }

  /** Nothing was written that stands there still, and there is no draft of it: what editors change by themselves, none is made for. */
  get #isAsBegun(): boolean {
    return this.what.kind !== "kept" && !this.saver.emailId && this.#gist() === this.#first;
  }

  /** Called when it is gone; the next one may be there by then. */
  left(body: Body): void {
    if (this.body === body) this.body = undefined;
  }

  /** Whether nothing was written here that is lost when it is thrown away. */
  get isEmpty(): boolean {
    const hasText = this.body ? this.body.newText() !== this.#firstText && this.body.newText().trim() !== "" : true;
    return !this.#isTouched || (!hasText && !this.parts.peek().length && !this.subject.peek().trim() && !FIELDS.some((field) => this.#addresses(field).length));
  }
  #isTouched = false;

  // ---- who writes

  async chooseIdentity(next: OfAccount): Promise<void> {
    if (this.isHeld) return;
    const mine = (this.#choosing = this.#become(next));
    await mine;
    if (this.#choosing === mine) this.#choosing = undefined;
  }

  /** Until it is known whether who was chosen can write it. */
  #choosing: Promise<boolean> | undefined;

  async #become(next: OfAccount): Promise<boolean> {
    const before = this.identity.peek();
    if (before?.id === next.id && before.accountId === next.accountId) return true;
    const isRich = this.mode.peek() === "rich";
    const calls = this.client.batch();
    const made = calls.call("Compose/new", { accountId: next.accountId, identityId: next.id, html: isRich });
    const old = before && calls.call("Compose/new", { accountId: before.accountId, identityId: before.id });
    // As they are now: what is saved meanwhile gives them others (renew).
    const asked = new Map(next.accountId === this.#content.accountId ? [] : this.parts.peek().map((part) => [part, part.blobId]));
    const blobs = [...asked.values()];
    const copied = blobs.length ? calls.call("Blob/copy", { fromAccountId: this.#content.accountId, accountId: next.accountId, blobIds: blobs }) : undefined;
    try {
      await calls.send();
      const draft = draftOf(made.result.create);
      const map = (copied?.result.copied ?? {}) as Record<Id, Id>;
      if (blobs.some((id) => !map[id])) throw new Error(t("compose-files-not-copied"));
      const draftsId = await draftsOf(this.client, next.accountId, draft);
      const block = draft.bodyValues["text"]?.value ?? "";
      const oldBlock = old ? (draftOf(old.result.create).bodyValues["text"]?.value ?? "") : "";
      if (isRich) this.body?.setSignature(draft.bodyValues["html"]?.value ?? "");
      else this.body?.replace(withSignature(this.body.read(), oldBlock, block));
      const oldBcc = before?.bcc ?? [];
      batch(() => {
        const bcc = this.fields.bcc.peek().filter((one) => !oldBcc.some((other) => isSame(one, other)));
        this.fields.bcc.value = [...bcc, ...(draft.bcc ?? []).filter((one) => !bcc.some((other) => isSame(one, other)))];
        this.parts.value = this.parts.peek().map((part) => ({ ...part, blobId: map[asked.get(part) ?? ""] ?? part.blobId }));
        this.identity.value = next;
      });
      this.#draftsId = draftsId;
      this.#content = { ...this.#content, accountId: next.accountId, from: draft.from ?? [{ name: next.name || null, email: next.email }], replyTo: draft.replyTo ?? [] };
      lastIdentity = next.id;
      return true;
    } catch (e) {
      this.trouble.value = problem("compose-identity-failed", e);
      return false;
    }
  }

  // ---- rich and plain

  toPlain(): void {
    const run = (): void => {
      if (!this.body) return; // the editor is not there yet, and what it would be given is not to be lost
      const text = this.body.text();
      batch(() => {
        this.start = text;
        this.mode.value = "plain";
      });
      this.#dropUnshown();
    };
    if (this.body?.hasFormatting()) this.question.value = { text: t("compose-plain-loses"), yes: t("compose-plain-yes"), run, no: () => this.body?.focus() };
    else run();
  }

  toRich(): void {
    if (!this.body) return;
    this.start = htmlOf(this.body.read(), document);
    this.mode.value = "rich";
  }

  #dropUnshown(): void {
    this.parts.value = filesOf({ parts: [...this.parts.peek()] });
  }

  // ---- files

  attach(files: Iterable<File>): void {
    if (this.isHeld) return; // it would come too late
    if (this.question.peek()?.about === "attachment") this.question.value = undefined;
    for (const file of files) void this.#files.add(file, { disposition: "attachment" });
  }

  /** Pictures stand in a rich text; elsewhere they are files like others. */
  insertPictures(files: Iterable<File>): void {
    if (this.isHeld) return;
    for (const file of files) {
      if (this.mode.peek() === "plain" || !/^image\/(?:png|jpeg|gif|webp|avif)$/.test(file.type)) {
        this.attach([file]);
        continue;
      }
      const cid = `${unique()}@facteur`;
      const url = this.pictures.add(cid, file);
      this.body?.insertPicture(url, cid, file.name.replace(/\.\w+$/, ""));
      void this.#files.add(file, { disposition: "inline", cid });
    }
  }

  removePart(part: Part): void {
    this.parts.value = this.parts.peek().filter((other) => other !== part);
  }

  // ---- sending

  /** What was typed into the fields of addresses becomes some. */
  finishAddresses(): void {
    batch(() => {
      for (const field of FIELDS) {
        const text = this.unfinished[field].peek();
        if (!text.trim()) continue;
        this.fields[field].value = [...this.fields[field].peek(), ...parseAddresses(text)];
        this.unfinished[field].value = "";
        this.touch(); // at once: whoever closes asks whether all is saved
      }
    });
  }

  /** Asks what is to be asked, then sends. */
  send(hold: Hold | undefined): void {
    if (this.isHeld || this.#isThrownAway) return;
    this.finishAddresses();
    this.trouble.value = undefined;
    const now = this.read();
    const all = [...now.to, ...now.cc, ...now.bcc];
    const invalid = all.filter(({ email }) => !isAddress(email));
    if (!all.length) return this.#say(t("compose-no-recipients"));
    if (invalid.length) return this.#say(t("compose-invalid-recipients", { count: invalid.length, addresses: invalid.map((one) => one.email).join(", ") }));
    if (!this.identity.peek()) return this.#say(t("compose-no-identity"));
    if (this.#files.isAnyLost) return this.#say(t("compose-upload-failed-first"));
    const again = (about: Asked): void => {
      this.#said.add(about);
      this.send(hold);
    };
    const back = (): void => this.body?.focus();
    if (!now.subject.trim() && !this.#said.has("subject")) {
      this.question.value = { text: t("compose-no-subject"), yes: t("compose-send-anyway"), run: () => again("subject"), no: () => this.focusSubject() };
      return;
    }
    const written = `${now.subject.replace(/^(?:re|fwd|aw|wg|tr)\s*:.*$/i, "")}\n${newText(this.body?.newText() ?? "")}`;
    const word = filesOf(now).length + this.uploads.peek().length ? undefined : attachmentWord(written);
    if (word && !this.#said.has("attachment")) {
      this.question.value = { text: t("compose-forgotten", { word }), yes: t("compose-send-anyway"), run: () => again("attachment"), no: back, about: "attachment" };
      return;
    }
    this.#carriedOut = this.#carryOut(hold);
  }

  /** Set by what draws the field. */
  focusSubject: () => void = () => undefined;

  #say(text: string): void {
    this.trouble.value = { text };
  }

  #current: Sending | undefined;
  #carriedOut: Promise<void> | undefined;

  async #carryOut(hold: Hold | undefined): Promise<void> {
    this.sending.value = "sending";
    const sending = (this.#current = new Sending(this.client));
    const waits = (): void => void (this.sending.value = "waiting");
    try {
      if (this.#choosing && !(await sending.unlessStopped(this.#choosing))) return; // why is said
      await sending.unlessStopped(this.#files.allThere());
      if (!this.saver.emailId) this.saver.touch();
      if (!(await this.saver.flush())) throw this.#savingTrouble();
      const { accountId, emailId } = this.saver;
      const now = this.read();
      const letter = { accountId, emailId: emailId!, identityId: now.identityId!, sender: now.from[0]!.email, recipients: recipientsOf(now) };
      const kept = preferences.value.undoSend > 0 ? { seconds: preferences.value.undoSend } : undefined;
      const earlier = this.#perhapsSent && (await sending.insist(() => submitted(sending, this.#perhapsSent!), waits));
      this.#perhapsSent = letter;
      const refused = (e: unknown): never => {
        if (e instanceof FacteurError && e.type !== "outcomeUnknown") this.#perhapsSent = undefined;
        throw e;
      };
      const sent = earlier ?? (await sending.insist(() => send(sending, letter, hold ?? kept, this.#sendKey), waits).catch(refused));
      if (sending.isStopped) return;
      saidOf.set(letter.emailId, this.#said);
      this.#end("sent");
      told(this.client, { id: sent.id, accountId, emailId: letter.emailId }, hold, sent.sendAt);
      watch(this.client, { id: sent.id, accountId }, sent.sendAt, now.subject || t("compose-untitled")).catch(() => undefined);
    } catch (e) {
      if (!sending.isStopped) this.trouble.value = problem("compose-not-sent", e);
      this.#sendKey = unique();
    } finally {
      this.sending.value = "no";
    }
  }

  #sendKey = unique();
  /** It was stopped before there was an answer: the core may have got it. */
  #perhapsSent: Letter | undefined;
  #isThrownAway = false;

  #savingTrouble(): unknown {
    const now = this.saver.saving.peek();
    if (now.is === "refused") return now.error;
    return new Error(now.is === "elsewhere" ? t("compose-elsewhere-first") : t("compose-unreachable"));
  }

  // ---- the end

  /** It stays a draft. Otherwise why it stays open; while it is sent, or files are on their way, only until that is done. */
  async close(): Promise<"closed" | Stays> {
    this.finishAddresses();
    if (this.ended.peek() || this.#isThrownAway) return "closed";
    if (this.isHeld) return "sending";
    if (this.#files.isAnyLost) return this.#say(t("compose-upload-failed-first")), "troubled";
    if (this.uploads.peek().length) return void this.#closeWithFiles(), "uploading";
    if (!this.saver.emailId && this.isEmpty) return this.#end("closed"), "closed";
    if (!this.saver.isUnsaved) return this.#end("closed"), "closed";
    return (await this.saver.flush()) ? this.close() : this.#isThrownAway ? "closed" : "unsaved"; // much may have happened meanwhile
  }

  #isLeaving = false;

  async #closeWithFiles(): Promise<void> {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    const why = await this.#files.allThere().catch((e: unknown) => e);
    if (!this.#isLeaving) return;
    this.#isLeaving = false;
    if (why) this.#say(wordsOf(why));
    else if ((await this.close()) === "unsaved") this.#say(wordsOf(this.#savingTrouble()));
  }

  /** One writes on: it is not closed any more when its files have arrived. */
  stay(): void {
    this.#isLeaving = false;
  }

  /** On in a window of its own, which reads the draft: what is not in it yet would be lost. */
  async popOut(): Promise<void> {
    const isHeld = (): boolean => {
      if (this.isHeld || this.#isThrownAway || this.ended.peek()) return true;
      if (this.uploads.peek().length) this.#say(t("compose-uploads-first"));
      return this.uploads.peek().length > 0;
    };
    if (isHeld()) return;
    this.finishAddresses();
    // While somebody presses: once the draft has been saved, Safari opens none any more.
    const apart = window.open("", "_blank", "popup,width=760,height=780");
    if (!apart) return this.#say(t("compose-no-window"));
    const path = await this.#pathApart();
    if (apart.closed) return;
    if (isHeld()) return apart.close();
    if (!path) {
      apart.close();
      return this.#say(wordsOf(this.#savingTrouble()));
    }
    apart.location.replace(path);
    this.#end("closed");
  }

  /** Where it goes on in a window of its own; undefined: it cannot be saved. */
  async #pathApart(): Promise<string | undefined> {
    if (this.#isAsBegun) return windowPath(this.what); // nothing of it need be saved: it begins there as it did here
    this.saver.touch();
    return (await this.saver.flush()) && this.saver.emailId ? `/compose?draft=${encodeURIComponent(this.saver.emailId)}` : undefined;
  }

  /** Thrown away; can be taken back. Where the core does not let go of the draft, it stays, here too. */
  async discard(): Promise<void> {
    if (this.#isThrownAway) return;
    this.#isThrownAway = true;
    this.trouble.value = undefined;
    const content = this.read();
    const isEmpty = this.isEmpty && !this.saver.emailId;
    try {
      this.#current?.stop();
      await Promise.all([this.saver.end(), this.#carriedOut]);
      if (!(await this.#takenBack())) return;
      await this.#destroyDraft();
    } catch (e) {
      this.#isThrownAway = false;
      this.saver.resume();
      this.trouble.value = problem("compose-not-discarded", e);
      return;
    }
    this.#end("discarded");
    if (isEmpty) return;
    const back: What = { kind: "kept", kept: { content, emailId: undefined, savedAccountId: content.accountId, at: Date.now() } };
    toast({ text: t("compose-discarded"), action: { label: t("compose-undo"), run: () => openComposer(back) } });
  }

  /** What may have been sent before it was stopped. False: it is too late, and what went out stays in Sent. */
  async #takenBack(): Promise<boolean> {
    const perhapsSent = this.#perhapsSent;
    const sent = perhapsSent && (await submitted(this.client, perhapsSent));
    try {
      if (sent) await takeBack(this.client, { id: sent.id, accountId: perhapsSent.accountId });
      this.#perhapsSent = undefined;
      return true;
    } catch (e) {
      if (!(e instanceof FacteurError) || e.type !== "cannotUnsend") throw e;
      this.#end("sent");
      toast({ ...problem("compose-too-late", e), kind: "problem" });
      return false;
    }
  }

  async #destroyDraft(): Promise<void> {
    const { emailId, accountId } = this.saver;
    if (!emailId) return;
    const { notDestroyed } = await this.client.call("Email/set", { accountId, destroy: [emailId], undoable: false });
    const error = notDestroyed?.[emailId];
    if (error && error.type !== "notFound") throw new FacteurError("Email/set", { message: error.type, data: error });
  }

  #end(how: Ended["how"]): void {
    if (this.ended.peek()) return;
    clearTimeout(this.#keepTimer);
    kept.drop(this.key);
    for (const stop of this.#stops) stop();
    if (how !== "discarded") void this.saver.end();
    this.ended.value = { how };
    open.delete(this);
    this.#release();
    this.pictures.close();
  }

  // ---- another front end

  keepMine(): void {
    this.saver.keepMine();
  }

  async takeTheirs(id: Id): Promise<void> {
    const accountId = this.saver.accountId;
    const { create } = await this.client.call("Compose/template", { accountId, emailId: id });
    const theirs = contentOf(accountId, draftOf(create), this.identities);
    batch(() => {
      this.#content = theirs;
      for (const field of FIELDS) this.fields[field].value = theirs[field];
      this.subject.value = theirs.subject;
      this.parts.value = theirs.parts;
      this.identity.value = identityOf(theirs.from, accountId, this.identities);
      this.start = theirs.body;
      if (this.mode.peek() === theirs.mode) this.body?.replace(theirs.body);
      else this.mode.value = theirs.mode;
    });
    // What the signals tell comes in a microtask: it is theirs, and saved.
    await new Promise((done) => setTimeout(done));
    this.saver.tookTheirs(id);
    kept.drop(this.key);
  }
}

export function laterOf(at: Date): Hold {
  return { until: utc(at) };
}

/** Those that are written in this window. */
export function writings(): ReadonlySet<Writing> {
  return open;
}
