// Written by apigen.py from api/schema; do not edit.

/**
 * An account: where its mail comes from, how it is doing. There is always one with no server, "On this
 * computer".
 */
export interface Account {
  /** Set by the core. */
  id: Id;
  /** What the user calls it. */
  name: string;
  /** The mail address; "" for the local account. */
  address: string;
  /**
   * Where mail comes from, as a URL: imaps://jane@imap.example.org, imap://host:143?tls=starttls. Never with a
   * password. "local:" for the local account.
   */
  source: string;
  /** How mail is sent, as a URL: smtps://jane@smtp.example.org:465. null: not at all. */
  transport: string | null;
  settings: AccountSettings;
  /** Whether it is synchronised. */
  isEnabled: boolean;
  /** It has no server; set by the core. */
  isLocal: boolean;
  /** Its place in lists. */
  sortOrder: number;
  /** What it is doing; set by the core and not part of the account's state string. */
  syncState: AccountSyncState;
  /** Local changes that the server has not accepted yet; set by the core. */
  pendingChanges: number;
  /**
   * What the user should know, oldest first, the last 100: changes that the server refused for good. Each stays
   * until it is dismissed (Account/set with the patch "notices/ID": null).
   */
  notices: Notice[];
  /** What can be done in it today; set by the core. */
  capabilities: {
    /** Emails can be moved between mailboxes and destroyed. */
    mayMoveEmails?: boolean;
    /** Mailboxes can be made, renamed and destroyed. */
    mayChangeMailboxes?: boolean;
    /** Emails can be created and imported. */
    mayImport?: boolean;
  };
}

/** An account's id, or "*" for every account at once. */
export type AccountScope = string;

/**
 * Settings of an account: the core's own, which stand here, and those that the plugins of its source and its
 * transport understand (Plugin/get tells their configSchema). Passwords are none: Account/set takes properties
 * password and transportPassword, which are never given back.
 */
export interface AccountSettings {
  /** Who signs in; the user of the URL, or the address, if it is not there. */
  user?: string;
  /** Certificate authorities to trust beside the system's: a file in PEM. */
  caFile?: string;
  /**
   * A client certificate, in PEM, shown to servers that ask for one; with it one signs in where the server offers
   * EXTERNAL.
   */
  certFile?: string;
  /** Its key, where that is not in the same file. */
  keyFile?: string;
  /** Another certificate for sending. */
  transportCertFile?: string;
  /** And its key. */
  transportKeyFile?: string;
  /** "host:port" to the SHA-256 fingerprint of the one certificate that is believed there, and no other. */
  certificates?: Record<string, string> | null;
  /** 1.2 if it is not there; 1.1 or 1.0 for an old server, whose encryption can be broken. */
  tlsMinimum?: "1.2" | "1.1" | "1.0";
  /** Where the password is; Secrets/get tells more. */
  secrets?: "file" | "encrypted" | "keyring" | "command" | "credential";
  /** With secrets "command": its first line is the password, %a is the address. */
  passwordCommand?: string | null;
  /** With secrets "credential": its name, the address if it is not there. */
  credential?: string | null;
  /** It signs in with OAuth 2.0 instead of a password, after Account/authorize. */
  oauth?: {
    /** google, microsoft, yahoo, aol, yandex, mailru, fastmail; not needed where the endpoints are given. */
    provider?: string;
    /** Registered with the provider. */
    clientId?: string;
    /**
     * This, and what follows, where something is different from what is known of the provider, or where there is
     * none.
     */
    scope?: string;
    /** Where the browser comes back to on this computer: http://127.0.0.1, perhaps with a port. */
    redirect?: string;
    /** Who the provider is (RFC 9207). */
    issuer?: string;
    /** The page where consent is given: https. */
    authorizationEndpoint?: string;
    /** Where tokens are had: https. */
    tokenEndpoint?: string;
    /** Where codes for devices are had (RFC 8628): https. */
    deviceEndpoint?: string;
  } | null;
  /** How often to look where the server does not tell by itself; 120. */
  pollSeconds?: number;
  /**
   * How long most of the mailboxes must be missing on the server before they are believed to be gone; 900. 0: not
   * at all.
   */
  missingSeconds?: number;
  /** Of one step of a conversation; 60. */
  timeoutSeconds?: number;
  /** Until it is connected and encrypted; 30. */
  connectTimeoutSeconds?: number;
  /** How much is kept here; everything if it is not there. Not where mail is only picked up. */
  keep?: Keep | null;
  /**
   * Where mail is only picked up (pop3): what stays there: "all", "none", {"days": N} after it was picked up, the
   * last {"messages": N}, the newest {"bytes": N}; 14 days if it is not there.
   */
  leaveOnServer?: Record<string, unknown> | string | null;
  /** Where mail is only picked up: whether what is destroyed here, or in the trash, is deleted there, too; true. */
  deleteOnServer?: boolean | null;
  /**
   * Who puts a copy of what is sent into Sent: the server, or this program (append); auto knows some servers that
   * do.
   */
  sentCopy?: "auto" | "server" | "append";
}

/** What an account is doing now. */
export interface AccountSyncState {
  /**
   * `watching`: connected, told by the server of what happens. `idle`: not connected, will be at nextTryAt.
   * `waiting`: will try again, see waitsFor and nextTryAt. `failed`: will not, until the user does something.
   */
  phase: "idle" | "connecting" | "syncing" | "watching" | "waiting" | "disabled" | "failed";
  /** Since when it has been in this phase. */
  since?: UTCDate | null;
  /** When it tries again; null: it does not wait for that. */
  nextTryAt?: UTCDate | null;
  /**
   * What has to happen first, while `waiting` or `failed`. `time`: nothing else. `network`: this computer has
   * none. `server`: it asked to be left alone for a while, or has no connection left for this user.
   */
  waitsFor?: "time" | "network" | "server" | "user" | null;
  /** null: not connected. */
  connectedSince?: UTCDate | null;
  /**
   * How it hears of news. `notify`: the server tells of every mailbox. `idle`: it tells of the inbox, and is asked
   * for the others every pollSeconds. `poll`: it is asked. null: it does not now.
   */
  news?: "idle" | "notify" | "poll" | null;
  /** The mailbox that is being worked on, for people; a long name is cut. */
  mailbox?: string | null;
  /** When a sync last went well. */
  lastSyncAt?: UTCDate | null;
  /** Of the running sync. */
  messagesDone?: number;
  /** Of how many in this pass, as far as is known. */
  messagesTotal?: number;
  /** Bytes that were fetched in this pass. */
  bytesDone?: number;
  /** How often the last sync had to wait for an answer. */
  roundTrips?: number;
  /**
   * That the server does not list any more, though it should: most of those with mail at once. They stay until
   * they have been missing for missingSeconds.
   */
  mailboxesMissing?: number;
  /** null: the last try went well. */
  lastError: ErrorInfo | null;
}

/** Where in the new results an id was added. */
export interface AddedItem {
  id: Id;
  /** Where it stands in the list, from 0. */
  index: number;
}

/** An address that may be meant. */
export interface AddressSuggestion {
  /** As the newest message that had one. */
  name: string | null;
  /** The address, as the newest message wrote it. */
  email: string;
  /** How likely: a message sent to it just now counts 1, one of 90 days ago one half. */
  score: number;
  /** Messages to it that are here. */
  sent: number;
  /** Messages from it that are here. */
  received: number;
  /** When the newest of them came or went. Where that was removed since, it may be too late. */
  lastAt: UTCDate;
}

/** Ours: one call that came by a token and changed something, or was refused. */
export interface AuditEntry {
  id: Id;
  at: UTCDate;
  /** It may be gone. */
  tokenId: Id;
  /** As it was called then. */
  tokenName: string;
  /** Which was called. */
  method: string;
  /** null: none was named. */
  accountId: Id | null;
  /** What was made, changed and destroyed; of one that was refused or cut short, what it spoke of. At most 100. */
  objectIds: Id[];
  /** How many they were. */
  objectCount: number;
  /** done, or the type of the error; null: facteurd ended before it was known. */
  outcome: string | null;
  /** From where, as the front end said. */
  remote: string | null;
}

/**
 * A server's certificate that was not believed, for people to compare and for Account/set to trust
 * (settings/certificates).
 */
export interface Certificate {
  /** The server that showed it. */
  host: string;
  /** Of the server that showed it. */
  port: number;
  /** Its fingerprint, as "AB:CD:...". */
  sha256: string;
  /** Whose it is: "CN=imap.example.org,O=Example", perhaps cut. */
  subject: string;
  /** Who signed it. */
  issuer: string;
  /** The names that it is for, with commas; perhaps not all. */
  hosts: string;
  /** From when it is valid. */
  notBefore: UTCDate | null;
  /** Until when it is valid. */
  notAfter: UTCDate | null;
  /** Why it was refused: "is self-signed...". */
  reason: string;
  /** Another one is trusted for this server. */
  isChanged: boolean;
  /** That one. */
  trustedSha256?: string;
}

/** One step of a sort (RFC 8620 section 5.5); Email adds `keyword`. */
export interface Comparator {
  /** What to sort by: see emailQuerySortOptions of the session for Emails. */
  property: string;
  /** The smallest first. */
  isAscending?: boolean;
  /** How words are compared: one of collationAlgorithms of the session. */
  collation?: string;
  /** For hasKeyword and its like: which. */
  keyword?: string;
}

/** A moment with its time zone: "2014-10-30T14:12:00+08:00" (RFC 8620 section 1.4). */
export type Date = string;

/** A message, RFC 8621 section 4. All but mailboxIds and keywords never changes. */
export interface Email {
  /** Set by the core; null in what was parsed. */
  id: Id | null;
  /**
   * The raw message. Of one with isPartial it begins with p, stands for the message as it will be, and is another
   * when that is here.
   */
  blobId: Id;
  /**
   * Ours, when asked for: only the header is here. What the header does not answer is fetched when it is asked
   * for: it takes longer, or fails with serverUnavailable.
   */
  isPartial?: boolean;
  /** Ours, when asked for: it is out of sight until then (Email/snooze); null: it is not. */
  snoozed?: {
    /** When it comes back. */
    until?: UTCDate;
    /** Where; null: the inbox. */
    moveToMailboxId?: Id | null;
  } | null;
  /** The thread that it belongs to; null in what was parsed. Set by the core. */
  threadId: Id | null;
  /** Mailbox id to true: where it is; null in what was parsed. */
  mailboxIds: Record<string, true> | null;
  /** Keyword to true: $seen, $flagged, $answered, $draft and one's own; null in what was parsed. */
  keywords: Record<string, true> | null;
  /** Bytes of the message. Set by the core. */
  size: number;
  /** When it came; null in what was parsed. */
  receivedAt: UTCDate | null;
  /** All header fields, in their order. */
  headers: EmailHeader[];
  /** Message-ID, without <>. */
  messageId: string[] | null;
  /** In-Reply-To, without <>. */
  inReplyTo: string[] | null;
  /** References, without <>. */
  references: string[] | null;
  /** Sender. */
  sender: EmailAddress[] | null;
  /** From. */
  from: EmailAddress[] | null;
  /** To. */
  to: EmailAddress[] | null;
  /** Cc. */
  cc: EmailAddress[] | null;
  /** Bcc. */
  bcc: EmailAddress[] | null;
  /** Reply-To. */
  replyTo: EmailAddress[] | null;
  /** Subject, decoded. */
  subject: string | null;
  /** Date. */
  sentAt: Date | null;
  bodyStructure: EmailBodyPart;
  /** partId to text, of the parts that were asked for. */
  bodyValues: Record<string, EmailBodyValue>;
  /** The parts that make up the text, in their order (RFC 8621 section 4.1.4). */
  textBody: EmailBodyPart[];
  /** The parts that make up the HTML, in their order (RFC 8621 section 4.1.4). */
  htmlBody: EmailBodyPart[];
  /** The parts that are neither (RFC 8621 section 4.1.4). */
  attachments: EmailBodyPart[];
  /** Whether there is an attachment that people would call so. Set by the core. */
  hasAttachment: boolean;
  /** The beginning of the text, in one line. Set by the core. */
  preview: string;
  /** Ours; given when accountId was "*" or when asked for. */
  accountId?: Id;
  /**
   * Ours, when asked for: the whole message as readable text, HTML turned into text with links kept.
   * maxBodyValueBytes holds for it.
   */
  plainText?: string;
  /** Ours, when asked for: why the message could not be parsed as MIME and is shown as raw text; null: it could. */
  degraded?: string | null;
  /** A header field in the form asked for (RFC 8621 section 4.1.3). */
  [name: `header:${string}`]: unknown;
}

/** RFC 8621 section 4.1.2.3. */
export interface EmailAddress {
  /** Who it is, decoded; null: it does not say. */
  name: string | null;
  /** The address. */
  email: string;
}

/** RFC 8621 section 4.1.2.4. */
export interface EmailAddressGroup {
  /** Of the group; null: these are in none. */
  name: string | null;
  /** Who is in it. */
  addresses: EmailAddress[];
}

/** A part of a message, RFC 8621 section 4.1.4. */
export interface EmailBodyPart {
  /** Names the part in the message; null: it has parts itself. */
  partId?: string | null;
  /** Its bytes, decoded; null: it has parts itself. */
  blobId?: Id | null;
  /** Bytes, decoded. */
  size?: number;
  /** Its header fields, in their order. */
  headers?: EmailHeader[];
  /** The file's name, as somebody else wrote it; null: none. */
  name?: string | null;
  /** The media type. */
  type?: string;
  /** Of a text; null: it is none. */
  charset?: string | null;
  /** inline, attachment; null: it does not say. */
  disposition?: string | null;
  /** Content-ID, without <>; null: none. */
  cid?: string | null;
  /** Content-Language; null: none. */
  language?: string[] | null;
  /** Content-Location; null: none. */
  location?: string | null;
  /** The parts that it is made of; null: it is none of multipart/*. */
  subParts?: EmailBodyPart[] | null;
  /** A header field in the form asked for (RFC 8621 section 4.1.3). */
  [name: `header:${string}`]: unknown;
}

/** The decoded text of a part, RFC 8621 section 4.1.4. */
export interface EmailBodyValue {
  /** The text, in UTF-8, with LF at its line ends. */
  value: string;
  /** Something in it could not be decoded. */
  isEncodingProblem?: boolean;
  /** It is longer: maxBodyValueBytes. */
  isTruncated?: boolean;
}

/**
 * Messages, counted. Each is exactly one of spam (in Junk), draft, sent (in Sent, or from one of the account's
 * identities) and received (all others).
 */
export interface EmailCounts {
  /** All: the sum of the next four. */
  messages: number;
  /** From others. */
  received: number;
  /** One's own. */
  sent: number;
  /** In a mailbox with the role junk. */
  spam: number;
  /** In a mailbox with the role drafts, or with the keyword $draft. */
  drafts: number;
  /** Without the keywords $seen and $draft. */
  unread: number;
  /** Their sizes added up. */
  bytes: number;
}

/** A message to be, as Email/set creates it (RFC 8621 section 4.6). */
export interface EmailDraft {
  /** The account's drafts; missing where it has no mailbox with that role. */
  mailboxIds?: Record<string, true>;
  /** $draft and $seen. */
  keywords: Record<string, true>;
  /** The identity that writes, missing where the account has none. */
  from?: EmailAddress[];
  /** Whom it goes to. */
  to: EmailAddress[];
  /** Who gets it, too. */
  cc: EmailAddress[];
  /** Who gets it without the others knowing. */
  bcc?: EmailAddress[];
  /** Where answers go. */
  replyTo?: EmailAddress[];
  /** The text is made of the HTML. */
  generateTextBody?: true;
  /** The data: URLs in the HTML become parts. */
  embedImages?: true;
  /** The subject. */
  subject: string;
  /** The message that it answers. */
  inReplyTo?: string[];
  /** Those before it. */
  references?: string[];
  /** The text. */
  textBody?: {
    /** Names the text in bodyValues. */
    partId: string;
    /** text/plain. */
    type: string;
    /** Lines flow (RFC 3676). */
    format: "flowed";
  }[];
  /** The HTML. */
  htmlBody?: {
    /** Names the HTML in bodyValues. */
    partId: string;
    /** text/html. */
    type: string;
  }[];
  /** partId to text. */
  bodyValues: Record<string, {
    /** The text. */
    value: string;
  }>;
  /** The files. */
  attachments?: ({
    blobId: Id;
    /** The media type. */
    type: string;
    /** The file's name; null: none. */
    name: string | null;
    /** Of a text. */
    charset?: string;
    /** inline or attachment. */
    disposition: string;
    /** Content-ID, by which the HTML shows it. */
    cid?: string;
  })[];
}

/**
 * A FilterOperator {operator: AND|OR|NOT, conditions: [...]} or a FilterCondition of RFC 8621 section 4.4.1;
 * ours beside them: what Search/parse gives.
 *
 * Checked by the search: unsupportedFilter, or invalidArguments with the place.
 */
export type EmailFilter = Record<string, unknown> | null;

/** A header field as it stands in the message, RFC 8621 section 4.1.3. */
export interface EmailHeader {
  /** As it is written there. */
  name: string;
  /** As it is written there, undecoded. */
  value: string;
}

/** What became of one Email, oldest first. */
export interface EmailHistory {
  id: Id;
  accountId: Id;
  /** It is not there any more. */
  isDestroyed: boolean;
  /** What happened to it, the oldest first. */
  events: ({
    /** When it became known here. */
    at: UTCDate | null;
    /**
     * arrived: it was found in the mailbox on the server. placed: it was put there from here. left: it is not there
     * any more. destroyed: it was in no mailbox any more.
     */
    type: "arrived" | "placed" | "left" | "destroyed";
    /** null with destroyed. */
    mailboxId: Id | null;
    /** What the mailbox is called now; null: it is gone. */
    mailboxName: string | null;
    /** What the message had there on the server, as far as it is known. */
    uid: number | null;
    /** Who did it. */
    actor: {
      /**
       * server: it was found so there, another program or a rule over there did it. client: a front end of this core.
       * filter: a filter of this core. repair: Account/repair. rule: a Rule of this core, or, as "mute", that the
       * conversation is muted.
       */
      kind: "server" | "client" | "filter" | "repair" | "rule";
      /** Of the client's program, of the filter, or of the rule as it was called then; null: not known. */
      name: string | null;
    };
  })[];
}

/** A message on its way out (RFC 8621 section 7). */
export interface EmailSubmission {
  /** Set by the core. */
  id: Id;
  /** Ours: which account it is of. Set by the core. */
  accountId?: Id;
  /** Who sends; it may be gone by now. */
  identityId: Id;
  /** The Email; it may be gone by now. */
  emailId: Id;
  /** Its Thread. Set by the core. */
  threadId: Id;
  /** Who it is said to be from, and to whom it goes. Made of the Email where none is given. */
  envelope: {
    mailFrom?: EnvelopeAddress;
    /** Whom it goes to. */
    rcptTo?: EnvelopeAddress[];
  } | null;
  /** When it is, or was, to go out. Set by the core. */
  sendAt: UTCDate;
  /** pending: it can be taken back. Can be set to canceled then. */
  undoStatus: "pending" | "final" | "canceled";
  /** Address to what is known of it. Set by the core. */
  deliveryStatus: Record<string, {
    /** What the last server said of it. */
    smtpReply?: string;
    /** Whether it is there, as far as is known. */
    delivered?: "queued" | "yes" | "no" | "unknown";
    /** Whether it was shown, as far as is known. */
    displayed?: "unknown" | "yes";
  }> | null;
  /** Set by the core. */
  dsnBlobIds: Id[];
  /** Set by the core. */
  mdnBlobIds: Id[];
  /**
   * Ours: how far it has come. held: until sendAt; queued: it goes out as soon as it can; sending: the server may
   * have it, and has not answered yet; sent: the server has it for one recipient at least, and nobody waits;
   * failed: nobody got it; uncertain: the connection, or the program, ended before the answer: it is not sent
   * again until it is found among the mail of the account, or the user says so (set it to queued, sent or failed).
   */
  state?: "held" | "queued" | "sending" | "sent" | "failed" | "uncertain" | "canceled";
  /** Ours: tries in a row that failed. Set by the core. */
  tries?: number;
  /** Ours: when it is tried next, where that is planned. Set by the core. */
  nextTryAt?: UTCDate | null;
  /** Ours: why it was not sent so far. Set by the core. */
  error?: ErrorInfo | null;
  /**
   * Ours: it is held until a client with the scope send sets this to false. Can be true when it is created; so is
   * what a client without that scope creates.
   */
  needsConfirmation?: boolean;
  /**
   * Ours: not the Email is sent, but a message of the core's about it: a receipt (MDN/send), or an absence note.
   * Whatever becomes of it, the Email is somebody's letter and stays where it is. Set by the core.
   */
  isReport?: boolean;
}

/** RFC 8621 section 7.3, and state. */
export interface EmailSubmissionFilterCondition {
  /** By one of these. */
  identityIds?: Id[];
  /** Of one of these. */
  emailIds?: Id[];
  /** In one of these. */
  threadIds?: Id[];
  /** In this state. */
  undoStatus?: "pending" | "final" | "canceled";
  /** sendAt is before. */
  before?: UTCDate;
  /** sendAt is then or after. */
  after?: UTCDate;
  /** Ours. */
  state?: "held" | "queued" | "sending" | "sent" | "failed" | "uncertain" | "canceled";
}

/** An address in the envelope of a message (RFC 8621 section 7). */
export interface EnvelopeAddress {
  /** The address; "" in mailFrom: nobody. */
  email: string;
  /** Parameters of MAIL or RCPT, decoded. */
  parameters?: Record<string, string | null> | null;
}

/**
 * What went wrong, for people and for programs. In an account's and a task's state; the `data` of an error is
 * the same.
 */
export interface ErrorInfo {
  /** The stable name: "auth", "dns", "tls", "network", "timeout", "server", "diskFull"... */
  type: string;
  /** The stable number of the same. */
  code?: number;
  /** What happened, where, and what to do: one sentence. */
  message: string;
  /** The server's own words. */
  server?: string | null;
  /** Whether the same may work at once, in a while, or not until something is changed by hand. */
  retry?: "now" | "later" | "never";
  /** How long the server asked to wait. */
  retryAfterMs?: number | null;
  /** Nothing will change until the user does something. */
  requiresUserAction?: boolean;
  /** When it happened. */
  at?: UTCDate;
  /** With "tls": the certificate that was not believed, if that is why. */
  certificate?: Certificate;
  accountId?: Id;
}

/**
 * An opaque name that never changes (RFC 8620 section 1.2).
 *
 * In arguments "#" and a creation id of the same batch may stand for an id.
 */
export type Id = string;

/**
 * An address that an account sends from (RFC 8621 section 6). An account with an address has one from the
 * beginning.
 */
export interface Identity {
  /** Set by the core. */
  id: Id;
  /** Ours: which account it is of. Set by the core. */
  accountId?: Id;
  /** What stands beside the address in From. */
  name: string;
  /** The address; *@example.org for every one there. Cannot be changed. */
  email: string;
  /** Where answers go; null: to the address. */
  replyTo: EmailAddress[] | null;
  /** Who gets everything that is sent, unseen; null: nobody. */
  bcc: EmailAddress[] | null;
  /** What Compose/* puts below a text, behind a line "-- "; where it is empty a text is made of htmlSignature. */
  textSignature: string;
  /**
   * The same in HTML, at most 524,288 bytes. Its pictures are data: URLs, which become parts of each message that
   * shows them.
   */
  htmlSignature: string;
  /** Set by the core. */
  mayDelete: boolean;
}

/**
 * How much of the mail is kept here. What is not kept whole is here with its header (isPartial), and its body
 * comes when it is asked for.
 */
export interface Keep {
  /** Of which messages the bodies are kept: of all, of none, or of those of so many days. */
  bodies?: "all" | "none" | {
    /** The bodies of so many days. */
    days: number;
  };
  /** Larger messages are not kept whole. */
  maxBytes?: number | null;
}

/** A message disposition notification: a receipt (RFC 9007 section 2, RFC 8098). */
export interface MDN {
  /**
   * The Email that it speaks of; of one that was parsed: null unless exactly one Email of the account has its
   * originalMessageId.
   */
  forEmailId?: string | null;
  /** The subject; null: one is made. */
  subject?: string | null;
  /** For people. */
  textBody?: string | null;
  /** Send the message back with it. */
  includeOriginalMessage?: boolean;
  /** Which program says so; null: that is not told. Left out, it is facteur. */
  reportingUA?: string | null;
  /** What was done with the message. */
  disposition?: {
    /** Whether a person did it, or a program. */
    actionMode: "manual-action" | "automatic-action";
    /** Whether a person sent this, or a program. */
    sendingMode: "mdn-sent-manually" | "mdn-sent-automatically";
    /** What was done. */
    type: "deleted" | "dispatched" | "displayed" | "processed";
  };
  /** Set by the core. */
  mdnGateway?: string | null;
  /** Set by the core. */
  originalRecipient?: string | null;
  /** rfc822;jane@example.org: an address of the account; null: the identity's. */
  finalRecipient?: string | null;
  /** Set by the core. */
  originalMessageId?: string | null;
  /** Set by the core. */
  error?: string[] | null;
  /** Fields of one's own; null: none. */
  extensionFields?: Record<string, string> | null;
}

/** A server that was found for an account. */
export interface MailServer {
  /** What it speaks. */
  protocol: "imap" | "pop3" | "smtp";
  /** Its name. */
  host: string;
  /** Its port. */
  port: number;
  /** Never in clear. */
  tls: "implicit" | "starttls";
  /** The user name; null: it does not follow from the address, and must be asked for. */
  user: string | null;
  /** The same as Account/set takes it for `source` or `transport`. */
  url: string;
  /** The step that found it. */
  from: "table" | "mx" | "autoconfig" | "database" | "srv" | "guess";
  /**
   * It was named by an answer that somebody could have forged, and is outside of the domain: show the host to the
   * user before a password is sent there (RFC 6186 section 6).
   */
  needsConfirmation: boolean;
}

/** A mailbox, RFC 8621 section 2. */
export interface Mailbox {
  id: Id;
  /** One level, 1 to 255 bytes. */
  name: string;
  /** The mailbox that it is in; null: it is at the top. */
  parentId: Id | null;
  /**
   * inbox, archive, drafts, sent, trash, junk, all, flagged, important, snoozed (RFC 9979). One mailbox of an
   * account at most has each.
   */
  role: string | null;
  /** The smaller ones first. */
  sortOrder: number;
  /** How many Emails are in it. Set by the core. */
  totalEmails: number;
  /** Of these without $seen and $draft. Set by the core. */
  unreadEmails: number;
  /** How many threads have an Email in it. Set by the core. */
  totalThreads: number;
  /** Of these with something unread (RFC 8621 section 2). Set by the core. */
  unreadThreads: number;
  myRights: MailboxRights;
  /** Whether it is shown. */
  isSubscribed: boolean;
  /** Ours; given when accountId was "*" or when asked for. */
  accountId?: Id;
  /** Ours, when asked for: every message that the server has is here, too. */
  isComplete?: boolean;
  /** Ours, when asked for: how much of this mailbox is kept here; null: as its account says. */
  keep?: Keep | null;
  /**
   * Ours; given when accountId was "*" or when asked for: the colour in which front ends show it, each in a shade
   * of its own; null: none. Kept here only: no server is told of it.
   */
  color?: "red" | "orange" | "yellow" | "green" | "teal" | "blue" | "violet" | "pink" | "brown" | "grey" | null;
}

/** RFC 8621 section 2.3. */
export interface MailboxFilterCondition {
  /** In this mailbox; null: at the top. */
  parentId?: Id | null;
  /** The name has this in it. */
  name?: string;
  /** With this role; null: without one. */
  role?: string | null;
  /** With a role, or without. */
  hasAnyRole?: boolean;
  /** Subscribed, or not. */
  isSubscribed?: boolean;
}

/** What may be done with a mailbox (RFC 8621 section 2). */
export interface MailboxRights {
  /** See what is in it. */
  mayReadItems?: boolean;
  /** Put Emails into it. */
  mayAddItems?: boolean;
  /** Take Emails out of it. */
  mayRemoveItems?: boolean;
  /** Mark as read and unread. */
  maySetSeen?: boolean;
  /** Set the other keywords. */
  maySetKeywords?: boolean;
  /** Make mailboxes in it. */
  mayCreateChild?: boolean;
  /** Rename and move it. */
  mayRename?: boolean;
  /** Destroy it. */
  mayDelete?: boolean;
  /** Send what is in it. */
  maySubmit?: boolean;
}

/** Something that happened without a client's doing and that the user should know. */
export interface Notice {
  id: Id;
  at: UTCDate;
  /**
   * What it is about: mailboxNotCreated, mailboxNotRenamed, mailboxNotDestroyed, mailboxNotSubscribed,
   * messageLeftOut (the server does not give it), mailboxesMissing (the server does not list most of them any
   * more; they stay for a while), consentExpired (OAuth: facteur account login, Account/authorize), oldTls (TLS
   * below 1.2 was allowed), and others; a client shows the description of one that it does not know.
   */
  type: string;
  /** A sentence for people. */
  description: string;
  /** The server's own words. */
  server: string | null;
  /** The mailbox that it is about; it may be gone. */
  mailboxId: Id | null;
  /** The Email that it is about; it may be gone. */
  emailId: Id | null;
}

/** A plugin that was found, loaded or refused. */
export interface Plugin {
  /** Its name, or its file's name when it was refused. */
  id: string;
  /** As it calls itself; null: it was not read. */
  name: string | null;
  /** Its own; null: it was not read. */
  version: string | null;
  /** Its licence; null: it was not read. */
  license: string | null;
  /** For people; null: it was not read. */
  about: string | null;
  /** The file. */
  path: string;
  /** source, transport, filter: what it is for. */
  kinds: string[];
  /** URL schemes of its sources. */
  schemes: string[];
  /** JSON Schema of the account settings that it understands. */
  configSchema: unknown;
  /** Whether it is in use. */
  state: "loaded" | "refused";
  /** Why it was refused. */
  reason: string | null;
}

/** A client that is told of changes by a push service (RFC 8620 section 7.2). url and keys are never told again. */
export interface PushSubscription {
  /** Set by the core. */
  id: Id;
  /** Which client on which device, at most 255 bytes. Cannot be changed. */
  deviceClientId: string;
  /** Where the push service takes messages: https, at most 2,048 bytes. Set once, never told. */
  url: string;
  /** {p256dh, auth} in base64url: messages are encrypted with them (RFC 8291). Set once, never told. */
  keys: Record<string, unknown> | null;
  /** What was pushed to the URL, written here by the client; nothing more is pushed before that. */
  verificationCode: string | null;
  /** At most 30 days from now, which null stands for; earlier where the token ends earlier. */
  expires: UTCDate;
  /** Of which types to hear; null: all. */
  types: string[] | null;
}

/**
 * Room that a server gives, and how much of it is used (RFC 9425). The local account and those whose mail is
 * picked up have none.
 */
export interface Quota {
  /** Set by the core, as is everything else. */
  id: Id;
  /** Ours: which account it is of. */
  accountId?: Id;
  /** What is counted: things, or octets. */
  resourceType: "count" | "octets";
  /** When the server was last asked, every 15 minutes at most. */
  used: number;
  /** Beyond it nothing more can be stored. */
  hardLimit: number;
  /** Always account: that is what servers tell. */
  scope: "account" | "domain" | "global";
  /** The server's quota root, or where that has no name the account's. */
  name: string;
  /** ["Email"], or ["Mailbox"]. */
  types: string[];
  /** Always null: IMAP does not tell. */
  warnLimit: number | null;
  /** Always null: IMAP does not tell. */
  softLimit: number | null;
  /** Always null. */
  description: string | null;
}

/** A condition of Quota/query (RFC 9425 section 4.4.1). All of its properties must hold. */
export interface QuotaFilterCondition {
  /** The name contains this, whatever the case. */
  name?: string;
  /** The scope is this. */
  scope?: string;
  /** count, or octets. */
  resourceType?: string;
  /** This is among types. */
  type?: string;
}

/**
 * What happens to mail that comes new into an account: which mail, and what is done with it. The core asks its
 * rules about each message that comes new into the inbox, once, whoever is connected; never about what was there
 * before the account was synchronized first, nor about what somebody moves or imports.
 */
export interface Rule {
  /** Set by the core. */
  id: Id;
  /** Which account it is of. Set by the core. */
  accountId: Id;
  /** For people; 1 to 255 bytes. Email/history has it as the name of who did what the rule does. */
  name: string;
  /**
   * Which mail, in the query language of Search/parse; "": every message. At most 4096 bytes. Words that name a
   * mailbox or a day are understood each time that the rule is asked.
   */
  query: string;
  /** Rules are asked in this order, equal ones by their ids. By default behind all others. */
  sortOrder: number;
  /** Whether it is asked; true. */
  isEnabled: boolean;
  /** Rules after it do not see what it matched; false. */
  isLast: boolean;
  /**
   * The mailbox, of the same account, for which the message leaves the inbox; null: it stays. Of several rules
   * that match the first one's counts.
   */
  moveTo: Id | null;
  /** Mailboxes in which the message is, too; at most 32. */
  copyTo: Id[];
  /** Keywords as in Email, each with the value true; at most 32. */
  addKeywords: Record<string, boolean>;
  /** The same of keywords that are taken away. */
  removeKeywords: Record<string, boolean>;
  /** Why it does nothing any more, in English; null: it does. Set by the core. */
  problem: string | null;
  /**
   * The same in one word: a mailbox of moveTo or copyTo is not there any more, or `query` does not parse any more
   * (it names a mailbox that is gone). Set by the core.
   */
  problemType: "mailboxGone" | "invalidQuery" | null;
  /** How many Emails it has handled. Set by the core. */
  matchedEmails: number;
  /** When it handled the last one; null: none yet. Set by the core. */
  lastMatchedAt: UTCDate | null;
}

/** What matched, RFC 8621 section 5: HTML-escaped, with <mark> around the matches. */
export interface SearchSnippet {
  emailId: Id;
  /** The subject as HTML, with the words in <mark>; null: none is there. */
  subject: string | null;
  /** A piece of the text as HTML, with the words in <mark>; null: none is there. */
  preview: string | null;
}

/** Why one object was not created, changed or destroyed (RFC 8620 section 5.3). */
export interface SetError {
  /** What is wrong (RFC 8620 section 5.3). */
  type: string;
  /** For people. */
  description?: string | null;
  /** The properties that are at fault. */
  properties?: string[];
  /** invalidProperties, of a Rule whose query is malformed: the byte at which. */
  position?: number;
  /** alreadyExists: the object that is there. */
  existingId?: Id;
  /** blobNotFound: the blobs that are not there. */
  notFound?: Id[];
  /** invalidRecipients: the addresses that are none. */
  invalidRecipients?: string[];
  /** tooManyRecipients: how many there may be. */
  maxRecipients?: number;
  /**
   * tooLarge, of an EmailSubmission: bytes of a message that may be sent; of Email/import: bytes that a message
   * may have.
   */
  maxSize?: number;
}

/** Names a state of all objects of a type in an account; equal states mean that nothing changed. */
export type State = string;

/** Long work: a sync, an import. Kept for ten minutes after its end. */
export interface Task {
  id: Id;
  /** "sync"... */
  kind: string;
  /** For people. */
  title: string;
  /** How it is. */
  state: "running" | "done" | "failed" | "cancelled";
  /** How much of it is done, in `unit`. */
  done: number;
  /** 0: not known. */
  total: number;
  /** What is counted: "messages". */
  unit: string | null;
  /** What the kind adds; for a sync the progress of each account, and its outcome as soon as it has one. */
  detail: unknown;
  /** Of a task that is done: what its method says of it. */
  result: unknown;
  /** Of one that failed: why; null: it did not. */
  error: ErrorInfo | null;
  /** When it began. */
  startedAt: UTCDate | null;
  /** When it ended; null: it goes on. */
  endedAt: UTCDate | null;
}

/** Emails that belong together, RFC 8621 section 3. */
export interface Thread {
  id: Id;
  /** Oldest first. */
  emailIds: Id[];
  /** Ours; given when accountId was "*" or when asked for. */
  accountId?: Id;
}

/** Ours: who may come in beside the owner, by a token or by a name and a password, and what they may. */
export interface Token {
  /** Set by the core. */
  id: Id;
  /**
   * What people call it, and the user's name for Basic: 1 to 100 bytes, no other token's, without colons and
   * control characters.
   */
  name: string;
  /**
   * read: see everything of its accounts, always there; triage: keywords, mailboxes, deletion; draft: write and
   * bring in messages; send: submit them; admin: accounts, identities, secrets, tokens.
   */
  scopes: ("read" | "triage" | "draft" | "send" | "admin")[];
  /** The accounts that it sees; null: all, those to come as well. */
  accountIds: Id[] | null;
  /** From then on it lets nobody in; null: never. */
  expiresAt: UTCDate | null;
  /** Write only: one of the user's own, 8 to 1,024 bytes, instead of a secret; null in an answer. */
  password: string | null;
  /** Set by the core: it is for a name and a password, not a secret. */
  hasPassword: boolean;
  /** In the answer to its creation, and never again; null: it has a password. */
  secret: string | null;
  /** Set by the core. */
  createdAt: UTCDate;
  /** The token by which it was made, with which it goes; null: the owner. Set by the core. */
  createdBy: Id | null;
  /** To the minute. Set by the core. */
  lastUsedAt: UTCDate | null;
  /** From where, as the front end said. Set by the core. */
  lastUsedFrom: string | null;
}

/** A moment: "2014-10-30T06:12:00Z" (RFC 8620 section 1.4). */
export type UTCDate = string;

/**
 * What a client did to Emails (flags, moves, deletions), and can be taken back with Undo/apply. The last 100
 * actions of the last 7 days are kept.
 */
export interface Undo {
  /** Set by the core. */
  id: Id;
  /** The accounts of the Emails. */
  accountIds: Id[];
  /** When; of several calls, the last. */
  at: UTCDate;
  /** The program that did it, where that is known. */
  client: string | null;
  /** move: perhaps with other flags, too. restore: Emails that had been destroyed were made again. */
  kind: "flag" | "move" | "destroy" | "restore" | "mixed";
  /** A sentence for people: "12 messages moved to Archive". */
  description: string;
  /** How many Emails were changed. */
  emailCount: number;
  /** How many changes cannot be taken back: there were more than 100,000. */
  notRecorded: number;
  /** It took another action back. One that took such a one back does again, and is none. */
  isUndo: boolean;
  /** There is nothing left to be taken back. */
  isUndone: boolean;
  /** The action that it took back, which may be forgotten by now. */
  reverts: Id | null;
  /** The action that took it back, or as much of it as could be. */
  undoneBy: Id | null;
}

/** Why an Email, or something of it, was left as it is. */
export interface UndoProblem {
  /**
   * changedSince: somebody changed it since; `properties` names what. notFound: it is gone. mailboxNotFound: it
   * was in a mailbox that is gone. accountNotFound. Or what Email/set would say: forbidden, ...
   */
  type: string;
  /** For people. */
  description: string;
  /** mailboxIds, keywords/NAME. */
  properties?: string[];
}

/**
 * What is answered for somebody who is away (RFC 8621 section 8). Each account has one, and its id is
 * "singleton".
 */
export interface VacationResponse {
  /** "singleton". Set by the core. */
  id: Id;
  /** Whether mail that arrives from fromDate to toDate is answered. */
  isEnabled: boolean;
  /** Mail that came before is not answered; null: from when it is enabled. */
  fromDate: UTCDate | null;
  /** Mail that comes from then on is not answered; null: no end. */
  toDate: UTCDate | null;
  /** Of the answer; null: "Auto: " and the subject of the message. At most 900 bytes. */
  subject: string | null;
  /** The answer; null: made of htmlBody, or a sentence where that is null, too. At most 524,288 bytes. */
  textBody: string | null;
  /** The same in HTML; null: there is none. At most 524,288 bytes. */
  htmlBody: string | null;
  /** Ours: how long a sender who was answered is not answered again; 7. */
  days?: number;
}

/** One difference between the store and the server, or within the store. */
export interface VerifyDifference {
  /**
   * mailboxNotHere, mailboxNotThere, mailboxRenumbered (its UIDVALIDITY is another one; its messages are not
   * compared), mailboxRefused (the server does not let it be looked at), emailNotHere, emailLeftOut (not here: the
   * server did not give it, again and again), emailNotThere, emailTwice (not there, and there is another of the
   * same bytes in the mailbox), flagsDiffer, emailMissing (a place in a mailbox without its message), emailNowhere
   * (in no mailbox), bytesDamaged (or missing), keywordsWrong (those shown are not those of its places),
   * envelopeMissing, notIndexed, remains (something is left of a message that is not there), countersWrong; others
   * may come.
   */
  type: string;
  /** Where; null: not in one. */
  mailboxId: Id | null;
  /** Which message on the server; null: none. */
  uid: number | null;
  /** Which Email; null: none. */
  emailId: Id | null;
  /** What is here: flags, a UIDVALIDITY, a name. */
  here: string | null;
  /** What the server has. */
  there: string | null;
  /** The message came after the last sync; the next brings it. */
  isNews: boolean;
  /** For people. */
  description: string;
  /** Account/repair: it is not there any more. */
  isMended?: boolean;
}

/** What Account/verify found, and Account/repair. */
export interface VerifyReport {
  accountId: Id;
  /** How many differences there are; 0: none. */
  found: number;
  /** How many of each type. */
  counts: Record<string, number>;
  /** The first 1,000. */
  differences: VerifyDifference[];
  /** That were compared. */
  mailboxes: number;
  /** In these. */
  messagesHere: number;
  /** In these, on the server. */
  messagesThere: number;
  /** Local changes of these that the server has not got yet. */
  waiting: number;
  /** That were looked at in the store. */
  emails: number;
  /** Whether their bytes were read and hashed. */
  bytesRead: boolean;
  /** Account/repair: how many are not there any more. */
  mended?: number;
  /** Account/repair: what a comparison afterwards found. */
  remaining?: VerifyReport;
}

/** What the owner decides about Web Push. */
export interface WebPush {
  /** The public key by which push services know this core (RFC 8292); null: it has none, see the log. */
  applicationServerKey: string | null;
  /** Whom a push service may ask, mailto: or https:, told to each of them; null (the default): nobody. */
  contact: string | null;
  /**
   * Hosts that may be in a private network or on this computer, as one's own UnifiedPush distributor is; 127.0.0.1
   * and [::1] among them without TLS, too.
   */
  privateHosts: string[];
}
