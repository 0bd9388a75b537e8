// Written by apigen.py from api/schema; do not edit.

import type {
  Account,
  AccountScope,
  AddedItem,
  AddressSuggestion,
  AuditEntry,
  Comparator,
  Email,
  EmailCounts,
  EmailDraft,
  EmailFilter,
  EmailHistory,
  EmailSubmission,
  EnvelopeAddress,
  Id,
  Identity,
  MDN,
  MailServer,
  Mailbox,
  Plugin,
  PushSubscription,
  Quota,
  Rule,
  SearchSnippet,
  SetError,
  State,
  Task,
  Thread,
  Token,
  UTCDate,
  Undo,
  UndoProblem,
  VacationResponse,
  WebPush,
} from "./types.js";

/** Arguments of Account/authorize. */
export interface AccountAuthorizeArguments {
  accountId: Id;
  /** Without it: browser. */
  by?: "browser" | "device";
  /**
   * The secret of the client id, where one belongs to it. It is kept with the consent, and can not be read; null:
   * the one that was given before.
   */
  clientSecret?: string | null;
}

/** What Account/authorize answers. */
export interface AccountAuthorizeResult {
  taskId: Id;
  /** How the user is asked. */
  by: "browser" | "device";
  /** The page that he opens. */
  url: string;
  /** What he types there; null: by browser there is no such thing. */
  userCode: string | null;
  /** `url` with the code in it, for a QR code. */
  completeUrl: string | null;
  expiresAt: UTCDate;
}

/** Arguments of Account/changes. */
export interface AccountChangesArguments {
  /** The state that the client has. */
  sinceState: string;
  /** At most so many ids in all. */
  maxChanges?: number | null;
}

/** What Account/changes answers. */
export interface AccountChangesResult {
  oldState: State;
  newState: State;
  /** There are more: call again with newState. */
  hasMoreChanges: boolean;
  /** What came since. */
  created: Id[];
  /** What changed since. */
  updated: Id[];
  /** What went since. */
  destroyed: Id[];
}

/** Arguments of Account/check. */
export interface AccountCheckArguments {
  /** An account that is stored, or */
  accountId?: Id;
  /** one that is not, as for Account/set; with accountId: changed so, for this once. */
  account?: Record<string, unknown>;
}

/** What Account/check answers. */
export interface AccountCheckResult {
  /** What was found. */
  result: {
    /** What it is and what it can, for people. */
    server: string;
    /** The same of the server that mail is sent over, if there is one: {server, host, port, tls, user}. */
    transport?: Record<string, unknown>;
    /** The host that was reached. */
    host?: string;
    /** The port that was reached. */
    port?: number;
    /** none, implicit or starttls. */
    tls?: string;
    /** The name that signed in. */
    user?: string;
    /** How many mailboxes there are. */
    mailboxes: number;
    /** Their names, as people read them. */
    mailboxNames?: string[];
    /** -1: not known. */
    inboxMessages?: number;
    /** The server tells of new mail by itself. */
    push?: boolean;
    /** A later sync transfers only what changed. */
    incremental?: boolean;
    /** The same as bits, for programs. */
    can?: number;
  };
}

/** Arguments of Account/discover. */
export interface AccountDiscoverArguments {
  /** The mail address; its domain may be in letters of any script. */
  address: string;
  /** Steps that are not taken. */
  skip?: ("table" | "mx" | "autoconfig" | "database" | "srv" | "guess")[];
  /** For all steps together; one takes 8 at most. */
  timeoutSeconds?: number;
}

/** What Account/discover answers. */
export interface AccountDiscoverResult {
  /** The address that was asked for. */
  address: string;
  /** In ASCII. */
  domain: string;
  /** Where mail would be received: the first of `servers` with IMAP, else with POP3. */
  source: MailServer | null;
  /** How mail would be sent. */
  transport: MailServer | null;
  /** All that were found, the best first. */
  servers: MailServer[];
  /** Who runs it, and what he wants; null: not known. */
  provider: {
    /** In the table of providers; null: it is not in it. */
    id: string | null;
    /** As people call it. */
    name: string | null;
    /** How one signs in, the best first; empty: not known. */
    sasl: string[];
    /** The authorization server, where it takes OAuth 2.0. */
    oauth: string | null;
    /**
     * Whether facteur has a client id for it; else one's own is given in the setting `oauth`. Only where `oauth` is
     * not null.
     */
    oauthReady?: boolean;
    /** What the user has to do before it works. */
    needs: ({
      /**
       * Of which kind it is: a password for this program alone, something to switch on, a consent, a program of the
       * provider's, a certificate, a user name, or a hint.
       */
      kind: "appPassword" | "switch" | "oauth" | "bridge" | "certificate" | "userName" | "hint";
      /** For people, in English. */
      text: string;
      /** The provider's page about it. */
      url: string;
    })[];
    /** The provider's page about mail programs. */
    help: string | null;
  } | null;
  /** What was tried, in its order. */
  steps: ({
    /** Which step it is. */
    step: "table" | "mx" | "autoconfig" | "database" | "srv" | "guess";
    /** `failed`: it could not look, see description. `notNeeded`: everything was found before. */
    result: "found" | "nothing" | "failed" | "skipped" | "notNeeded" | "noTime";
    /** Where it looked: a URL, a kind of record; for people. */
    source: string | null;
    /** What it found there, or why it failed; for people. */
    description: string | null;
    /** How many it found. */
    servers: number;
    /** How long it took, in ms. */
    milliseconds: number;
  })[];
}

/** Arguments of Account/get. */
export interface AccountGetArguments {
  /** The accounts wanted; null: all. */
  ids?: Id[] | null;
  /** The properties wanted; null: the default ones. The id is always there. */
  properties?: string[] | null;
}

/** What Account/get answers. */
export interface AccountGetResult {
  state: State;
  /** What was found. */
  list: Account[];
  /** Of the ids that were asked for those that are not there, or not to be seen. */
  notFound: string[];
}

/** Arguments of Account/query. */
export interface AccountQueryArguments {
  /** All that is given must hold. */
  filter?: {
    /** Only those that are switched on, or off. */
    isEnabled?: boolean;
    /** Only the one without a server, or the others. */
    isLocal?: boolean;
    /** In the name or the address. */
    text?: string;
  } | null;
  /** By sortOrder (the default), name or address. */
  sort?: Comparator[] | null;
  /** Index of the first result; a negative one counts from the end. */
  position?: number;
  /** The window is laid relative to this result; position is then ignored. */
  anchor?: Id | null;
  /** Index of the first result relative to the anchor. */
  anchorOffset?: number;
  /** At most so many ids; at most maxObjectsInQuery. */
  limit?: number | null;
  /** Also count all results. */
  calculateTotal?: boolean;
}

/** What Account/query answers. */
export interface AccountQueryResult {
  queryState: State;
  /** Whether /queryChanges can be asked for it. */
  canCalculateChanges: boolean;
  /** Index of the first of them among all results, from 0. */
  position: number;
  /** What matches, in the order that was asked for. */
  ids: Id[];
  /** Only with calculateTotal. */
  total?: number;
  /** Only when the core set one. */
  limit?: number;
}

/** Arguments of Account/repair. */
export interface AccountRepairArguments {
  accountId: Id;
  /** Read and hash the bytes of every message, too. */
  bytes?: boolean;
}

/** What Account/repair answers. */
export interface AccountRepairResult {
  taskId: Id;
}

/** Arguments of Account/set. */
export interface AccountSetArguments {
  /** Do nothing unless this is the present state. */
  ifInState?: string | null;
  /** Creation id to Account. */
  create?: Record<string, Record<string, unknown>> | null;
  /** Id to PatchObject (RFC 8620 section 5.3). */
  update?: Record<string, Record<string, unknown>> | null;
  /** Ids. */
  destroy?: Id[] | null;
  /**
   * Of the caller's choice, for one call: made again with the same key, in the week after, it is not carried out
   * again but answered as it was. A key used for another call: idempotencyKeyReused. When facteurd ended in the
   * middle: outcomeUnknown.
   */
  idempotencyKey?: string | null;
}

/** What Account/set answers. */
export interface AccountSetResult {
  /** What it was before; null: not known. */
  oldState: State | null;
  newState: State;
  /** Creation id to what the core has set; null: nothing was created. */
  created: Record<string, Account> | null;
  /** Id to what the core has changed beside what was asked, or null; null: nothing was changed. */
  updated: Record<string, Record<string, unknown> | null> | null;
  /** What was destroyed; null: nothing. */
  destroyed: Id[] | null;
  /** Creation id to why it was not created; null: all were. */
  notCreated: Record<string, SetError> | null;
  /** Id to why it was not changed; null: all were. */
  notUpdated: Record<string, SetError> | null;
  /** Id to why it was not destroyed; null: all were. */
  notDestroyed: Record<string, SetError> | null;
}

/** Arguments of Account/sync. */
export interface AccountSyncArguments {
  /** null: all that are enabled. */
  accountIds?: Id[] | null;
}

/** What Account/sync answers. */
export interface AccountSyncResult {
  taskId: Id;
}

/** Arguments of Account/verify. */
export interface AccountVerifyArguments {
  accountId: Id;
  /** Read and hash the bytes of every message, too; else only whether they begin and end where they should. */
  bytes?: boolean;
}

/** What Account/verify answers. */
export interface AccountVerifyResult {
  taskId: Id;
}

/** Arguments of Address/suggest. */
export interface AddressSuggestArguments {
  /** The account, or "*" (the default): all of them at once, each address once. */
  accountId?: AccountScope;
  /**
   * What was typed so far. Each of its words must be the beginning of a word of the name or the address; case and
   * diacritics do not matter. Empty: the likeliest of all.
   */
  text?: string;
  /** At most so many. */
  limit?: number;
  /** Addresses that are not wanted: those that stand in the message already. */
  exclude?: string[] | null;
}

/** What Address/suggest answers. */
export interface AddressSuggestResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** The likeliest first. */
  list: AddressSuggestion[];
}

/** Arguments of Blob/begin. */
export interface BlobBeginArguments {
  /** The account that the blob is to be used in. */
  accountId: Id;
  /** How many bytes will come, if that is known: so that what is too large is refused before. */
  size?: number | null;
}

/** What Blob/begin answers. */
export interface BlobBeginResult {
  accountId: Id;
  /** For Blob/finish: known to nobody else. */
  uploadId: Id;
  /** Which of the descriptors that come with this answer it is. */
  fdIndex: number;
  /** The most that Blob/finish takes, maxSizeUpload of the session. */
  maxSize: number;
}

/** Arguments of Blob/copy. */
export interface BlobCopyArguments {
  /** The account that is copied from. */
  fromAccountId: Id;
  /** The account that is copied to: another one. */
  accountId: Id;
  /** The blobs. */
  blobIds: Id[];
  /**
   * Of the caller's choice, for one call: made again with the same key, in the week after, it is not carried out
   * again but answered as it was. A key used for another call: idempotencyKeyReused. When facteurd ended in the
   * middle: outcomeUnknown.
   */
  idempotencyKey?: string | null;
}

/** What Blob/copy answers. */
export interface BlobCopyResult {
  /** The account that was copied from. */
  fromAccountId: string;
  /** The account; "*" where all were meant. */
  accountId: string;
  /** Blob id there to blob id here; null: none. */
  copied: Record<string, Id> | null;
  /** Blob id to why it was not copied; null: all were. */
  notCopied: Record<string, SetError> | null;
}

/** Arguments of Blob/finish. */
export interface BlobFinishArguments {
  /** As in Blob/begin. */
  accountId: Id;
  uploadId: Id;
  /** The media type, which is given back and not kept. */
  type?: string | null;
}

/** What Blob/finish answers. */
export interface BlobFinishResult {
  accountId: Id;
  blobId: Id;
  /** Its media type, as far as is known. */
  type: string;
  /** Its bytes. */
  size: number;
}

/** Arguments of Blob/get. */
export interface BlobGetArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** The blobs wanted. */
  ids: Id[];
  /**
   * data (as text if it is UTF-8, else base64), data:asText, data:asBase64, size, digest:sha, digest:sha-256;
   * null: data and size.
   */
  properties?: string[] | null;
  /** From this byte. */
  offset?: number | null;
  /** At most so many bytes. */
  length?: number | null;
}

/** What Blob/get answers. */
export interface BlobGetResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** What was found. */
  list: ({
    id: Id;
    /** The bytes as text; null: they are no UTF-8. */
    "data:asText"?: string | null;
    /** The bytes in base64. */
    "data:asBase64"?: string;
    /** Bytes of the whole blob. */
    size?: number;
    /** SHA-1 of the range, in base64. */
    "digest:sha"?: string;
    /** SHA-256 of the range, in base64. */
    "digest:sha-256"?: string;
    /** The range is no UTF-8. */
    isEncodingProblem?: boolean;
    /** The blob ends before the range does. */
    isTruncated?: boolean;
  })[];
  /** Of the ids that were asked for those that are not there, or not to be seen. */
  notFound: string[];
}

/** Arguments of Blob/lookup. */
export interface BlobLookupArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** Of Mailbox, Thread and Email those that are wanted. */
  typeNames: string[];
  /** The blobs. */
  ids: Id[];
}

/** What Blob/lookup answers. */
export interface BlobLookupResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** One for each blob. */
  list: {
    id: Id;
    /** Type name to ids. */
    matchedIds: Record<string, Id[]>;
  }[];
}

/** Arguments of Blob/open. */
export interface BlobOpenArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  blobId: Id;
}

/** What Blob/open answers. */
export interface BlobOpenResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  blobId: Id;
  /** Bytes of the blob. */
  size: number;
  /** Which of the descriptors that come with this answer it is. */
  fdIndex: number;
}

/** Arguments of Blob/upload. */
export interface BlobUploadArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** Creation id to {data: [{"data:asText"} or {"data:asBase64"} or {blobId, offset?, length?}], type?}. */
  create: Record<string, Record<string, unknown>>;
}

/** What Blob/upload answers. */
export interface BlobUploadResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** Creation id to what the core has set; null: nothing was created. */
  created: Record<string, {
    id: Id;
    /** The media type that was given; null: none. */
    type: string | null;
    /** Its bytes. */
    size: number;
  }> | null;
  /** Creation id to why it was not created; null: all were. */
  notCreated: Record<string, SetError> | null;
}

/** Arguments of Compose/forward. */
export interface ComposeForwardArguments {
  /** The account; the draft is one of it, too. */
  accountId: Id;
  /** The Email that is forwarded. */
  emailId: Id;
  /**
   * Who writes; null: the identity whose address the message came to, or else the first of the account. Its name,
   * replyTo and bcc come with it.
   */
  identityId?: string | null;
  /**
   * Where the signature of that identity stands, behind a line "-- ": below the quote, or above it (null: above
   * what is forwarded, else below).
   */
  signature?: "none" | "below" | "above" | null;
  /** Under which name the draft stands in `create`; null: draft. */
  creationId?: string | null;
  /** What stands above the message's text. */
  text?: string | null;
  /**
   * An HTML body beside the text; not with asAttachment. The message's HTML is made harmless: no scripts, style
   * sheets, forms, frames, no styles that load or leave their place.
   */
  html?: boolean;
  /**
   * Instead of `text`, with `html`: HTML, which stays as it is (of a whole document: its body) above the
   * message's. A plain text is made of it.
   */
  htmlText?: string | null;
  /** The whole message as a file; else its text behind a head with subject, date and people, and its files. */
  asAttachment?: boolean;
}

/** What Compose/forward answers. */
export interface ComposeForwardResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** What Email/set takes as `create`, as it is or after a person wrote in it; in a batch by "#create". */
  create: Record<string, EmailDraft>;
}

/** Arguments of Compose/new. */
export interface ComposeNewArguments {
  /** The account that the draft will be of. */
  accountId: Id;
  /** Who writes; null: the first identity of the account. */
  identityId?: string | null;
  /** none: without it. */
  signature?: "none" | "below" | null;
  /** Under which name the draft stands in `create`; null: draft. */
  creationId?: string | null;
  /** What is written so far. */
  text?: string | null;
  /** An HTML body beside the text. */
  html?: boolean;
  /**
   * Instead of `text`: HTML, which stays as it is; the signature comes before </body>. A plain text is made of it
   * (generateTextBody).
   */
  htmlText?: string | null;
}

/** What Compose/new answers. */
export interface ComposeNewResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** What Email/set takes as `create`, as it is or after a person wrote in it; in a batch by "#create". */
  create: Record<string, EmailDraft>;
}

/** Arguments of Compose/reply. */
export interface ComposeReplyArguments {
  /** The account; the draft is one of it, too. */
  accountId: Id;
  /** The Email that is answered. */
  emailId: Id;
  /**
   * Who writes; null: the identity whose address the message came to, or else the first of the account. Its name,
   * replyTo and bcc come with it.
   */
  identityId?: string | null;
  /**
   * Where the signature of that identity stands, behind a line "-- ": below the quote, or above it (null: above
   * what is forwarded, else below).
   */
  signature?: "none" | "below" | "above" | null;
  /** Under which name the draft stands in `create`; null: draft. */
  creationId?: string | null;
  /** What stands above the message's text. */
  text?: string | null;
  /**
   * An HTML body beside the text, with the pictures that it shows. The message's HTML is made harmless: no
   * scripts, style sheets, forms, frames, no styles that load or leave their place.
   */
  html?: boolean;
  /**
   * Instead of `text`, with `html`: HTML, which stays as it is (of a whole document: its body) above the
   * message's. A plain text is made of it.
   */
  htmlText?: string | null;
  /** To everybody that the message went to. */
  all?: boolean;
  /** To the mailing list that the message came over (List-Post). */
  list?: boolean;
  /** With the message's text, each line behind "> ". */
  quote?: boolean;
  /** The line above the quote; null: "On 2014-10-30 14:12 +0800, Jane Doe wrote:". */
  attribution?: string | null;
}

/** What Compose/reply answers. */
export interface ComposeReplyResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** What Email/set takes as `create`, as it is or after a person wrote in it; in a batch by "#create". */
  create: Record<string, EmailDraft>;
}

/** Arguments of Compose/resend. */
export interface ComposeResendArguments {
  /** The account, which sends it, too. */
  accountId: Id;
  /** The Email that is sent on. */
  emailId: Id;
  /** Who sends it on; null: the first identity of the account that is one address. */
  identityId?: string | null;
  /** EmailAddress[]: who gets it. */
  to: Record<string, unknown>[];
  /** Who gets it, too. */
  cc?: Record<string, unknown>[] | null;
  /** Who gets it without the others knowing. */
  bcc?: Record<string, unknown>[] | null;
  /**
   * Of the caller's choice, for one call: made again with the same key, in the week after, it is not carried out
   * again but answered as it was. A key used for another call: idempotencyKeyReused. When facteurd ended in the
   * middle: outcomeUnknown.
   */
  idempotencyKey?: string | null;
}

/** What Compose/resend answers. */
export interface ComposeResendResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** id, blobId, threadId and size of the draft. */
  email: Email;
  identityId: Id;
  /** For EmailSubmission/set. */
  envelope: {
    mailFrom: EnvelopeAddress;
    /** Whom it goes to. */
    rcptTo: EnvelopeAddress[];
  };
}

/** Arguments of Compose/template. */
export interface ComposeTemplateArguments {
  /** The account; the draft is one of it, too. */
  accountId: Id;
  /** The Email that it is made of. */
  emailId: Id;
  /**
   * Who writes; null: whom the Email is from, if that may send, or else the identity that it came to, or the first
   * of the account.
   */
  identityId?: string | null;
  /**
   * Fills the placeholders in: {{name}} in subject, text and HTML becomes the value of that name. There are, too:
   * date (2014-10-30), time (14:12), from.name, from.email, to.name and to.email, of the first of each. What has
   * no value stays, and is named in `missing`. The draft is then in no thread. null: everything stays as it is.
   */
  values?: Record<string, string> | null;
  /** EmailAddress[]: who gets it, instead of those in the Email. */
  to?: Record<string, unknown>[] | null;
  /** Under which name the draft stands in `create`; null: draft. */
  creationId?: string | null;
}

/** What Compose/template answers. */
export interface ComposeTemplateResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** With `values`: placeholders without a value. */
  missing?: string[];
  /** What Email/set takes as `create`, as it is or after a person wrote in it; in a batch by "#create". */
  create: Record<string, EmailDraft>;
}

/** Arguments of Core/createdIds. */
export interface CoreCreatedIdsArguments {
  /** Creation id, without "#", to the id that it stands for; null: none to add. */
  createdIds?: Record<string, Id> | null;
}

/** What Core/createdIds answers. */
export interface CoreCreatedIdsResult {
  /** Creation id, without "#", to the id that it stands for. */
  createdIds: Record<string, Id>;
}

export type CoreEchoArguments = Record<string, unknown>;

export type CoreEchoResult = Record<string, unknown>;

export type CoreStatusArguments = Record<string, never>;

/** What Core/status answers. */
export interface CoreStatusResult {
  /** Of facteurd. */
  version: string;
  /** The level of the API: grows with what is added. */
  apiLevel?: number;
  /** Its process. */
  pid: number;
  startedAt?: UTCDate;
  /** How long it runs, in ms. */
  uptimeMs: number;
  /** The profile's folder. */
  profile: string;
  /** Where its socket is. */
  socket?: string;
  /** How many connections there are. */
  clients?: number;
  /** Memory that the process occupies. */
  residentBytes?: number;
  /** The conversations that are under way, at most 1,000. */
  fibers: {
    /** What it is. */
    name: string;
    /** What it waits for; empty: it runs. */
    waitsFor: string;
    /** For how long, in ms. */
    waitedMs: number;
  }[];
  /** How many there are in all. */
  fiberCount?: number;
  /** Sizes on the disk. */
  store: {
    /** Bytes of the database. */
    databaseBytes?: number;
    /** Bytes of its write-ahead log. */
    walBytes?: number;
    /** Bytes of the messages, compressed. */
    packBytes?: number;
    /** Room left on that disk. */
    freeBytes?: number;
  };
}

export type CoreStopArguments = Record<string, never>;

/** What Core/stop answers. */
export interface CoreStopResult {
  /** The process that ends. */
  pid: number;
}

/** Arguments of Email/changes. */
export interface EmailChangesArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** The state that the client has. */
  sinceState: string;
  /** At most so many ids in all. */
  maxChanges?: number | null;
}

/** What Email/changes answers. */
export interface EmailChangesResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  oldState: State;
  newState: State;
  /** There are more: call again with newState. */
  hasMoreChanges: boolean;
  /** What came since. */
  created: Id[];
  /** What changed since. */
  updated: Id[];
  /** What went since. */
  destroyed: Id[];
}

/** Arguments of Email/copy. */
export interface EmailCopyArguments {
  /** The account that is copied from. */
  fromAccountId: Id;
  /** Only if this is the state of the Emails there. */
  ifFromInState?: string | null;
  /** The account that is copied to: another one. */
  accountId: Id;
  /** Only if this is the state of the Emails there. */
  ifInState?: string | null;
  /**
   * Creation id to {id, mailboxIds, keywords?, receivedAt?}; keywords and receivedAt are those of the original
   * otherwise.
   */
  create: Record<string, Record<string, unknown>>;
  /** Destroy what was copied, where it was. */
  onSuccessDestroyOriginal?: boolean;
  /** ifInState of the implicit Email/set. */
  destroyFromIfInState?: string | null;
  /**
   * Of the caller's choice, for one call: made again with the same key, in the week after, it is not carried out
   * again but answered as it was. A key used for another call: idempotencyKeyReused. When facteurd ended in the
   * middle: outcomeUnknown.
   */
  idempotencyKey?: string | null;
}

/** What Email/copy answers. */
export interface EmailCopyResult {
  /** The account that was copied from. */
  fromAccountId: string;
  /** The account; "*" where all were meant. */
  accountId: string;
  /** What it was before; null: not known. */
  oldState: State | null;
  newState: State;
  /** Creation id to what the core has set; null: nothing was created. */
  created: Record<string, Email> | null;
  /** Creation id to why it was not created; null: all were. */
  notCreated: Record<string, SetError> | null;
  /** [["Email/set", its response]], or [["error", its error]], if there was such a call. */
  implicit?: unknown[][];
}

/** Arguments of Email/get. */
export interface EmailGetArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** The Emails wanted; null is refused when there are more than maxObjectsInGet. */
  ids?: Id[] | null;
  /** The properties wanted; null: the default ones. The id is always there. */
  properties?: string[] | null;
  /**
   * Properties of each EmailBodyPart; null: partId blobId size name type charset disposition cid language
   * location.
   */
  bodyProperties?: string[] | null;
  /** bodyValues of the parts in textBody. */
  fetchTextBodyValues?: boolean;
  /** bodyValues of the parts in htmlBody. */
  fetchHTMLBodyValues?: boolean;
  /** bodyValues of every text part. */
  fetchAllBodyValues?: boolean;
  /** Cut each value after so many bytes; 0: whole. */
  maxBodyValueBytes?: number;
}

/** What Email/get answers. */
export interface EmailGetResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  state: State;
  /** What was found. */
  list: Email[];
  /** Of the ids that were asked for those that are not there, or not to be seen. */
  notFound: string[];
}

/** Arguments of Email/history. */
export interface EmailHistoryArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** The Emails, destroyed ones too. */
  ids: Id[];
}

/** What Email/history answers. */
export interface EmailHistoryResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** What was found. */
  list: EmailHistory[];
  /** Of the ids that were asked for those that are not there, or not to be seen. */
  notFound: string[];
}

/** Arguments of Email/import. */
export interface EmailImportArguments {
  /** The account. */
  accountId: Id;
  /** Do nothing unless this is the present state. */
  ifInState?: string | null;
  /** Creation id to {blobId, mailboxIds, keywords?, receivedAt?}. */
  emails: Record<string, Record<string, unknown>>;
  /**
   * Of the caller's choice, for one call: made again with the same key, in the week after, it is not carried out
   * again but answered as it was. A key used for another call: idempotencyKeyReused. When facteurd ended in the
   * middle: outcomeUnknown.
   */
  idempotencyKey?: string | null;
}

/** What Email/import answers. */
export interface EmailImportResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** What it was before; null: not known. */
  oldState: State | null;
  newState: State;
  /** Creation id to what the core has set; null: nothing was created. */
  created: Record<string, Email> | null;
  /** Creation id to why it was not created; null: all were. */
  notCreated: Record<string, SetError> | null;
}

/** Arguments of Email/parse. */
export interface EmailParseArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** The blobs to read. */
  blobIds: Id[];
  /** The properties wanted; null: the default ones. The id is always there. */
  properties?: string[] | null;
  /**
   * Properties of each EmailBodyPart; null: partId blobId size name type charset disposition cid language
   * location.
   */
  bodyProperties?: string[] | null;
  /** bodyValues of the parts in textBody. */
  fetchTextBodyValues?: boolean;
  /** bodyValues of the parts in htmlBody. */
  fetchHTMLBodyValues?: boolean;
  /** bodyValues of every text part. */
  fetchAllBodyValues?: boolean;
  /** Cut each value after so many bytes; 0: whole. */
  maxBodyValueBytes?: number;
}

/** What Email/parse answers. */
export interface EmailParseResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** Blob id to what stands in it; null: none could be read. */
  parsed: Record<string, Email> | null;
  /**
   * Blobs that do not begin with a header field, or are larger than 256 MiB; parts that are larger than 64 MiB, or
   * of a message larger than 256 MiB.
   */
  notParsable: string[] | null;
  /** Of the ids that were asked for those that are not there, or not to be seen. */
  notFound: string[] | null;
}

/** Arguments of Email/query. */
export interface EmailQueryArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** What must match; null: everything. */
  filter?: EmailFilter;
  /** Ours, instead of filter: the query language of Search/parse. */
  query?: string | null;
  /** Ours, for query: an IANA name; null: the system's. */
  timeZone?: string | null;
  /** null: receivedAt, newest first. */
  sort?: Comparator[] | null;
  /** At most one Email of each thread. */
  collapseThreads?: boolean;
  /** Index of the first result; a negative one counts from the end. */
  position?: number;
  /** The window is laid relative to this result; position is then ignored. */
  anchor?: Id | null;
  /** Index of the first result relative to the anchor. */
  anchorOffset?: number;
  /** At most so many ids; at most maxObjectsInQuery. */
  limit?: number | null;
  /** Also count all results. */
  calculateTotal?: boolean;
}

/** What Email/query answers. */
export interface EmailQueryResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  queryState: State;
  /** Not by relevance, nor for a query that names mailboxes, accounts or days: ask with the filter of Search/parse. */
  canCalculateChanges: boolean;
  /** Index of the first of them among all results, from 0. */
  position: number;
  /** What matches, in the order that was asked for. */
  ids: Id[];
  /** Only with calculateTotal. */
  total?: number;
  /** Only when the core set one. */
  limit?: number;
}

/** Arguments of Email/queryChanges. */
export interface EmailQueryChangesArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** What must match; null: everything. */
  filter?: EmailFilter;
  /** Ours, instead of filter: the query language of Search/parse. */
  query?: string | null;
  /** Ours, for query: an IANA name; null: the system's. */
  timeZone?: string | null;
  /** null: receivedAt, newest first. */
  sort?: Comparator[] | null;
  /** At most one Email of each thread. */
  collapseThreads?: boolean;
  /** The queryState that the client has. */
  sinceQueryState: string;
  /** At most so many added and removed in all. */
  maxChanges?: number | null;
  /** The last id that the client has. */
  upToId?: Id | null;
  /** Also count all results. */
  calculateTotal?: boolean;
}

/** What Email/queryChanges answers. */
export interface EmailQueryChangesResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  oldQueryState: State;
  newQueryState: State;
  /** How many results there are in all; only with calculateTotal. */
  total?: number;
  /** What is to be taken out of the list first. */
  removed: Id[];
  /** What is then to be put into it, from the lowest index to the highest. */
  added: AddedItem[];
}

/** Arguments of Email/set. */
export interface EmailSetArguments {
  /** The account. */
  accountId: Id;
  /** Do nothing unless this is the present state. */
  ifInState?: string | null;
  /** Creation id to Email. */
  create?: Record<string, Record<string, unknown>> | null;
  /** Id to PatchObject (RFC 8620 section 5.3). */
  update?: Record<string, Record<string, unknown>> | null;
  /** Ids. */
  destroy?: Id[] | null;
  /**
   * A text of the client's choice that no other client uses: calls with the same one, at most ten minutes apart,
   * are taken back together (Undo/apply), in several accounts, too. Without one the calls of a batch are.
   */
  undoGroup?: string | null;
  /** false: nothing that a user did, such as marking as read what is looked at; Undo/apply will not take it back. */
  undoable?: boolean;
  /**
   * Of the caller's choice, for one call: made again with the same key, in the week after, it is not carried out
   * again but answered as it was. A key used for another call: idempotencyKeyReused. When facteurd ended in the
   * middle: outcomeUnknown.
   */
  idempotencyKey?: string | null;
}

/** What Email/set answers. */
export interface EmailSetResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** What it was before; null: not known. */
  oldState: State | null;
  newState: State;
  /** Creation id to what the core has set; null: nothing was created. */
  created: Record<string, Email> | null;
  /** Id to what the core has changed beside what was asked, or null; null: nothing was changed. */
  updated: Record<string, Record<string, unknown> | null> | null;
  /** What was destroyed; null: nothing. */
  destroyed: Id[] | null;
  /** Creation id to why it was not created; null: all were. */
  notCreated: Record<string, SetError> | null;
  /** Id to why it was not changed; null: all were. */
  notUpdated: Record<string, SetError> | null;
  /** Id to why it was not destroyed; null: all were. */
  notDestroyed: Record<string, SetError> | null;
}

/** Arguments of Email/snooze. */
export interface EmailSnoozeArguments {
  /** The account. */
  accountId: Id;
  /** The Emails; at most maxObjectsInSet. */
  ids: Id[];
  /** When they come back: a UTCDate to come. null: now, to where they were, as they were. */
  until?: string | null;
  /** Where they come back; null, or where that mailbox is gone by then: the inbox. */
  moveToMailboxId?: Id | null;
  /** As in Email/set. */
  undoGroup?: string | null;
}

/** What Email/snooze answers. */
export interface EmailSnoozeResult {
  /** The account. */
  accountId: Id;
  oldState: State;
  newState: State;
  /** Id to null, of those that were done; null: none was. */
  updated: Record<string, null> | null;
  /** Id to why it was not done; null: all were. */
  notUpdated: Record<string, SetError> | null;
}

/** Arguments of Email/statistics. */
export interface EmailStatisticsArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** As of Email/query; null: everything. */
  filter?: EmailFilter;
  /** Instead of filter: the query language of Search/parse. */
  query?: string | null;
  /** Of what came at this moment (a UTCDate) or later; null: no bound. */
  after?: string | null;
  /** Of what came before this moment (a UTCDate); null: no bound. */
  before?: string | null;
  /** In which days begin, and for query: an IANA name, or "+02:00"; null: UTC. */
  timeZone?: string | null;
  /** Of what length units are; weeks begin on Monday. */
  unit?: "day" | "week" | "month" | "year";
  /** What is counted beside the total; null: all of it. */
  groups?: ("units" | "hours" | "senders" | "mailboxes" | "accounts" | "sizes" | "storage")[] | null;
  /** At most so many senders. */
  limit?: number;
}

/** What Email/statistics answers. */
export interface EmailStatisticsResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** That of Emails: while it stays, so do the numbers. */
  state: State;
  /** In which it was counted. */
  timeZone: string;
  /** Of what length units are. */
  unit: "day" | "week" | "month" | "year";
  /** All that was asked for. */
  total: EmailCounts;
  /** Oldest first; those without any message are left out, and those older than the newest 4,000. */
  units?: {
    /** Its first day, in the time zone. */
    start: string;
    /** What is there. */
    counts: EmailCounts;
  }[];
  /** Some were left out: ask with longer units, or with before. */
  hasOlderUnits?: boolean;
  /** When messages come and go. */
  hours?: {
    /** By weekday (Monday first) and hour. */
    received: number[][];
    /** The same of what was sent. */
    sent: number[][];
  };
  /**
   * Of what was received, those with most messages first. Right after an upgrade of a profile some are missing for
   * a few seconds.
   */
  senders?: ({
    /** As in the newest of them. */
    name: string | null;
    /** The address. */
    email: string;
    /** That it sent. */
    messages: number;
    /** Of these. */
    unread: number;
    /** Their sizes added up. */
    bytes: number;
    /** When the newest of them came. */
    lastAt: UTCDate;
  })[];
  /** How many senders there are, also those beyond limit. */
  allSenders?: number;
  /** By mailbox; a message in two counts in both. Those without any are left out. */
  mailboxes?: {
    /** Whose it is. */
    accountId: Id;
    /** The mailbox. */
    mailboxId: Id;
    /** What is there. */
    counts: EmailCounts;
  }[];
  /** By account, those without any left out. */
  accounts?: {
    /** The account. */
    accountId: Id;
    /** What is there. */
    counts: EmailCounts;
  }[];
  /** By size: below 10 kB, 100 kB, 1 MB, 10 MB, 100 MB, and the rest. */
  sizes?: ({
    /** Bytes of the smallest that belong here. */
    from: number;
    /** Bytes that are too many; null: none are. */
    below: number | null;
    /** What is there. */
    counts: EmailCounts;
  })[];
  /** What the whole profile takes on the disk, whatever was asked for; null for whoever sees some accounts only. */
  storage?: {
    /** Of the database: what is known of messages, and the index. */
    databaseBytes: number;
    /** Of the messages themselves, each once, compressed. */
    messageBytes: number;
  } | null;
}

/** Arguments of Email/unsubscribe. */
export interface EmailUnsubscribeArguments {
  /** The account. */
  accountId: Id;
  /** An Email of the list. */
  emailId: Id;
  /** Only says how one would leave; nothing is sent. */
  dryRun?: boolean;
}

/** What Email/unsubscribe answers. */
export interface EmailUnsubscribeResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** The Email. */
  emailId: Id;
  /**
   * Of List-Unsubscribe (RFC 2369 section 3.2), in its order: mailto:, http: and others. They are the sender's
   * words: not to be opened unasked.
   */
  urls: string[];
  /** Where one request is enough; null: it is not, or that cannot be trusted. */
  oneClickUrl: string | null;
  /**
   * Of both fields: none names them; it did not hold; nobody said whether it holds; it held, as the topmost
   * Authentication-Results say.
   */
  signature: "none" | "failed" | "unverified" | "verified";
  /** What the list's server answered (200 to 299); null in a dry run. */
  status: number | null;
}

/** Arguments of EmailSubmission/changes. */
export interface EmailSubmissionChangesArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** The state that the client has. */
  sinceState: string;
  /** At most so many ids in all. */
  maxChanges?: number | null;
}

/** What EmailSubmission/changes answers. */
export interface EmailSubmissionChangesResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  oldState: State;
  newState: State;
  /** There are more: call again with newState. */
  hasMoreChanges: boolean;
  /** What came since. */
  created: Id[];
  /** What changed since. */
  updated: Id[];
  /** What went since. */
  destroyed: Id[];
}

/** Arguments of EmailSubmission/get. */
export interface EmailSubmissionGetArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** The submissions wanted; null: all of them, if they are not more than maxObjectsInGet. */
  ids?: Id[] | null;
  /** The properties wanted; null: the default ones. The id is always there. */
  properties?: string[] | null;
}

/** What EmailSubmission/get answers. */
export interface EmailSubmissionGetResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  state: State;
  /** What was found. */
  list: EmailSubmission[];
  /** Of the ids that were asked for those that are not there, or not to be seen. */
  notFound: string[];
}

/** Arguments of EmailSubmission/query. */
export interface EmailSubmissionQueryArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** FilterOperator or EmailSubmissionFilterCondition. */
  filter?: Record<string, unknown> | null;
  /** By emailId, threadId, sendAt (or sentAt, as RFC 8621 calls it); the default is the newest first. */
  sort?: Comparator[] | null;
  /** Index of the first result; a negative one counts from the end. */
  position?: number;
  /** The window is laid relative to this result; position is then ignored. */
  anchor?: Id | null;
  /** Index of the first result relative to the anchor. */
  anchorOffset?: number;
  /** At most so many ids; at most maxObjectsInQuery. */
  limit?: number | null;
  /** Also count all results. */
  calculateTotal?: boolean;
}

/** What EmailSubmission/query answers. */
export interface EmailSubmissionQueryResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  queryState: State;
  /** Whether /queryChanges can be asked for it. */
  canCalculateChanges: boolean;
  /** Index of the first of them among all results, from 0. */
  position: number;
  /** What matches, in the order that was asked for. */
  ids: Id[];
  /** Only with calculateTotal. */
  total?: number;
  /** Only when the core set one. */
  limit?: number;
}

/** Arguments of EmailSubmission/queryChanges. */
export interface EmailSubmissionQueryChangesArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** FilterOperator or EmailSubmissionFilterCondition. */
  filter?: Record<string, unknown> | null;
  /** As in the query. */
  sort?: Comparator[] | null;
  /** The queryState that the client has. */
  sinceQueryState: string;
  /** At most so many added and removed in all. */
  maxChanges?: number | null;
  /** The last id that the client has. */
  upToId?: Id | null;
  /** Also count all results. */
  calculateTotal?: boolean;
}

/** What EmailSubmission/queryChanges answers. */
export interface EmailSubmissionQueryChangesResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  oldQueryState: State;
  newQueryState: State;
  /** How many results there are in all; only with calculateTotal. */
  total?: number;
  /** What is to be taken out of the list first. */
  removed: Id[];
  /** What is then to be put into it, from the lowest index to the highest. */
  added: AddedItem[];
}

/** Arguments of EmailSubmission/set. */
export interface EmailSubmissionSetArguments {
  /** The account. */
  accountId: Id;
  /** Do nothing unless this is the present state. */
  ifInState?: string | null;
  /** Creation id to EmailSubmission. */
  create?: Record<string, Record<string, unknown>> | null;
  /** Id to PatchObject (RFC 8620 section 5.3). */
  update?: Record<string, Record<string, unknown>> | null;
  /** Ids. */
  destroy?: Id[] | null;
  /** Submission id, or "#" and a creation id, to a PatchObject for its Email. */
  onSuccessUpdateEmail?: Record<string, Record<string, unknown>> | null;
  /** Submission ids, or "#" and creation ids, whose Emails shall be destroyed. */
  onSuccessDestroyEmail?: string[] | null;
  /**
   * Of the caller's choice, for one call: made again with the same key, in the week after, it is not carried out
   * again but answered as it was. A key used for another call: idempotencyKeyReused. When facteurd ended in the
   * middle: outcomeUnknown.
   */
  idempotencyKey?: string | null;
}

/** What EmailSubmission/set answers. */
export interface EmailSubmissionSetResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** What it was before; null: not known. */
  oldState: State | null;
  newState: State;
  /** Creation id to what the core has set; null: nothing was created. */
  created: Record<string, EmailSubmission> | null;
  /** Id to what the core has changed beside what was asked, or null; null: nothing was changed. */
  updated: Record<string, Record<string, unknown> | null> | null;
  /** What was destroyed; null: nothing. */
  destroyed: Id[] | null;
  /** Creation id to why it was not created; null: all were. */
  notCreated: Record<string, SetError> | null;
  /** Id to why it was not changed; null: all were. */
  notUpdated: Record<string, SetError> | null;
  /** Id to why it was not destroyed; null: all were. */
  notDestroyed: Record<string, SetError> | null;
  /** [["Email/set", its response]], if there was one. */
  implicit?: unknown[][];
}

/** Arguments of Identity/changes. */
export interface IdentityChangesArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** The state that the client has. */
  sinceState: string;
  /** At most so many ids in all. */
  maxChanges?: number | null;
}

/** What Identity/changes answers. */
export interface IdentityChangesResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  oldState: State;
  newState: State;
  /** There are more: call again with newState. */
  hasMoreChanges: boolean;
  /** What came since. */
  created: Id[];
  /** What changed since. */
  updated: Id[];
  /** What went since. */
  destroyed: Id[];
}

/** Arguments of Identity/get. */
export interface IdentityGetArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** The identities wanted; null: all of them. */
  ids?: Id[] | null;
  /** The properties wanted; null: the default ones. The id is always there. */
  properties?: string[] | null;
}

/** What Identity/get answers. */
export interface IdentityGetResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  state: State;
  /** What was found. */
  list: Identity[];
  /** Of the ids that were asked for those that are not there, or not to be seen. */
  notFound: string[];
}

/** Arguments of Identity/set. */
export interface IdentitySetArguments {
  /** The account. */
  accountId: Id;
  /** Do nothing unless this is the present state. */
  ifInState?: string | null;
  /** Creation id to Identity. */
  create?: Record<string, Record<string, unknown>> | null;
  /** Id to PatchObject (RFC 8620 section 5.3). */
  update?: Record<string, Record<string, unknown>> | null;
  /** Ids. */
  destroy?: Id[] | null;
  /**
   * Of the caller's choice, for one call: made again with the same key, in the week after, it is not carried out
   * again but answered as it was. A key used for another call: idempotencyKeyReused. When facteurd ended in the
   * middle: outcomeUnknown.
   */
  idempotencyKey?: string | null;
}

/** What Identity/set answers. */
export interface IdentitySetResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** What it was before; null: not known. */
  oldState: State | null;
  newState: State;
  /** Creation id to what the core has set; null: nothing was created. */
  created: Record<string, Identity> | null;
  /** Id to what the core has changed beside what was asked, or null; null: nothing was changed. */
  updated: Record<string, Record<string, unknown> | null> | null;
  /** What was destroyed; null: nothing. */
  destroyed: Id[] | null;
  /** Creation id to why it was not created; null: all were. */
  notCreated: Record<string, SetError> | null;
  /** Id to why it was not changed; null: all were. */
  notUpdated: Record<string, SetError> | null;
  /** Id to why it was not destroyed; null: all were. */
  notDestroyed: Record<string, SetError> | null;
}

/** Arguments of MDN/parse. */
export interface MDNParseArguments {
  /** The account. */
  accountId: Id;
  /** Messages. */
  blobIds: Id[];
}

/** What MDN/parse answers. */
export interface MDNParseResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** Blob id to the receipt that it is; null: none is one. */
  parsed: Record<string, MDN> | null;
  /** Blobs that are there, and are no such thing, or are larger than 256 MiB. */
  notParsable: Id[] | null;
  /** Of the ids that were asked for those that are not there, or not to be seen. */
  notFound: Id[] | null;
}

/** Arguments of MDN/send. */
export interface MDNSendArguments {
  /** The account. */
  accountId: Id;
  /** Who sends them; an id that is no identity of the account is an invalid argument. */
  identityId: Id;
  /**
   * Creation id to MDN: {forEmailId, disposition, subject?, textBody?, includeOriginalMessage?, reportingUA?,
   * finalRecipient?, extensionFields?}.
   */
  send: Record<string, Record<string, unknown>>;
  /** "#" and a creation id, to a PatchObject for the Email that it speaks of. */
  onSuccessUpdateEmail?: Record<string, Record<string, unknown>> | null;
  /**
   * Of the caller's choice, for one call: made again with the same key, in the week after, it is not carried out
   * again but answered as it was. A key used for another call: idempotencyKeyReused. When facteurd ended in the
   * middle: outcomeUnknown.
   */
  idempotencyKey?: string | null;
}

/** What MDN/send answers. */
export interface MDNSendResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** What the core filled in. */
  sent: Record<string, MDN> | null;
  /** Creation id to why it was not sent; null: all were. */
  notSent: Record<string, SetError> | null;
  /** [["Email/set", its response]], if there was one. */
  implicit?: unknown[][];
}

/** Arguments of Mailbox/changes. */
export interface MailboxChangesArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** The state that the client has. */
  sinceState: string;
  /** At most so many ids in all. */
  maxChanges?: number | null;
}

/** What Mailbox/changes answers. */
export interface MailboxChangesResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  oldState: State;
  newState: State;
  /** There are more: call again with newState. */
  hasMoreChanges: boolean;
  /** What came since. */
  created: Id[];
  /** What changed since. */
  updated: Id[];
  /** What went since. */
  destroyed: Id[];
  /** The only properties that changed, the counters; null: others did, too. */
  updatedProperties: string[] | null;
}

/** Arguments of Mailbox/get. */
export interface MailboxGetArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** The mailboxes wanted; null: all of them, if they are not more than maxObjectsInGet. */
  ids?: Id[] | null;
  /** The properties wanted; null: the default ones. The id is always there. */
  properties?: string[] | null;
}

/** What Mailbox/get answers. */
export interface MailboxGetResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  state: State;
  /** What was found. */
  list: Mailbox[];
  /** Of the ids that were asked for those that are not there, or not to be seen. */
  notFound: string[];
}

/** Arguments of Mailbox/query. */
export interface MailboxQueryArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** FilterOperator or MailboxFilterCondition. */
  filter?: Record<string, unknown> | null;
  /** By sortOrder or name; the default is both. */
  sort?: Comparator[] | null;
  /** Children after their parents (RFC 8621 section 2.3). */
  sortAsTree?: boolean;
  /** Leave a mailbox out whose parent does not match (RFC 8621 section 2.3). */
  filterAsTree?: boolean;
  /** Index of the first result; a negative one counts from the end. */
  position?: number;
  /** The window is laid relative to this result; position is then ignored. */
  anchor?: Id | null;
  /** Index of the first result relative to the anchor. */
  anchorOffset?: number;
  /** At most so many ids; at most maxObjectsInQuery. */
  limit?: number | null;
  /** Also count all results. */
  calculateTotal?: boolean;
}

/** What Mailbox/query answers. */
export interface MailboxQueryResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  queryState: State;
  /** Whether /queryChanges can be asked for it. */
  canCalculateChanges: boolean;
  /** Index of the first of them among all results, from 0. */
  position: number;
  /** What matches, in the order that was asked for. */
  ids: Id[];
  /** Only with calculateTotal. */
  total?: number;
  /** Only when the core set one. */
  limit?: number;
}

/** Arguments of Mailbox/queryChanges. */
export interface MailboxQueryChangesArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** FilterOperator or MailboxFilterCondition. */
  filter?: Record<string, unknown> | null;
  /** By sortOrder or name; the default is both. */
  sort?: Comparator[] | null;
  /** Children after their parents (RFC 8621 section 2.3). */
  sortAsTree?: boolean;
  /** Leave a mailbox out whose parent does not match (RFC 8621 section 2.3). */
  filterAsTree?: boolean;
  /** The queryState that the client has. */
  sinceQueryState: string;
  /** At most so many added and removed in all. */
  maxChanges?: number | null;
  /** The last id that the client has. */
  upToId?: Id | null;
  /** Also count all results. */
  calculateTotal?: boolean;
}

/** What Mailbox/queryChanges answers. */
export interface MailboxQueryChangesResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  oldQueryState: State;
  newQueryState: State;
  /** How many results there are in all; only with calculateTotal. */
  total?: number;
  /** What is to be taken out of the list first. */
  removed: Id[];
  /** What is then to be put into it, from the lowest index to the highest. */
  added: AddedItem[];
}

/** Arguments of Mailbox/set. */
export interface MailboxSetArguments {
  /** The account. */
  accountId: Id;
  /** Do nothing unless this is the present state. */
  ifInState?: string | null;
  /** Creation id to Mailbox. */
  create?: Record<string, Record<string, unknown>> | null;
  /** Id to PatchObject (RFC 8620 section 5.3). */
  update?: Record<string, Record<string, unknown>> | null;
  /** Ids. */
  destroy?: Id[] | null;
  /** Take the Emails out first, and destroy those that are nowhere else. */
  onDestroyRemoveEmails?: boolean;
  /**
   * Of the caller's choice, for one call: made again with the same key, in the week after, it is not carried out
   * again but answered as it was. A key used for another call: idempotencyKeyReused. When facteurd ended in the
   * middle: outcomeUnknown.
   */
  idempotencyKey?: string | null;
}

/** What Mailbox/set answers. */
export interface MailboxSetResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** What it was before; null: not known. */
  oldState: State | null;
  newState: State;
  /** Creation id to what the core has set; null: nothing was created. */
  created: Record<string, Mailbox> | null;
  /** Id to what the core has changed beside what was asked, or null; null: nothing was changed. */
  updated: Record<string, Record<string, unknown> | null> | null;
  /** What was destroyed; null: nothing. */
  destroyed: Id[] | null;
  /** Creation id to why it was not created; null: all were. */
  notCreated: Record<string, SetError> | null;
  /** Id to why it was not changed; null: all were. */
  notUpdated: Record<string, SetError> | null;
  /** Id to why it was not destroyed; null: all were. */
  notDestroyed: Record<string, SetError> | null;
}

/** Arguments of Plugin/get. */
export interface PluginGetArguments {
  /** null: all. */
  ids?: string[] | null;
}

/** What Plugin/get answers. */
export interface PluginGetResult {
  /** What was found. */
  list: Plugin[];
  /** Of the ids that were asked for those that are not there, or not to be seen. */
  notFound: string[];
}

/** Arguments of Push/subscribe. */
export interface PushSubscribeArguments {
  /** An empty list ends it. */
  types: ("Email" | "EmailDelivery" | "Mailbox" | "Thread" | "Account" | "AccountState" | "Task" | "Undo" | "Identity" | "EmailSubmission" | "VacationResponse" | "Quota" | "Rule")[];
  /** null: all. */
  accountIds?: Id[] | null;
}

/** What Push/subscribe answers. */
export interface PushSubscribeResult {
  /** What is told from now on. */
  types: string[];
  /** The present states, in the form of StateChange: what changes after them is notified. */
  changed: Record<string, Record<string, State>>;
}

/** Arguments of PushSubscription/get. */
export interface PushSubscriptionGetArguments {
  /** The subscriptions wanted; null: all of them. */
  ids?: Id[] | null;
  /** The properties wanted; null: all but url and keys, which are never told. The id is always there. */
  properties?: string[] | null;
}

/** What PushSubscription/get answers. */
export interface PushSubscriptionGetResult {
  /** What was found. */
  list: PushSubscription[];
  /** Of the ids that were asked for those that are not there, or not to be seen. */
  notFound: string[];
}

/** Arguments of PushSubscription/set. */
export interface PushSubscriptionSetArguments {
  /** Creation id to PushSubscription. */
  create?: Record<string, Record<string, unknown>> | null;
  /** Id to PatchObject (RFC 8620 section 5.3) of verificationCode, expires and types. */
  update?: Record<string, Record<string, unknown>> | null;
  /** Ids. */
  destroy?: Id[] | null;
  /**
   * Of the caller's choice, for one call: made again with the same key, in the week after, it is not carried out
   * again but answered as it was. A key used for another call: idempotencyKeyReused. When facteurd ended in the
   * middle: outcomeUnknown.
   */
  idempotencyKey?: string | null;
}

/** What PushSubscription/set answers. */
export interface PushSubscriptionSetResult {
  /** Creation id to what the core has set; null: nothing was created. */
  created: Record<string, PushSubscription> | null;
  /** Id to what the core has changed beside what was asked, or null; null: nothing was changed. */
  updated: Record<string, Record<string, unknown> | null> | null;
  /** What was destroyed; null: nothing. */
  destroyed: Id[] | null;
  /** Creation id to why it was not created; null: all were. */
  notCreated: Record<string, SetError> | null;
  /** Id to why it was not changed; null: all were. */
  notUpdated: Record<string, SetError> | null;
  /** Id to why it was not destroyed; null: all were. */
  notDestroyed: Record<string, SetError> | null;
}

/** Arguments of Quota/changes. */
export interface QuotaChangesArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** The state that the client has. */
  sinceState: string;
  /** At most so many ids in all. */
  maxChanges?: number | null;
}

/** What Quota/changes answers. */
export interface QuotaChangesResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  oldState: State;
  newState: State;
  /** There are more: call again with newState. */
  hasMoreChanges: boolean;
  /** What came since. */
  created: Id[];
  /** What changed since. */
  updated: Id[];
  /** What went since. */
  destroyed: Id[];
  /** ["used"] when nothing else changed. */
  updatedProperties: string[] | null;
}

/** Arguments of Quota/get. */
export interface QuotaGetArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** The quotas wanted; null: all of them. */
  ids?: Id[] | null;
  /** The properties wanted; null: the default ones. The id is always there. */
  properties?: string[] | null;
}

/** What Quota/get answers. */
export interface QuotaGetResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  state: State;
  /** What was found. */
  list: Quota[];
  /** Of the ids that were asked for those that are not there, or not to be seen. */
  notFound: string[];
}

/** Arguments of Quota/query. */
export interface QuotaQueryArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** FilterOperator or QuotaFilterCondition. */
  filter?: Record<string, unknown> | null;
  /** By name, used; the default is the oldest first. */
  sort?: Comparator[] | null;
  /** Index of the first result; a negative one counts from the end. */
  position?: number;
  /** The window is laid relative to this result; position is then ignored. */
  anchor?: Id | null;
  /** Index of the first result relative to the anchor. */
  anchorOffset?: number;
  /** At most so many ids; at most maxObjectsInQuery. */
  limit?: number | null;
  /** Also count all results. */
  calculateTotal?: boolean;
}

/** What Quota/query answers. */
export interface QuotaQueryResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  queryState: State;
  /** Whether /queryChanges can be asked for it. */
  canCalculateChanges: boolean;
  /** Index of the first of them among all results, from 0. */
  position: number;
  /** What matches, in the order that was asked for. */
  ids: Id[];
  /** Only with calculateTotal. */
  total?: number;
  /** Only when the core set one. */
  limit?: number;
}

/** Arguments of Quota/queryChanges. */
export interface QuotaQueryChangesArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** FilterOperator or QuotaFilterCondition. */
  filter?: Record<string, unknown> | null;
  /** As in the query. */
  sort?: Comparator[] | null;
  /** The queryState that the client has. */
  sinceQueryState: string;
  /** At most so many added and removed in all. */
  maxChanges?: number | null;
  /** The last id that the client has. */
  upToId?: Id | null;
  /** Also count all results. */
  calculateTotal?: boolean;
}

/** What Quota/queryChanges answers. */
export interface QuotaQueryChangesResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  oldQueryState: State;
  newQueryState: State;
  /** How many results there are in all; only with calculateTotal. */
  total?: number;
  /** What is to be taken out of the list first. */
  removed: Id[];
  /** What is then to be put into it, from the lowest index to the highest. */
  added: AddedItem[];
}

/** Arguments of Rule/apply. */
export interface RuleApplyArguments {
  /** The account. */
  accountId: Id;
  /** The rules; at most maxObjectsInSet. */
  ids: Id[];
  /** Among which mail; null: what is in the inbox. */
  filter?: EmailFilter;
  /** Do nothing unless this is the present state of the rules. */
  ifInState?: string | null;
  /**
   * Of the caller's choice, for one call: made again with the same key, in the week after, it is not carried out
   * again but answered as it was. A key used for another call: idempotencyKeyReused. When facteurd ended in the
   * middle: outcomeUnknown.
   */
  idempotencyKey?: string | null;
}

/** What Rule/apply answers. */
export interface RuleApplyResult {
  /** The account. */
  accountId: Id;
  /** The task that does it; null: it is done. */
  taskId: Id | null;
  /** How many messages the rules match. */
  matched: number;
  /** How many of them are other than before; null: the task tells. */
  changed: number | null;
  /** The action, to take it back; null: nothing was changed, or the task tells. */
  undoId: Id | null;
}

/** Arguments of Rule/changes. */
export interface RuleChangesArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** The state that the client has. */
  sinceState: string;
  /** At most so many ids in all. */
  maxChanges?: number | null;
}

/** What Rule/changes answers. */
export interface RuleChangesResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  oldState: State;
  newState: State;
  /** There are more: call again with newState. */
  hasMoreChanges: boolean;
  /** What came since. */
  created: Id[];
  /** What changed since. */
  updated: Id[];
  /** What went since. */
  destroyed: Id[];
}

/** Arguments of Rule/get. */
export interface RuleGetArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** The rules wanted; null: all of them, in the order in which they are asked. */
  ids?: Id[] | null;
  /** The properties wanted; null: the default ones. The id is always there. */
  properties?: string[] | null;
}

/** What Rule/get answers. */
export interface RuleGetResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  state: State;
  /** What was found. */
  list: Rule[];
  /** Of the ids that were asked for those that are not there, or not to be seen. */
  notFound: string[];
}

/** Arguments of Rule/set. */
export interface RuleSetArguments {
  /** The account. */
  accountId: Id;
  /** Do nothing unless this is the present state. */
  ifInState?: string | null;
  /** Creation id to Rule. */
  create?: Record<string, Record<string, unknown>> | null;
  /** Id to PatchObject (RFC 8620 section 5.3). */
  update?: Record<string, Record<string, unknown>> | null;
  /** Ids. */
  destroy?: Id[] | null;
  /**
   * Of the caller's choice, for one call: made again with the same key, in the week after, it is not carried out
   * again but answered as it was. A key used for another call: idempotencyKeyReused. When facteurd ended in the
   * middle: outcomeUnknown.
   */
  idempotencyKey?: string | null;
}

/** What Rule/set answers. */
export interface RuleSetResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** What it was before; null: not known. */
  oldState: State | null;
  newState: State;
  /** Creation id to what the core has set; null: nothing was created. */
  created: Record<string, Rule> | null;
  /** Id to what the core has changed beside what was asked, or null; null: nothing was changed. */
  updated: Record<string, Record<string, unknown> | null> | null;
  /** What was destroyed; null: nothing. */
  destroyed: Id[] | null;
  /** Creation id to why it was not created; null: all were. */
  notCreated: Record<string, SetError> | null;
  /** Id to why it was not changed; null: all were. */
  notUpdated: Record<string, SetError> | null;
  /** Id to why it was not destroyed; null: all were. */
  notDestroyed: Record<string, SetError> | null;
}

/** Arguments of Search/parse. */
export interface SearchParseArguments {
  /** Where in: looks for mailboxes; "*" (the default): everywhere. */
  accountId?: AccountScope;
  /** What somebody typed. */
  query: string;
  /** Ours, for query: an IANA name; null: the system's. */
  timeZone?: string | null;
}

/** What Search/parse answers. */
export interface SearchParseResult {
  filter: EmailFilter;
}

/** Arguments of SearchSnippet/get. */
export interface SearchSnippetGetArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  filter?: EmailFilter;
  /** Ours, instead of filter: the query language of Search/parse. */
  query?: string | null;
  /** Ours, for query: an IANA name; null: the system's. */
  timeZone?: string | null;
  /** The results of which snippets are wanted. */
  emailIds: Id[];
}

/** What SearchSnippet/get answers. */
export interface SearchSnippetGetResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** What was found. */
  list: SearchSnippet[];
  /** Of the ids that were asked for those that are not there, or not to be seen. */
  notFound: string[] | null;
}

export type SecretsGetArguments = Record<string, never>;

/** What Secrets/get answers. */
export interface SecretsGetResult {
  /** The store of new accounts that name none, and of tokens whose account's store can only be read. */
  defaultStore: string;
  /** The stores that there are. */
  stores: ({
    /**
     * file: PROFILE/secrets, mode 0600. encrypted: a file that a passphrase opens. keyring: the desktop's. command:
     * what a command prints. credential: what systemd hands over.
     */
    name: "file" | "encrypted" | "keyring" | "command" | "credential";
    /** false: passwords can only be read there. */
    isWritable: boolean;
    /** It can be used now. */
    isUsable: boolean;
    /** It can be used once it is unlocked (Secrets/unlock; a keyring by its own means). */
    isLocked: boolean;
    /** Why it cannot be used, for people. */
    problem: string | null;
  })[];
  /** Where each account's are. */
  accounts: ({
    accountId: Id;
    /**
     * Account/set changes it (settings/secrets), and moves what is there: it is removed in the old store after it
     * was written in the new one and read again.
     */
    store: "file" | "encrypted" | "keyring" | "command" | "credential";
  })[];
}

export type SecretsLockArguments = Record<string, never>;

/** What Secrets/lock answers. */
export interface SecretsLockResult {
  /** Whether it is closed now. */
  isLocked: boolean;
}

/** Arguments of Secrets/set. */
export interface SecretsSetArguments {
  /** file, encrypted or keyring; it must be usable now. */
  defaultStore: string;
}

/** What Secrets/set answers. */
export interface SecretsSetResult {
  /** The default from now on. */
  defaultStore: string;
}

/** Arguments of Secrets/unlock. */
export interface SecretsUnlockArguments {
  /** At most 1,024 bytes. */
  passphrase: string;
  /** From now on this one is the passphrase. */
  newPassphrase?: string | null;
  /** Where there is no such file yet, it is made, with this passphrase. */
  isNew?: boolean;
}

/** What Secrets/unlock answers. */
export interface SecretsUnlockResult {
  /** Whether it is closed now. */
  isLocked: boolean;
}

/** Arguments of Session/authenticate. */
export interface SessionAuthenticateArguments {
  /** A token's secret; or */
  token?: string | null;
  /** a token's name, */
  username?: string | null;
  /** and its password or its secret (RFC 7617). */
  password?: string | null;
  /**
   * From where, in the front end's words (an address without a port): for lastUsedFrom and the audit log, and so
   * that attempts from one place do not hold up another.
   */
  remote?: string | null;
}

/** What Session/authenticate answers. */
export interface SessionAuthenticateResult {
  tokenId: Id;
  /** Of the token. */
  name: string;
  /** What the connection may from now on. */
  scopes: string[];
  /** null: all. */
  accountIds: Id[] | null;
  /** When that ends; null: never. */
  expiresAt: UTCDate | null;
}

export type SessionGetArguments = Record<string, never>;

/** What Session/get answers. */
export interface SessionGetResult {
  /** What there is, by its URI, with the limits (RFC 8620 section 2). */
  capabilities: Record<string, Record<string, unknown>>;
  /** Account id to account. */
  accounts: Record<string, {
    /** As people call it. */
    name: string;
    /** Always true: a profile is one person's. */
    isPersonal: boolean;
    /** The caller may read it and nothing else: its token has no other scope. */
    isReadOnly: boolean;
    /** What it can, by URI, with its limits. */
    accountCapabilities: Record<string, Record<string, unknown>>;
  }>;
  /** Capability to the account that people mean when they name none. */
  primaryAccounts: Record<string, Id>;
  /** The user of the credentials; empty when nobody says who it is. */
  username: string;
  /** Changes when anything of this object does, and only then. */
  state: string;
}

export type StoreRebuildArguments = Record<string, never>;

/** What Store/rebuild answers. */
export interface StoreRebuildResult {
  taskId: Id;
}

/** Arguments of Task/cancel. */
export interface TaskCancelArguments {
  id: Id;
}

/** What Task/cancel answers. */
export interface TaskCancelResult {
  task: Task;
}

/** Arguments of Task/get. */
export interface TaskGetArguments {
  /** null: all, newest first. */
  ids?: Id[] | null;
  /** Answer only when all of `ids` have ended, or after so long. */
  waitMs?: number;
}

/** What Task/get answers. */
export interface TaskGetResult {
  /** What was found. */
  list: Task[];
  /** Of the ids that were asked for those that are not there, or not to be seen. */
  notFound: string[];
}

/** Arguments of Thread/changes. */
export interface ThreadChangesArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** The state that the client has. */
  sinceState: string;
  /** At most so many ids in all. */
  maxChanges?: number | null;
}

/** What Thread/changes answers. */
export interface ThreadChangesResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  oldState: State;
  newState: State;
  /** There are more: call again with newState. */
  hasMoreChanges: boolean;
  /** What came since. */
  created: Id[];
  /** What changed since. */
  updated: Id[];
  /** What went since. */
  destroyed: Id[];
}

/** Arguments of Thread/get. */
export interface ThreadGetArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** The threads wanted; null is refused when there are more than maxObjectsInGet. */
  ids?: Id[] | null;
  /** The properties wanted; null: the default ones. The id is always there. */
  properties?: string[] | null;
}

/** What Thread/get answers. */
export interface ThreadGetResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  state: State;
  /** What was found. */
  list: Thread[];
  /** Of the ids that were asked for those that are not there, or not to be seen. */
  notFound: string[];
}

/** Arguments of Token/audit. */
export interface TokenAuditArguments {
  /** Which entries; null: all. */
  filter?: {
    /** Of this token, which may be gone. */
    tokenId?: string | null;
    /** In this account, which may be gone. */
    accountId?: string | null;
    /** Not older. */
    since?: string | null;
    /** Older. */
    until?: string | null;
  } | null;
  /** Those before this entry: the last one of the page before. */
  before?: string | null;
  /** At most so many. */
  limit?: number;
}

/** What Token/audit answers. */
export interface TokenAuditResult {
  /** What was found. */
  list: AuditEntry[];
  /** There are older ones: call again with `before`. */
  hasMore: boolean;
}

/** Arguments of Token/changes. */
export interface TokenChangesArguments {
  /** The state that the client has. */
  sinceState: string;
  /** At most so many ids in all. */
  maxChanges?: number | null;
}

/** What Token/changes answers. */
export interface TokenChangesResult {
  oldState: State;
  newState: State;
  /** There are more: call again with newState. */
  hasMoreChanges: boolean;
  /** What came since. */
  created: Id[];
  /** What changed since. */
  updated: Id[];
  /** What went since. */
  destroyed: Id[];
}

/** Arguments of Token/get. */
export interface TokenGetArguments {
  /** The tokens wanted; null: all of them. */
  ids?: Id[] | null;
  /** The properties wanted; null: all of them. The id is always there. */
  properties?: string[] | null;
}

/** What Token/get answers. */
export interface TokenGetResult {
  state: State;
  /** What was found. */
  list: Token[];
  /** Of the ids that were asked for those that are not there, or not to be seen. */
  notFound: string[];
}

/** Arguments of Token/invite. */
export interface TokenInviteArguments {
  /** A Token as for Token/set: name, scopes, accountIds, expiresAt. */
  token: Record<string, unknown>;
}

/** What Token/invite answers. */
export interface TokenInviteResult {
  /** Three groups of four letters and digits. */
  code: string;
  /** Until then it is good. */
  expiresAt: UTCDate;
}

/** Arguments of Token/pair. */
export interface TokenPairArguments {
  /** In any case, with or without its dashes. */
  code: string;
  /** From where, as for Session/authenticate: so that wrong codes from one place do not hold up another. */
  remote?: string | null;
}

/** What Token/pair answers. */
export interface TokenPairResult {
  /** With its secret. */
  token: Token;
}

/** Arguments of Token/set. */
export interface TokenSetArguments {
  /** Do nothing unless this is the present state. */
  ifInState?: string | null;
  /** Creation id to Token. */
  create?: Record<string, Record<string, unknown>> | null;
  /** Id to PatchObject (RFC 8620 section 5.3). */
  update?: Record<string, Record<string, unknown>> | null;
  /** Ids. */
  destroy?: Id[] | null;
  /**
   * Of the caller's choice, for one call: made again with the same key, in the week after, it is not carried out
   * again but answered as it was. A key used for another call: idempotencyKeyReused. When facteurd ended in the
   * middle: outcomeUnknown.
   */
  idempotencyKey?: string | null;
}

/** What Token/set answers. */
export interface TokenSetResult {
  /** What it was before; null: not known. */
  oldState: State | null;
  newState: State;
  /** Creation id to what the core has set; null: nothing was created. */
  created: Record<string, Token> | null;
  /** Id to what the core has changed beside what was asked, or null; null: nothing was changed. */
  updated: Record<string, Record<string, unknown> | null> | null;
  /** What was destroyed; null: nothing. */
  destroyed: Id[] | null;
  /** Creation id to why it was not created; null: all were. */
  notCreated: Record<string, SetError> | null;
  /** Id to why it was not changed; null: all were. */
  notUpdated: Record<string, SetError> | null;
  /** Id to why it was not destroyed; null: all were. */
  notDestroyed: Record<string, SetError> | null;
}

/** Arguments of Undo/apply. */
export interface UndoApplyArguments {
  /** Among the actions of this account, or "*" (the default): of all. */
  accountId?: AccountScope;
  /** Which; null: the newest that is no undo itself and was not taken back. */
  id?: Id | null;
  /**
   * Of the caller's choice, for one call: made again with the same key, in the week after, it is not carried out
   * again but answered as it was. A key used for another call: idempotencyKeyReused. When facteurd ended in the
   * middle: outcomeUnknown.
   */
  idempotencyKey?: string | null;
}

/** What Undo/apply answers. */
export interface UndoApplyResult {
  /** The action that was taken back. */
  id: Id;
  /** What was done, for people: "taken back: 12 messages moved to Archive". */
  description: string;
  /** The action that this is, to do it again by taking that back; null: nothing was changed. */
  undoId: Id | null;
  /** The Emails that were changed or restored, by the ids that they have now. */
  undone: Id[];
  /** Ids of Emails that had been destroyed to those that they have now. */
  restored: Record<string, Id> | null;
  /** Email id to why it, or something of it, was left as it is. An Email may be in `undone`, too. The first 10,000. */
  notUndone: Record<string, UndoProblem> | null;
  /** How many changes were left as they are, in whole or in part. */
  notUndoneCount: number;
}

/** Arguments of Undo/changes. */
export interface UndoChangesArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** The state that the client has. */
  sinceState: string;
  /** At most so many ids in all. */
  maxChanges?: number | null;
}

/** What Undo/changes answers. */
export interface UndoChangesResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  oldState: State;
  newState: State;
  /** There are more: call again with newState. */
  hasMoreChanges: boolean;
  /** What came since. */
  created: Id[];
  /** What changed since. */
  updated: Id[];
  /** What went since. */
  destroyed: Id[];
}

/** Arguments of Undo/get. */
export interface UndoGetArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** The actions wanted; null: all, newest first. */
  ids?: Id[] | null;
  /** The properties wanted; null: all. The id is always there. */
  properties?: string[] | null;
}

/** What Undo/get answers. */
export interface UndoGetResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  state: State;
  /** What was found. */
  list: Undo[];
  /** Of the ids that were asked for those that are not there, or not to be seen. */
  notFound: string[];
}

/** Arguments of Undo/query. */
export interface UndoQueryArguments {
  /** The account, or "*" (the default): all of them at once. */
  accountId?: AccountScope;
  /** All that is given must hold. The first result with both false is what Undo/apply takes back. */
  filter?: {
    /** Only those that took something back, or the others. */
    isUndo?: boolean;
    /** Only those that were taken back, or the others. */
    isUndone?: boolean;
    /** Only what this client did (a token, or the name given to Session/get), or the others. */
    isOwn?: boolean;
  } | null;
  /** Index of the first result; a negative one counts from the end. */
  position?: number;
  /** The window is laid relative to this result; position is then ignored. */
  anchor?: Id | null;
  /** Index of the first result relative to the anchor. */
  anchorOffset?: number;
  /** At most so many ids; at most maxObjectsInQuery. */
  limit?: number | null;
  /** Also count all results. */
  calculateTotal?: boolean;
}

/** What Undo/query answers. */
export interface UndoQueryResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  queryState: State;
  /** Whether /queryChanges can be asked for it. */
  canCalculateChanges: boolean;
  /** Index of the first of them among all results, from 0. */
  position: number;
  /** What matches, in the order that was asked for. */
  ids: Id[];
  /** Only with calculateTotal. */
  total?: number;
  /** Only when the core set one. */
  limit?: number;
}

/** Arguments of VacationResponse/get. */
export interface VacationResponseGetArguments {
  /** The account. */
  accountId: Id;
  /** "singleton" alone is found; null: the same. */
  ids?: Id[] | null;
  /** The properties wanted; null: all. The id is always there. */
  properties?: string[] | null;
}

/** What VacationResponse/get answers. */
export interface VacationResponseGetResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  state: State;
  /** What was found. */
  list: VacationResponse[];
  /** Of the ids that were asked for those that are not there, or not to be seen. */
  notFound: string[];
}

/** Arguments of VacationResponse/set. */
export interface VacationResponseSetArguments {
  /** The account. */
  accountId: Id;
  /** Do nothing unless this is the present state. */
  ifInState?: string | null;
  /** Always refused. */
  create?: Record<string, Record<string, unknown>> | null;
  /** "singleton" to PatchObject (RFC 8620 section 5.3). */
  update?: Record<string, Record<string, unknown>> | null;
  /** Always refused. */
  destroy?: Id[] | null;
  /**
   * Of the caller's choice, for one call: made again with the same key, in the week after, it is not carried out
   * again but answered as it was. A key used for another call: idempotencyKeyReused. When facteurd ended in the
   * middle: outcomeUnknown.
   */
  idempotencyKey?: string | null;
}

/** What VacationResponse/set answers. */
export interface VacationResponseSetResult {
  /** The account; "*" where all were meant. */
  accountId: string;
  /** What it was before; null: not known. */
  oldState: State | null;
  newState: State;
  /** Creation id to what the core has set; null: nothing was created. */
  created: Record<string, VacationResponse> | null;
  /** Id to what the core has changed beside what was asked, or null; null: nothing was changed. */
  updated: Record<string, Record<string, unknown> | null> | null;
  /** What was destroyed; null: nothing. */
  destroyed: Id[] | null;
  /** Creation id to why it was not created; null: all were. */
  notCreated: Record<string, SetError> | null;
  /** Id to why it was not changed; null: all were. */
  notUpdated: Record<string, SetError> | null;
  /** Id to why it was not destroyed; null: all were. */
  notDestroyed: Record<string, SetError> | null;
}

export type WebPushGetArguments = Record<string, never>;

export type WebPushGetResult = WebPush;

/** Arguments of WebPush/set. */
export interface WebPushSetArguments {
  /** Whom a push service may ask, mailto: or https:; "": nobody; null: as before. */
  contact?: string | null;
  /**
   * Hosts that may be in a private network or on this computer, as one's own UnifiedPush distributor is; 127.0.0.1
   * and [::1] among them without TLS, too. null: as before.
   */
  privateHosts?: string[] | null;
  /**
   * Make another key: all push subscriptions are destroyed, as clients must make theirs again with it (RFC 9749
   * section 5).
   */
  rotateKey?: boolean;
  /**
   * Of the caller's choice, for one call: made again with the same key, in the week after, it is not carried out
   * again but answered as it was. A key used for another call: idempotencyKeyReused. When facteurd ended in the
   * middle: outcomeUnknown.
   */
  idempotencyKey?: string | null;
}

export type WebPushSetResult = WebPush;

export type RpcDiscoverArguments = Record<string, never>;

/** What rpc.discover answers. */
export interface RpcDiscoverResult {
  /** The version of OpenRPC that this is written in. */
  openrpc: string;
  /** Title and version. */
  info: Record<string, unknown>;
  /** The methods: arguments, result and errors as JSON Schema; x-scope, x-capability and x-since beside them. */
  methods: Record<string, unknown>[];
  /** The types. */
  components?: Record<string, unknown>;
  /** The notifications. */
  "x-events"?: Record<string, unknown>;
}

/** Each method with its arguments and its result. */
export interface Methods {
  /**
   * Begins to ask the user for consent, so that an account signs in with OAuth 2.0; also to renew a consent that
   * has expired.
   *
   * The account's setting `oauth` says whom to ask, and as who. `browser`: the user opens `url` in a browser of
   * this computer (RFC 8252), within 10 minutes; `device`: he opens it in any browser, and types `userCode` there
   * (RFC 8628). The task waits for him; it can be cancelled. When it is done, the account tries again at once. One
   * that is under way for the account is given up.
   *
   * Errors: accountNotFound, auth, busy, dns, invalidArguments, network, protocol, server, timeout, tls,
   * unsupported, userAction.
   */
  "Account/authorize": { params: AccountAuthorizeArguments; result: AccountAuthorizeResult };
  /**
   * Which accounts were created, changed or removed since a state.
   *
   * Errors: cannotCalculateChanges.
   */
  "Account/changes": { params: AccountChangesArguments; result: AccountChangesResult };
  /**
   * Connects to an account's server, signs in, and says what it found. Takes up to a minute.
   *
   * Errors: accountNotFound, auth, dns, io, limit, network, protocol, server, serverUnavailable, timeout, tls,
   * userAction.
   */
  "Account/check": { params: AccountCheckArguments; result: AccountCheckResult };
  /**
   * Finds an account's servers from its mail address alone. Takes up to half a minute.
   *
   * Steps, in this order, until a server for receiving and one for sending are found. `table`: the providers that
   * people have, by domain. `mx`: the same, by the hosts that take the domain's mail. `autoconfig`: what the
   * provider says at https://autoconfig.DOMAIN/ (it is told the address) or
   * https://DOMAIN/.well-known/autoconfig/. `database`: what Mozilla's public database says of the domain, and of
   * those above its first MX. `srv`: SRV records (RFC 6186, RFC 8314). `guess`: imap.DOMAIN, mail.DOMAIN and the
   * like, tried with a connection. Only HTTPS with a valid certificate, only public addresses; no password is sent
   * anywhere. Nothing is stored. That nothing was found is no error: source and transport are null then.
   *
   * Errors: busy.
   */
  "Account/discover": { params: AccountDiscoverArguments; result: AccountDiscoverResult };
  /**
   * Accounts and how they are doing.
   *
   * Errors: invalidArguments, requestTooLarge.
   */
  "Account/get": { params: AccountGetArguments; result: AccountGetResult };
  /**
   * Ids of accounts.
   *
   * Errors: anchorNotFound, unsupportedSort.
   */
  "Account/query": { params: AccountQueryArguments; result: AccountQueryResult };
  /**
   * Starts to mend what Account/verify finds; a task tells of the progress.
   *
   * What the server has and is not here is fetched; what is shown and the server has not, as several listings say,
   * goes, unless it waits to be sent; flags become those of the server, with the changes that wait on top;
   * mailboxes are listed anew; damaged bytes are fetched again, and the Email stays what it is; keywords, index,
   * envelopes and counters are made again. The task's kind is "repair", its result a VerifyReport of what was
   * found, where each difference says whether it `isMended`, and `remaining`, the report of a comparison
   * afterwards.
   *
   * Errors: accountNotFound, busy, invalidArguments.
   */
  "Account/repair": { params: AccountRepairArguments; result: AccountRepairResult };
  /**
   * Creates, changes and removes accounts.
   *
   * Create: {source, name?, address?, transport?, settings?, isEnabled?, sortOrder?, password?,
   * transportPassword?}. Update: the same, and settings/key; notices/ID, which can only be null: the notice is
   * dismissed. Passwords can be written and never read; transportPassword is for a server for sending that has
   * another one than the source, null: it has the same. Removing an account removes its mail from this computer
   * and touches nothing on the server. SetErrors: invalidProperties, notFound, singleton (the local account cannot
   * be removed), forbidden (messages of an account that is to be removed have not gone out).
   *
   * Errors: requestTooLarge, stateMismatch.
   */
  "Account/set": { params: AccountSetArguments; result: AccountSetResult };
  /**
   * Starts to synchronise now; a task tells of the progress.
   *
   * Errors: accountNotFound.
   */
  "Account/sync": { params: AccountSyncArguments; result: AccountSyncResult };
  /**
   * Starts to compare an account's store with its server, completely; a task tells of the progress.
   *
   * Nothing is changed, neither here nor there. Compared are the mailboxes, every message of each with its flags
   * and keywords, and the store with itself: bytes, envelopes, index, keywords, counters. Local changes that the
   * server has not got yet are no differences. What differs is looked at twice, a moment apart, so that mail that
   * comes meanwhile is none. The task's kind is "verify", its detail {accountId, step, mailbox}, its result a
   * VerifyReport. One that is under way for the account is joined.
   *
   * Errors: accountNotFound, busy.
   */
  "Account/verify": { params: AccountVerifyArguments; result: AccountVerifyResult };
  /**
   * Addresses that begin with what is being typed, the likeliest first.
   *
   * Of the mail that is here: whom one wrote to, who wrote. What one sent counts most, then answers, then other
   * mail; lists and addresses that nobody reads (noreply@) hardly anything; each message counts half after 90
   * days. Mail in Junk and drafts do not count. It takes about a millisecond at any size of mailbox, so it can be
   * asked at each key.
   *
   * Errors: accountNotFound, invalidArguments.
   */
  "Address/suggest": { params: AddressSuggestArguments; result: AddressSuggestResult };
  /**
   * Begins an upload: hands over a descriptor into which the bytes are written.
   *
   * On the Unix socket only; for what is too large for Blob/upload, or comes as a stream. The descriptor stands at
   * the first byte, and comes as SCM_RIGHTS with the first byte of the line that holds the answer. When all is
   * written Blob/finish makes a blob of it. Keep the descriptor open until Blob/finish is answered: an upload
   * whose descriptor is closed before is given up when its place is needed, or after a minute. One to which
   * nothing is written for an hour is forgotten.
   *
   * Errors: accountNotFound, limit, overQuota, requestTooLarge.
   */
  "Blob/begin": { params: BlobBeginArguments; result: BlobBeginResult };
  /**
   * Makes blobs of one account blobs of another (RFC 8620 section 6.3).
   *
   * Bytes are kept once per profile, so the id stays the same; what is copied is kept as long as an upload would
   * be, whatever becomes of the original. Of a message of which only the header is here the body is fetched first.
   *
   * Errors: accountNotFound, fromAccountNotFound, invalidArguments, requestTooLarge.
   */
  "Blob/copy": { params: BlobCopyArguments; result: BlobCopyResult };
  /**
   * Makes a blob of what was written into the descriptor of Blob/begin; it is on the disk when this is answered.
   * What nothing refers to is forgotten after 24 hours.
   *
   * The result is that of an upload (RFC 8620 section 6.1). Whatever comes of it, the upload is over.
   *
   * Errors: accountNotFound, notFound, overQuota, requestTooLarge.
   */
  "Blob/finish": { params: BlobFinishArguments; result: BlobFinishResult };
  /**
   * Bytes as text or base64, whole or a range (RFC 9404 section 4.2).
   *
   * Errors: accountNotFound, invalidArguments, requestTooLarge, serverUnavailable.
   */
  "Blob/get": { params: BlobGetArguments; result: BlobGetResult };
  /**
   * Which Mailboxes, Threads and Emails refer to blobs (RFC 9404 section 4.3).
   *
   * An Email refers to its message and to the parts of it, a Thread and a Mailbox to what their Emails refer to. A
   * blob that is not there, or not to be seen, has empty lists.
   *
   * Errors: accountNotFound, requestTooLarge, unknownDataType.
   */
  "Blob/lookup": { params: BlobLookupArguments; result: BlobLookupResult };
  /**
   * Hands over a descriptor from which the bytes can be read.
   *
   * On the Unix socket only. The descriptor is read-only, stands at the first byte and comes as SCM_RIGHTS with
   * the first byte of the line that holds the answer; a batch brings all of its descriptors in order with the one
   * line of its answers.
   *
   * Errors: accountNotFound, blobNotFound, limit, serverUnavailable.
   */
  "Blob/open": { params: BlobOpenArguments; result: BlobOpenResult };
  /**
   * Stores bytes (RFC 9404 section 4.1). What nothing refers to is forgotten after 24 hours.
   *
   * Errors: accountNotFound, requestTooLarge.
   */
  "Blob/upload": { params: BlobUploadArguments; result: BlobUploadResult };
  /**
   * The draft of a message that forwards another one. Nothing is stored.
   *
   * Without recipients. Subject: one "Fwd:" whatever stood there, in whichever language. Files are named by the
   * blobs that they are in the message already.
   *
   * Errors: accountNotFound, invalidArguments, notFound, serverUnavailable.
   */
  "Compose/forward": { params: ComposeForwardArguments; result: ComposeForwardResult };
  /**
   * The draft of a new message: who writes, and the signature. Nothing is stored.
   *
   * From, replyTo and bcc are those of the identity, whose signature stands below the text behind a line "-- ";
   * to, cc and subject are for the front end to fill. Pictures that stand in an HTML signature as data: URLs
   * become parts of the message (embedImages).
   *
   * Errors: accountNotFound, invalidArguments.
   */
  "Compose/new": { params: ComposeNewArguments; result: ComposeNewResult };
  /**
   * The draft of a reply: recipients, subject, thread, quoted text. Nothing is stored.
   *
   * To whom: Mail-Reply-To, Reply-To or From, without the list's own address; where these are one's own addresses,
   * to whom the message went. Everybody: Mail-Followup-To, or else the authors, with a copy to all of To and Cc
   * (RFC 5322 section 3.6.3). The addresses of all accounts and identities are left out. Subject: one "Re:"
   * whatever stood there, in whichever language. In-Reply-To and References: RFC 5322 section 3.6.4. The text is
   * format=flowed (RFC 3676), the quote without the message's signature.
   *
   * Errors: accountNotFound, invalidArguments, notFound, serverUnavailable.
   */
  "Compose/reply": { params: ComposeReplyArguments; result: ComposeReplyResult };
  /**
   * A message to be sent on as it is (RFC 5322 section 3.6.6), as a draft, and the envelope that it goes with.
   *
   * Resent-Date, Resent-From, Resent-To, Resent-Cc and Resent-Message-ID stand in front of the message, whose
   * bytes stay as they are. `bcc` stands in the envelope alone. EmailSubmission/set takes email.id, identityId and
   * the envelope, without which it refuses the message; a client that changes its mind destroys the Email.
   *
   * Errors: accountNotFound, invalidArguments, notFound, requestTooLarge, serverUnavailable.
   */
  "Compose/resend": { params: ComposeResendArguments; result: ComposeResendResult };
  /**
   * The draft of a new message made of one that is here: a template, a draft that is written on, something that is
   * sent once more. Nothing is stored.
   *
   * People, subject, thread, text, HTML and files are those of the Email; date and Message-ID are not. From is
   * kept when it is the account's address, or the Email is a draft ($draft). HTML of an Email that is no draft is
   * made harmless, as Compose/reply does. A draft with the keyword $template is one that people keep for this; so
   * are others, if they like. Who writes on at a draft creates the new one with "replaces": the old one.
   *
   * Errors: accountNotFound, invalidArguments, notFound, requestTooLarge, serverUnavailable.
   */
  "Compose/template": { params: ComposeTemplateArguments; result: ComposeTemplateResult };
  /**
   * The creation ids of a batch: takes those that came with it, gives those that it has by now (RFC 8620 section
   * 3.3, createdIds).
   *
   * For who passes on JMAP requests, as facteur-bridge does: at the beginning of a batch with what the request
   * brought, at its end for what the response is to tell.
   */
  "Core/createdIds": { params: CoreCreatedIdsArguments; result: CoreCreatedIdsResult };
  /** Answers its arguments. */
  "Core/echo": { params: CoreEchoArguments; result: CoreEchoResult };
  /** How the daemon is: for `facteur doctor`. */
  "Core/status": { params: CoreStatusArguments; result: CoreStatusResult };
  /** Ends the daemon, after this answer. */
  "Core/stop": { params: CoreStopArguments; result: CoreStopResult };
  /**
   * Changes to Emails since a state (RFC 8621 section 4.3).
   *
   * Errors: accountNotFound, cannotCalculateChanges.
   */
  "Email/changes": { params: EmailChangesArguments; result: EmailChangesResult };
  /**
   * Copies Emails into another account (RFC 8621 section 4.7).
   *
   * An original of which only the header is here is fetched from its server first; one that cannot be had is not
   * copied (SetError serverUnavailable). The same bytes are not taken twice into an account: alreadyExists. With
   * onSuccessDestroyOriginal the copies are made and the originals destroyed in one transaction; the response of
   * the implicit Email/set, or its error, stands in `implicit`.
   *
   * Errors: accountNotFound, fromAccountNotFound, invalidArguments, requestTooLarge, stateMismatch.
   */
  "Email/copy": { params: EmailCopyArguments; result: EmailCopyResult };
  /**
   * Emails (RFC 8621 section 4.2).
   *
   * id blobId threadId mailboxIds keywords size receivedAt messageId inReplyTo references sender from to cc bcc
   * replyTo subject sentAt hasAttachment preview are fast; whatever else is asked for needs the message itself. Of
   * an Email of which only the header is here (isPartial) the body is fetched from its server first.
   *
   * Errors: accountNotFound, invalidArguments, requestTooLarge, serverUnavailable.
   */
  "Email/get": { params: EmailGetArguments; result: EmailGetResult };
  /**
   * Where Emails came from, when, under which UID, and who moved them.
   *
   * Arrivals, moves, copies, removals; changes of keywords are not told. An Email that was destroyed is remembered
   * for 30 days; of one that was moved very often, the last 500 steps.
   *
   * Errors: accountNotFound, invalidArguments.
   */
  "Email/history": { params: EmailHistoryArguments; result: EmailHistoryResult };
  /**
   * Makes Emails of blobs (RFC 8621 section 4.8).
   *
   * A message may have 256 MiB: a larger one is tooLarge, and `maxSize` says so.
   *
   * Errors: accountNotFound, requestTooLarge, stateMismatch.
   */
  "Email/import": { params: EmailImportArguments; result: EmailImportResult };
  /**
   * Reads blobs as messages, without importing them (RFC 8621 section 4.9).
   *
   * Errors: accountNotFound, invalidArguments, requestTooLarge, serverUnavailable.
   */
  "Email/parse": { params: EmailParseArguments; result: EmailParseResult };
  /**
   * Ids of Emails that match (RFC 8621 section 4.4).
   *
   * Errors: accountNotFound, anchorNotFound, invalidArguments, unsupportedFilter, unsupportedSort.
   */
  "Email/query": { params: EmailQueryArguments; result: EmailQueryResult };
  /**
   * What changed in the results of an Email/query (RFC 8621 section 4.5).
   *
   * Errors: accountNotFound, cannotCalculateChanges, tooManyChanges, unsupportedFilter, unsupportedSort.
   */
  "Email/queryChanges": { params: EmailQueryChangesArguments; result: EmailQueryChangesResult };
  /**
   * Creates drafts, changes keywords and mailboxes, destroys Emails (RFC 8621 section 4.6).
   *
   * Create, beside what RFC 8621 has: "generateTextBody": true makes a text/plain alternative of an htmlBody that
   * has no textBody; "embedImages": true makes parts of the pictures that an htmlBody has as data: URLs, which it
   * then shows by cid; "format": "flowed" on a text/plain part with a partId breaks its paragraphs as RFC 3676 has
   * it; "replaces": the id of a draft ($draft) of the account that the new one is another state of: it is
   * destroyed in the same transaction, if the new one is created, and stands among `destroyed`; so a draft that is
   * saved as one writes is there once, whatever happens. Update: keywords, keywords/name, mailboxIds,
   * mailboxIds/id. SetErrors beside the standard ones: blobNotFound, tooManyKeywords, tooManyMailboxes, forbidden
   * (an account whose server side cannot be changed yet).
   *
   * Errors: accountNotFound, requestTooLarge, stateMismatch.
   */
  "Email/set": { params: EmailSetArguments; result: EmailSetResult };
  /**
   * Takes Emails out of sight until a moment, or brings them back.
   *
   * A snoozed Email is in the account's mailbox with the role snoozed, which is made, here and on the server, when
   * it is needed first; it has left the inbox, or, if it was not there, all its mailboxes. When its time has come
   * facteurd puts it into the inbox, unread and with the keyword $new, whether a front end runs or not; what came
   * due while facteurd did not run wakes at its start. A list that shall have it on top is sorted by [{"property":
   * "hasKeyword", "keyword": "$new", "isAscending": false}, {"property": "receivedAt", "isAscending": false}];
   * reading it ($seen), here or with another mail program, takes $new away. Moving it out of that mailbox, by any
   * program, ends the wait. Undo/apply takes it back. Email/get tells of it (`snoozed`).
   *
   * Errors: accountNotFound, invalidArguments, requestTooLarge.
   */
  "Email/snooze": { params: EmailSnoozeArguments; result: EmailSnoozeResult };
  /**
   * Mail counted by days, hours, senders, mailboxes: what plots are drawn from.
   *
   * One pass over the rows of the messages in question, on a thread of its own, none of them kept: 50 to 100 ms of
   * a processor for 100,000 messages; a stretch of time costs that stretch, a filter what the search costs and
   * what it finds. Ask for the groups that are drawn. Days and hours are those in which messages came
   * (receivedAt).
   *
   * Errors: accountNotFound, invalidArguments, unsupportedFilter.
   */
  "Email/statistics": { params: EmailStatisticsArguments; result: EmailStatisticsResult };
  /**
   * Leaves the mailing list that a message came by, with one request to where its sender says (RFC 8058). On the
   * user's word only.
   *
   * The message offers it by List-Unsubscribe with an https URL and by List-Unsubscribe-Post, and a DKIM signature
   * names both fields; one that failed, as the receiving server says (Authentication-Results), is as none, and
   * where it says nothing the user's word is enough (`signature`). "List-Unsubscribe=One-Click" is posted there
   * without cookies or credentials, to a public address only, following no redirect. It takes the scope send, but
   * for a dry run. What cannot be left so may be by hand: `urls`.
   *
   * Errors: accountNotFound, cannotUnsubscribe, notFound, serverUnavailable.
   */
  "Email/unsubscribe": { params: EmailUnsubscribeArguments; result: EmailUnsubscribeResult };
  /**
   * Submissions that came, changed or went since a state (RFC 8621 section 7.2).
   *
   * Errors: accountNotFound, cannotCalculateChanges.
   */
  "EmailSubmission/changes": { params: EmailSubmissionChangesArguments; result: EmailSubmissionChangesResult };
  /**
   * Messages on their way out, and what became of them (RFC 8621 section 7.1). What has ended is kept for 30 days.
   *
   * Errors: accountNotFound, invalidArguments, requestTooLarge.
   */
  "EmailSubmission/get": { params: EmailSubmissionGetArguments; result: EmailSubmissionGetResult };
  /**
   * Ids of submissions (RFC 8621 section 7.3).
   *
   * Errors: accountNotFound, anchorNotFound, unsupportedFilter, unsupportedSort.
   */
  "EmailSubmission/query": { params: EmailSubmissionQueryArguments; result: EmailSubmissionQueryResult };
  /**
   * What changed in the results of an EmailSubmission/query (RFC 8621 section 7.4).
   *
   * Errors: accountNotFound, cannotCalculateChanges, tooManyChanges, unsupportedFilter, unsupportedSort.
   */
  "EmailSubmission/queryChanges": { params: EmailSubmissionQueryChangesArguments; result: EmailSubmissionQueryChangesResult };
  /**
   * Sends messages, takes them back, decides about those that failed or are uncertain (RFC 8621 section 7.5).
   *
   * Create: {identityId, emailId, envelope?, needsConfirmation?}; HOLDFOR (seconds) or HOLDUNTIL (a date) among
   * the parameters of mailFrom hold it until then (RFC 4865); NOTIFY, ORCPT, RET and ENVID are passed on (RFC
   * 3461). Without an envelope the recipients are those of To, Cc and Bcc. Bcc is left away from what is sent.
   * Update: undoStatus can become "canceled"; state can become "queued" (send now; for one that failed or is
   * uncertain: again), and for one that is uncertain "sent" or "failed", as the user has found out.
   * needsConfirmation can become false: it goes out. With the scope draft and without send only what needs
   * confirmation can be created, and taken back. Of an account 1,000 wait for it at most, and 10,000 in all:
   * tooLarge beyond. Destroy removes the record of one that has ended. SetErrors beside the standard ones:
   * invalidEmail, tooManyRecipients, noRecipients, invalidRecipients, forbiddenMailFrom, forbiddenFrom,
   * forbiddenToSend, tooLarge, cannotUnsend. The implicit Email/set happens in the same transaction; its response
   * stands in `implicit`. When a message has been sent, the Email that its In-Reply-To names gets $answered; one
   * without In-Reply-To gives $forwarded to the one that its References name last.
   *
   * Errors: accountNotFound, requestTooLarge, stateMismatch.
   */
  "EmailSubmission/set": { params: EmailSubmissionSetArguments; result: EmailSubmissionSetResult };
  /**
   * Identities that came, changed or went since a state (RFC 8621 section 6.2).
   *
   * Errors: accountNotFound, cannotCalculateChanges.
   */
  "Identity/changes": { params: IdentityChangesArguments; result: IdentityChangesResult };
  /**
   * Identities: the addresses that an account sends from (RFC 8621 section 6.1).
   *
   * Errors: accountNotFound, invalidArguments, requestTooLarge.
   */
  "Identity/get": { params: IdentityGetArguments; result: IdentityGetResult };
  /**
   * Creates, changes and destroys identities (RFC 8621 section 6.3).
   *
   * email is needed, and cannot be changed afterwards: jane@example.org, or *@example.org for every address there.
   *
   * Errors: accountNotFound, requestTooLarge, stateMismatch.
   */
  "Identity/set": { params: IdentitySetArguments; result: IdentitySetResult };
  /**
   * Reads messages as receipts (RFC 9007 section 2.2).
   *
   * Errors: accountNotFound, requestTooLarge.
   */
  "MDN/parse": { params: MDNParseArguments; result: MDNParseResult };
  /**
   * Sends receipts: tells those who asked (Disposition-Notification-To) that a message was shown (RFC 9007 section
   * 2.1). On the user's word only.
   *
   * Each receipt goes out as everything that is submitted does, from the null path, and stands among the
   * EmailSubmissions, with the Email that it speaks of. An Email that has $mdnsent gets no second one, so
   * onSuccessUpdateEmail must set that keyword (which takes the scope triage): what does not is refused with
   * invalidProperties. Taken back or failed, the receipt leaves its Email as it is, $mdnsent included. SetErrors:
   * notFound (no such Email, it asks for no receipt, or is one), mdnAlreadySent, invalidProperties, forbidden
   * (mdn-sent-automatically, and the one address that asks is not that of Return-Path, RFC 8098 section 2.1; or
   * Disposition-Notification-Options requires something), tooManyRecipients (more than 10 ask), forbiddenFrom,
   * forbiddenToSend, serverUnavailable (the original is to be included, and only its header is here).
   *
   * Errors: accountNotFound, requestTooLarge.
   */
  "MDN/send": { params: MDNSendArguments; result: MDNSendResult };
  /**
   * Changes to mailboxes since a state (RFC 8621 section 2.2).
   *
   * Errors: accountNotFound, cannotCalculateChanges.
   */
  "Mailbox/changes": { params: MailboxChangesArguments; result: MailboxChangesResult };
  /**
   * Mailboxes (RFC 8621 section 2.1).
   *
   * Errors: accountNotFound, invalidArguments, requestTooLarge.
   */
  "Mailbox/get": { params: MailboxGetArguments; result: MailboxGetResult };
  /**
   * Ids of mailboxes (RFC 8621 section 2.3).
   *
   * Errors: accountNotFound, anchorNotFound, unsupportedFilter, unsupportedSort.
   */
  "Mailbox/query": { params: MailboxQueryArguments; result: MailboxQueryResult };
  /**
   * What changed in the results of a Mailbox/query (RFC 8621 section 2.4).
   *
   * Errors: accountNotFound, cannotCalculateChanges, tooManyChanges, unsupportedFilter, unsupportedSort.
   */
  "Mailbox/queryChanges": { params: MailboxQueryChangesArguments; result: MailboxQueryChangesResult };
  /**
   * Creates, changes and destroys mailboxes (RFC 8621 section 2.5).
   *
   * SetErrors beside the standard ones: mailboxHasChild, mailboxHasEmail, alreadyExists, forbidden (the inbox
   * stays what it is; a level of names that is no mailbox on the server; an account whose mailboxes cannot be
   * changed: its capability mayChangeMailboxes). In an account with a server a change shows at once and is told to
   * the server as soon as it can be reached; what the server refuses for good is undone, with a notice
   * (Account/get). Where a server keeps everything below the inbox, parentId null becomes the inbox.
   *
   * Errors: accountNotFound, requestTooLarge, stateMismatch.
   */
  "Mailbox/set": { params: MailboxSetArguments; result: MailboxSetResult };
  /** The plugins that were found. */
  "Plugin/get": { params: PluginGetArguments; result: PluginGetResult };
  /** Sends notifications on this connection from now on; replaces what was asked for before. */
  "Push/subscribe": { params: PushSubscribeArguments; result: PushSubscribeResult };
  /**
   * The caller's own push subscriptions (RFC 8620 section 7.2.1).
   *
   * Those that were made with the same token; for a client without one, those that were made without one.
   *
   * Errors: forbidden, requestTooLarge.
   */
  "PushSubscription/get": { params: PushSubscriptionGetArguments; result: PushSubscriptionGetResult };
  /**
   * Creates, changes and destroys the caller's own push subscriptions (RFC 8620 section 7.2.2).
   *
   * A new one gets a PushVerification at once; when its code was written into verificationCode, it gets a
   * StateChange whenever something changes. At most 64 of one token (overQuota), 30 new ones in an hour
   * (rateLimit). One that is not verified within a day is destroyed, as is one whose push service says that it is
   * gone (404, 410) or fails for days. Hosts in private networks are refused unless WebPush/set names them.
   *
   * Errors: requestTooLarge.
   */
  "PushSubscription/set": { params: PushSubscriptionSetArguments; result: PushSubscriptionSetResult };
  /**
   * Which quotas changed since a state (RFC 9425 section 4.3).
   *
   * Errors: accountNotFound, cannotCalculateChanges.
   */
  "Quota/changes": { params: QuotaChangesArguments; result: QuotaChangesResult };
  /**
   * Quotas: how much room servers give, and how much is used (RFC 9425 section 4.2).
   *
   * Errors: accountNotFound, invalidArguments, requestTooLarge.
   */
  "Quota/get": { params: QuotaGetArguments; result: QuotaGetResult };
  /**
   * Looks for quotas (RFC 9425 section 4.4).
   *
   * Errors: accountNotFound, anchorNotFound, unsupportedFilter, unsupportedSort.
   */
  "Quota/query": { params: QuotaQueryArguments; result: QuotaQueryResult };
  /**
   * What changed in the results of a Quota/query (RFC 9425 section 4.5).
   *
   * Errors: accountNotFound, cannotCalculateChanges, tooManyChanges, unsupportedFilter, unsupportedSort.
   */
  "Quota/queryChanges": { params: QuotaQueryChangesArguments; result: QuotaQueryChangesResult };
  /**
   * Applies rules to mail that is there already.
   *
   * What the rules match is found at once; mail that comes meanwhile is none of it. Rules are asked in their
   * order, and one that is switched off, too, when it is named; isLast and the first moveTo count as for new mail.
   * A message that is not in the inbox leaves all its mailboxes for moveTo. A little is done when the call
   * answers; more is a task of the kind "rules", which counts messages and whose result is {matched, changed,
   * undoId}. All of it is one action for Undo/apply, also when the task is cancelled in the middle.
   *
   * Errors: accountNotFound, invalidArguments, limit, notFound, requestTooLarge, stateMismatch, unsupportedFilter.
   */
  "Rule/apply": { params: RuleApplyArguments; result: RuleApplyResult };
  /**
   * Rules that came, changed or went since a state.
   *
   * Errors: accountNotFound, cannotCalculateChanges.
   */
  "Rule/changes": { params: RuleChangesArguments; result: RuleChangesResult };
  /**
   * Rules: what happens to mail that comes new into an account.
   *
   * Errors: accountNotFound, invalidArguments, requestTooLarge.
   */
  "Rule/get": { params: RuleGetArguments; result: RuleGetResult };
  /**
   * Creates, changes and destroys rules.
   *
   * name, query and an action (moveTo, copyTo, addKeywords or removeKeywords) are needed. A query that does not
   * parse is refused: the SetError's `description` says why, `position` is the byte at which. What is set is asked
   * about mail that comes from then on; for mail that is there already see Rule/apply.
   *
   * Errors: accountNotFound, requestTooLarge, stateMismatch.
   */
  "Rule/set": { params: RuleSetArguments; result: RuleSetResult };
  /**
   * Turns the query language of people into a filter for Email/query.
   *
   * Words and "phrases", word*, from: to: cc: bcc: subject: body: filename: list: id: in: account: is: has:
   * before: after: on: larger: smaller:, AND (implied) OR NOT -, parentheses.
   *
   * Errors: accountNotFound, invalidArguments.
   */
  "Search/parse": { params: SearchParseArguments; result: SearchParseResult };
  /**
   * Where the words of a search stand in its results (RFC 8621 section 5.1).
   *
   * Errors: accountNotFound, requestTooLarge, unsupportedFilter.
   */
  "SearchSnippet/get": { params: SearchSnippetGetArguments; result: SearchSnippetGetResult };
  /** Where passwords and tokens are kept: the stores there are, the default, and each account's. */
  "Secrets/get": { params: SecretsGetArguments; result: SecretsGetResult };
  /** Closes the encrypted file of passwords: its key is forgotten. Connections that are there stay. */
  "Secrets/lock": { params: SecretsLockArguments; result: SecretsLockResult };
  /**
   * Chooses the default store of passwords and tokens.
   *
   * Accounts that are there stay where they are (Account/set moves them). Tokens that are in the default store
   * because their account's own can only be read move along.
   *
   * Errors: notFound, serverUnavailable, userAction.
   */
  "Secrets/set": { params: SecretsSetArguments; result: SecretsSetResult };
  /**
   * Opens the encrypted file of passwords until facteurd ends; accounts that waited for it try at once.
   *
   * Errors: auth, forbidden, notFound.
   */
  "Secrets/unlock": { params: SecretsUnlockArguments; result: SecretsUnlockResult };
  /**
   * Narrows this connection, for good, to what a token allows.
   *
   * A connection to the socket is the owner's at first. From this call on it is not, whatever comes of it: until
   * it has signed in, it may do nothing else. One that has signed in stays what it is. It is closed when the token
   * is revoked, changed or expires, and after five refusals.
   *
   * Errors: forbidden, invalidArguments, limit.
   */
  "Session/authenticate": { params: SessionAuthenticateArguments; result: SessionAuthenticateResult };
  /** What this core can do, its limits and the accounts (RFC 8620 section 2, without the URLs). */
  "Session/get": { params: SessionGetArguments; result: SessionGetResult };
  /**
   * Starts to make again what follows from the messages' bytes: the full-text index, envelopes, the ties of
   * Threads, counters. A task tells of the progress; one that is under way already is joined.
   *
   * Search goes on meanwhile. Nothing that a user or a server said is touched. The task's result is {emails,
   * corrected, tied, damaged, countersCorrected}: how many Emails there are, of how many the store had kept
   * something else than the bytes say, how many Threads were merged, how many messages' bytes are damaged (these
   * keep what is known of them), and whether counters were wrong.
   */
  "Store/rebuild": { params: StoreRebuildArguments; result: StoreRebuildResult };
  /**
   * Asks a task to end.
   *
   * Errors: notFound.
   */
  "Task/cancel": { params: TaskCancelArguments; result: TaskCancelResult };
  /** Long work and how far it is. */
  "Task/get": { params: TaskGetArguments; result: TaskGetResult };
  /**
   * Changes to threads since a state (RFC 8621 section 3.2).
   *
   * Errors: accountNotFound, cannotCalculateChanges.
   */
  "Thread/changes": { params: ThreadChangesArguments; result: ThreadChangesResult };
  /**
   * Threads (RFC 8621 section 3.1).
   *
   * Errors: accountNotFound, invalidArguments, requestTooLarge.
   */
  "Thread/get": { params: ThreadGetArguments; result: ThreadGetResult };
  /**
   * What was changed with tokens, newest first.
   *
   * Of each token the newest 5,000 changes are kept and the newest 200 calls that were refused; of all of them
   * 100,000.
   *
   * Errors: invalidArguments.
   */
  "Token/audit": { params: TokenAuditArguments; result: TokenAuditResult };
  /**
   * What changed since a state.
   *
   * Errors: cannotCalculateChanges, invalidArguments.
   */
  "Token/changes": { params: TokenChangesArguments; result: TokenChangesResult };
  /**
   * Tokens: who may come in beside the owner.
   *
   * Of a token that may less than another one, that other is hidden.
   *
   * Errors: invalidArguments, requestTooLarge.
   */
  "Token/get": { params: TokenGetArguments; result: TokenGetResult };
  /**
   * Makes a code by which a device gets a token of its own, once and within five minutes.
   *
   * The code is for people and QR codes: three groups of four letters and digits. The token is made when
   * Token/pair is called with it. What may not be given by Token/set may not be given so.
   *
   * Errors: alreadyExists, forbidden, invalidArguments, limit.
   */
  "Token/invite": { params: TokenInviteArguments; result: TokenInviteResult };
  /**
   * Exchanges a code (Token/invite) for the token that was prepared.
   *
   * The code is used up by it. The connection stays what it is: Session/authenticate with the secret signs in. For
   * a front end that pairs devices, as facteur-bridge does (POST /pair); wrong codes are counted, by place and all
   * together.
   *
   * Errors: alreadyExists, forbidden, limit.
   */
  "Token/pair": { params: TokenPairArguments; result: TokenPairResult };
  /**
   * Creates, changes and revokes tokens.
   *
   * name and scopes are needed. accountIds null, or left out: all that the caller sees. The secret is in the
   * answer to a creation and nowhere else: an idempotencyKey answers a second call without it. What a token makes
   * may no more and no longer than itself, and goes with it. To destroy a token is to revoke it: its connections
   * are closed, and nothing that came by it is under way any more when the call is answered. A changed token's
   * connections are closed, too.
   *
   * Errors: requestTooLarge, stateMismatch.
   */
  "Token/set": { params: TokenSetArguments; result: TokenSetResult };
  /**
   * Takes an action back: flags, places, Emails that were destroyed.
   *
   * The opposite of what was done is done to what is there now. What somebody changed since stays as it is;
   * `notUndone` tells of each such Email. An Email that was destroyed comes back under a new id, with its bytes,
   * keywords and mailboxes; where the server has lost it, it is sent there again. A large action is taken back in
   * pieces; if facteurd ends in the middle, the rest of it is taken back by the next call. What this does is an
   * action itself and can be taken back.
   *
   * Errors: accountNotFound, alreadyUndone, notFound.
   */
  "Undo/apply": { params: UndoApplyArguments; result: UndoApplyResult };
  /**
   * Actions that were done, continued, taken back or forgotten since a state.
   *
   * Errors: accountNotFound, cannotCalculateChanges.
   */
  "Undo/changes": { params: UndoChangesArguments; result: UndoChangesResult };
  /**
   * Actions that clients did, and whether they were taken back.
   *
   * Errors: accountNotFound, invalidArguments, requestTooLarge.
   */
  "Undo/get": { params: UndoGetArguments; result: UndoGetResult };
  /**
   * Ids of actions, newest first.
   *
   * Errors: accountNotFound, anchorNotFound.
   */
  "Undo/query": { params: UndoQueryArguments; result: UndoQueryResult };
  /**
   * What is answered for somebody who is away (RFC 8621 section 8.1).
   *
   * Errors: accountNotFound, invalidArguments, requestTooLarge.
   */
  "VacationResponse/get": { params: VacationResponseGetArguments; result: VacationResponseGetResult };
  /**
   * Switches the answer for somebody who is away on and off, and writes it (RFC 8621 section 8.2).
   *
   * facteurd answers new mail of the account by itself while it is enabled, over the account's transport: not
   * lists, programs, bounces or oneself, only what names an address of the account in To, Cc or Bcc, and each
   * sender once in `days` (RFC 3834, RFC 5230). There is one object, which cannot be created or destroyed
   * (SetError `singleton`).
   *
   * Errors: accountNotFound, requestTooLarge, stateMismatch.
   */
  "VacationResponse/set": { params: VacationResponseSetArguments; result: VacationResponseSetResult };
  /** What the owner has decided about Web Push. */
  "WebPush/get": { params: WebPushGetArguments; result: WebPushGetResult };
  /**
   * Decides about Web Push: what is given is set, the rest stays.
   *
   * Errors: invalidArguments.
   */
  "WebPush/set": { params: WebPushSetArguments; result: WebPushSetResult };
  /** This schema, as an OpenRPC document. */
  "rpc.discover": { params: RpcDiscoverArguments; result: RpcDiscoverResult };
}

/** What a JMAP client names in `using` for each method. */
export const capabilities: Record<keyof Methods, string> = {
  "Account/authorize": "urn:facteur:core",
  "Account/changes": "urn:facteur:core",
  "Account/check": "urn:facteur:core",
  "Account/discover": "urn:facteur:core",
  "Account/get": "urn:facteur:core",
  "Account/query": "urn:facteur:core",
  "Account/repair": "urn:facteur:core",
  "Account/set": "urn:facteur:core",
  "Account/sync": "urn:facteur:core",
  "Account/verify": "urn:facteur:core",
  "Address/suggest": "urn:facteur:core",
  "Blob/begin": "urn:facteur:core",
  "Blob/copy": "urn:ietf:params:jmap:core",
  "Blob/finish": "urn:facteur:core",
  "Blob/get": "urn:ietf:params:jmap:blob",
  "Blob/lookup": "urn:ietf:params:jmap:blob",
  "Blob/open": "urn:facteur:core",
  "Blob/upload": "urn:ietf:params:jmap:blob",
  "Compose/forward": "urn:facteur:core",
  "Compose/new": "urn:facteur:core",
  "Compose/reply": "urn:facteur:core",
  "Compose/resend": "urn:facteur:core",
  "Compose/template": "urn:facteur:core",
  "Core/createdIds": "urn:facteur:core",
  "Core/echo": "urn:ietf:params:jmap:core",
  "Core/status": "urn:facteur:core",
  "Core/stop": "urn:facteur:core",
  "Email/changes": "urn:ietf:params:jmap:mail",
  "Email/copy": "urn:ietf:params:jmap:mail",
  "Email/get": "urn:ietf:params:jmap:mail",
  "Email/history": "urn:facteur:core",
  "Email/import": "urn:ietf:params:jmap:mail",
  "Email/parse": "urn:ietf:params:jmap:mail",
  "Email/query": "urn:ietf:params:jmap:mail",
  "Email/queryChanges": "urn:ietf:params:jmap:mail",
  "Email/set": "urn:ietf:params:jmap:mail",
  "Email/snooze": "urn:facteur:core",
  "Email/statistics": "urn:facteur:core",
  "Email/unsubscribe": "urn:facteur:core",
  "EmailSubmission/changes": "urn:ietf:params:jmap:submission",
  "EmailSubmission/get": "urn:ietf:params:jmap:submission",
  "EmailSubmission/query": "urn:ietf:params:jmap:submission",
  "EmailSubmission/queryChanges": "urn:ietf:params:jmap:submission",
  "EmailSubmission/set": "urn:ietf:params:jmap:submission",
  "Identity/changes": "urn:ietf:params:jmap:submission",
  "Identity/get": "urn:ietf:params:jmap:submission",
  "Identity/set": "urn:ietf:params:jmap:submission",
  "MDN/parse": "urn:ietf:params:jmap:mdn",
  "MDN/send": "urn:ietf:params:jmap:mdn",
  "Mailbox/changes": "urn:ietf:params:jmap:mail",
  "Mailbox/get": "urn:ietf:params:jmap:mail",
  "Mailbox/query": "urn:ietf:params:jmap:mail",
  "Mailbox/queryChanges": "urn:ietf:params:jmap:mail",
  "Mailbox/set": "urn:ietf:params:jmap:mail",
  "Plugin/get": "urn:facteur:core",
  "Push/subscribe": "urn:facteur:core",
  "PushSubscription/get": "urn:ietf:params:jmap:core",
  "PushSubscription/set": "urn:ietf:params:jmap:core",
  "Quota/changes": "urn:ietf:params:jmap:quota",
  "Quota/get": "urn:ietf:params:jmap:quota",
  "Quota/query": "urn:ietf:params:jmap:quota",
  "Quota/queryChanges": "urn:ietf:params:jmap:quota",
  "Rule/apply": "urn:facteur:core",
  "Rule/changes": "urn:facteur:core",
  "Rule/get": "urn:facteur:core",
  "Rule/set": "urn:facteur:core",
  "Search/parse": "urn:facteur:core",
  "SearchSnippet/get": "urn:ietf:params:jmap:mail",
  "Secrets/get": "urn:facteur:core",
  "Secrets/lock": "urn:facteur:core",
  "Secrets/set": "urn:facteur:core",
  "Secrets/unlock": "urn:facteur:core",
  "Session/authenticate": "urn:facteur:core",
  "Session/get": "urn:facteur:core",
  "Store/rebuild": "urn:facteur:core",
  "Task/cancel": "urn:facteur:core",
  "Task/get": "urn:facteur:core",
  "Thread/changes": "urn:ietf:params:jmap:mail",
  "Thread/get": "urn:ietf:params:jmap:mail",
  "Token/audit": "urn:facteur:core",
  "Token/changes": "urn:facteur:core",
  "Token/get": "urn:facteur:core",
  "Token/invite": "urn:facteur:core",
  "Token/pair": "urn:facteur:core",
  "Token/set": "urn:facteur:core",
  "Undo/apply": "urn:facteur:core",
  "Undo/changes": "urn:facteur:core",
  "Undo/get": "urn:facteur:core",
  "Undo/query": "urn:facteur:core",
  "VacationResponse/get": "urn:ietf:params:jmap:vacationresponse",
  "VacationResponse/set": "urn:ietf:params:jmap:vacationresponse",
  "WebPush/get": "urn:facteur:core",
  "WebPush/set": "urn:facteur:core",
  "rpc.discover": "urn:facteur:core",
};

/**
 * The syncState of these accounts changed: ask for it with Account/get. For progress: it comes up to five times
 * a second; StateChange tells of the same (type AccountState) once a second at most.
 */
export interface AccountState {
  /** The accounts whose syncState changed. */
  accountIds: Id[];
}

/**
 * Something changed: ask for what with *\/changes. At most one waits for a client; later ones are merged into
 * it.
 */
export interface StateChange {
  /**
   * Account id to type to new state. The list of accounts belongs to no account: its state stands under "*", type
   * Account. AccountState is that of an account's syncState and pendingChanges, which has no /changes: ask
   * Account/get. Of it at most one a second is told for an account.
   */
  changed: Record<string, Record<string, State>>;
}

/** A task went on, or ended. */
export interface TaskProgress {
  task: Task;
}

/** Each notification of the Unix socket with its content. */
export interface Notifications {
  "AccountState": AccountState;
  "StateChange": StateChange;
  "Task/progress": TaskProgress;
}
