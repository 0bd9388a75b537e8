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
    # Where the browser comes back to on this computer: http://127.0.0.1, perhaps with a port.
    redirect: str
    # Who the provider is (RFC 9207).
    issuer: str
    # The page where consent is given: https.
    authorizationEndpoint: str
    # Where tokens are had: https.
    tokenEndpoint: str
    # Where codes for devices are had (RFC 8628): https.
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
    # When it tries again; null: it does not wait for that.
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
    # Of how many in this pass, as far as is known.
    messagesTotal: int
    # Bytes that were fetched in this pass.
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
    # Where it stands in the list, from 0.
    index: Required[int]


class AddressSuggestion(TypedDict, total=False):
    """An address that may be meant."""

    # As the newest message that had one.
    name: Required[str | None]
    # The address, as the newest message wrote it.
    email: Required[str]
    # How likely: a message sent to it just now counts 1, one of 90 days ago one half.
    score: Required[float]
    # Messages to it that are here.
    sent: Required[int]
    # Messages from it that are here.
    received: Required[int]
    # When the newest of them came or went. Where that was removed since, it may be too late.
    lastAt: Required[UTCDate]


class AuditEntry(TypedDict, total=False):
    """Ours: one call that came by a token and changed something, or was refused."""

    id: Required[Id]
    at: Required[UTCDate]
    # It may be gone.
    tokenId: Required[Id]
    # As it was called then.
    tokenName: Required[str]
    # Which was called.
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
    # Of the server that showed it.
    port: Required[int]
    # Its fingerprint, as "AB:CD:...".
    sha256: Required[str]
    # Whose it is: "CN=imap.example.org,O=Example", perhaps cut.
    subject: Required[str]
    # Who signed it.
    issuer: Required[str]
    # The names that it is for, with commas; perhaps not all.
    hosts: Required[str]
    # From when it is valid.
    notBefore: Required[UTCDate | None]
    # Until when it is valid.
    notAfter: Required[UTCDate | None]
    # Why it was refused: "is self-signed...".
    reason: Required[str]
    # Another one is trusted for this server.
    isChanged: Required[bool]
    # That one.
    trustedSha256: str


class Comparator(TypedDict, total=False):
    """One step of a sort (RFC 8620 section 5.5); Email adds `keyword`."""

    # What to sort by: see emailQuerySortOptions of the session for Emails.
    property: Required[str]
    # The smallest first.
    isAscending: bool
    # How words are compared: one of collationAlgorithms of the session.
    collation: str
    # For hasKeyword and its like: which.
    keyword: str


class EmailSnoozed(TypedDict, total=False):
    # When it comes back.
    until: UTCDate
    # Where; null: the inbox.
    moveToMailboxId: Id | None


_EmailNames = TypedDict("_EmailNames", {"from": "Required[list[EmailAddress] | None]"}, total=False)


class Email(_EmailNames, total=False):
    """A message, RFC 8621 section 4. All but mailboxIds and keywords never changes."""

    # Set by the core; null in what was parsed.
    id: Required[Id | None]
    # The raw message. Of one with isPartial it begins with p, stands for the message as it will be, and is another
    # when that is here.
    blobId: Required[Id]
    # Ours, when asked for: only the header is here. What the header does not answer is fetched when it is asked for:
    # it takes longer, or fails with serverUnavailable.
    isPartial: bool
    # Ours, when asked for: it is out of sight until then (Email/snooze); null: it is not.
    snoozed: EmailSnoozed | None
    # The thread that it belongs to; null in what was parsed. Set by the core.
    threadId: Required[Id | None]
    # Mailbox id to true: where it is; null in what was parsed.
    mailboxIds: Required[dict[str, Literal[True]] | None]
    # Keyword to true: $seen, $flagged, $answered, $draft and one's own; null in what was parsed.
    keywords: Required[dict[str, Literal[True]] | None]
    # Bytes of the message. Set by the core.
    size: Required[int]
    # When it came; null in what was parsed.
    receivedAt: Required[UTCDate | None]
    # All header fields, in their order.
    headers: Required[list[EmailHeader]]
    # Message-ID, without <>.
    messageId: Required[list[str] | None]
    # In-Reply-To, without <>.
    inReplyTo: Required[list[str] | None]
    # References, without <>.
    references: Required[list[str] | None]
    # Sender.
    sender: Required[list[EmailAddress] | None]
    # To.
    to: Required[list[EmailAddress] | None]
    # Cc.
    cc: Required[list[EmailAddress] | None]
    # Bcc.
    bcc: Required[list[EmailAddress] | None]
    # Reply-To.
    replyTo: Required[list[EmailAddress] | None]
    # Subject, decoded.
    subject: Required[str | None]
    # Date.
    sentAt: Required[Date | None]
    bodyStructure: Required[EmailBodyPart]
    # partId to text, of the parts that were asked for.
    bodyValues: Required[dict[str, EmailBodyValue]]
    # The parts that make up the text, in their order (RFC 8621 section 4.1.4).
    textBody: Required[list[EmailBodyPart]]
    # The parts that make up the HTML, in their order (RFC 8621 section 4.1.4).
    htmlBody: Required[list[EmailBodyPart]]
    # The parts that are neither (RFC 8621 section 4.1.4).
    attachments: Required[list[EmailBodyPart]]
    # Whether there is an attachment that people would call so. Set by the core.
    hasAttachment: Required[bool]
    # The beginning of the text, in one line. Set by the core.
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

    # Who it is, decoded; null: it does not say.
    name: Required[str | None]
    # The address.
    email: Required[str]


class EmailAddressGroup(TypedDict, total=False):
    """RFC 8621 section 4.1.2.4."""

    # Of the group; null: these are in none.
    name: Required[str | None]
    # Who is in it.
    addresses: Required[list[EmailAddress]]


class EmailBodyPart(TypedDict, total=False):
    """A part of a message, RFC 8621 section 4.1.4."""

    # Names the part in the message; null: it has parts itself.
    partId: str | None
    # Its bytes, decoded; null: it has parts itself.
    blobId: Id | None
    # Bytes, decoded.
    size: int
    # Its header fields, in their order.
    headers: list[EmailHeader]
    # The file's name, as somebody else wrote it; null: none.
    name: str | None
    # The media type.
    type: str
    # Of a text; null: it is none.
    charset: str | None
    # inline, attachment; null: it does not say.
    disposition: str | None
    # Content-ID, without <>; null: none.
    cid: str | None
    # Content-Language; null: none.
    language: list[str] | None
    # Content-Location; null: none.
    location: str | None
    # The parts that it is made of; null: it is none of multipart/*.
    subParts: list[EmailBodyPart] | None


class EmailBodyValue(TypedDict, total=False):
    """The decoded text of a part, RFC 8621 section 4.1.4."""

    # The text, in UTF-8, with LF at its line ends.
    value: Required[str]
    # Something in it could not be decoded.
    isEncodingProblem: bool
    # It is longer: maxBodyValueBytes.
    isTruncated: bool


class EmailCounts(TypedDict, total=False):
    """Messages, counted. Each is exactly one of spam (in Junk), draft, sent (in Sent, or from one of the account's
    identities) and received (all others).
    """

    # All: the sum of the next four.
    messages: Required[int]
    # From others.
    received: Required[int]
    # One's own.
    sent: Required[int]
    # In a mailbox with the role junk.
    spam: Required[int]
    # In a mailbox with the role drafts, or with the keyword $draft.
    drafts: Required[int]
    # Without the keywords $seen and $draft.
    unread: Required[int]
    # Their sizes added up.
    bytes: Required[int]


class EmailDraftTextBodyItem(TypedDict, total=False):
    # Names the text in bodyValues.
    partId: Required[str]
    # text/plain.
    type: Required[str]
    # Lines flow (RFC 3676).
    format: Required[Literal['flowed']]


class EmailDraftHtmlBodyItem(TypedDict, total=False):
    # Names the HTML in bodyValues.
    partId: Required[str]
    # text/html.
    type: Required[str]


class EmailDraftBodyValuesValue(TypedDict, total=False):
    # The text.
    value: Required[str]


class EmailDraftAttachmentsItem(TypedDict, total=False):
    blobId: Required[Id]
    # The media type.
    type: Required[str]
    # The file's name; null: none.
    name: Required[str | None]
    # Of a text.
    charset: str
    # inline or attachment.
    disposition: Required[str]
    # Content-ID, by which the HTML shows it.
    cid: str


_EmailDraftNames = TypedDict("_EmailDraftNames", {"from": "list[EmailAddress]"}, total=False)


class EmailDraft(_EmailDraftNames, total=False):
    """A message to be, as Email/set creates it (RFC 8621 section 4.6)."""

    # The account's drafts; missing where it has no mailbox with that role.
    mailboxIds: dict[str, Literal[True]]
    # $draft and $seen.
    keywords: Required[dict[str, Literal[True]]]
    # Whom it goes to.
    to: Required[list[EmailAddress]]
    # Who gets it, too.
    cc: Required[list[EmailAddress]]
    # Who gets it without the others knowing.
    bcc: list[EmailAddress]
    # Where answers go.
    replyTo: list[EmailAddress]
    # The text is made of the HTML.
    generateTextBody: Literal[True]
    # The data: URLs in the HTML become parts.
    embedImages: Literal[True]
    # The subject.
    subject: Required[str]
    # The message that it answers.
    inReplyTo: list[str]
    # Those before it.
    references: list[str]
    # The text.
    textBody: list[EmailDraftTextBodyItem]
    # The HTML.
    htmlBody: list[EmailDraftHtmlBodyItem]
    # partId to text.
    bodyValues: Required[dict[str, EmailDraftBodyValuesValue]]
    # The files.
    attachments: list[EmailDraftAttachmentsItem]


class EmailHeader(TypedDict, total=False):
    """A header field as it stands in the message, RFC 8621 section 4.1.3."""

    # As it is written there.
    name: Required[str]
    # As it is written there, undecoded.
    value: Required[str]


class EmailHistoryEventsItemActor(TypedDict, total=False):
    # server: it was found so there, another program or a rule over there did it. client: a front end of this core.
    # filter: a filter of this core. repair: Account/repair. rule: a Rule of this core, or, as "mute", that the
    # conversation is muted.
    kind: Required[Literal['server', 'client', 'filter', 'repair', 'rule']]
    # Of the client's program, of the filter, or of the rule as it was called then; null: not known.
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
    # Who did it.
    actor: Required[EmailHistoryEventsItemActor]


class EmailHistory(TypedDict, total=False):
    """What became of one Email, oldest first."""

    id: Required[Id]
    accountId: Required[Id]
    # It is not there any more.
    isDestroyed: Required[bool]
    # What happened to it, the oldest first.
    events: Required[list[EmailHistoryEventsItem]]


class EmailSubmissionEnvelope(TypedDict, total=False):
    mailFrom: EnvelopeAddress
    # Whom it goes to.
    rcptTo: list[EnvelopeAddress]


class EmailSubmissionDeliveryStatusValue(TypedDict, total=False):
    # What the last server said of it.
    smtpReply: str
    # Whether it is there, as far as is known.
    delivered: Literal['queued', 'yes', 'no', 'unknown']
    # Whether it was shown, as far as is known.
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
    # Ours: not the Email is sent, but a message of the core's about it: a receipt (MDN/send), or an absence note.
    # Whatever becomes of it, the Email is somebody's letter and stays where it is. Set by the core.
    isReport: bool


class EmailSubmissionFilterCondition(TypedDict, total=False):
    """RFC 8621 section 7.3, and state."""

    # By one of these.
    identityIds: list[Id]
    # Of one of these.
    emailIds: list[Id]
    # In one of these.
    threadIds: list[Id]
    # In this state.
    undoStatus: Literal['pending', 'final', 'canceled']
    # sendAt is before.
    before: UTCDate
    # sendAt is then or after.
    after: UTCDate
    # Ours.
    state: Literal['held', 'queued', 'sending', 'sent', 'failed', 'uncertain', 'canceled']


class EnvelopeAddress(TypedDict, total=False):
    """An address in the envelope of a message (RFC 8621 section 7)."""

    # The address; "" in mailFrom: nobody.
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
    # Where answers go; null: to the address.
    replyTo: Required[list[EmailAddress] | None]
    # Who gets everything that is sent, unseen; null: nobody.
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

    # Of which messages the bodies are kept: of all, of none, or of those of so many days.
    bodies: Literal['all', 'none'] | KeepBodies
    # Larger messages are not kept whole.
    maxBytes: int | None


class MDNDisposition(TypedDict, total=False):
    # Whether a person did it, or a program.
    actionMode: Required[Literal['manual-action', 'automatic-action']]
    # Whether a person sent this, or a program.
    sendingMode: Required[Literal['mdn-sent-manually', 'mdn-sent-automatically']]
    # What was done.
    type: Required[Literal['deleted', 'dispatched', 'displayed', 'processed']]


class MDN(TypedDict, total=False):
    """A message disposition notification: a receipt (RFC 9007 section 2, RFC 8098)."""

    # The Email that it speaks of; of one that was parsed: null unless exactly one Email of the account has its
    # originalMessageId.
    forEmailId: str | None
    # The subject; null: one is made.
    subject: str | None
    # For people.
    textBody: str | None
    # Send the message back with it.
    includeOriginalMessage: bool
    # Which program says so; null: that is not told. Left out, it is facteur.
    reportingUA: str | None
    # What was done with the message.
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
    # Fields of one's own; null: none.
    extensionFields: dict[str, str] | None


_MailServerNames = TypedDict("_MailServerNames", {"from": "Required[Literal['table', 'mx', 'autoconfig', 'database', 'srv', 'guess']]"}, total=False)


class MailServer(_MailServerNames, total=False):
    """A server that was found for an account."""

    # What it speaks.
    protocol: Required[Literal['imap', 'pop3', 'smtp']]
    # Its name.
    host: Required[str]
    # Its port.
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
    # The mailbox that it is in; null: it is at the top.
    parentId: Required[Id | None]
    # inbox, archive, drafts, sent, trash, junk, all, flagged, important, snoozed (RFC 9979). One mailbox of an
    # account at most has each.
    role: Required[str | None]
    # The smaller ones first.
    sortOrder: Required[int]
    # How many Emails are in it. Set by the core.
    totalEmails: Required[int]
    # Of these without $seen and $draft. Set by the core.
    unreadEmails: Required[int]
    # How many threads have an Email in it. Set by the core.
    totalThreads: Required[int]
    # Of these with something unread (RFC 8621 section 2). Set by the core.
    unreadThreads: Required[int]
    myRights: Required[MailboxRights]
    # Whether it is shown.
    isSubscribed: Required[bool]
    # Ours; given when accountId was "*" or when asked for.
    accountId: Id
    # Ours, when asked for: every message that the server has is here, too.
    isComplete: bool
    # Ours, when asked for: how much of this mailbox is kept here; null: as its account says.
    keep: Keep | None
    # Ours; given when accountId was "*" or when asked for: the colour in which front ends show it, each in a shade of
    # its own; null: none. Kept here only: no server is told of it.
    color: Literal['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'violet', 'pink', 'brown', 'grey', None]


class MailboxFilterCondition(TypedDict, total=False):
    """RFC 8621 section 2.3."""

    # In this mailbox; null: at the top.
    parentId: Id | None
    # The name has this in it.
    name: str
    # With this role; null: without one.
    role: str | None
    # With a role, or without.
    hasAnyRole: bool
    # Subscribed, or not.
    isSubscribed: bool


class MailboxRights(TypedDict, total=False):
    """What may be done with a mailbox (RFC 8621 section 2)."""

    # See what is in it.
    mayReadItems: bool
    # Put Emails into it.
    mayAddItems: bool
    # Take Emails out of it.
    mayRemoveItems: bool
    # Mark as read and unread.
    maySetSeen: bool
    # Set the other keywords.
    maySetKeywords: bool
    # Make mailboxes in it.
    mayCreateChild: bool
    # Rename and move it.
    mayRename: bool
    # Destroy it.
    mayDelete: bool
    # Send what is in it.
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
    # As it calls itself; null: it was not read.
    name: Required[str | None]
    # Its own; null: it was not read.
    version: Required[str | None]
    # Its licence; null: it was not read.
    license: Required[str | None]
    # For people; null: it was not read.
    about: Required[str | None]
    # The file.
    path: Required[str]
    # source, transport, filter: what it is for.
    kinds: Required[list[str]]
    # URL schemes of its sources.
    schemes: Required[list[str]]
    # JSON Schema of the account settings that it understands.
    configSchema: Required[Any]
    # Whether it is in use.
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


class Rule(TypedDict, total=False):
    """What happens to mail that comes new into an account: which mail, and what is done with it. The core asks its rules
    about each message that comes new into the inbox, once, whoever is connected; never about what was there before
    the account was synchronized first, nor about what somebody moves or imports.
    """

    # Set by the core.
    id: Required[Id]
    # Which account it is of. Set by the core.
    accountId: Required[Id]
    # For people; 1 to 255 bytes. Email/history has it as the name of who did what the rule does.
    name: Required[str]
    # Which mail, in the query language of Search/parse; "": every message. At most 4096 bytes. Words that name a
    # mailbox or a day are understood each time that the rule is asked.
    query: Required[str]
    # Rules are asked in this order, equal ones by their ids. By default behind all others.
    sortOrder: Required[int]
    # Whether it is asked; true.
    isEnabled: Required[bool]
    # Rules after it do not see what it matched; false.
    isLast: Required[bool]
    # The mailbox, of the same account, for which the message leaves the inbox; null: it stays. Of several rules that
    # match the first one's counts.
    moveTo: Required[Id | None]
    # Mailboxes in which the message is, too; at most 32.
    copyTo: Required[list[Id]]
    # Keywords as in Email, each with the value true; at most 32.
    addKeywords: Required[dict[str, bool]]
    # The same of keywords that are taken away.
    removeKeywords: Required[dict[str, bool]]
    # Why it does nothing any more, in English; null: it does. Set by the core.
    problem: Required[str | None]
    # The same in one word: a mailbox of moveTo or copyTo is not there any more, or `query` does not parse any more
    # (it names a mailbox that is gone). Set by the core.
    problemType: Required[Literal['mailboxGone', 'invalidQuery', None]]
    # How many Emails it has handled. Set by the core.
    matchedEmails: Required[int]
    # When it handled the last one; null: none yet. Set by the core.
    lastMatchedAt: Required[UTCDate | None]


class SearchSnippet(TypedDict, total=False):
    """What matched, RFC 8621 section 5: HTML-escaped, with <mark> around the matches."""

    emailId: Required[Id]
    # The subject as HTML, with the words in <mark>; null: none is there.
    subject: Required[str | None]
    # A piece of the text as HTML, with the words in <mark>; null: none is there.
    preview: Required[str | None]


class SetError(TypedDict, total=False):
    """Why one object was not created, changed or destroyed (RFC 8620 section 5.3)."""

    # What is wrong (RFC 8620 section 5.3).
    type: Required[str]
    # For people.
    description: str | None
    # The properties that are at fault.
    properties: list[str]
    # invalidProperties, of a Rule whose query is malformed: the byte at which.
    position: int
    # alreadyExists: the object that is there.
    existingId: Id
    # blobNotFound: the blobs that are not there.
    notFound: list[Id]
    # invalidRecipients: the addresses that are none.
    invalidRecipients: list[str]
    # tooManyRecipients: how many there may be.
    maxRecipients: int
    # tooLarge, of an EmailSubmission: bytes of a message that may be sent; of Email/import: bytes that a message may
    # have.
    maxSize: int


class Task(TypedDict, total=False):
    """Long work: a sync, an import. Kept for ten minutes after its end."""

    id: Required[Id]
    # "sync"...
    kind: Required[str]
    # For people.
    title: Required[str]
    # How it is.
    state: Required[Literal['running', 'done', 'failed', 'cancelled']]
    # How much of it is done, in `unit`.
    done: Required[int]
    # 0: not known.
    total: Required[int]
    # What is counted: "messages".
    unit: Required[str | None]
    # What the kind adds; for a sync the progress of each account, and its outcome as soon as it has one.
    detail: Required[Any]
    # Of a task that is done: what its method says of it.
    result: Required[Any]
    # Of one that failed: why; null: it did not.
    error: Required[ErrorInfo | None]
    # When it began.
    startedAt: Required[UTCDate | None]
    # When it ended; null: it goes on.
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
    # For people.
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
    # Where; null: not in one.
    mailboxId: Required[Id | None]
    # Which message on the server; null: none.
    uid: Required[int | None]
    # Which Email; null: none.
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
    # How the user is asked.
    by: Required[Literal['browser', 'device']]
    # The page that he opens.
    url: Required[str]
    # What he types there; null: by browser there is no such thing.
    userCode: Required[str | None]
    # `url` with the code in it, for a QR code.
    completeUrl: Required[str | None]
    expiresAt: Required[UTCDate]


class AccountChangesResult(TypedDict, total=False):
    """What Account/changes answers."""

    oldState: Required[State]
    newState: Required[State]
    # There are more: call again with newState.
    hasMoreChanges: Required[bool]
    # What came since.
    created: Required[list[Id]]
    # What changed since.
    updated: Required[list[Id]]
    # What went since.
    destroyed: Required[list[Id]]


class AccountCheckResultResult(TypedDict, total=False):
    # What it is and what it can, for people.
    server: Required[str]
    # The same of the server that mail is sent over, if there is one: {server, host, port, tls, user}.
    transport: dict[str, Any]
    # The host that was reached.
    host: str
    # The port that was reached.
    port: int
    # none, implicit or starttls.
    tls: str
    # The name that signed in.
    user: str
    # How many mailboxes there are.
    mailboxes: Required[int]
    # Their names, as people read them.
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

    # What was found.
    result: Required[AccountCheckResultResult]


class AccountDiscoverResultProviderNeedsItem(TypedDict, total=False):
    # Of which kind it is: a password for this program alone, something to switch on, a consent, a program of the
    # provider's, a certificate, a user name, or a hint.
    kind: Required[Literal['appPassword', 'switch', 'oauth', 'bridge', 'certificate', 'userName', 'hint']]
    # For people, in English.
    text: Required[str]
    # The provider's page about it.
    url: Required[str]


class AccountDiscoverResultProvider(TypedDict, total=False):
    # In the table of providers; null: it is not in it.
    id: Required[str | None]
    # As people call it.
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
    # Which step it is.
    step: Required[Literal['table', 'mx', 'autoconfig', 'database', 'srv', 'guess']]
    # `failed`: it could not look, see description. `notNeeded`: everything was found before.
    result: Required[Literal['found', 'nothing', 'failed', 'skipped', 'notNeeded', 'noTime']]
    # Where it looked: a URL, a kind of record; for people.
    source: Required[str | None]
    # What it found there, or why it failed; for people.
    description: Required[str | None]
    # How many it found.
    servers: Required[int]
    # How long it took, in ms.
    milliseconds: Required[int]


class AccountDiscoverResult(TypedDict, total=False):
    """What Account/discover answers."""

    # The address that was asked for.
    address: Required[str]
    # In ASCII.
    domain: Required[str]
    # Where mail would be received: the first of `servers` with IMAP, else with POP3.
    source: Required[MailServer | None]
    # How mail would be sent.
    transport: Required[MailServer | None]
    # All that were found, the best first.
    servers: Required[list[MailServer]]
    # Who runs it, and what he wants; null: not known.
    provider: Required[AccountDiscoverResultProvider | None]
    # What was tried, in its order.
    steps: Required[list[AccountDiscoverResultStepsItem]]


class AccountGetResult(TypedDict, total=False):
    """What Account/get answers."""

    state: Required[State]
    # What was found.
    list: Required[list[Account]]
    # Of the ids that were asked for those that are not there, or not to be seen.
    notFound: Required[list[str]]


class AccountQueryResult(TypedDict, total=False):
    """What Account/query answers."""

    queryState: Required[State]
    # Whether /queryChanges can be asked for it.
    canCalculateChanges: Required[bool]
    # Index of the first of them among all results, from 0.
    position: Required[int]
    # What matches, in the order that was asked for.
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

    # What it was before; null: not known.
    oldState: Required[State | None]
    newState: Required[State]
    # Creation id to what the core has set; null: nothing was created.
    created: Required[dict[str, Account] | None]
    # Id to what the core has changed beside what was asked, or null; null: nothing was changed.
    updated: Required[dict[str, dict[str, Any] | None] | None]
    # What was destroyed; null: nothing.
    destroyed: Required[list[Id] | None]
    # Creation id to why it was not created; null: all were.
    notCreated: Required[dict[str, SetError] | None]
    # Id to why it was not changed; null: all were.
    notUpdated: Required[dict[str, SetError] | None]
    # Id to why it was not destroyed; null: all were.
    notDestroyed: Required[dict[str, SetError] | None]


class AccountSyncResult(TypedDict, total=False):
    """What Account/sync answers."""

    taskId: Required[Id]


class AccountVerifyResult(TypedDict, total=False):
    """What Account/verify answers."""

    taskId: Required[Id]


class AddressSuggestResult(TypedDict, total=False):
    """What Address/suggest answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # The likeliest first.
    list: Required[list[AddressSuggestion]]


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

    # The account that was copied from.
    fromAccountId: Required[str]
    # The account; "*" where all were meant.
    accountId: Required[str]
    # Blob id there to blob id here; null: none.
    copied: Required[dict[str, Id] | None]
    # Blob id to why it was not copied; null: all were.
    notCopied: Required[dict[str, SetError] | None]


class BlobFinishResult(TypedDict, total=False):
    """What Blob/finish answers."""

    accountId: Required[Id]
    blobId: Required[Id]
    # Its media type, as far as is known.
    type: Required[str]
    # Its bytes.
    size: Required[int]


_BlobGetResultListItemNames = TypedDict("_BlobGetResultListItemNames", {"data:asText": "str | None", "data:asBase64": "str", "digest:sha": "str", "digest:sha-256": "str"}, total=False)


class BlobGetResultListItem(_BlobGetResultListItemNames, total=False):
    id: Required[Id]
    # Bytes of the whole blob.
    size: int
    # The range is no UTF-8.
    isEncodingProblem: bool
    # The blob ends before the range does.
    isTruncated: bool


class BlobGetResult(TypedDict, total=False):
    """What Blob/get answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # What was found.
    list: Required[list[BlobGetResultListItem]]
    # Of the ids that were asked for those that are not there, or not to be seen.
    notFound: Required[list[str]]


class BlobLookupResultListItem(TypedDict, total=False):
    id: Required[Id]
    # Type name to ids.
    matchedIds: Required[dict[str, list[Id]]]


class BlobLookupResult(TypedDict, total=False):
    """What Blob/lookup answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # One for each blob.
    list: Required[list[BlobLookupResultListItem]]


class BlobOpenResult(TypedDict, total=False):
    """What Blob/open answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    blobId: Required[Id]
    # Bytes of the blob.
    size: Required[int]
    # Which of the descriptors that come with this answer it is.
    fdIndex: Required[int]


class BlobUploadResultCreatedValue(TypedDict, total=False):
    id: Required[Id]
    # The media type that was given; null: none.
    type: Required[str | None]
    # Its bytes.
    size: Required[int]


class BlobUploadResult(TypedDict, total=False):
    """What Blob/upload answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # Creation id to what the core has set; null: nothing was created.
    created: Required[dict[str, BlobUploadResultCreatedValue] | None]
    # Creation id to why it was not created; null: all were.
    notCreated: Required[dict[str, SetError] | None]


class ComposeForwardResult(TypedDict, total=False):
    """What Compose/forward answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # What Email/set takes as `create`, as it is or after a person wrote in it; in a batch by "#create".
    create: Required[dict[str, EmailDraft]]


class ComposeNewResult(TypedDict, total=False):
    """What Compose/new answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # What Email/set takes as `create`, as it is or after a person wrote in it; in a batch by "#create".
    create: Required[dict[str, EmailDraft]]


class ComposeReplyResult(TypedDict, total=False):
    """What Compose/reply answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # What Email/set takes as `create`, as it is or after a person wrote in it; in a batch by "#create".
    create: Required[dict[str, EmailDraft]]


class ComposeResendResultEnvelope(TypedDict, total=False):
    mailFrom: Required[EnvelopeAddress]
    # Whom it goes to.
    rcptTo: Required[list[EnvelopeAddress]]


class ComposeResendResult(TypedDict, total=False):
    """What Compose/resend answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # id, blobId, threadId and size of the draft.
    email: Required[Email]
    identityId: Required[Id]
    # For EmailSubmission/set.
    envelope: Required[ComposeResendResultEnvelope]


class ComposeTemplateResult(TypedDict, total=False):
    """What Compose/template answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # With `values`: placeholders without a value.
    missing: list[str]
    # What Email/set takes as `create`, as it is or after a person wrote in it; in a batch by "#create".
    create: Required[dict[str, EmailDraft]]


class CoreCreatedIdsResult(TypedDict, total=False):
    """What Core/createdIds answers."""

    # Creation id, without "#", to the id that it stands for.
    createdIds: Required[dict[str, Id]]


class CoreStatusResultFibersItem(TypedDict, total=False):
    # What it is.
    name: Required[str]
    # What it waits for; empty: it runs.
    waitsFor: Required[str]
    # For how long, in ms.
    waitedMs: Required[int]


class CoreStatusResultStore(TypedDict, total=False):
    # Bytes of the database.
    databaseBytes: int
    # Bytes of its write-ahead log.
    walBytes: int
    # Bytes of the messages, compressed.
    packBytes: int
    # Room left on that disk.
    freeBytes: int


class CoreStatusResult(TypedDict, total=False):
    """What Core/status answers."""

    # Of facteurd.
    version: Required[str]
    # The level of the API: grows with what is added.
    apiLevel: int
    # Its process.
    pid: Required[int]
    startedAt: UTCDate
    # How long it runs, in ms.
    uptimeMs: Required[int]
    # The profile's folder.
    profile: Required[str]
    # Where its socket is.
    socket: str
    # How many connections there are.
    clients: int
    # Memory that the process occupies.
    residentBytes: int
    # The conversations that are under way, at most 1,000.
    fibers: Required[list[CoreStatusResultFibersItem]]
    # How many there are in all.
    fiberCount: int
    # Sizes on the disk.
    store: Required[CoreStatusResultStore]


class CoreStopResult(TypedDict, total=False):
    """What Core/stop answers."""

    # The process that ends.
    pid: Required[int]


class EmailChangesResult(TypedDict, total=False):
    """What Email/changes answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    oldState: Required[State]
    newState: Required[State]
    # There are more: call again with newState.
    hasMoreChanges: Required[bool]
    # What came since.
    created: Required[list[Id]]
    # What changed since.
    updated: Required[list[Id]]
    # What went since.
    destroyed: Required[list[Id]]


class EmailCopyResult(TypedDict, total=False):
    """What Email/copy answers."""

    # The account that was copied from.
    fromAccountId: Required[str]
    # The account; "*" where all were meant.
    accountId: Required[str]
    # What it was before; null: not known.
    oldState: Required[State | None]
    newState: Required[State]
    # Creation id to what the core has set; null: nothing was created.
    created: Required[dict[str, Email] | None]
    # Creation id to why it was not created; null: all were.
    notCreated: Required[dict[str, SetError] | None]
    # [["Email/set", its response]], or [["error", its error]], if there was such a call.
    implicit: list[list[Any]]


class EmailGetResult(TypedDict, total=False):
    """What Email/get answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    state: Required[State]
    # What was found.
    list: Required[list[Email]]
    # Of the ids that were asked for those that are not there, or not to be seen.
    notFound: Required[list[str]]


class EmailHistoryResult(TypedDict, total=False):
    """What Email/history answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # What was found.
    list: Required[list[EmailHistory]]
    # Of the ids that were asked for those that are not there, or not to be seen.
    notFound: Required[list[str]]


class EmailImportResult(TypedDict, total=False):
    """What Email/import answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # What it was before; null: not known.
    oldState: Required[State | None]
    newState: Required[State]
    # Creation id to what the core has set; null: nothing was created.
    created: Required[dict[str, Email] | None]
    # Creation id to why it was not created; null: all were.
    notCreated: Required[dict[str, SetError] | None]


class EmailParseResult(TypedDict, total=False):
    """What Email/parse answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # Blob id to what stands in it; null: none could be read.
    parsed: Required[dict[str, Email] | None]
    # Blobs that do not begin with a header field, or are larger than 256 MiB; parts that are larger than 64 MiB, or
    # of a message larger than 256 MiB.
    notParsable: Required[list[str] | None]
    # Of the ids that were asked for those that are not there, or not to be seen.
    notFound: Required[list[str] | None]


class EmailQueryResult(TypedDict, total=False):
    """What Email/query answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    queryState: Required[State]
    # Not by relevance, nor for a query that names mailboxes, accounts or days: ask with the filter of Search/parse.
    canCalculateChanges: Required[bool]
    # Index of the first of them among all results, from 0.
    position: Required[int]
    # What matches, in the order that was asked for.
    ids: Required[list[Id]]
    # Only with calculateTotal.
    total: int
    # Only when the core set one.
    limit: int


class EmailQueryChangesResult(TypedDict, total=False):
    """What Email/queryChanges answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    oldQueryState: Required[State]
    newQueryState: Required[State]
    # How many results there are in all; only with calculateTotal.
    total: int
    # What is to be taken out of the list first.
    removed: Required[list[Id]]
    # What is then to be put into it, from the lowest index to the highest.
    added: Required[list[AddedItem]]


class EmailSetResult(TypedDict, total=False):
    """What Email/set answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # What it was before; null: not known.
    oldState: Required[State | None]
    newState: Required[State]
    # Creation id to what the core has set; null: nothing was created.
    created: Required[dict[str, Email] | None]
    # Id to what the core has changed beside what was asked, or null; null: nothing was changed.
    updated: Required[dict[str, dict[str, Any] | None] | None]
    # What was destroyed; null: nothing.
    destroyed: Required[list[Id] | None]
    # Creation id to why it was not created; null: all were.
    notCreated: Required[dict[str, SetError] | None]
    # Id to why it was not changed; null: all were.
    notUpdated: Required[dict[str, SetError] | None]
    # Id to why it was not destroyed; null: all were.
    notDestroyed: Required[dict[str, SetError] | None]


class EmailSnoozeResult(TypedDict, total=False):
    """What Email/snooze answers."""

    # The account.
    accountId: Required[Id]
    oldState: Required[State]
    newState: Required[State]
    # Id to null, of those that were done; null: none was.
    updated: Required[dict[str, None] | None]
    # Id to why it was not done; null: all were.
    notUpdated: Required[dict[str, SetError] | None]


class EmailStatisticsResultUnitsItem(TypedDict, total=False):
    # Its first day, in the time zone.
    start: Required[str]
    # What is there.
    counts: Required[EmailCounts]


class EmailStatisticsResultHours(TypedDict, total=False):
    # By weekday (Monday first) and hour.
    received: Required[list[list[int]]]
    # The same of what was sent.
    sent: Required[list[list[int]]]


class EmailStatisticsResultSendersItem(TypedDict, total=False):
    # As in the newest of them.
    name: Required[str | None]
    # The address.
    email: Required[str]
    # That it sent.
    messages: Required[int]
    # Of these.
    unread: Required[int]
    # Their sizes added up.
    bytes: Required[int]
    # When the newest of them came.
    lastAt: Required[UTCDate]


class EmailStatisticsResultMailboxesItem(TypedDict, total=False):
    # Whose it is.
    accountId: Required[Id]
    # The mailbox.
    mailboxId: Required[Id]
    # What is there.
    counts: Required[EmailCounts]


class EmailStatisticsResultAccountsItem(TypedDict, total=False):
    # The account.
    accountId: Required[Id]
    # What is there.
    counts: Required[EmailCounts]


_EmailStatisticsResultSizesItemNames = TypedDict("_EmailStatisticsResultSizesItemNames", {"from": "Required[int]"}, total=False)


class EmailStatisticsResultSizesItem(_EmailStatisticsResultSizesItemNames, total=False):
    # Bytes that are too many; null: none are.
    below: Required[int | None]
    # What is there.
    counts: Required[EmailCounts]


class EmailStatisticsResultStorage(TypedDict, total=False):
    # Of the database: what is known of messages, and the index.
    databaseBytes: Required[int]
    # Of the messages themselves, each once, compressed.
    messageBytes: Required[int]


class EmailStatisticsResult(TypedDict, total=False):
    """What Email/statistics answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # That of Emails: while it stays, so do the numbers.
    state: Required[State]
    # In which it was counted.
    timeZone: Required[str]
    # Of what length units are.
    unit: Required[Literal['day', 'week', 'month', 'year']]
    # All that was asked for.
    total: Required[EmailCounts]
    # Oldest first; those without any message are left out, and those older than the newest 4,000.
    units: list[EmailStatisticsResultUnitsItem]
    # Some were left out: ask with longer units, or with before.
    hasOlderUnits: bool
    # When messages come and go.
    hours: EmailStatisticsResultHours
    # Of what was received, those with most messages first. Right after an upgrade of a profile some are missing for a
    # few seconds.
    senders: list[EmailStatisticsResultSendersItem]
    # How many senders there are, also those beyond limit.
    allSenders: int
    # By mailbox; a message in two counts in both. Those without any are left out.
    mailboxes: list[EmailStatisticsResultMailboxesItem]
    # By account, those without any left out.
    accounts: list[EmailStatisticsResultAccountsItem]
    # By size: below 10 kB, 100 kB, 1 MB, 10 MB, 100 MB, and the rest.
    sizes: list[EmailStatisticsResultSizesItem]
    # What the whole profile takes on the disk, whatever was asked for; null for whoever sees some accounts only.
    storage: EmailStatisticsResultStorage | None


class EmailUnsubscribeResult(TypedDict, total=False):
    """What Email/unsubscribe answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # The Email.
    emailId: Required[Id]
    # Of List-Unsubscribe (RFC 2369 section 3.2), in its order: mailto:, http: and others. They are the sender's
    # words: not to be opened unasked.
    urls: Required[list[str]]
    # Where one request is enough; null: it is not, or that cannot be trusted.
    oneClickUrl: Required[str | None]
    # Of both fields: none names them; it did not hold; nobody said whether it holds; it held, as the topmost
    # Authentication-Results say.
    signature: Required[Literal['none', 'failed', 'unverified', 'verified']]
    # What the list's server answered (200 to 299); null in a dry run.
    status: Required[int | None]


class EmailSubmissionChangesResult(TypedDict, total=False):
    """What EmailSubmission/changes answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    oldState: Required[State]
    newState: Required[State]
    # There are more: call again with newState.
    hasMoreChanges: Required[bool]
    # What came since.
    created: Required[list[Id]]
    # What changed since.
    updated: Required[list[Id]]
    # What went since.
    destroyed: Required[list[Id]]


class EmailSubmissionGetResult(TypedDict, total=False):
    """What EmailSubmission/get answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    state: Required[State]
    # What was found.
    list: Required[list[EmailSubmission]]
    # Of the ids that were asked for those that are not there, or not to be seen.
    notFound: Required[list[str]]


class EmailSubmissionQueryResult(TypedDict, total=False):
    """What EmailSubmission/query answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    queryState: Required[State]
    # Whether /queryChanges can be asked for it.
    canCalculateChanges: Required[bool]
    # Index of the first of them among all results, from 0.
    position: Required[int]
    # What matches, in the order that was asked for.
    ids: Required[list[Id]]
    # Only with calculateTotal.
    total: int
    # Only when the core set one.
    limit: int


class EmailSubmissionQueryChangesResult(TypedDict, total=False):
    """What EmailSubmission/queryChanges answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    oldQueryState: Required[State]
    newQueryState: Required[State]
    # How many results there are in all; only with calculateTotal.
    total: int
    # What is to be taken out of the list first.
    removed: Required[list[Id]]
    # What is then to be put into it, from the lowest index to the highest.
    added: Required[list[AddedItem]]


class EmailSubmissionSetResult(TypedDict, total=False):
    """What EmailSubmission/set answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # What it was before; null: not known.
    oldState: Required[State | None]
    newState: Required[State]
    # Creation id to what the core has set; null: nothing was created.
    created: Required[dict[str, EmailSubmission] | None]
    # Id to what the core has changed beside what was asked, or null; null: nothing was changed.
    updated: Required[dict[str, dict[str, Any] | None] | None]
    # What was destroyed; null: nothing.
    destroyed: Required[list[Id] | None]
    # Creation id to why it was not created; null: all were.
    notCreated: Required[dict[str, SetError] | None]
    # Id to why it was not changed; null: all were.
    notUpdated: Required[dict[str, SetError] | None]
    # Id to why it was not destroyed; null: all were.
    notDestroyed: Required[dict[str, SetError] | None]
    # [["Email/set", its response]], if there was one.
    implicit: list[list[Any]]


class IdentityChangesResult(TypedDict, total=False):
    """What Identity/changes answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    oldState: Required[State]
    newState: Required[State]
    # There are more: call again with newState.
    hasMoreChanges: Required[bool]
    # What came since.
    created: Required[list[Id]]
    # What changed since.
    updated: Required[list[Id]]
    # What went since.
    destroyed: Required[list[Id]]


class IdentityGetResult(TypedDict, total=False):
    """What Identity/get answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    state: Required[State]
    # What was found.
    list: Required[list[Identity]]
    # Of the ids that were asked for those that are not there, or not to be seen.
    notFound: Required[list[str]]


class IdentitySetResult(TypedDict, total=False):
    """What Identity/set answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # What it was before; null: not known.
    oldState: Required[State | None]
    newState: Required[State]
    # Creation id to what the core has set; null: nothing was created.
    created: Required[dict[str, Identity] | None]
    # Id to what the core has changed beside what was asked, or null; null: nothing was changed.
    updated: Required[dict[str, dict[str, Any] | None] | None]
    # What was destroyed; null: nothing.
    destroyed: Required[list[Id] | None]
    # Creation id to why it was not created; null: all were.
    notCreated: Required[dict[str, SetError] | None]
    # Id to why it was not changed; null: all were.
    notUpdated: Required[dict[str, SetError] | None]
    # Id to why it was not destroyed; null: all were.
    notDestroyed: Required[dict[str, SetError] | None]


class MDNParseResult(TypedDict, total=False):
    """What MDN/parse answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # Blob id to the receipt that it is; null: none is one.
    parsed: Required[dict[str, MDN] | None]
    # Blobs that are there, and are no such thing, or are larger than 256 MiB.
    notParsable: Required[list[Id] | None]
    # Of the ids that were asked for those that are not there, or not to be seen.
    notFound: Required[list[Id] | None]


class MDNSendResult(TypedDict, total=False):
    """What MDN/send answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # What the core filled in.
    sent: Required[dict[str, MDN] | None]
    # Creation id to why it was not sent; null: all were.
    notSent: Required[dict[str, SetError] | None]
    # [["Email/set", its response]], if there was one.
    implicit: list[list[Any]]


class MailboxChangesResult(TypedDict, total=False):
    """What Mailbox/changes answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    oldState: Required[State]
    newState: Required[State]
    # There are more: call again with newState.
    hasMoreChanges: Required[bool]
    # What came since.
    created: Required[list[Id]]
    # What changed since.
    updated: Required[list[Id]]
    # What went since.
    destroyed: Required[list[Id]]
    # The only properties that changed, the counters; null: others did, too.
    updatedProperties: Required[list[str] | None]


class MailboxGetResult(TypedDict, total=False):
    """What Mailbox/get answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    state: Required[State]
    # What was found.
    list: Required[list[Mailbox]]
    # Of the ids that were asked for those that are not there, or not to be seen.
    notFound: Required[list[str]]


class MailboxQueryResult(TypedDict, total=False):
    """What Mailbox/query answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    queryState: Required[State]
    # Whether /queryChanges can be asked for it.
    canCalculateChanges: Required[bool]
    # Index of the first of them among all results, from 0.
    position: Required[int]
    # What matches, in the order that was asked for.
    ids: Required[list[Id]]
    # Only with calculateTotal.
    total: int
    # Only when the core set one.
    limit: int


class MailboxQueryChangesResult(TypedDict, total=False):
    """What Mailbox/queryChanges answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    oldQueryState: Required[State]
    newQueryState: Required[State]
    # How many results there are in all; only with calculateTotal.
    total: int
    # What is to be taken out of the list first.
    removed: Required[list[Id]]
    # What is then to be put into it, from the lowest index to the highest.
    added: Required[list[AddedItem]]


class MailboxSetResult(TypedDict, total=False):
    """What Mailbox/set answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # What it was before; null: not known.
    oldState: Required[State | None]
    newState: Required[State]
    # Creation id to what the core has set; null: nothing was created.
    created: Required[dict[str, Mailbox] | None]
    # Id to what the core has changed beside what was asked, or null; null: nothing was changed.
    updated: Required[dict[str, dict[str, Any] | None] | None]
    # What was destroyed; null: nothing.
    destroyed: Required[list[Id] | None]
    # Creation id to why it was not created; null: all were.
    notCreated: Required[dict[str, SetError] | None]
    # Id to why it was not changed; null: all were.
    notUpdated: Required[dict[str, SetError] | None]
    # Id to why it was not destroyed; null: all were.
    notDestroyed: Required[dict[str, SetError] | None]


class PluginGetResult(TypedDict, total=False):
    """What Plugin/get answers."""

    # What was found.
    list: Required[list[Plugin]]
    # Of the ids that were asked for those that are not there, or not to be seen.
    notFound: Required[list[str]]


class PushSubscribeResult(TypedDict, total=False):
    """What Push/subscribe answers."""

    # What is told from now on.
    types: Required[list[str]]
    # The present states, in the form of StateChange: what changes after them is notified.
    changed: Required[dict[str, dict[str, State]]]


class PushSubscriptionGetResult(TypedDict, total=False):
    """What PushSubscription/get answers."""

    # What was found.
    list: Required[list[PushSubscription]]
    # Of the ids that were asked for those that are not there, or not to be seen.
    notFound: Required[list[str]]


class PushSubscriptionSetResult(TypedDict, total=False):
    """What PushSubscription/set answers."""

    # Creation id to what the core has set; null: nothing was created.
    created: Required[dict[str, PushSubscription] | None]
    # Id to what the core has changed beside what was asked, or null; null: nothing was changed.
    updated: Required[dict[str, dict[str, Any] | None] | None]
    # What was destroyed; null: nothing.
    destroyed: Required[list[Id] | None]
    # Creation id to why it was not created; null: all were.
    notCreated: Required[dict[str, SetError] | None]
    # Id to why it was not changed; null: all were.
    notUpdated: Required[dict[str, SetError] | None]
    # Id to why it was not destroyed; null: all were.
    notDestroyed: Required[dict[str, SetError] | None]


class QuotaChangesResult(TypedDict, total=False):
    """What Quota/changes answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    oldState: Required[State]
    newState: Required[State]
    # There are more: call again with newState.
    hasMoreChanges: Required[bool]
    # What came since.
    created: Required[list[Id]]
    # What changed since.
    updated: Required[list[Id]]
    # What went since.
    destroyed: Required[list[Id]]
    # ["used"] when nothing else changed.
    updatedProperties: Required[list[str] | None]


class QuotaGetResult(TypedDict, total=False):
    """What Quota/get answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    state: Required[State]
    # What was found.
    list: Required[list[Quota]]
    # Of the ids that were asked for those that are not there, or not to be seen.
    notFound: Required[list[str]]


class QuotaQueryResult(TypedDict, total=False):
    """What Quota/query answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    queryState: Required[State]
    # Whether /queryChanges can be asked for it.
    canCalculateChanges: Required[bool]
    # Index of the first of them among all results, from 0.
    position: Required[int]
    # What matches, in the order that was asked for.
    ids: Required[list[Id]]
    # Only with calculateTotal.
    total: int
    # Only when the core set one.
    limit: int


class QuotaQueryChangesResult(TypedDict, total=False):
    """What Quota/queryChanges answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    oldQueryState: Required[State]
    newQueryState: Required[State]
    # How many results there are in all; only with calculateTotal.
    total: int
    # What is to be taken out of the list first.
    removed: Required[list[Id]]
    # What is then to be put into it, from the lowest index to the highest.
    added: Required[list[AddedItem]]


class RuleApplyResult(TypedDict, total=False):
    """What Rule/apply answers."""

    # The account.
    accountId: Required[Id]
    # The task that does it; null: it is done.
    taskId: Required[Id | None]
    # How many messages the rules match.
    matched: Required[int]
    # How many of them are other than before; null: the task tells.
    changed: Required[int | None]
    # The action, to take it back; null: nothing was changed, or the task tells.
    undoId: Required[Id | None]


class RuleChangesResult(TypedDict, total=False):
    """What Rule/changes answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    oldState: Required[State]
    newState: Required[State]
    # There are more: call again with newState.
    hasMoreChanges: Required[bool]
    # What came since.
    created: Required[list[Id]]
    # What changed since.
    updated: Required[list[Id]]
    # What went since.
    destroyed: Required[list[Id]]


class RuleGetResult(TypedDict, total=False):
    """What Rule/get answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    state: Required[State]
    # What was found.
    list: Required[list[Rule]]
    # Of the ids that were asked for those that are not there, or not to be seen.
    notFound: Required[list[str]]


class RuleSetResult(TypedDict, total=False):
    """What Rule/set answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # What it was before; null: not known.
    oldState: Required[State | None]
    newState: Required[State]
    # Creation id to what the core has set; null: nothing was created.
    created: Required[dict[str, Rule] | None]
    # Id to what the core has changed beside what was asked, or null; null: nothing was changed.
    updated: Required[dict[str, dict[str, Any] | None] | None]
    # What was destroyed; null: nothing.
    destroyed: Required[list[Id] | None]
    # Creation id to why it was not created; null: all were.
    notCreated: Required[dict[str, SetError] | None]
    # Id to why it was not changed; null: all were.
    notUpdated: Required[dict[str, SetError] | None]
    # Id to why it was not destroyed; null: all were.
    notDestroyed: Required[dict[str, SetError] | None]


class SearchParseResult(TypedDict, total=False):
    """What Search/parse answers."""

    filter: Required[EmailFilter]


class SearchSnippetGetResult(TypedDict, total=False):
    """What SearchSnippet/get answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # What was found.
    list: Required[list[SearchSnippet]]
    # Of the ids that were asked for those that are not there, or not to be seen.
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
    # The stores that there are.
    stores: Required[list[SecretsGetResultStoresItem]]
    # Where each account's are.
    accounts: Required[list[SecretsGetResultAccountsItem]]


class SecretsLockResult(TypedDict, total=False):
    """What Secrets/lock answers."""

    # Whether it is closed now.
    isLocked: Required[bool]


class SecretsSetResult(TypedDict, total=False):
    """What Secrets/set answers."""

    # The default from now on.
    defaultStore: Required[str]


class SecretsUnlockResult(TypedDict, total=False):
    """What Secrets/unlock answers."""

    # Whether it is closed now.
    isLocked: Required[bool]


class SessionAuthenticateResult(TypedDict, total=False):
    """What Session/authenticate answers."""

    tokenId: Required[Id]
    # Of the token.
    name: Required[str]
    # What the connection may from now on.
    scopes: Required[list[str]]
    # null: all.
    accountIds: Required[list[Id] | None]
    # When that ends; null: never.
    expiresAt: Required[UTCDate | None]


class SessionGetResultAccountsValue(TypedDict, total=False):
    # As people call it.
    name: Required[str]
    # Always true: a profile is one person's.
    isPersonal: Required[bool]
    # The caller may read it and nothing else: its token has no other scope.
    isReadOnly: Required[bool]
    # What it can, by URI, with its limits.
    accountCapabilities: Required[dict[str, dict[str, Any]]]


class SessionGetResult(TypedDict, total=False):
    """What Session/get answers."""

    # What there is, by its URI, with the limits (RFC 8620 section 2).
    capabilities: Required[dict[str, dict[str, Any]]]
    # Account id to account.
    accounts: Required[dict[str, SessionGetResultAccountsValue]]
    # Capability to the account that people mean when they name none.
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

    # What was found.
    list: Required[list[Task]]
    # Of the ids that were asked for those that are not there, or not to be seen.
    notFound: Required[list[str]]


class ThreadChangesResult(TypedDict, total=False):
    """What Thread/changes answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    oldState: Required[State]
    newState: Required[State]
    # There are more: call again with newState.
    hasMoreChanges: Required[bool]
    # What came since.
    created: Required[list[Id]]
    # What changed since.
    updated: Required[list[Id]]
    # What went since.
    destroyed: Required[list[Id]]


class ThreadGetResult(TypedDict, total=False):
    """What Thread/get answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    state: Required[State]
    # What was found.
    list: Required[list[Thread]]
    # Of the ids that were asked for those that are not there, or not to be seen.
    notFound: Required[list[str]]


class TokenAuditResult(TypedDict, total=False):
    """What Token/audit answers."""

    # What was found.
    list: Required[list[AuditEntry]]
    # There are older ones: call again with `before`.
    hasMore: Required[bool]


class TokenChangesResult(TypedDict, total=False):
    """What Token/changes answers."""

    oldState: Required[State]
    newState: Required[State]
    # There are more: call again with newState.
    hasMoreChanges: Required[bool]
    # What came since.
    created: Required[list[Id]]
    # What changed since.
    updated: Required[list[Id]]
    # What went since.
    destroyed: Required[list[Id]]


class TokenGetResult(TypedDict, total=False):
    """What Token/get answers."""

    state: Required[State]
    # What was found.
    list: Required[list[Token]]
    # Of the ids that were asked for those that are not there, or not to be seen.
    notFound: Required[list[str]]


class TokenInviteResult(TypedDict, total=False):
    """What Token/invite answers."""

    # Three groups of four letters and digits.
    code: Required[str]
    # Until then it is good.
    expiresAt: Required[UTCDate]


class TokenPairResult(TypedDict, total=False):
    """What Token/pair answers."""

    # With its secret.
    token: Required[Token]


class TokenSetResult(TypedDict, total=False):
    """What Token/set answers."""

    # What it was before; null: not known.
    oldState: Required[State | None]
    newState: Required[State]
    # Creation id to what the core has set; null: nothing was created.
    created: Required[dict[str, Token] | None]
    # Id to what the core has changed beside what was asked, or null; null: nothing was changed.
    updated: Required[dict[str, dict[str, Any] | None] | None]
    # What was destroyed; null: nothing.
    destroyed: Required[list[Id] | None]
    # Creation id to why it was not created; null: all were.
    notCreated: Required[dict[str, SetError] | None]
    # Id to why it was not changed; null: all were.
    notUpdated: Required[dict[str, SetError] | None]
    # Id to why it was not destroyed; null: all were.
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

    # The account; "*" where all were meant.
    accountId: Required[str]
    oldState: Required[State]
    newState: Required[State]
    # There are more: call again with newState.
    hasMoreChanges: Required[bool]
    # What came since.
    created: Required[list[Id]]
    # What changed since.
    updated: Required[list[Id]]
    # What went since.
    destroyed: Required[list[Id]]


class UndoGetResult(TypedDict, total=False):
    """What Undo/get answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    state: Required[State]
    # What was found.
    list: Required[list[Undo]]
    # Of the ids that were asked for those that are not there, or not to be seen.
    notFound: Required[list[str]]


class UndoQueryResult(TypedDict, total=False):
    """What Undo/query answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    queryState: Required[State]
    # Whether /queryChanges can be asked for it.
    canCalculateChanges: Required[bool]
    # Index of the first of them among all results, from 0.
    position: Required[int]
    # What matches, in the order that was asked for.
    ids: Required[list[Id]]
    # Only with calculateTotal.
    total: int
    # Only when the core set one.
    limit: int


class VacationResponseGetResult(TypedDict, total=False):
    """What VacationResponse/get answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    state: Required[State]
    # What was found.
    list: Required[list[VacationResponse]]
    # Of the ids that were asked for those that are not there, or not to be seen.
    notFound: Required[list[str]]


class VacationResponseSetResult(TypedDict, total=False):
    """What VacationResponse/set answers."""

    # The account; "*" where all were meant.
    accountId: Required[str]
    # What it was before; null: not known.
    oldState: Required[State | None]
    newState: Required[State]
    # Creation id to what the core has set; null: nothing was created.
    created: Required[dict[str, VacationResponse] | None]
    # Id to what the core has changed beside what was asked, or null; null: nothing was changed.
    updated: Required[dict[str, dict[str, Any] | None] | None]
    # What was destroyed; null: nothing.
    destroyed: Required[list[Id] | None]
    # Creation id to why it was not created; null: all were.
    notCreated: Required[dict[str, SetError] | None]
    # Id to why it was not changed; null: all were.
    notUpdated: Required[dict[str, SetError] | None]
    # Id to why it was not destroyed; null: all were.
    notDestroyed: Required[dict[str, SetError] | None]


_RpcDiscoverResultNames = TypedDict("_RpcDiscoverResultNames", {"x-events": "dict[str, Any]"}, total=False)


class RpcDiscoverResult(_RpcDiscoverResultNames, total=False):
    """What rpc.discover answers."""

    # The version of OpenRPC that this is written in.
    openrpc: Required[str]
    # Title and version.
    info: Required[dict[str, Any]]
    # The methods: arguments, result and errors as JSON Schema; x-scope, x-capability and x-since beside them.
    methods: Required[list[dict[str, Any]]]
    # The types.
    components: dict[str, Any]


class AccountState(TypedDict, total=False):
    """The syncState of these accounts changed: ask for it with Account/get. For progress: it comes up to five times a
    second; StateChange tells of the same (type AccountState) once a second at most.
    """

    # The accounts whose syncState changed.
    accountIds: Required[list[Id]]


class StateChange(TypedDict, total=False):
    """Something changed: ask for what with */changes. At most one waits for a client; later ones are merged into it."""

    # Account id to type to new state. The list of accounts belongs to no account: its state stands under "*", type
    # Account. AccountState is that of an account's syncState and pendingChanges, which has no /changes: ask
    # Account/get. Of it at most one a second is told for an account.
    changed: Required[dict[str, dict[str, State]]]


class TaskProgress(TypedDict, total=False):
    """A task went on, or ended."""

    task: Required[Task]
