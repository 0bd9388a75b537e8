"""Written by apigen.py from api/schema; do not edit."""

from __future__ import annotations

from typing import Any, Literal, Required, TypeAlias, TypedDict

# An account's id, or "*" for every account at once.
AccountScope: TypeAlias = 'str'
# A moment with its time zone: "2014-10-30T14:12:00+08:00" (RFC 8620 section 1.4).
Date: TypeAlias = 'str'
# A FilterOperator {operator: AND|OR|NOT, conditions: [...]} or a FilterCondition of RFC 8621 section 4.4.1; ours
# beside them: what Search/parse gives.
EmailFilter: TypeAlias = 'dict[str, Any] | None'
# An opaque name that never changes (RFC 8620 section 1.2).
Id: TypeAlias = 'str'
# Names a state of all objects of a type in an account; equal states mean that nothing changed.
State: TypeAlias = 'str'
# A moment: "2014-10-30T06:12:00Z" (RFC 8620 section 1.4).
UTCDate: TypeAlias = 'str'


class AccountCapabilities(TypedDict, total=False):
    # Emails can be moved between mailboxes and destroyed.
    mayMoveEmails: bool
    # Mailboxes can be made, renamed and destroyed.
    mayChangeMailboxes: bool
    # Emails can be created and imported.
    mayImport: bool


class Account(TypedDict, total=False):
    """An account: where its mail comes from, how it is doing. There is always one with no server, "On this computer"."""

    # Set by the core.
    id: Required[Id]
    # What the user calls it.
    name: Required[str]
    # The mail address; "" for the local account.
    address: Required[str]
    # Where mail comes from, as a URL: imaps://jane@imap.example.org, imap://host:143?tls=starttls. Never with a
    # password. "local:" for the local account.
    source: Required[str]
    # How mail is sent, as a URL: smtps://jane@smtp.example.org:465. null: not at all.
    transport: Required[str | None]
    settings: Required[AccountSettings]
    # Whether it is synchronised.
    isEnabled: Required[bool]
    # It has no server; set by the core.
    isLocal: Required[bool]
    # Its place in lists.
    sortOrder: Required[int]
    # What it is doing; set by the core and not part of the account's state string.
    syncState: Required[AccountSyncState]
    # Local changes that the server has not accepted yet; set by the core.
    pendingChanges: Required[int]
    # What the user should know, oldest first, the last 100: changes that the server refused for good. Each stays
    # until it is dismissed (Account/set with the patch "notices/ID": null).
    notices: Required[list[Notice]]
    # What can be done in it today; set by the core.
    capabilities: Required[AccountCapabilities]


class AccountSettingsOauth(TypedDict, total=False):
    # google, microsoft, yahoo, aol, yandex, mailru, fastmail; not needed where the endpoints are given.
    provider: str
    # Registered with the provider.
    clientId: str
    # This, and what follows, where something is different from what is known of the provider, or where there is none.
    scope: str
    redirect: str
    issuer: str
    authorizationEndpoint: str
    tokenEndpoint: str
    deviceEndpoint: str


class AccountSettings(TypedDict, total=False):
    """Settings of an account: the core's own, which stand here, and those that the plugins of its source and its
    transport understand (Plugin/get tells their configSchema). Passwords are none: Account/set takes properties
    password and transportPassword, which are never given back.
    """

    # Who signs in; the user of the URL, or the address, if it is not there.
    user: str
    # Certificate authorities to trust beside the system's: a file in PEM.
    caFile: str
    # A client certificate, in PEM, shown to servers that ask for one; with it one signs in where the server offers
    # EXTERNAL.
    certFile: str
    # Its key, where that is not in the same file.
    keyFile: str
    # Another certificate for sending.
    transportCertFile: str
    # And its key.
    transportKeyFile: str
    # "host:port" to the SHA-256 fingerprint of the one certificate that is believed there, and no other.
    certificates: dict[str, str] | None
    # 1.2 if it is not there; 1.1 or 1.0 for an old server, whose encryption can be broken.
    tlsMinimum: Literal['1.2', '1.1', '1.0']
    # Where the password is; Secrets/get tells more.
    secrets: Literal['file', 'encrypted', 'keyring', 'command', 'credential']
    # With secrets "command": its first line is the password, %a is the address.
    passwordCommand: str | None
    # With secrets "credential": its name, the address if it is not there.
    credential: str | None
    # It signs in with OAuth 2.0 instead of a password, after Account/authorize.
    oauth: AccountSettingsOauth | None
    # How often to look where the server does not tell by itself; 120.
    pollSeconds: int
    # How long most of the mailboxes must be missing on the server before they are believed to be gone; 900. 0: not at
    # all.
    missingSeconds: int
    # Of one step of a conversation; 60.
    timeoutSeconds: int
    # Until it is connected and encrypted; 30.
    connectTimeoutSeconds: int
    # How much is kept here; everything if it is not there. Not where mail is only picked up.
    keep: Keep | None
    # Where mail is only picked up (pop3): what stays there: "all", "none", {"days": N} after it was picked up, the
    # last {"messages": N}, the newest {"bytes": N}; 14 days if it is not there.
    leaveOnServer: dict[str, Any] | str | None
    # Where mail is only picked up: whether what is destroyed here, or in the trash, is deleted there, too; true.
    deleteOnServer: bool | None
    # Who puts a copy of what is sent into Sent: the server, or this program (append); auto knows some servers that
    # do.
    sentCopy: Literal['auto', 'server', 'append']


class AccountSyncState(TypedDict, total=False):
    """What an account is doing now."""

    # `watching`: connected, told by the server of what happens. `idle`: not connected, will be at nextTryAt.
    # `waiting`: will try again, see waitsFor and nextTryAt. `failed`: will not, until the user does something.
    phase: Required[Literal['idle', 'connecting', 'syncing', 'watching', 'waiting', 'disabled', 'failed']]
    # Since when it has been in this phase.
    since: UTCDate | None
    nextTryAt: UTCDate | None
    # What has to happen first, while `waiting` or `failed`. `time`: nothing else. `network`: this computer has none.
    # `server`: it asked to be left alone for a while, or has no connection left for this user.
    waitsFor: Literal['time', 'network', 'server', 'user', None]
    # null: not connected.
    connectedSince: UTCDate | None
    # How it hears of news. `notify`: the server tells of every mailbox. `idle`: it tells of the inbox, and is asked
    # for the others every pollSeconds. `poll`: it is asked. null: it does not now.
    news: Literal['idle', 'notify', 'poll', None]
    # The mailbox that is being worked on, for people; a long name is cut.
    mailbox: str | None
    # When a sync last went well.
    lastSyncAt: UTCDate | None
    # Of the running sync.
    messagesDone: int
    messagesTotal: int
    bytesDone: int
    # How often the last sync had to wait for an answer.
    roundTrips: int
    # That the server does not list any more, though it should: most of those with mail at once. They stay until they
    # have been missing for missingSeconds.
    mailboxesMissing: int
    # null: the last try went well.
    lastError: Required[ErrorInfo | None]


class AddedItem(TypedDict, total=False):
    """Where in the new results an id was added."""

    id: Required[Id]
    index: Required[int]


class AuditEntry(TypedDict, total=False):
    """Ours: one call that came by a token and changed something, or was refused."""

    id: Required[Id]
    at: Required[UTCDate]
    # It may be gone.
    tokenId: Required[Id]
    # As it was called then.
    tokenName: Required[str]
    method: Required[str]
    # null: none was named.
    accountId: Required[Id | None]
    # What was made, changed and destroyed; of one that was refused or cut short, what it spoke of. At most 100.
    objectIds: Required[list[Id]]
    # How many they were.
    objectCount: Required[int]
    # done, or the type of the error; null: facteurd ended before it was known.
    outcome: Required[str | None]
    # From where, as the front end said.
    remote: Required[str | None]


class Certificate(TypedDict, total=False):
    """A server's certificate that was not believed, for people to compare and for Account/set to trust
    (settings/certificates).
    """

    # The server that showed it.
    host: Required[str]
    port: Required[int]
    # Its fingerprint, as "AB:CD:...".
    sha256: Required[str]
    # Whose it is: "CN=imap.example.org,O=Example", perhaps cut.
    subject: Required[str]
    issuer: Required[str]
    # The names that it is for, with commas; perhaps not all.
    hosts: Required[str]
    notBefore: Required[UTCDate | None]
    notAfter: Required[UTCDate | None]
    # Why it was refused: "is self-signed...".
    reason: Required[str]
    # Another one is trusted for this server.
    isChanged: Required[bool]
    # That one.
    trustedSha256: str


class Comparator(TypedDict, total=False):
    """One step of a sort (RFC 8620 section 5.5); Email adds `keyword`."""

    property: Required[str]
    isAscending: bool
    collation: str
    keyword: str


_EmailNames = TypedDict("_EmailNames", {"from": "Required[list[EmailAddress] | None]"}, total=False)


class Email(_EmailNames, total=False):
    """A message, RFC 8621 section 4. All but mailboxIds and keywords never changes."""

    id: Required[Id | None]
    # The raw message. Of one with isPartial it begins with p, stands for the message as it will be, and is another
    # when that is here.
    blobId: Required[Id]
    # Ours, when asked for: only the header is here. What the header does not answer is fetched when it is asked for:
    # it takes longer, or fails with serverUnavailable.
    isPartial: bool
    threadId: Required[Id | None]
    mailboxIds: Required[dict[str, Literal[True]] | None]
    keywords: Required[dict[str, Literal[True]] | None]
    size: Required[int]
    receivedAt: Required[UTCDate | None]
    headers: Required[list[EmailHeader]]
    messageId: Required[list[str] | None]
    inReplyTo: Required[list[str] | None]
    references: Required[list[str] | None]
    sender: Required[list[EmailAddress] | None]
    to: Required[list[EmailAddress] | None]
    cc: Required[list[EmailAddress] | None]
    bcc: Required[list[EmailAddress] | None]
    replyTo: Required[list[EmailAddress] | None]
    subject: Required[str | None]
    sentAt: Required[Date | None]
    bodyStructure: Required[EmailBodyPart]
    bodyValues: Required[dict[str, EmailBodyValue]]
    textBody: Required[list[EmailBodyPart]]
    htmlBody: Required[list[EmailBodyPart]]
    attachments: Required[list[EmailBodyPart]]
    hasAttachment: Required[bool]
    preview: Required[str]
    # Ours; given when accountId was "*" or when asked for.
    accountId: Id
    # Ours, when asked for: the whole message as readable text, HTML turned into text with links kept.
    # maxBodyValueBytes holds for it.
    plainText: str
    # Ours, when asked for: why the message could not be parsed as MIME and is shown as raw text; null: it could.
    degraded: str | None


class EmailAddress(TypedDict, total=False):
    """RFC 8621 section 4.1.2.3."""

    name: Required[str | None]
    email: Required[str]


class EmailAddressGroup(TypedDict, total=False):
    """RFC 8621 section 4.1.2.4."""

    name: Required[str | None]
    addresses: Required[list[EmailAddress]]


class EmailBodyPart(TypedDict, total=False):
    """A part of a message, RFC 8621 section 4.1.4."""

    partId: str | None
    blobId: Id | None
    size: int
    headers: list[EmailHeader]
    name: str | None
    type: str
    charset: str | None
    disposition: str | None
    cid: str | None
    language: list[str] | None
    location: str | None
    subParts: list[EmailBodyPart] | None


class EmailBodyValue(TypedDict, total=False):
    """The decoded text of a part, RFC 8621 section 4.1.4."""

    value: Required[str]
    isEncodingProblem: bool
    isTruncated: bool


class EmailDraftTextBodyItem(TypedDict, total=False):
    partId: Required[str]
    type: Required[str]
    format: Required[Literal['flowed']]


class EmailDraftHtmlBodyItem(TypedDict, total=False):
    partId: Required[str]
    type: Required[str]


class EmailDraftBodyValuesValue(TypedDict, total=False):
    value: Required[str]


class EmailDraftAttachmentsItem(TypedDict, total=False):
    blobId: Required[Id]
    type: Required[str]
    name: Required[str | None]
    charset: str
    disposition: Required[str]
    cid: str


_EmailDraftNames = TypedDict("_EmailDraftNames", {"from": "list[EmailAddress]"}, total=False)


class EmailDraft(_EmailDraftNames, total=False):
    """A message to be, as Email/set creates it (RFC 8621 section 4.6)."""

    # The account's drafts; missing where it has no mailbox with that role.
    mailboxIds: dict[str, Literal[True]]
    keywords: Required[dict[str, Literal[True]]]
    to: Required[list[EmailAddress]]
    cc: Required[list[EmailAddress]]
    bcc: list[EmailAddress]
    replyTo: list[EmailAddress]
    generateTextBody: Literal[True]
    embedImages: Literal[True]
    subject: Required[str]
    inReplyTo: list[str]
    references: list[str]
    textBody: list[EmailDraftTextBodyItem]
    htmlBody: list[EmailDraftHtmlBodyItem]
    bodyValues: Required[dict[str, EmailDraftBodyValuesValue]]
    attachments: list[EmailDraftAttachmentsItem]


class EmailHeader(TypedDict, total=False):
    """A header field as it stands in the message, RFC 8621 section 4.1.3."""

    name: Required[str]
    value: Required[str]


class EmailHistoryEventsItemActor(TypedDict, total=False):
    # server: it was found so there, another program or a rule did it. client: a front end of this core. filter: a
    # filter of this core. repair: Account/repair.
    kind: Required[Literal['server', 'client', 'filter', 'repair']]
    # Of the client's program, or of the filter; null: not known.
    name: Required[str | None]


class EmailHistoryEventsItem(TypedDict, total=False):
    # When it became known here.
    at: Required[UTCDate | None]
    # arrived: it was found in the mailbox on the server. placed: it was put there from here. left: it is not there
    # any more. destroyed: it was in no mailbox any more.
    type: Required[Literal['arrived', 'placed', 'left', 'destroyed']]
    # null with destroyed.
    mailboxId: Required[Id | None]
    # What the mailbox is called now; null: it is gone.
    mailboxName: Required[str | None]
    # What the message had there on the server, as far as it is known.
    uid: Required[int | None]
    actor: Required[EmailHistoryEventsItemActor]


class EmailHistory(TypedDict, total=False):
    """What became of one Email, oldest first."""

    id: Required[Id]
    accountId: Required[Id]
    # It is not there any more.
    isDestroyed: Required[bool]
    events: Required[list[EmailHistoryEventsItem]]


class EmailSubmissionEnvelope(TypedDict, total=False):
    mailFrom: EnvelopeAddress
    rcptTo: list[EnvelopeAddress]


class EmailSubmissionDeliveryStatusValue(TypedDict, total=False):
    smtpReply: str
    delivered: Literal['queued', 'yes', 'no', 'unknown']
    displayed: Literal['unknown', 'yes']


class EmailSubmission(TypedDict, total=False):
    """A message on its way out (RFC 8621 section 7)."""

    # Set by the core.
    id: Required[Id]
    # Ours: which account it is of. Set by the core.
    accountId: Id
    # Who sends; it may be gone by now.
    identityId: Required[Id]
    # The Email; it may be gone by now.
    emailId: Required[Id]
    # Its Thread. Set by the core.
    threadId: Required[Id]
    # Who it is said to be from, and to whom it goes. Made of the Email where none is given.
    envelope: Required[EmailSubmissionEnvelope | None]
    # When it is, or was, to go out. Set by the core.
    sendAt: Required[UTCDate]
    # pending: it can be taken back. Can be set to canceled then.
    undoStatus: Required[Literal['pending', 'final', 'canceled']]
    # Address to what is known of it. Set by the core.
    deliveryStatus: Required[dict[str, EmailSubmissionDeliveryStatusValue] | None]
    # Set by the core.
    dsnBlobIds: Required[list[Id]]
    # Set by the core.
    mdnBlobIds: Required[list[Id]]
    # Ours: how far it has come. held: until sendAt; queued: it goes out as soon as it can; sending: the server may
    # have it, and has not answered yet; sent: the server has it for one recipient at least, and nobody waits; failed:
    # nobody got it; uncertain: the connection, or the program, ended before the answer: it is not sent again until it
    # is found among the mail of the account, or the user says so (set it to queued, sent or failed).
    state: Literal['held', 'queued', 'sending', 'sent', 'failed', 'uncertain', 'canceled']
    # Ours: tries in a row that failed. Set by the core.
    tries: int
    # Ours: when it is tried next, where that is planned. Set by the core.
    nextTryAt: UTCDate | None
    # Ours: why it was not sent so far. Set by the core.
    error: ErrorInfo | None
    # Ours: it is held until a client with the scope send sets this to false. Can be true when it is created; so is
    # what a client without that scope creates.
    needsConfirmation: bool


class EmailSubmissionFilterCondition(TypedDict, total=False):
    """RFC 8621 section 7.3, and state."""

    identityIds: list[Id]
    emailIds: list[Id]
    threadIds: list[Id]
    undoStatus: Literal['pending', 'final', 'canceled']
    # sendAt is before.
    before: UTCDate
    # sendAt is then or after.
    after: UTCDate
    # Ours.
    state: Literal['held', 'queued', 'sending', 'sent', 'failed', 'uncertain', 'canceled']


class EnvelopeAddress(TypedDict, total=False):
    """An address in the envelope of a message (RFC 8621 section 7)."""

    email: Required[str]
    # Parameters of MAIL or RCPT, decoded.
    parameters: dict[str, str | None] | None


class ErrorInfo(TypedDict, total=False):
    """What went wrong, for people and for programs. In an account's and a task's state; the `data` of an error is the
    same.
    """

    # The stable name: "auth", "dns", "tls", "network", "timeout", "server", "diskFull"...
    type: Required[str]
    # The stable number of the same.
    code: int
    # What happened, where, and what to do: one sentence.
    message: Required[str]
    # The server's own words.
    server: str | None
    # Whether the same may work at once, in a while, or not until something is changed by hand.
    retry: Literal['now', 'later', 'never']
    # How long the server asked to wait.
    retryAfterMs: int | None
    # Nothing will change until the user does something.
    requiresUserAction: bool
    # When it happened.
    at: UTCDate
    # With "tls": the certificate that was not believed, if that is why.
    certificate: Certificate
    accountId: Id


class Identity(TypedDict, total=False):
    """An address that an account sends from (RFC 8621 section 6). An account with an address has one from the beginning."""

    # Set by the core.
    id: Required[Id]
    # Ours: which account it is of. Set by the core.
    accountId: Id
    # What stands beside the address in From.
    name: Required[str]
    # The address; *@example.org for every one there. Cannot be changed.
    email: Required[str]
    replyTo: Required[list[EmailAddress] | None]
    bcc: Required[list[EmailAddress] | None]
    # What Compose/* puts below a text, behind a line "-- "; where it is empty a text is made of htmlSignature.
    textSignature: Required[str]
    # The same in HTML, at most 524,288 bytes. Its pictures are data: URLs, which become parts of each message that
    # shows them.
    htmlSignature: Required[str]
    # Set by the core.
    mayDelete: Required[bool]


class KeepBodies(TypedDict, total=False):
    # The bodies of so many days.
    days: Required[int]


class Keep(TypedDict, total=False):
    """How much of the mail is kept here. What is not kept whole is here with its header (isPartial), and its body comes
    when it is asked for.
    """

    bodies: Literal['all', 'none'] | KeepBodies
    # Larger messages are not kept whole.
    maxBytes: int | None


class MDNDisposition(TypedDict, total=False):
    actionMode: Required[Literal['manual-action', 'automatic-action']]
    sendingMode: Required[Literal['mdn-sent-manually', 'mdn-sent-automatically']]
    type: Required[Literal['deleted', 'dispatched', 'displayed', 'processed']]


class MDN(TypedDict, total=False):
    """A message disposition notification: a receipt (RFC 9007 section 2, RFC 8098)."""

    # The Email that it speaks of; of one that was parsed: if it is here.
    forEmailId: str | None
    subject: str | None
    # For people.
    textBody: str | None
    includeOriginalMessage: bool
    reportingUA: str | None
    disposition: MDNDisposition
    # Set by the core.
    mdnGateway: str | None
    # Set by the core.
    originalRecipient: str | None
    # rfc822;jane@example.org: an address of the account; null: the identity's.
    finalRecipient: str | None
    # Set by the core.
    originalMessageId: str | None
    # Set by the core.
    error: list[str] | None
    extensionFields: dict[str, str] | None


_MailServerNames = TypedDict("_MailServerNames", {"from": "Required[Literal['table', 'mx', 'autoconfig', 'database', 'srv', 'guess']]"}, total=False)


class MailServer(_MailServerNames, total=False):
    """A server that was found for an account."""

    protocol: Required[Literal['imap', 'pop3', 'smtp']]
    host: Required[str]
    port: Required[int]
    # Never in clear.
    tls: Required[Literal['implicit', 'starttls']]
    # The user name; null: it does not follow from the address, and must be asked for.
    user: Required[str | None]
    # The same as Account/set takes it for `source` or `transport`.
    url: Required[str]
    # It was named by an answer that somebody could have forged, and is outside of the domain: show the host to the
    # user before a password is sent there (RFC 6186 section 6).
    needsConfirmation: Required[bool]


class Mailbox(TypedDict, total=False):
    """A mailbox, RFC 8621 section 2."""

    id: Required[Id]
    # One level, 1 to 255 bytes.
    name: Required[str]
    parentId: Required[Id | None]
    # inbox, archive, drafts, sent, trash, junk, all, flagged, important. One mailbox of an account at most has each.
    role: Required[str | None]
    sortOrder: Required[int]
    totalEmails: Required[int]
    unreadEmails: Required[int]
    totalThreads: Required[int]
    unreadThreads: Required[int]
    myRights: Required[MailboxRights]
    isSubscribed: Required[bool]
    # Ours; given when accountId was "*" or when asked for.
    accountId: Id
    # Ours, when asked for: every message that the server has is here, too.
    isComplete: bool
    # Ours, when asked for: how much of this mailbox is kept here; null: as its account says.
    keep: Keep | None


class MailboxFilterCondition(TypedDict, total=False):
    """RFC 8621 section 2.3."""

    parentId: Id | None
    name: str
    role: str | None
    hasAnyRole: bool
    isSubscribed: bool


class MailboxRights(TypedDict, total=False):
    """What may be done with a mailbox (RFC 8621 section 2)."""

    mayReadItems: bool
    mayAddItems: bool
    mayRemoveItems: bool
    maySetSeen: bool
    maySetKeywords: bool
    mayCreateChild: bool
    mayRename: bool
    mayDelete: bool
    maySubmit: bool


class Notice(TypedDict, total=False):
    """Something that happened without a client's doing and that the user should know."""

    id: Required[Id]
    at: Required[UTCDate]
    # What it is about: mailboxNotCreated, mailboxNotRenamed, mailboxNotDestroyed, mailboxNotSubscribed,
    # messageLeftOut (the server does not give it), mailboxesMissing (the server does not list most of them any more;
    # they stay for a while), consentExpired (OAuth: facteur account login, Account/authorize), oldTls (TLS below 1.2
    # was allowed), and others; a client shows the description of one that it does not know.
    type: Required[str]
    # A sentence for people.
    description: Required[str]
    # The server's own words.
    server: Required[str | None]
    # The mailbox that it is about; it may be gone.
    mailboxId: Required[Id | None]
    # The Email that it is about; it may be gone.
    emailId: Required[Id | None]


class Plugin(TypedDict, total=False):
    """A plugin that was found, loaded or refused."""

    # Its name, or its file's name when it was refused.
    id: Required[str]
    name: Required[str | None]
    version: Required[str | None]
    license: Required[str | None]
    about: Required[str | None]
    path: Required[str]
    kinds: Required[list[str]]
    # URL schemes of its sources.
    schemes: Required[list[str]]
    # JSON Schema of the account settings that it understands.
    configSchema: Required[Any]
    state: Required[Literal['loaded', 'refused']]
    # Why it was refused.
    reason: Required[str | None]


class PushSubscription(TypedDict, total=False):
    """A client that is told of changes by a push service (RFC 8620 section 7.2). url and keys are never told again."""

    # Set by the core.
    id: Required[Id]
    # Which client on which device, at most 255 bytes. Cannot be changed.
    deviceClientId: Required[str]
    # Where the push service takes messages: https, at most 2,048 bytes. Set once, never told.
    url: Required[str]
    # {p256dh, auth} in base64url: messages are encrypted with them (RFC 8291). Set once, never told.
    keys: Required[dict[str, Any] | None]
    # What was pushed to the URL, written here by the client; nothing more is pushed before that.
    verificationCode: Required[str | None]
    # At most 30 days from now, which null stands for; earlier where the token ends earlier.
    expires: Required[UTCDate]
    # Of which types to hear; null: all.
    types: Required[list[str] | None]


class Quota(TypedDict, total=False):
    """Room that a server gives, and how much of it is used (RFC 9425). The local account and those whose mail is picked
    up have none.
    """

    # Set by the core, as is everything else.
    id: Required[Id]
    # Ours: which account it is of.
    accountId: Id
    # What is counted: things, or octets.
    resourceType: Required[Literal['count', 'octets']]
    # When the server was last asked, every 15 minutes at most.
    used: Required[int]
    # Beyond it nothing more can be stored.
    hardLimit: Required[int]
    # Always account: that is what servers tell.
    scope: Required[Literal['account', 'domain', 'global']]
    # The server's quota root, or where that has no name the account's.
    name: Required[str]
    # ["Email"], or ["Mailbox"].
    types: Required[list[str]]
    # Always null: IMAP does not tell.
    warnLimit: Required[int | None]
    # Always null: IMAP does not tell.
    softLimit: Required[int | None]
    # Always null.
    description: Required[str | None]


class QuotaFilterCondition(TypedDict, total=False):
    """A condition of Quota/query (RFC 9425 section 4.4.1). All of its properties must hold."""

    # The name contains this, whatever the case.
    name: str
    # The scope is this.
    scope: str
    # count, or octets.
    resourceType: str
    # This is among types.
    type: str


class SearchSnippet(TypedDict, total=False):
    """What matched, RFC 8621 section 5: HTML-escaped, with <mark> around the matches."""

    emailId: Required[Id]
    subject: Required[str | None]
    preview: Required[str | None]


class SetError(TypedDict, total=False):
    """Why one object was not created, changed or destroyed (RFC 8620 section 5.3)."""

    type: Required[str]
    description: str | None
    # The properties that are at fault.
    properties: list[str]
    # alreadyExists: the object that is there.
    existingId: Id
    # blobNotFound: the blobs that are not there.
    notFound: list[Id]
    # invalidRecipients: the addresses that are none.
    invalidRecipients: list[str]
    # tooManyRecipients: how many there may be.
    maxRecipients: int
    # tooLarge, of an EmailSubmission: bytes of a message that may be sent.
    maxSize: int


class Task(TypedDict, total=False):
    """Long work: a sync, an import. Kept for ten minutes after its end."""

    id: Required[Id]
    # "sync"...
    kind: Required[str]
    # For people.
    title: Required[str]
    state: Required[Literal['running', 'done', 'failed', 'cancelled']]
    done: Required[int]
    # 0: not known.
    total: Required[int]
    # What is counted: "messages".
    unit: Required[str | None]
    # What the kind adds; for a sync the progress of each account, and its outcome as soon as it has one.
    detail: Required[Any]
    result: Required[Any]
    error: Required[ErrorInfo | None]
    startedAt: Required[UTCDate | None]
    endedAt: Required[UTCDate | None]


class Thread(TypedDict, total=False):
    """Emails that belong together, RFC 8621 section 3."""

    id: Required[Id]
    # Oldest first.
    emailIds: Required[list[Id]]
    # Ours; given when accountId was "*" or when asked for.
    accountId: Id


class Token(TypedDict, total=False):
    """Ours: who may come in beside the owner, by a token or by a name and a password, and what they may."""

    # Set by the core.
    id: Required[Id]
    # What people call it, and the user's name for Basic: 1 to 100 bytes, no other token's, without colons and control
    # characters.
    name: Required[str]
    # read: see everything of its accounts, always there; triage: keywords, mailboxes, deletion; draft: write and
    # bring in messages; send: submit them; admin: accounts, identities, secrets, tokens.
    scopes: Required[list[Literal['read', 'triage', 'draft', 'send', 'admin']]]
    # The accounts that it sees; null: all, those to come as well.
    accountIds: Required[list[Id] | None]
    # From then on it lets nobody in; null: never.
    expiresAt: Required[UTCDate | None]
    # Write only: one of the user's own, 8 to 1,024 bytes, instead of a secret; null in an answer.
    password: Required[str | None]
    # Set by the core: it is for a name and a password, not a secret.
    hasPassword: Required[bool]
    # In the answer to its creation, and never again; null: it has a password.
    secret: Required[str | None]
    # Set by the core.
    createdAt: Required[UTCDate]
    # The token by which it was made, with which it goes; null: the owner. Set by the core.
    createdBy: Required[Id | None]
    # To the minute. Set by the core.
    lastUsedAt: Required[UTCDate | None]
    # From where, as the front end said. Set by the core.
    lastUsedFrom: Required[str | None]


class Undo(TypedDict, total=False):
    """What a client did to Emails (flags, moves, deletions), and can be taken back with Undo/apply. The last 100 actions
    of the last 7 days are kept.
    """

    # Set by the core.
    id: Required[Id]
    # The accounts of the Emails.
    accountIds: Required[list[Id]]
    # When; of several calls, the last.
    at: Required[UTCDate]
    # The program that did it, where that is known.
    client: Required[str | None]
    # move: perhaps with other flags, too. restore: Emails that had been destroyed were made again.
    kind: Required[Literal['flag', 'move', 'destroy', 'restore', 'mixed']]
    # A sentence for people: "12 messages moved to Archive".
    description: Required[str]
    # How many Emails were changed.
    emailCount: Required[int]
    # How many changes cannot be taken back: there were more than 100,000.
    notRecorded: Required[int]
    # It took another action back. One that took such a one back does again, and is none.
    isUndo: Required[bool]
    # There is nothing left to be taken back.
    isUndone: Required[bool]
    # The action that it took back, which may be forgotten by now.
    reverts: Required[Id | None]
    # The action that took it back, or as much of it as could be.
    undoneBy: Required[Id | None]


class UndoProblem(TypedDict, total=False):
    """Why an Email, or something of it, was left as it is."""

    # changedSince: somebody changed it since; `properties` names what. notFound: it is gone. mailboxNotFound: it was
    # in a mailbox that is gone. accountNotFound. Or what Email/set would say: forbidden, ...
    type: Required[str]
    description: Required[str]
    # mailboxIds, keywords/NAME.
    properties: list[str]


class VacationResponse(TypedDict, total=False):
    """What is answered for somebody who is away (RFC 8621 section 8). Each account has one, and its id is "singleton"."""

    # "singleton". Set by the core.
    id: Required[Id]
    # Whether mail that arrives from fromDate to toDate is answered.
    isEnabled: Required[bool]
    # Mail that came before is not answered; null: from when it is enabled.
    fromDate: Required[UTCDate | None]
    # Mail that comes from then on is not answered; null: no end.
    toDate: Required[UTCDate | None]
    # Of the answer; null: "Auto: " and the subject of the message. At most 900 bytes.
    subject: Required[str | None]
    # The answer; null: made of htmlBody, or a sentence where that is null, too. At most 524,288 bytes.
    textBody: Required[str | None]
    # The same in HTML; null: there is none. At most 524,288 bytes.
    htmlBody: Required[str | None]
    # Ours: how long a sender who was answered is not answered again; 7.
    days: int


class VerifyDifference(TypedDict, total=False):
    """One difference between the store and the server, or within the store."""

    # mailboxNotHere, mailboxNotThere, mailboxRenumbered (its UIDVALIDITY is another one; its messages are not
    # compared), mailboxRefused (the server does not let it be looked at), emailNotHere, emailLeftOut (not here: the
    # server did not give it, again and again), emailNotThere, emailTwice (not there, and there is another of the same
    # bytes in the mailbox), flagsDiffer, emailMissing (a place in a mailbox without its message), emailNowhere (in no
    # mailbox), bytesDamaged (or missing), keywordsWrong (those shown are not those of its places), envelopeMissing,
    # notIndexed, remains (something is left of a message that is not there), countersWrong; others may come.
    type: Required[str]
    mailboxId: Required[Id | None]
    uid: Required[int | None]
    emailId: Required[Id | None]
    # What is here: flags, a UIDVALIDITY, a name.
    here: Required[str | None]
    # What the server has.
    there: Required[str | None]
    # The message came after the last sync; the next brings it.
    isNews: Required[bool]
    # For people.
    description: Required[str]
    # Account/repair: it is not there any more.
    isMended: bool


class VerifyReport(TypedDict, total=False):
    """What Account/verify found, and Account/repair."""

    accountId: Required[Id]
    # How many differences there are; 0: none.
    found: Required[int]
    # How many of each type.
    counts: Required[dict[str, int]]
    # The first 1,000.
    differences: Required[list[VerifyDifference]]
    # That were compared.
    mailboxes: Required[int]
    # In these.
    messagesHere: Required[int]
    # In these, on the server.
    messagesThere: Required[int]
    # Local changes of these that the server has not got yet.
    waiting: Required[int]
    # That were looked at in the store.
    emails: Required[int]
    # Whether their bytes were read and hashed.
    bytesRead: Required[bool]
    # Account/repair: how many are not there any more.
    mended: int
    # Account/repair: what a comparison afterwards found.
    remaining: VerifyReport


class WebPush(TypedDict, total=False):
    """What the owner decides about Web Push."""

    # The public key by which push services know this core (RFC 8292); null: it has none, see the log.
    applicationServerKey: Required[str | None]
    # Whom a push service may ask, mailto: or https:, told to each of them; null (the default): nobody.
    contact: Required[str | None]
    # Hosts that may be in a private network or on this computer, as one's own UnifiedPush distributor is; 127.0.0.1
    # and [::1] among them without TLS, too.
    privateHosts: Required[list[str]]


class AccountAuthorizeResult(TypedDict, total=False):
    """What Account/authorize answers."""

    taskId: Required[Id]
    by: Required[Literal['browser', 'device']]
    url: Required[str]
    userCode: Required[str | None]
    # `url` with the code in it, for a QR code.
    completeUrl: Required[str | None]
    expiresAt: Required[UTCDate]


class AccountChangesResult(TypedDict, total=False):
    """What Account/changes answers."""

    oldState: Required[State]
    newState: Required[State]
    hasMoreChanges: Required[bool]
    created: Required[list[Id]]
    updated: Required[list[Id]]
    destroyed: Required[list[Id]]


class AccountCheckResultResult(TypedDict, total=False):
    # What it is and what it can, for people.
    server: Required[str]
    # The same of the server that mail is sent over, if there is one: {server, host, port, tls, user}.
    transport: dict[str, Any]
    host: str
    port: int
    # none, implicit or starttls.
    tls: str
    user: str
    mailboxes: Required[int]
    mailboxNames: list[str]
    # -1: not known.
    inboxMessages: int
    # The server tells of new mail by itself.
    push: bool
    # A later sync transfers only what changed.
    incremental: bool
    # The same as bits, for programs.
    can: int


class AccountCheckResult(TypedDict, total=False):
    """What Account/check answers."""

    result: Required[AccountCheckResultResult]


class AccountDiscoverResultProviderNeedsItem(TypedDict, total=False):
    kind: Required[Literal['appPassword', 'switch', 'oauth', 'bridge', 'certificate', 'userName', 'hint']]
    text: Required[str]
    # The provider's page about it.
    url: Required[str]


class AccountDiscoverResultProvider(TypedDict, total=False):
    # In the table of providers; null: it is not in it.
    id: Required[str | None]
    name: Required[str | None]
    # How one signs in, the best first; empty: not known.
    sasl: Required[list[str]]
    # The authorization server, where it takes OAuth 2.0.
    oauth: Required[str | None]
    # Whether facteur has a client id for it; else one's own is given in the setting `oauth`. Only where `oauth` is
    # not null.
    oauthReady: bool
    # What the user has to do before it works.
    needs: Required[list[AccountDiscoverResultProviderNeedsItem]]
    # The provider's page about mail programs.
    help: Required[str | None]


class AccountDiscoverResultStepsItem(TypedDict, total=False):
    step: Required[Literal['table', 'mx', 'autoconfig', 'database', 'srv', 'guess']]
    # `failed`: it could not look, see description. `notNeeded`: everything was found before.
    result: Required[Literal['found', 'nothing', 'failed', 'skipped', 'notNeeded', 'noTime']]
    # Where it looked: a URL, a kind of record; for people.
    source: Required[str | None]
    # What it found there, or why it failed; for people.
    description: Required[str | None]
    # How many it found.
    servers: Required[int]
    milliseconds: Required[int]


class AccountDiscoverResult(TypedDict, total=False):
    """What Account/discover answers."""

    address: Required[str]
    # In ASCII.
    domain: Required[str]
    # Where mail would be received: the first of `servers` with IMAP, else with POP3.
    source: Required[MailServer | None]
    # How mail would be sent.
    transport: Required[MailServer | None]
    # All that were found, the best first.
    servers: Required[list[MailServer]]
    provider: Required[AccountDiscoverResultProvider | None]
    steps: Required[list[AccountDiscoverResultStepsItem]]


class AccountGetResult(TypedDict, total=False):
    """What Account/get answers."""

    state: Required[State]
    list: Required[list[Account]]
    notFound: Required[list[str]]


class AccountQueryResult(TypedDict, total=False):
    """What Account/query answers."""

    queryState: Required[State]
    canCalculateChanges: Required[bool]
    position: Required[int]
    ids: Required[list[Id]]
    # Only with calculateTotal.
    total: int
    # Only when the core set one.
    limit: int


class AccountRepairResult(TypedDict, total=False):
    """What Account/repair answers."""

    taskId: Required[Id]


class AccountSetResult(TypedDict, total=False):
    """What Account/set answers."""

    oldState: Required[State | None]
    newState: Required[State]
    created: Required[dict[str, Account] | None]
    updated: Required[dict[str, dict[str, Any] | None] | None]
    destroyed: Required[list[Id] | None]
    notCreated: Required[dict[str, SetError] | None]
    notUpdated: Required[dict[str, SetError] | None]
    notDestroyed: Required[dict[str, SetError] | None]


class AccountSyncResult(TypedDict, total=False):
    """What Account/sync answers."""

    taskId: Required[Id]


class AccountVerifyResult(TypedDict, total=False):
    """What Account/verify answers."""

    taskId: Required[Id]


class BlobBeginResult(TypedDict, total=False):
    """What Blob/begin answers."""

    accountId: Required[Id]
    # For Blob/finish: known to nobody else.
    uploadId: Required[Id]
    # Which of the descriptors that come with this answer it is.
    fdIndex: Required[int]
    # The most that Blob/finish takes, maxSizeUpload of the session.
    maxSize: Required[int]


class BlobCopyResult(TypedDict, total=False):
    """What Blob/copy answers."""

    fromAccountId: Required[str]
    accountId: Required[str]
    copied: Required[dict[str, Id] | None]
    notCopied: Required[dict[str, SetError] | None]


class BlobFinishResult(TypedDict, total=False):
    """What Blob/finish answers."""

    accountId: Required[Id]
    blobId: Required[Id]
    type: Required[str]
    size: Required[int]


_BlobGetResultListItemNames = TypedDict("_BlobGetResultListItemNames", {"data:asText": "str | None", "data:asBase64": "str", "digest:sha": "str", "digest:sha-256": "str"}, total=False)


class BlobGetResultListItem(_BlobGetResultListItemNames, total=False):
    id: Required[Id]
    size: int
    isEncodingProblem: bool
    isTruncated: bool


class BlobGetResult(TypedDict, total=False):
    """What Blob/get answers."""

    accountId: Required[str]
    list: Required[list[BlobGetResultListItem]]
    notFound: Required[list[str]]


class BlobLookupResultListItem(TypedDict, total=False):
    id: Required[Id]
    # Type name to ids.
    matchedIds: Required[dict[str, list[Id]]]


class BlobLookupResult(TypedDict, total=False):
    """What Blob/lookup answers."""

    accountId: Required[str]
    list: Required[list[BlobLookupResultListItem]]


class BlobOpenResult(TypedDict, total=False):
    """What Blob/open answers."""

    accountId: Required[str]
    blobId: Required[Id]
    size: Required[int]
    # Which of the descriptors that come with this answer it is.
    fdIndex: Required[int]


class BlobUploadResultCreatedValue(TypedDict, total=False):
    id: Required[Id]
    type: Required[str | None]
    size: Required[int]


class BlobUploadResult(TypedDict, total=False):
    """What Blob/upload answers."""

    accountId: Required[str]
    created: Required[dict[str, BlobUploadResultCreatedValue] | None]
    notCreated: Required[dict[str, SetError] | None]


class ComposeForwardResult(TypedDict, total=False):
    """What Compose/forward answers."""

    accountId: Required[str]
    # What Email/set takes as `create`, as it is or after a person wrote in it; in a batch by "#create".
    create: Required[dict[str, EmailDraft]]


class ComposeNewResult(TypedDict, total=False):
    """What Compose/new answers."""

    accountId: Required[str]
    # What Email/set takes as `create`, as it is or after a person wrote in it; in a batch by "#create".
    create: Required[dict[str, EmailDraft]]


class ComposeReplyResult(TypedDict, total=False):
    """What Compose/reply answers."""

    accountId: Required[str]
    # What Email/set takes as `create`, as it is or after a person wrote in it; in a batch by "#create".
    create: Required[dict[str, EmailDraft]]


class ComposeResendResultEnvelope(TypedDict, total=False):
    mailFrom: Required[EnvelopeAddress]
    rcptTo: Required[list[EnvelopeAddress]]


class ComposeResendResult(TypedDict, total=False):
    """What Compose/resend answers."""

    accountId: Required[str]
    # id, blobId, threadId and size of the draft.
    email: Required[Email]
    identityId: Required[Id]
    envelope: Required[ComposeResendResultEnvelope]


class ComposeTemplateResult(TypedDict, total=False):
    """What Compose/template answers."""

    accountId: Required[str]
    # With `values`: placeholders without a value.
    missing: list[str]
    # What Email/set takes as `create`, as it is or after a person wrote in it; in a batch by "#create".
    create: Required[dict[str, EmailDraft]]


class CoreCreatedIdsResult(TypedDict, total=False):
    """What Core/createdIds answers."""

    createdIds: Required[dict[str, Id]]


class CoreStatusResultFibersItem(TypedDict, total=False):
    name: Required[str]
    waitsFor: Required[str]
    waitedMs: Required[int]


class CoreStatusResultStore(TypedDict, total=False):
    databaseBytes: int
    walBytes: int
    packBytes: int
    # Room left on that disk.
    freeBytes: int


class CoreStatusResult(TypedDict, total=False):
    """What Core/status answers."""

    version: Required[str]
    apiLevel: int
    pid: Required[int]
    startedAt: UTCDate
    uptimeMs: Required[int]
    # The profile's folder.
    profile: Required[str]
    socket: str
    clients: int
    # Memory that the process occupies.
    residentBytes: int
    # The conversations that are under way, at most 1,000.
    fibers: Required[list[CoreStatusResultFibersItem]]
    fiberCount: int
    # Sizes on the disk.
    store: Required[CoreStatusResultStore]


class CoreStopResult(TypedDict, total=False):
    """What Core/stop answers."""

    pid: Required[int]


class EmailChangesResult(TypedDict, total=False):
    """What Email/changes answers."""

    accountId: Required[str]
    oldState: Required[State]
    newState: Required[State]
    hasMoreChanges: Required[bool]
    created: Required[list[Id]]
    updated: Required[list[Id]]
    destroyed: Required[list[Id]]


class EmailCopyResult(TypedDict, total=False):
    """What Email/copy answers."""

    fromAccountId: Required[str]
    accountId: Required[str]
    oldState: Required[State | None]
    newState: Required[State]
    created: Required[dict[str, Email] | None]
    notCreated: Required[dict[str, SetError] | None]
    # [["Email/set", its response]], or [["error", its error]], if there was such a call.
    implicit: list[list[Any]]


class EmailGetResult(TypedDict, total=False):
    """What Email/get answers."""

    accountId: Required[str]
    state: Required[State]
    list: Required[list[Email]]
    notFound: Required[list[str]]


class EmailHistoryResult(TypedDict, total=False):
    """What Email/history answers."""

    accountId: Required[str]
    list: Required[list[EmailHistory]]
    notFound: Required[list[str]]


class EmailImportResult(TypedDict, total=False):
    """What Email/import answers."""

    accountId: Required[str]
    oldState: Required[State | None]
    newState: Required[State]
    created: Required[dict[str, Email] | None]
    notCreated: Required[dict[str, SetError] | None]


class EmailParseResult(TypedDict, total=False):
    """What Email/parse answers."""

    accountId: Required[str]
    parsed: Required[dict[str, Email] | None]
    # Blobs that do not begin with a header field.
    notParsable: Required[list[str] | None]
    notFound: Required[list[str] | None]


class EmailQueryResult(TypedDict, total=False):
    """What Email/query answers."""

    accountId: Required[str]
    queryState: Required[State]
    # Not by relevance, nor for a query that names mailboxes, accounts or days: ask with the filter of Search/parse.
    canCalculateChanges: Required[bool]
    position: Required[int]
    ids: Required[list[Id]]
    # Only with calculateTotal.
    total: int
    # Only when the core set one.
    limit: int


class EmailQueryChangesResult(TypedDict, total=False):
    """What Email/queryChanges answers."""

    accountId: Required[str]
    oldQueryState: Required[State]
    newQueryState: Required[State]
    total: int
    removed: Required[list[Id]]
    added: Required[list[AddedItem]]


class EmailSetResult(TypedDict, total=False):
    """What Email/set answers."""

    accountId: Required[str]
    oldState: Required[State | None]
    newState: Required[State]
    created: Required[dict[str, Email] | None]
    updated: Required[dict[str, dict[str, Any] | None] | None]
    destroyed: Required[list[Id] | None]
    notCreated: Required[dict[str, SetError] | None]
    notUpdated: Required[dict[str, SetError] | None]
    notDestroyed: Required[dict[str, SetError] | None]


class EmailSubmissionChangesResult(TypedDict, total=False):
    """What EmailSubmission/changes answers."""

    accountId: Required[str]
    oldState: Required[State]
    newState: Required[State]
    hasMoreChanges: Required[bool]
    created: Required[list[Id]]
    updated: Required[list[Id]]
    destroyed: Required[list[Id]]


class EmailSubmissionGetResult(TypedDict, total=False):
    """What EmailSubmission/get answers."""

    accountId: Required[str]
    state: Required[State]
    list: Required[list[EmailSubmission]]
    notFound: Required[list[str]]


class EmailSubmissionQueryResult(TypedDict, total=False):
    """What EmailSubmission/query answers."""

    accountId: Required[str]
    queryState: Required[State]
    canCalculateChanges: Required[bool]
    position: Required[int]
    ids: Required[list[Id]]
    # Only with calculateTotal.
    total: int
    # Only when the core set one.
    limit: int


class EmailSubmissionQueryChangesResult(TypedDict, total=False):
    """What EmailSubmission/queryChanges answers."""

    accountId: Required[str]
    oldQueryState: Required[State]
    newQueryState: Required[State]
    total: int
    removed: Required[list[Id]]
    added: Required[list[AddedItem]]


class EmailSubmissionSetResult(TypedDict, total=False):
    """What EmailSubmission/set answers."""

    accountId: Required[str]
    oldState: Required[State | None]
    newState: Required[State]
    created: Required[dict[str, EmailSubmission] | None]
    updated: Required[dict[str, dict[str, Any] | None] | None]
    destroyed: Required[list[Id] | None]
    notCreated: Required[dict[str, SetError] | None]
    notUpdated: Required[dict[str, SetError] | None]
    notDestroyed: Required[dict[str, SetError] | None]
    # [["Email/set", its response]], if there was one.
    implicit: list[list[Any]]


class IdentityChangesResult(TypedDict, total=False):
    """What Identity/changes answers."""

    accountId: Required[str]
    oldState: Required[State]
    newState: Required[State]
    hasMoreChanges: Required[bool]
    created: Required[list[Id]]
    updated: Required[list[Id]]
    destroyed: Required[list[Id]]


class IdentityGetResult(TypedDict, total=False):
    """What Identity/get answers."""

    accountId: Required[str]
    state: Required[State]
    list: Required[list[Identity]]
    notFound: Required[list[str]]


class IdentitySetResult(TypedDict, total=False):
    """What Identity/set answers."""

    accountId: Required[str]
    oldState: Required[State | None]
    newState: Required[State]
    created: Required[dict[str, Identity] | None]
    updated: Required[dict[str, dict[str, Any] | None] | None]
    destroyed: Required[list[Id] | None]
    notCreated: Required[dict[str, SetError] | None]
    notUpdated: Required[dict[str, SetError] | None]
    notDestroyed: Required[dict[str, SetError] | None]


class MDNParseResult(TypedDict, total=False):
    """What MDN/parse answers."""

    accountId: Required[str]
    parsed: Required[dict[str, MDN] | None]
    notParsable: Required[list[Id] | None]
    notFound: Required[list[Id] | None]


class MDNSendResult(TypedDict, total=False):
    """What MDN/send answers."""

    accountId: Required[str]
    # What the core filled in.
    sent: Required[dict[str, MDN] | None]
    notSent: Required[dict[str, SetError] | None]
    # [["Email/set", its response]], if there was one.
    implicit: list[list[Any]]


class MailboxChangesResult(TypedDict, total=False):
    """What Mailbox/changes answers."""

    accountId: Required[str]
    oldState: Required[State]
    newState: Required[State]
    hasMoreChanges: Required[bool]
    created: Required[list[Id]]
    updated: Required[list[Id]]
    destroyed: Required[list[Id]]
    updatedProperties: Required[list[str] | None]


class MailboxGetResult(TypedDict, total=False):
    """What Mailbox/get answers."""

    accountId: Required[str]
    state: Required[State]
    list: Required[list[Mailbox]]
    notFound: Required[list[str]]


class MailboxQueryResult(TypedDict, total=False):
    """What Mailbox/query answers."""

    accountId: Required[str]
    queryState: Required[State]
    canCalculateChanges: Required[bool]
    position: Required[int]
    ids: Required[list[Id]]
    # Only with calculateTotal.
    total: int
    # Only when the core set one.
    limit: int


class MailboxQueryChangesResult(TypedDict, total=False):
    """What Mailbox/queryChanges answers."""

    accountId: Required[str]
    oldQueryState: Required[State]
    newQueryState: Required[State]
    total: int
    removed: Required[list[Id]]
    added: Required[list[AddedItem]]


class MailboxSetResult(TypedDict, total=False):
    """What Mailbox/set answers."""

    accountId: Required[str]
    oldState: Required[State | None]
    newState: Required[State]
    created: Required[dict[str, Mailbox] | None]
    updated: Required[dict[str, dict[str, Any] | None] | None]
    destroyed: Required[list[Id] | None]
    notCreated: Required[dict[str, SetError] | None]
    notUpdated: Required[dict[str, SetError] | None]
    notDestroyed: Required[dict[str, SetError] | None]


class PluginGetResult(TypedDict, total=False):
    """What Plugin/get answers."""

    list: Required[list[Plugin]]
    notFound: Required[list[str]]


class PushSubscribeResult(TypedDict, total=False):
    """What Push/subscribe answers."""

    types: Required[list[str]]
    # The present states, in the form of StateChange: what changes after them is notified.
    changed: Required[dict[str, dict[str, State]]]


class PushSubscriptionGetResult(TypedDict, total=False):
    """What PushSubscription/get answers."""

    list: Required[list[PushSubscription]]
    notFound: Required[list[str]]


class PushSubscriptionSetResult(TypedDict, total=False):
    """What PushSubscription/set answers."""

    created: Required[dict[str, PushSubscription] | None]
    updated: Required[dict[str, dict[str, Any] | None] | None]
    destroyed: Required[list[Id] | None]
    notCreated: Required[dict[str, SetError] | None]
    notUpdated: Required[dict[str, SetError] | None]
    notDestroyed: Required[dict[str, SetError] | None]


class QuotaChangesResult(TypedDict, total=False):
    """What Quota/changes answers."""

    accountId: Required[str]
    oldState: Required[State]
    newState: Required[State]
    hasMoreChanges: Required[bool]
    created: Required[list[Id]]
    updated: Required[list[Id]]
    destroyed: Required[list[Id]]
    # ["used"] when nothing else changed.
    updatedProperties: Required[list[str] | None]


class QuotaGetResult(TypedDict, total=False):
    """What Quota/get answers."""

    accountId: Required[str]
    state: Required[State]
    list: Required[list[Quota]]
    notFound: Required[list[str]]


class QuotaQueryResult(TypedDict, total=False):
    """What Quota/query answers."""

    accountId: Required[str]
    queryState: Required[State]
    canCalculateChanges: Required[bool]
    position: Required[int]
    ids: Required[list[Id]]
    # Only with calculateTotal.
    total: int
    # Only when the core set one.
    limit: int


class QuotaQueryChangesResult(TypedDict, total=False):
    """What Quota/queryChanges answers."""

    accountId: Required[str]
    oldQueryState: Required[State]
    newQueryState: Required[State]
    total: int
    removed: Required[list[Id]]
    added: Required[list[AddedItem]]


class SearchParseResult(TypedDict, total=False):
    """What Search/parse answers."""

    filter: Required[EmailFilter]


class SearchSnippetGetResult(TypedDict, total=False):
    """What SearchSnippet/get answers."""

    accountId: Required[str]
    list: Required[list[SearchSnippet]]
    notFound: Required[list[str] | None]


class SecretsGetResultStoresItem(TypedDict, total=False):
    # file: PROFILE/secrets, mode 0600. encrypted: a file that a passphrase opens. keyring: the desktop's. command:
    # what a command prints. credential: what systemd hands over.
    name: Required[Literal['file', 'encrypted', 'keyring', 'command', 'credential']]
    # false: passwords can only be read there.
    isWritable: Required[bool]
    # It can be used now.
    isUsable: Required[bool]
    # It can be used once it is unlocked (Secrets/unlock; a keyring by its own means).
    isLocked: Required[bool]
    # Why it cannot be used, for people.
    problem: Required[str | None]


class SecretsGetResultAccountsItem(TypedDict, total=False):
    accountId: Required[Id]
    # Account/set changes it (settings/secrets), and moves what is there: it is removed in the old store after it was
    # written in the new one and read again.
    store: Required[Literal['file', 'encrypted', 'keyring', 'command', 'credential']]


class SecretsGetResult(TypedDict, total=False):
    """What Secrets/get answers."""

    # The store of new accounts that name none, and of tokens whose account's store can only be read.
    defaultStore: Required[str]
    stores: Required[list[SecretsGetResultStoresItem]]
    accounts: Required[list[SecretsGetResultAccountsItem]]


class SecretsLockResult(TypedDict, total=False):
    """What Secrets/lock answers."""

    isLocked: Required[bool]


class SecretsSetResult(TypedDict, total=False):
    """What Secrets/set answers."""

    defaultStore: Required[str]


class SecretsUnlockResult(TypedDict, total=False):
    """What Secrets/unlock answers."""

    isLocked: Required[bool]


class SessionAuthenticateResult(TypedDict, total=False):
    """What Session/authenticate answers."""

    tokenId: Required[Id]
    name: Required[str]
    scopes: Required[list[str]]
    # null: all.
    accountIds: Required[list[Id] | None]
    expiresAt: Required[UTCDate | None]


class SessionGetResultAccountsValue(TypedDict, total=False):
    name: Required[str]
    isPersonal: Required[bool]
    isReadOnly: Required[bool]
    accountCapabilities: Required[dict[str, dict[str, Any]]]


class SessionGetResult(TypedDict, total=False):
    """What Session/get answers."""

    capabilities: Required[dict[str, dict[str, Any]]]
    accounts: Required[dict[str, SessionGetResultAccountsValue]]
    primaryAccounts: Required[dict[str, Id]]
    # The user of the credentials; empty when nobody says who it is.
    username: Required[str]
    # Changes when anything of this object does, and only then.
    state: Required[str]


class StoreRebuildResult(TypedDict, total=False):
    """What Store/rebuild answers."""

    taskId: Required[Id]


class TaskCancelResult(TypedDict, total=False):
    """What Task/cancel answers."""

    task: Required[Task]


class TaskGetResult(TypedDict, total=False):
    """What Task/get answers."""

    list: Required[list[Task]]
    notFound: Required[list[str]]


class ThreadChangesResult(TypedDict, total=False):
    """What Thread/changes answers."""

    accountId: Required[str]
    oldState: Required[State]
    newState: Required[State]
    hasMoreChanges: Required[bool]
    created: Required[list[Id]]
    updated: Required[list[Id]]
    destroyed: Required[list[Id]]


class ThreadGetResult(TypedDict, total=False):
    """What Thread/get answers."""

    accountId: Required[str]
    state: Required[State]
    list: Required[list[Thread]]
    notFound: Required[list[str]]


class TokenAuditResult(TypedDict, total=False):
    """What Token/audit answers."""

    list: Required[list[AuditEntry]]
    hasMore: Required[bool]


class TokenChangesResult(TypedDict, total=False):
    """What Token/changes answers."""

    oldState: Required[State]
    newState: Required[State]
    hasMoreChanges: Required[bool]
    created: Required[list[Id]]
    updated: Required[list[Id]]
    destroyed: Required[list[Id]]


class TokenGetResult(TypedDict, total=False):
    """What Token/get answers."""

    state: Required[State]
    list: Required[list[Token]]
    notFound: Required[list[str]]


class TokenInviteResult(TypedDict, total=False):
    """What Token/invite answers."""

    code: Required[str]
    # Until then it is good.
    expiresAt: Required[UTCDate]


class TokenPairResult(TypedDict, total=False):
    """What Token/pair answers."""

    # With its secret.
    token: Required[Token]


class TokenSetResult(TypedDict, total=False):
    """What Token/set answers."""

    oldState: Required[State | None]
    newState: Required[State]
    created: Required[dict[str, Token] | None]
    updated: Required[dict[str, dict[str, Any] | None] | None]
    destroyed: Required[list[Id] | None]
    notCreated: Required[dict[str, SetError] | None]
    notUpdated: Required[dict[str, SetError] | None]
    notDestroyed: Required[dict[str, SetError] | None]


class UndoApplyResult(TypedDict, total=False):
    """What Undo/apply answers."""

    # The action that was taken back.
    id: Required[Id]
    # What was done, for people: "taken back: 12 messages moved to Archive".
    description: Required[str]
    # The action that this is, to do it again by taking that back; null: nothing was changed.
    undoId: Required[Id | None]
    # The Emails that were changed or restored, by the ids that they have now.
    undone: Required[list[Id]]
    # Ids of Emails that had been destroyed to those that they have now.
    restored: Required[dict[str, Id] | None]
    # Email id to why it, or something of it, was left as it is. An Email may be in `undone`, too. The first 10,000.
    notUndone: Required[dict[str, UndoProblem] | None]
    # How many changes were left as they are, in whole or in part.
    notUndoneCount: Required[int]


class UndoChangesResult(TypedDict, total=False):
    """What Undo/changes answers."""

    accountId: Required[str]
    oldState: Required[State]
    newState: Required[State]
    hasMoreChanges: Required[bool]
    created: Required[list[Id]]
    updated: Required[list[Id]]
    destroyed: Required[list[Id]]


class UndoGetResult(TypedDict, total=False):
    """What Undo/get answers."""

    accountId: Required[str]
    state: Required[State]
    list: Required[list[Undo]]
    notFound: Required[list[str]]


class UndoQueryResult(TypedDict, total=False):
    """What Undo/query answers."""

    accountId: Required[str]
    queryState: Required[State]
    canCalculateChanges: Required[bool]
    position: Required[int]
    ids: Required[list[Id]]
    # Only with calculateTotal.
    total: int
    # Only when the core set one.
    limit: int


class VacationResponseGetResult(TypedDict, total=False):
    """What VacationResponse/get answers."""

    accountId: Required[str]
    state: Required[State]
    list: Required[list[VacationResponse]]
    notFound: Required[list[str]]


class VacationResponseSetResult(TypedDict, total=False):
    """What VacationResponse/set answers."""

    accountId: Required[str]
    oldState: Required[State | None]
    newState: Required[State]
    created: Required[dict[str, VacationResponse] | None]
    updated: Required[dict[str, dict[str, Any] | None] | None]
    destroyed: Required[list[Id] | None]
    notCreated: Required[dict[str, SetError] | None]
    notUpdated: Required[dict[str, SetError] | None]
    notDestroyed: Required[dict[str, SetError] | None]


_RpcDiscoverResultNames = TypedDict("_RpcDiscoverResultNames", {"x-events": "dict[str, Any]"}, total=False)


class RpcDiscoverResult(_RpcDiscoverResultNames, total=False):
    """What rpc.discover answers."""

    openrpc: Required[str]
    info: Required[dict[str, Any]]
    methods: Required[list[dict[str, Any]]]
    components: dict[str, Any]


class AccountState(TypedDict, total=False):
    """The syncState of these accounts changed: ask for it with Account/get."""

    accountIds: Required[list[Id]]


class StateChange(TypedDict, total=False):
    """Something changed: ask for what with */changes. At most one waits for a client; later ones are merged into it."""

    # Account id to type to new state. The list of accounts belongs to no account: its state stands under "*", type
    # Account.
    changed: Required[dict[str, dict[str, State]]]


class TaskProgress(TypedDict, total=False):
    """A task went on, or ended."""

    task: Required[Task]
