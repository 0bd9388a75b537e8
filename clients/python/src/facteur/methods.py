"""Written by apigen.py from api/schema; do not edit."""

from __future__ import annotations

from typing import Any, Awaitable, Literal, Required, TypedDict

from ._calls import UNSET, Call, Ref
from .types import (
    Account,
    AccountAuthorizeResult,
    AccountChangesResult,
    AccountCheckResult,
    AccountDiscoverResult,
    AccountGetResult,
    AccountQueryResult,
    AccountRepairResult,
    AccountScope,
    AccountSetResult,
    AccountSettings,
    AccountSyncResult,
    AccountSyncState,
    AccountVerifyResult,
    AddedItem,
    AddressSuggestResult,
    AddressSuggestion,
    AuditEntry,
    BlobBeginResult,
    BlobCopyResult,
    BlobFinishResult,
    BlobGetResult,
    BlobLookupResult,
    BlobOpenResult,
    BlobUploadResult,
    Certificate,
    Comparator,
    ComposeForwardResult,
    ComposeNewResult,
    ComposeReplyResult,
    ComposeResendResult,
    ComposeTemplateResult,
    CoreCreatedIdsResult,
    CoreStatusResult,
    CoreStopResult,
    Date,
    Email,
    EmailAddress,
    EmailAddressGroup,
    EmailBodyPart,
    EmailBodyValue,
    EmailChangesResult,
    EmailCopyResult,
    EmailCounts,
    EmailDraft,
    EmailFilter,
    EmailGetResult,
    EmailHeader,
    EmailHistory,
    EmailHistoryResult,
    EmailImportResult,
    EmailParseResult,
    EmailQueryChangesResult,
    EmailQueryResult,
    EmailSetResult,
    EmailSnoozeResult,
    EmailStatisticsResult,
    EmailSubmission,
    EmailSubmissionChangesResult,
    EmailSubmissionFilterCondition,
    EmailSubmissionGetResult,
    EmailSubmissionQueryChangesResult,
    EmailSubmissionQueryResult,
    EmailSubmissionSetResult,
    EmailUnsubscribeResult,
    EnvelopeAddress,
    ErrorInfo,
    Id,
    Identity,
    IdentityChangesResult,
    IdentityGetResult,
    IdentitySetResult,
    Keep,
    MDN,
    MDNParseResult,
    MDNSendResult,
    MailServer,
    Mailbox,
    MailboxChangesResult,
    MailboxFilterCondition,
    MailboxGetResult,
    MailboxQueryChangesResult,
    MailboxQueryResult,
    MailboxRights,
    MailboxSetResult,
    Notice,
    Plugin,
    PluginGetResult,
    PushSubscribeResult,
    PushSubscription,
    PushSubscriptionGetResult,
    PushSubscriptionSetResult,
    Quota,
    QuotaChangesResult,
    QuotaFilterCondition,
    QuotaGetResult,
    QuotaQueryChangesResult,
    QuotaQueryResult,
    RpcDiscoverResult,
    Rule,
    RuleApplyResult,
    RuleChangesResult,
    RuleGetResult,
    RuleSetResult,
    SearchParseResult,
    SearchSnippet,
    SearchSnippetGetResult,
    SecretsGetResult,
    SecretsLockResult,
    SecretsSetResult,
    SecretsUnlockResult,
    SessionAuthenticateResult,
    SessionGetResult,
    SetError,
    State,
    StoreRebuildResult,
    Task,
    TaskCancelResult,
    TaskGetResult,
    Thread,
    ThreadChangesResult,
    ThreadGetResult,
    Token,
    TokenAuditResult,
    TokenChangesResult,
    TokenGetResult,
    TokenInviteResult,
    TokenPairResult,
    TokenSetResult,
    UTCDate,
    Undo,
    UndoApplyResult,
    UndoChangesResult,
    UndoGetResult,
    UndoProblem,
    UndoQueryResult,
    VacationResponse,
    VacationResponseGetResult,
    VacationResponseSetResult,
    VerifyDifference,
    VerifyReport,
    WebPush,
)


class AccountQueryArgsFilter(TypedDict, total=False):
    # Only those that are switched on, or off.
    isEnabled: bool
    # Only the one without a server, or the others.
    isLocal: bool
    # In the name or the address.
    text: str


class TokenAuditArgsFilter(TypedDict, total=False):
    # Of this token, which may be gone.
    tokenId: str | None
    # In this account, which may be gone.
    accountId: str | None
    # Not older.
    since: str | None
    # Older.
    until: str | None


class UndoQueryArgsFilter(TypedDict, total=False):
    # Only those that took something back, or the others.
    isUndo: bool
    # Only those that were taken back, or the others.
    isUndone: bool
    # Only what this client did (a token, or the name given to Session/get), or the others.
    isOwn: bool


class Methods:
    """Each method, answered when it returns."""

    def _call(self, method: str, arguments: dict[str, Any]) -> Any:
        raise NotImplementedError

    def account_authorize(self, *,
        account_id: Id,
        by: Literal['browser', 'device'] = UNSET,
        client_secret: str | None = UNSET,
    ) -> AccountAuthorizeResult:
        """Begins to ask the user for consent, so that an account signs in with OAuth 2.0; also to renew a consent that
        has expired.

            The account's setting `oauth` says whom to ask, and as who. `browser`: the user opens `url` in a browser
            of this computer (RFC 8252), within 10 minutes; `device`: he opens it in any browser, and types `userCode`
            there (RFC 8628). The task waits for him; it can be cancelled. When it is done, the account tries again at
            once. One that is under way for the account is given up.

        by: Without it: browser.
        client_secret: The secret of the client id, where one belongs to it. It is kept with the consent, and
            can not be read; null: the one that was given before.

        Raises Error of the types accountNotFound, auth, busy, dns, invalidArguments, network, protocol, server,
        timeout, tls, unsupported, userAction.
        """
        return self._call("Account/authorize", {
            "accountId": account_id,
            "by": by,
            "clientSecret": client_secret,
        })

    def account_changes(self, *,
        since_state: str,
        max_changes: int | None = UNSET,
    ) -> AccountChangesResult:
        """Which accounts were created, changed or removed since a state.

        since_state: The state that the client has.
        max_changes: At most so many ids in all.

        Raises Error of the types cannotCalculateChanges.
        """
        return self._call("Account/changes", {
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def account_check(self, *,
        account_id: Id = UNSET,
        account: dict[str, Any] = UNSET,
    ) -> AccountCheckResult:
        """Connects to an account's server, signs in, and says what it found. Takes up to a minute.

        account_id: An account that is stored, or
        account: one that is not, as for Account/set; with accountId: changed so, for this once.

        Raises Error of the types accountNotFound, auth, dns, io, limit, network, protocol, server, serverUnavailable,
        timeout, tls, userAction.
        """
        return self._call("Account/check", {
            "accountId": account_id,
            "account": account,
        })

    def account_discover(self, *,
        address: str,
        skip: list[Literal['table', 'mx', 'autoconfig', 'database', 'srv', 'guess']] = UNSET,
        timeout_seconds: int = UNSET,
    ) -> AccountDiscoverResult:
        """Finds an account's servers from its mail address alone. Takes up to half a minute.

            Steps, in this order, until a server for receiving and one for sending are found. `table`: the providers
            that people have, by domain. `mx`: the same, by the hosts that take the domain's mail. `autoconfig`: what
            the provider says at https://autoconfig.DOMAIN/ (it is told the address) or
            https://DOMAIN/.well-known/autoconfig/. `database`: what Mozilla's public database says of the domain, and
            of those above its first MX. `srv`: SRV records (RFC 6186, RFC 8314). `guess`: imap.DOMAIN, mail.DOMAIN
            and the like, tried with a connection. Only HTTPS with a valid certificate, only public addresses; no
            password is sent anywhere. Nothing is stored. That nothing was found is no error: source and transport are
            null then.

        address: The mail address; its domain may be in letters of any script.
        skip: Steps that are not taken.
        timeout_seconds: For all steps together; one takes 8 at most.

        Raises Error of the types busy.
        """
        return self._call("Account/discover", {
            "address": address,
            "skip": skip,
            "timeoutSeconds": timeout_seconds,
        })

    def account_get(self, *,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> AccountGetResult:
        """Accounts and how they are doing.

        ids: The accounts wanted; null: all.
        properties: The properties wanted; null: the default ones. The id is always there.

        Raises Error of the types invalidArguments, requestTooLarge.
        """
        return self._call("Account/get", {
            "ids": ids,
            "properties": properties,
        })

    def account_query(self, *,
        filter: AccountQueryArgsFilter | None = UNSET,
        sort: list[Comparator] | None = UNSET,
        position: int = UNSET,
        anchor: Id | None = UNSET,
        anchor_offset: int = UNSET,
        limit: int | None = UNSET,
        calculate_total: bool = UNSET,
    ) -> AccountQueryResult:
        """Ids of accounts.

        filter: All that is given must hold.
        sort: By sortOrder (the default), name or address.
        position: Index of the first result; a negative one counts from the end.
        anchor: The window is laid relative to this result; position is then ignored.
        anchor_offset: Index of the first result relative to the anchor.
        limit: At most so many ids; at most maxObjectsInQuery.
        calculate_total: Also count all results.

        Raises Error of the types anchorNotFound, unsupportedSort.
        """
        return self._call("Account/query", {
            "filter": filter,
            "sort": sort,
            "position": position,
            "anchor": anchor,
            "anchorOffset": anchor_offset,
            "limit": limit,
            "calculateTotal": calculate_total,
        })

    def account_repair(self, *,
        account_id: Id,
        bytes: bool = UNSET,
    ) -> AccountRepairResult:
        """Starts to mend what Account/verify finds; a task tells of the progress.

            What the server has and is not here is fetched; what is shown and the server has not, as several listings
            say, goes, unless it waits to be sent; flags become those of the server, with the changes that wait on
            top; mailboxes are listed anew; damaged bytes are fetched again, and the Email stays what it is; keywords,
            index, envelopes and counters are made again. The task's kind is "repair", its result a VerifyReport of
            what was found, where each difference says whether it `isMended`, and `remaining`, the report of a
            comparison afterwards.

        bytes: Read and hash the bytes of every message, too.

        Raises Error of the types accountNotFound, busy, invalidArguments.
        """
        return self._call("Account/repair", {
            "accountId": account_id,
            "bytes": bytes,
        })

    def account_set(self, *,
        if_in_state: str | None = UNSET,
        create: dict[str, dict[str, Any]] | None = UNSET,
        update: dict[str, dict[str, Any]] | None = UNSET,
        destroy: list[Id] | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> AccountSetResult:
        """Creates, changes and removes accounts.

            Create: {source, name?, address?, transport?, settings?, isEnabled?, sortOrder?, password?,
            transportPassword?}. Update: the same, and settings/key; notices/ID, which can only be null: the notice is
            dismissed. Passwords can be written and never read; transportPassword is for a server for sending that has
            another one than the source, null: it has the same. Removing an account removes its mail from this
            computer and touches nothing on the server. SetErrors: invalidProperties, notFound, singleton (the local
            account cannot be removed), forbidden (messages of an account that is to be removed have not gone out).

        if_in_state: Do nothing unless this is the present state.
        create: Creation id to Account.
        update: Id to PatchObject (RFC 8620 section 5.3).
        destroy: Ids.
        idempotency_key: Of the caller's choice, for one call: made again with the same key, in the week after,
            it is not carried out again but answered as it was. A key used for another call: idempotencyKeyReused.
            When facteurd ended in the middle: outcomeUnknown.

        Raises Error of the types requestTooLarge, stateMismatch.
        """
        return self._call("Account/set", {
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "idempotencyKey": idempotency_key,
        })

    def account_sync(self, *,
        account_ids: list[Id] | None = UNSET,
    ) -> AccountSyncResult:
        """Starts to synchronise now; a task tells of the progress.

        account_ids: null: all that are enabled.

        Raises Error of the types accountNotFound.
        """
        return self._call("Account/sync", {
            "accountIds": account_ids,
        })

    def account_verify(self, *,
        account_id: Id,
        bytes: bool = UNSET,
    ) -> AccountVerifyResult:
        """Starts to compare an account's store with its server, completely; a task tells of the progress.

            Nothing is changed, neither here nor there. Compared are the mailboxes, every message of each with its
            flags and keywords, and the store with itself: bytes, envelopes, index, keywords, counters. Local changes
            that the server has not got yet are no differences. What differs is looked at twice, a moment apart, so
            that mail that comes meanwhile is none. The task's kind is "verify", its detail {accountId, step,
            mailbox}, its result a VerifyReport. One that is under way for the account is joined.

        bytes: Read and hash the bytes of every message, too; else only whether they begin and end where they
            should.

        Raises Error of the types accountNotFound, busy.
        """
        return self._call("Account/verify", {
            "accountId": account_id,
            "bytes": bytes,
        })

    def address_suggest(self, *,
        account_id: AccountScope = UNSET,
        text: str = UNSET,
        limit: int = UNSET,
        exclude: list[str] | None = UNSET,
    ) -> AddressSuggestResult:
        """Addresses that begin with what is being typed, the likeliest first.

            Of the mail that is here: whom one wrote to, who wrote. What one sent counts most, then answers, then
            other mail; lists and addresses that nobody reads (noreply@) hardly anything; each message counts half
            after 90 days. Mail in Junk and drafts do not count. It takes about a millisecond at any size of mailbox,
            so it can be asked at each key.

        account_id: The account, or "*" (the default): all of them at once, each address once.
        text: What was typed so far. Each of its words must be the beginning of a word of the name or the
            address; case and diacritics do not matter. Empty: the likeliest of all.
        limit: At most so many.
        exclude: Addresses that are not wanted: those that stand in the message already.

        Raises Error of the types accountNotFound, invalidArguments.
        """
        return self._call("Address/suggest", {
            "accountId": account_id,
            "text": text,
            "limit": limit,
            "exclude": exclude,
        })

    def blob_begin(self, *,
        account_id: Id,
        size: int | None = UNSET,
    ) -> BlobBeginResult:
        """Begins an upload: hands over a descriptor into which the bytes are written.

            On the Unix socket only; for what is too large for Blob/upload, or comes as a stream. The descriptor
            stands at the first byte, and comes as SCM_RIGHTS with the first byte of the line that holds the answer.
            When all is written Blob/finish makes a blob of it. Keep the descriptor open until Blob/finish is
            answered: an upload whose descriptor is closed before is given up when its place is needed, or after a
            minute. One to which nothing is written for an hour is forgotten.

        account_id: The account that the blob is to be used in.
        size: How many bytes will come, if that is known: so that what is too large is refused before.

        Raises Error of the types accountNotFound, limit, overQuota, requestTooLarge.
        """
        return self._call("Blob/begin", {
            "accountId": account_id,
            "size": size,
        })

    def blob_copy(self, *,
        from_account_id: Id,
        account_id: Id,
        blob_ids: list[Id],
        idempotency_key: str | None = UNSET,
    ) -> BlobCopyResult:
        """Makes blobs of one account blobs of another (RFC 8620 section 6.3).

            Bytes are kept once per profile, so the id stays the same; what is copied is kept as long as an upload
            would be, whatever becomes of the original. Of a message of which only the header is here the body is
            fetched first.

        from_account_id: The account that is copied from.
        account_id: The account that is copied to: another one.
        blob_ids: The blobs.
        idempotency_key: Of the caller's choice, for one call: made again with the same key, in the week after,
            it is not carried out again but answered as it was. A key used for another call: idempotencyKeyReused.
            When facteurd ended in the middle: outcomeUnknown.

        Raises Error of the types accountNotFound, fromAccountNotFound, invalidArguments, requestTooLarge.
        """
        return self._call("Blob/copy", {
            "fromAccountId": from_account_id,
            "accountId": account_id,
            "blobIds": blob_ids,
            "idempotencyKey": idempotency_key,
        })

    def blob_finish(self, *,
        account_id: Id,
        upload_id: Id,
        type: str | None = UNSET,
    ) -> BlobFinishResult:
        """Makes a blob of what was written into the descriptor of Blob/begin; it is on the disk when this is answered.
        What nothing refers to is forgotten after 24 hours.

            The result is that of an upload (RFC 8620 section 6.1). Whatever comes of it, the upload is over.

        account_id: As in Blob/begin.
        type: The media type, which is given back and not kept.

        Raises Error of the types accountNotFound, notFound, overQuota, requestTooLarge.
        """
        return self._call("Blob/finish", {
            "accountId": account_id,
            "uploadId": upload_id,
            "type": type,
        })

    def blob_get(self, *,
        ids: list[Id],
        account_id: AccountScope = UNSET,
        properties: list[str] | None = UNSET,
        offset: int | None = UNSET,
        length: int | None = UNSET,
    ) -> BlobGetResult:
        """Bytes as text or base64, whole or a range (RFC 9404 section 4.2).

        account_id: The account, or "*" (the default): all of them at once.
        ids: The blobs wanted.
        properties: data (as text if it is UTF-8, else base64), data:asText, data:asBase64, size, digest:sha,
            digest:sha-256; null: data and size.
        offset: From this byte.
        length: At most so many bytes.

        Raises Error of the types accountNotFound, invalidArguments, requestTooLarge, serverUnavailable.
        """
        return self._call("Blob/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
            "offset": offset,
            "length": length,
        })

    def blob_lookup(self, *,
        type_names: list[str],
        ids: list[Id],
        account_id: AccountScope = UNSET,
    ) -> BlobLookupResult:
        """Which Mailboxes, Threads and Emails refer to blobs (RFC 9404 section 4.3).

            An Email refers to its message and to the parts of it, a Thread and a Mailbox to what their Emails refer
            to. A blob that is not there, or not to be seen, has empty lists.

        account_id: The account, or "*" (the default): all of them at once.
        type_names: Of Mailbox, Thread and Email those that are wanted.
        ids: The blobs.

        Raises Error of the types accountNotFound, requestTooLarge, unknownDataType.
        """
        return self._call("Blob/lookup", {
            "accountId": account_id,
            "typeNames": type_names,
            "ids": ids,
        })

    def blob_open(self, *,
        blob_id: Id,
        account_id: AccountScope = UNSET,
    ) -> BlobOpenResult:
        """Hands over a descriptor from which the bytes can be read.

            On the Unix socket only. The descriptor is read-only, stands at the first byte and comes as SCM_RIGHTS
            with the first byte of the line that holds the answer; a batch brings all of its descriptors in order with
            the one line of its answers.

        account_id: The account, or "*" (the default): all of them at once.

        Raises Error of the types accountNotFound, blobNotFound, limit, serverUnavailable.
        """
        return self._call("Blob/open", {
            "accountId": account_id,
            "blobId": blob_id,
        })

    def blob_upload(self, *,
        create: dict[str, dict[str, Any]],
        account_id: AccountScope = UNSET,
    ) -> BlobUploadResult:
        """Stores bytes (RFC 9404 section 4.1). What nothing refers to is forgotten after 24 hours.

        account_id: The account, or "*" (the default): all of them at once.
        create: Creation id to {data: [{"data:asText"} or {"data:asBase64"} or {blobId, offset?, length?}],
            type?}.

        Raises Error of the types accountNotFound, requestTooLarge.
        """
        return self._call("Blob/upload", {
            "accountId": account_id,
            "create": create,
        })

    def compose_forward(self, *,
        account_id: Id,
        email_id: Id,
        identity_id: str | None = UNSET,
        signature: Literal['none', 'below', 'above', None] = UNSET,
        creation_id: str | None = UNSET,
        text: str | None = UNSET,
        html: bool = UNSET,
        html_text: str | None = UNSET,
        as_attachment: bool = UNSET,
    ) -> ComposeForwardResult:
        """The draft of a message that forwards another one. Nothing is stored.

            Without recipients. Subject: one "Fwd:" whatever stood there, in whichever language. Files are named by
            the blobs that they are in the message already.

        account_id: The account; the draft is one of it, too.
        email_id: The Email that is forwarded.
        identity_id: Who writes; null: the identity whose address the message came to, or else the first of the
            account. Its name, replyTo and bcc come with it.
        signature: Where the signature of that identity stands, behind a line "-- ": below the quote, or above
            it (null: above what is forwarded, else below).
        creation_id: Under which name the draft stands in `create`; null: draft.
        text: What stands above the message's text.
        html: An HTML body beside the text; not with asAttachment. The message's HTML is made harmless: no
            scripts, style sheets, forms, frames, no styles that load or leave their place.
        html_text: Instead of `text`, with `html`: HTML, which stays as it is (of a whole document: its body)
            above the message's. A plain text is made of it.
        as_attachment: The whole message as a file; else its text behind a head with subject, date and people,
            and its files.

        Raises Error of the types accountNotFound, invalidArguments, notFound, serverUnavailable.
        """
        return self._call("Compose/forward", {
            "accountId": account_id,
            "emailId": email_id,
            "identityId": identity_id,
            "signature": signature,
            "creationId": creation_id,
            "text": text,
            "html": html,
            "htmlText": html_text,
            "asAttachment": as_attachment,
        })

    def compose_new(self, *,
        account_id: Id,
        identity_id: str | None = UNSET,
        signature: Literal['none', 'below', None] = UNSET,
        creation_id: str | None = UNSET,
        text: str | None = UNSET,
        html: bool = UNSET,
        html_text: str | None = UNSET,
    ) -> ComposeNewResult:
        """The draft of a new message: who writes, and the signature. Nothing is stored.

            From, replyTo and bcc are those of the identity, whose signature stands below the text behind a line "--
            "; to, cc and subject are for the front end to fill. Pictures that stand in an HTML signature as data:
            URLs become parts of the message (embedImages).

        account_id: The account that the draft will be of.
        identity_id: Who writes; null: the first identity of the account.
        signature: none: without it.
        creation_id: Under which name the draft stands in `create`; null: draft.
        text: What is written so far.
        html: An HTML body beside the text.
        html_text: Instead of `text`: HTML, which stays as it is; the signature comes before </body>. A plain
            text is made of it (generateTextBody).

        Raises Error of the types accountNotFound, invalidArguments.
        """
        return self._call("Compose/new", {
            "accountId": account_id,
            "identityId": identity_id,
            "signature": signature,
            "creationId": creation_id,
            "text": text,
            "html": html,
            "htmlText": html_text,
        })

    def compose_reply(self, *,
        account_id: Id,
        email_id: Id,
        identity_id: str | None = UNSET,
        signature: Literal['none', 'below', 'above', None] = UNSET,
        creation_id: str | None = UNSET,
        text: str | None = UNSET,
        html: bool = UNSET,
        html_text: str | None = UNSET,
        all: bool = UNSET,
        list: bool = UNSET,
        quote: bool = UNSET,
        attribution: str | None = UNSET,
    ) -> ComposeReplyResult:
        """The draft of a reply: recipients, subject, thread, quoted text. Nothing is stored.

            To whom: Mail-Reply-To, Reply-To or From, without the list's own address; where these are one's own
            addresses, to whom the message went. Everybody: Mail-Followup-To, or else the authors, with a copy to all
            of To and Cc (RFC 5322 section 3.6.3). The addresses of all accounts and identities are left out. Subject:
            one "Re:" whatever stood there, in whichever language. In-Reply-To and References: RFC 5322 section 3.6.4.
            The text is format=flowed (RFC 3676), the quote without the message's signature.

        account_id: The account; the draft is one of it, too.
        email_id: The Email that is answered.
        identity_id: Who writes; null: the identity whose address the message came to, or else the first of the
            account. Its name, replyTo and bcc come with it.
        signature: Where the signature of that identity stands, behind a line "-- ": below the quote, or above
            it (null: above what is forwarded, else below).
        creation_id: Under which name the draft stands in `create`; null: draft.
        text: What stands above the message's text.
        html: An HTML body beside the text, with the pictures that it shows. The message's HTML is made
            harmless: no scripts, style sheets, forms, frames, no styles that load or leave their place.
        html_text: Instead of `text`, with `html`: HTML, which stays as it is (of a whole document: its body)
            above the message's. A plain text is made of it.
        all: To everybody that the message went to.
        list: To the mailing list that the message came over (List-Post).
        quote: With the message's text, each line behind "> ".
        attribution: The line above the quote; null: "On 2014-10-30 14:12 +0800, Jane Doe wrote:".

        Raises Error of the types accountNotFound, invalidArguments, notFound, serverUnavailable.
        """
        return self._call("Compose/reply", {
            "accountId": account_id,
            "emailId": email_id,
            "identityId": identity_id,
            "signature": signature,
            "creationId": creation_id,
            "text": text,
            "html": html,
            "htmlText": html_text,
            "all": all,
            "list": list,
            "quote": quote,
            "attribution": attribution,
        })

    def compose_resend(self, *,
        account_id: Id,
        email_id: Id,
        to: list[dict[str, Any]],
        identity_id: str | None = UNSET,
        cc: list[dict[str, Any]] | None = UNSET,
        bcc: list[dict[str, Any]] | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> ComposeResendResult:
        """A message to be sent on as it is (RFC 5322 section 3.6.6), as a draft, and the envelope that it goes with.

            Resent-Date, Resent-From, Resent-To, Resent-Cc and Resent-Message-ID stand in front of the message, whose
            bytes stay as they are. `bcc` stands in the envelope alone. EmailSubmission/set takes email.id, identityId
            and the envelope, without which it refuses the message; a client that changes its mind destroys the Email.

        account_id: The account, which sends it, too.
        email_id: The Email that is sent on.
        identity_id: Who sends it on; null: the first identity of the account that is one address.
        to: EmailAddress[]: who gets it.
        cc: Who gets it, too.
        bcc: Who gets it without the others knowing.
        idempotency_key: Of the caller's choice, for one call: made again with the same key, in the week after,
            it is not carried out again but answered as it was. A key used for another call: idempotencyKeyReused.
            When facteurd ended in the middle: outcomeUnknown.

        Raises Error of the types accountNotFound, invalidArguments, notFound, requestTooLarge, serverUnavailable.
        """
        return self._call("Compose/resend", {
            "accountId": account_id,
            "emailId": email_id,
            "identityId": identity_id,
            "to": to,
            "cc": cc,
            "bcc": bcc,
            "idempotencyKey": idempotency_key,
        })

    def compose_template(self, *,
        account_id: Id,
        email_id: Id,
        identity_id: str | None = UNSET,
        values: dict[str, str] | None = UNSET,
        to: list[dict[str, Any]] | None = UNSET,
        creation_id: str | None = UNSET,
    ) -> ComposeTemplateResult:
        """The draft of a new message made of one that is here: a template, a draft that is written on, something that is
        sent once more. Nothing is stored.

            People, subject, thread, text, HTML and files are those of the Email; date and Message-ID are not. From is
            kept when it is the account's address, or the Email is a draft ($draft). HTML of an Email that is no draft
            is made harmless, as Compose/reply does. A draft with the keyword $template is one that people keep for
            this; so are others, if they like. Who writes on at a draft creates the new one with "replaces": the old
            one.

        account_id: The account; the draft is one of it, too.
        email_id: The Email that it is made of.
        identity_id: Who writes; null: whom the Email is from, if that may send, or else the identity that it
            came to, or the first of the account.
        values: Fills the placeholders in: {{name}} in subject, text and HTML becomes the value of that name.
            There are, too: date (2014-10-30), time (14:12), from.name, from.email, to.name and to.email, of the
            first of each. What has no value stays, and is named in `missing`. The draft is then in no thread. null:
            everything stays as it is.
        to: EmailAddress[]: who gets it, instead of those in the Email.
        creation_id: Under which name the draft stands in `create`; null: draft.

        Raises Error of the types accountNotFound, invalidArguments, notFound, requestTooLarge, serverUnavailable.
        """
        return self._call("Compose/template", {
            "accountId": account_id,
            "emailId": email_id,
            "identityId": identity_id,
            "values": values,
            "to": to,
            "creationId": creation_id,
        })

    def core_created_ids(self, *,
        created_ids: dict[str, Id] | None = UNSET,
    ) -> CoreCreatedIdsResult:
        """The creation ids of a batch: takes those that came with it, gives those that it has by now (RFC 8620 section
        3.3, createdIds).

            For who passes on JMAP requests, as facteur-bridge does: at the beginning of a batch with what the request
            brought, at its end for what the response is to tell.

        created_ids: Creation id, without "#", to the id that it stands for; null: none to add.
        """
        return self._call("Core/createdIds", {
            "createdIds": created_ids,
        })

    def core_echo(self, **arguments: Any) -> dict[str, Any]:
        """Answers its arguments.
        """
        return self._call("Core/echo", arguments)

    def core_status(self) -> CoreStatusResult:
        """How the daemon is: for `facteur doctor`.
        """
        return self._call("Core/status", {})

    def core_stop(self) -> CoreStopResult:
        """Ends the daemon, after this answer.
        """
        return self._call("Core/stop", {})

    def email_changes(self, *,
        since_state: str,
        account_id: AccountScope = UNSET,
        max_changes: int | None = UNSET,
    ) -> EmailChangesResult:
        """Changes to Emails since a state (RFC 8621 section 4.3).

        account_id: The account, or "*" (the default): all of them at once.
        since_state: The state that the client has.
        max_changes: At most so many ids in all.

        Raises Error of the types accountNotFound, cannotCalculateChanges.
        """
        return self._call("Email/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def email_copy(self, *,
        from_account_id: Id,
        account_id: Id,
        create: dict[str, dict[str, Any]],
        if_from_in_state: str | None = UNSET,
        if_in_state: str | None = UNSET,
        on_success_destroy_original: bool = UNSET,
        destroy_from_if_in_state: str | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> EmailCopyResult:
        """Copies Emails into another account (RFC 8621 section 4.7).

            An original of which only the header is here is fetched from its server first; one that cannot be had is
            not copied (SetError serverUnavailable). The same bytes are not taken twice into an account:
            alreadyExists. With onSuccessDestroyOriginal the copies are made and the originals destroyed in one
            transaction; the response of the implicit Email/set, or its error, stands in `implicit`.

        from_account_id: The account that is copied from.
        if_from_in_state: Only if this is the state of the Emails there.
        account_id: The account that is copied to: another one.
        if_in_state: Only if this is the state of the Emails there.
        create: Creation id to {id, mailboxIds, keywords?, receivedAt?}; keywords and receivedAt are those of
            the original otherwise.
        on_success_destroy_original: Destroy what was copied, where it was.
        destroy_from_if_in_state: ifInState of the implicit Email/set.
        idempotency_key: Of the caller's choice, for one call: made again with the same key, in the week after,
            it is not carried out again but answered as it was. A key used for another call: idempotencyKeyReused.
            When facteurd ended in the middle: outcomeUnknown.

        Raises Error of the types accountNotFound, fromAccountNotFound, invalidArguments, requestTooLarge,
        stateMismatch.
        """
        return self._call("Email/copy", {
            "fromAccountId": from_account_id,
            "ifFromInState": if_from_in_state,
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "onSuccessDestroyOriginal": on_success_destroy_original,
            "destroyFromIfInState": destroy_from_if_in_state,
            "idempotencyKey": idempotency_key,
        })

    def email_get(self, *,
        account_id: AccountScope = UNSET,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
        body_properties: list[str] | None = UNSET,
        fetch_text_body_values: bool = UNSET,
        fetch_html_body_values: bool = UNSET,
        fetch_all_body_values: bool = UNSET,
        max_body_value_bytes: int = UNSET,
    ) -> EmailGetResult:
        """Emails (RFC 8621 section 4.2).

            id blobId threadId mailboxIds keywords size receivedAt messageId inReplyTo references sender from to cc
            bcc replyTo subject sentAt hasAttachment preview are fast; whatever else is asked for needs the message
            itself. Of an Email of which only the header is here (isPartial) the body is fetched from its server
            first.

        account_id: The account, or "*" (the default): all of them at once.
        ids: The Emails wanted; null is refused when there are more than maxObjectsInGet.
        properties: The properties wanted; null: the default ones. The id is always there.
        body_properties: Properties of each EmailBodyPart; null: partId blobId size name type charset
            disposition cid language location.
        fetch_text_body_values: bodyValues of the parts in textBody.
        fetch_html_body_values: bodyValues of the parts in htmlBody.
        fetch_all_body_values: bodyValues of every text part.
        max_body_value_bytes: Cut each value after so many bytes; 0: whole.

        Raises Error of the types accountNotFound, invalidArguments, requestTooLarge, serverUnavailable.
        """
        return self._call("Email/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
            "bodyProperties": body_properties,
            "fetchTextBodyValues": fetch_text_body_values,
            "fetchHTMLBodyValues": fetch_html_body_values,
            "fetchAllBodyValues": fetch_all_body_values,
            "maxBodyValueBytes": max_body_value_bytes,
        })

    def email_history(self, *,
        ids: list[Id],
        account_id: AccountScope = UNSET,
    ) -> EmailHistoryResult:
        """Where Emails came from, when, under which UID, and who moved them.

            Arrivals, moves, copies, removals; changes of keywords are not told. An Email that was destroyed is
            remembered for 30 days; of one that was moved very often, the last 500 steps.

        account_id: The account, or "*" (the default): all of them at once.
        ids: The Emails, destroyed ones too.

        Raises Error of the types accountNotFound, invalidArguments.
        """
        return self._call("Email/history", {
            "accountId": account_id,
            "ids": ids,
        })

    def email_import(self, *,
        account_id: Id,
        emails: dict[str, dict[str, Any]],
        if_in_state: str | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> EmailImportResult:
        """Makes Emails of blobs (RFC 8621 section 4.8).

            A message may have 256 MiB: a larger one is tooLarge, and `maxSize` says so.

        account_id: The account.
        if_in_state: Do nothing unless this is the present state.
        emails: Creation id to {blobId, mailboxIds, keywords?, receivedAt?}.
        idempotency_key: Of the caller's choice, for one call: made again with the same key, in the week after,
            it is not carried out again but answered as it was. A key used for another call: idempotencyKeyReused.
            When facteurd ended in the middle: outcomeUnknown.

        Raises Error of the types accountNotFound, requestTooLarge, stateMismatch.
        """
        return self._call("Email/import", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "emails": emails,
            "idempotencyKey": idempotency_key,
        })

    def email_parse(self, *,
        blob_ids: list[Id],
        account_id: AccountScope = UNSET,
        properties: list[str] | None = UNSET,
        body_properties: list[str] | None = UNSET,
        fetch_text_body_values: bool = UNSET,
        fetch_html_body_values: bool = UNSET,
        fetch_all_body_values: bool = UNSET,
        max_body_value_bytes: int = UNSET,
    ) -> EmailParseResult:
        """Reads blobs as messages, without importing them (RFC 8621 section 4.9).

        account_id: The account, or "*" (the default): all of them at once.
        blob_ids: The blobs to read.
        properties: The properties wanted; null: the default ones. The id is always there.
        body_properties: Properties of each EmailBodyPart; null: partId blobId size name type charset
            disposition cid language location.
        fetch_text_body_values: bodyValues of the parts in textBody.
        fetch_html_body_values: bodyValues of the parts in htmlBody.
        fetch_all_body_values: bodyValues of every text part.
        max_body_value_bytes: Cut each value after so many bytes; 0: whole.

        Raises Error of the types accountNotFound, invalidArguments, requestTooLarge, serverUnavailable.
        """
        return self._call("Email/parse", {
            "accountId": account_id,
            "blobIds": blob_ids,
            "properties": properties,
            "bodyProperties": body_properties,
            "fetchTextBodyValues": fetch_text_body_values,
            "fetchHTMLBodyValues": fetch_html_body_values,
            "fetchAllBodyValues": fetch_all_body_values,
            "maxBodyValueBytes": max_body_value_bytes,
        })

    def email_query(self, *,
        account_id: AccountScope = UNSET,
        filter: EmailFilter = UNSET,
        query: str | None = UNSET,
        time_zone: str | None = UNSET,
        sort: list[Comparator] | None = UNSET,
        collapse_threads: bool = UNSET,
        position: int = UNSET,
        anchor: Id | None = UNSET,
        anchor_offset: int = UNSET,
        limit: int | None = UNSET,
        calculate_total: bool = UNSET,
    ) -> EmailQueryResult:
        """Ids of Emails that match (RFC 8621 section 4.4).

        account_id: The account, or "*" (the default): all of them at once.
        filter: What must match; null: everything.
        query: Ours, instead of filter: the query language of Search/parse.
        time_zone: Ours, for query: an IANA name; null: the system's.
        sort: null: receivedAt, newest first.
        collapse_threads: At most one Email of each thread.
        position: Index of the first result; a negative one counts from the end.
        anchor: The window is laid relative to this result; position is then ignored.
        anchor_offset: Index of the first result relative to the anchor.
        limit: At most so many ids; at most maxObjectsInQuery.
        calculate_total: Also count all results.

        Raises Error of the types accountNotFound, anchorNotFound, invalidArguments, unsupportedFilter,
        unsupportedSort.
        """
        return self._call("Email/query", {
            "accountId": account_id,
            "filter": filter,
            "query": query,
            "timeZone": time_zone,
            "sort": sort,
            "collapseThreads": collapse_threads,
            "position": position,
            "anchor": anchor,
            "anchorOffset": anchor_offset,
            "limit": limit,
            "calculateTotal": calculate_total,
        })

    def email_query_changes(self, *,
        since_query_state: str,
        account_id: AccountScope = UNSET,
        filter: EmailFilter = UNSET,
        query: str | None = UNSET,
        time_zone: str | None = UNSET,
        sort: list[Comparator] | None = UNSET,
        collapse_threads: bool = UNSET,
        max_changes: int | None = UNSET,
        up_to_id: Id | None = UNSET,
        calculate_total: bool = UNSET,
    ) -> EmailQueryChangesResult:
        """What changed in the results of an Email/query (RFC 8621 section 4.5).

        account_id: The account, or "*" (the default): all of them at once.
        filter: What must match; null: everything.
        query: Ours, instead of filter: the query language of Search/parse.
        time_zone: Ours, for query: an IANA name; null: the system's.
        sort: null: receivedAt, newest first.
        collapse_threads: At most one Email of each thread.
        since_query_state: The queryState that the client has.
        max_changes: At most so many added and removed in all.
        up_to_id: The last id that the client has.
        calculate_total: Also count all results.

        Raises Error of the types accountNotFound, cannotCalculateChanges, tooManyChanges, unsupportedFilter,
        unsupportedSort.
        """
        return self._call("Email/queryChanges", {
            "accountId": account_id,
            "filter": filter,
            "query": query,
            "timeZone": time_zone,
            "sort": sort,
            "collapseThreads": collapse_threads,
            "sinceQueryState": since_query_state,
            "maxChanges": max_changes,
            "upToId": up_to_id,
            "calculateTotal": calculate_total,
        })

    def email_set(self, *,
        account_id: Id,
        if_in_state: str | None = UNSET,
        create: dict[str, dict[str, Any]] | None = UNSET,
        update: dict[str, dict[str, Any]] | None = UNSET,
        destroy: list[Id] | None = UNSET,
        undo_group: str | None = UNSET,
        undoable: bool = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> EmailSetResult:
        """Creates drafts, changes keywords and mailboxes, destroys Emails (RFC 8621 section 4.6).

            Create, beside what RFC 8621 has: "generateTextBody": true makes a text/plain alternative of an htmlBody
            that has no textBody; "embedImages": true makes parts of the pictures that an htmlBody has as data: URLs,
            which it then shows by cid; "format": "flowed" on a text/plain part with a partId breaks its paragraphs as
            RFC 3676 has it; "replaces": the id of a draft ($draft) of the account that the new one is another state
            of: it is destroyed in the same transaction, if the new one is created, and stands among `destroyed`; so a
            draft that is saved as one writes is there once, whatever happens. Update: keywords, keywords/name,
            mailboxIds, mailboxIds/id. SetErrors beside the standard ones: blobNotFound, tooManyKeywords,
            tooManyMailboxes, forbidden (an account whose server side cannot be changed yet).

        account_id: The account.
        if_in_state: Do nothing unless this is the present state.
        create: Creation id to Email.
        update: Id to PatchObject (RFC 8620 section 5.3).
        destroy: Ids.
        undo_group: A text of the client's choice that no other client uses: calls with the same one, at most
            ten minutes apart, are taken back together (Undo/apply), in several accounts, too. Without one the calls
            of a batch are.
        undoable: false: nothing that a user did, such as marking as read what is looked at; Undo/apply will not
            take it back.
        idempotency_key: Of the caller's choice, for one call: made again with the same key, in the week after,
            it is not carried out again but answered as it was. A key used for another call: idempotencyKeyReused.
            When facteurd ended in the middle: outcomeUnknown.

        Raises Error of the types accountNotFound, requestTooLarge, stateMismatch.
        """
        return self._call("Email/set", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "undoGroup": undo_group,
            "undoable": undoable,
            "idempotencyKey": idempotency_key,
        })

    def email_snooze(self, *,
        account_id: Id,
        ids: list[Id],
        until: str | None = UNSET,
        move_to_mailbox_id: Id | None = UNSET,
        undo_group: str | None = UNSET,
    ) -> EmailSnoozeResult:
        """Takes Emails out of sight until a moment, or brings them back.

            A snoozed Email is in the account's mailbox with the role snoozed, which is made, here and on the server,
            when it is needed first; it has left the inbox, or, if it was not there, all its mailboxes. When its time
            has come facteurd puts it into the inbox, unread and with the keyword $new, whether a front end runs or
            not; what came due while facteurd did not run wakes at its start. A list that shall have it on top is
            sorted by [{"property": "hasKeyword", "keyword": "$new", "isAscending": false}, {"property": "receivedAt",
            "isAscending": false}]; reading it ($seen), here or with another mail program, takes $new away. Moving it
            out of that mailbox, by any program, ends the wait. Undo/apply takes it back. Email/get tells of it
            (`snoozed`).

        account_id: The account.
        ids: The Emails; at most maxObjectsInSet.
        until: When they come back: a UTCDate to come. null: now, to where they were, as they were.
        move_to_mailbox_id: Where they come back; null, or where that mailbox is gone by then: the inbox.
        undo_group: As in Email/set.

        Raises Error of the types accountNotFound, invalidArguments, requestTooLarge.
        """
        return self._call("Email/snooze", {
            "accountId": account_id,
            "ids": ids,
            "until": until,
            "moveToMailboxId": move_to_mailbox_id,
            "undoGroup": undo_group,
        })

    def email_statistics(self, *,
        account_id: AccountScope = UNSET,
        filter: EmailFilter = UNSET,
        query: str | None = UNSET,
        after: str | None = UNSET,
        before: str | None = UNSET,
        time_zone: str | None = UNSET,
        unit: Literal['day', 'week', 'month', 'year'] = UNSET,
        groups: list[Literal['units', 'hours', 'senders', 'mailboxes', 'accounts', 'sizes', 'storage']] | None = UNSET,
        limit: int = UNSET,
    ) -> EmailStatisticsResult:
        """Mail counted by days, hours, senders, mailboxes: what plots are drawn from.

            One pass over the rows of the messages in question, on a thread of its own, none of them kept: 50 to 100
            ms of a processor for 100,000 messages; a stretch of time costs that stretch, a filter what the search
            costs and what it finds. Ask for the groups that are drawn. Days and hours are those in which messages
            came (receivedAt).

        account_id: The account, or "*" (the default): all of them at once.
        filter: As of Email/query; null: everything.
        query: Instead of filter: the query language of Search/parse.
        after: Of what came at this moment (a UTCDate) or later; null: no bound.
        before: Of what came before this moment (a UTCDate); null: no bound.
        time_zone: In which days begin, and for query: an IANA name, or "+02:00"; null: UTC.
        unit: Of what length units are; weeks begin on Monday.
        groups: What is counted beside the total; null: all of it.
        limit: At most so many senders.

        Raises Error of the types accountNotFound, invalidArguments, unsupportedFilter.
        """
        return self._call("Email/statistics", {
            "accountId": account_id,
            "filter": filter,
            "query": query,
            "after": after,
            "before": before,
            "timeZone": time_zone,
            "unit": unit,
            "groups": groups,
            "limit": limit,
        })

    def email_unsubscribe(self, *,
        account_id: Id,
        email_id: Id,
        dry_run: bool = UNSET,
    ) -> EmailUnsubscribeResult:
        """Leaves the mailing list that a message came by, with one request to where its sender says (RFC 8058). On the
        user's word only.

            The message offers it by List-Unsubscribe with an https URL and by List-Unsubscribe-Post, and a DKIM
            signature names both fields; one that failed, as the receiving server says (Authentication-Results), is as
            none, and where it says nothing the user's word is enough (`signature`). "List-Unsubscribe=One-Click" is
            posted there without cookies or credentials, to a public address only, following no redirect. It takes the
            scope send, but for a dry run. What cannot be left so may be by hand: `urls`.

        account_id: The account.
        email_id: An Email of the list.
        dry_run: Only says how one would leave; nothing is sent.

        Raises Error of the types accountNotFound, cannotUnsubscribe, notFound, serverUnavailable.
        """
        return self._call("Email/unsubscribe", {
            "accountId": account_id,
            "emailId": email_id,
            "dryRun": dry_run,
        })

    def email_submission_changes(self, *,
        since_state: str,
        account_id: AccountScope = UNSET,
        max_changes: int | None = UNSET,
    ) -> EmailSubmissionChangesResult:
        """Submissions that came, changed or went since a state (RFC 8621 section 7.2).

        account_id: The account, or "*" (the default): all of them at once.
        since_state: The state that the client has.
        max_changes: At most so many ids in all.

        Raises Error of the types accountNotFound, cannotCalculateChanges.
        """
        return self._call("EmailSubmission/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def email_submission_get(self, *,
        account_id: AccountScope = UNSET,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> EmailSubmissionGetResult:
        """Messages on their way out, and what became of them (RFC 8621 section 7.1). What has ended is kept for 30 days.

        account_id: The account, or "*" (the default): all of them at once.
        ids: The submissions wanted; null: all of them, if they are not more than maxObjectsInGet.
        properties: The properties wanted; null: the default ones. The id is always there.

        Raises Error of the types accountNotFound, invalidArguments, requestTooLarge.
        """
        return self._call("EmailSubmission/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def email_submission_query(self, *,
        account_id: AccountScope = UNSET,
        filter: dict[str, Any] | None = UNSET,
        sort: list[Comparator] | None = UNSET,
        position: int = UNSET,
        anchor: Id | None = UNSET,
        anchor_offset: int = UNSET,
        limit: int | None = UNSET,
        calculate_total: bool = UNSET,
    ) -> EmailSubmissionQueryResult:
        """Ids of submissions (RFC 8621 section 7.3).

        account_id: The account, or "*" (the default): all of them at once.
        filter: FilterOperator or EmailSubmissionFilterCondition.
        sort: By emailId, threadId, sendAt (or sentAt, as RFC 8621 calls it); the default is the newest first.
        position: Index of the first result; a negative one counts from the end.
        anchor: The window is laid relative to this result; position is then ignored.
        anchor_offset: Index of the first result relative to the anchor.
        limit: At most so many ids; at most maxObjectsInQuery.
        calculate_total: Also count all results.

        Raises Error of the types accountNotFound, anchorNotFound, unsupportedFilter, unsupportedSort.
        """
        return self._call("EmailSubmission/query", {
            "accountId": account_id,
            "filter": filter,
            "sort": sort,
            "position": position,
            "anchor": anchor,
            "anchorOffset": anchor_offset,
            "limit": limit,
            "calculateTotal": calculate_total,
        })

    def email_submission_query_changes(self, *,
        since_query_state: str,
        account_id: AccountScope = UNSET,
        filter: dict[str, Any] | None = UNSET,
        sort: list[Comparator] | None = UNSET,
        max_changes: int | None = UNSET,
        up_to_id: Id | None = UNSET,
        calculate_total: bool = UNSET,
    ) -> EmailSubmissionQueryChangesResult:
        """What changed in the results of an EmailSubmission/query (RFC 8621 section 7.4).

        account_id: The account, or "*" (the default): all of them at once.
        filter: FilterOperator or EmailSubmissionFilterCondition.
        sort: As in the query.
        since_query_state: The queryState that the client has.
        max_changes: At most so many added and removed in all.
        up_to_id: The last id that the client has.
        calculate_total: Also count all results.

        Raises Error of the types accountNotFound, cannotCalculateChanges, tooManyChanges, unsupportedFilter,
        unsupportedSort.
        """
        return self._call("EmailSubmission/queryChanges", {
            "accountId": account_id,
            "filter": filter,
            "sort": sort,
            "sinceQueryState": since_query_state,
            "maxChanges": max_changes,
            "upToId": up_to_id,
            "calculateTotal": calculate_total,
        })

    def email_submission_set(self, *,
        account_id: Id,
        if_in_state: str | None = UNSET,
        create: dict[str, dict[str, Any]] | None = UNSET,
        update: dict[str, dict[str, Any]] | None = UNSET,
        destroy: list[Id] | None = UNSET,
        on_success_update_email: dict[str, dict[str, Any]] | None = UNSET,
        on_success_destroy_email: list[str] | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> EmailSubmissionSetResult:
        """Sends messages, takes them back, decides about those that failed or are uncertain (RFC 8621 section 7.5).

            Create: {identityId, emailId, envelope?, needsConfirmation?}; HOLDFOR (seconds) or HOLDUNTIL (a date)
            among the parameters of mailFrom hold it until then (RFC 4865); NOTIFY, ORCPT, RET and ENVID are passed on
            (RFC 3461). Without an envelope the recipients are those of To, Cc and Bcc. Bcc is left away from what is
            sent. Update: undoStatus can become "canceled"; state can become "queued" (send now; for one that failed
            or is uncertain: again), and for one that is uncertain "sent" or "failed", as the user has found out.
            needsConfirmation can become false: it goes out. With the scope draft and without send only what needs
            confirmation can be created, and taken back. Of an account 1,000 wait for it at most, and 10,000 in all:
            tooLarge beyond. Destroy removes the record of one that has ended. SetErrors beside the standard ones:
            invalidEmail, tooManyRecipients, noRecipients, invalidRecipients, forbiddenMailFrom, forbiddenFrom,
            forbiddenToSend, tooLarge, cannotUnsend. The implicit Email/set happens in the same transaction; its
            response stands in `implicit`. When a message has been sent, the Email that its In-Reply-To names gets
            $answered; one without In-Reply-To gives $forwarded to the one that its References name last.

        account_id: The account.
        if_in_state: Do nothing unless this is the present state.
        create: Creation id to EmailSubmission.
        update: Id to PatchObject (RFC 8620 section 5.3).
        destroy: Ids.
        on_success_update_email: Submission id, or "#" and a creation id, to a PatchObject for its Email.
        on_success_destroy_email: Submission ids, or "#" and creation ids, whose Emails shall be destroyed.
        idempotency_key: Of the caller's choice, for one call: made again with the same key, in the week after,
            it is not carried out again but answered as it was. A key used for another call: idempotencyKeyReused.
            When facteurd ended in the middle: outcomeUnknown.

        Raises Error of the types accountNotFound, requestTooLarge, stateMismatch.
        """
        return self._call("EmailSubmission/set", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "onSuccessUpdateEmail": on_success_update_email,
            "onSuccessDestroyEmail": on_success_destroy_email,
            "idempotencyKey": idempotency_key,
        })

    def identity_changes(self, *,
        since_state: str,
        account_id: AccountScope = UNSET,
        max_changes: int | None = UNSET,
    ) -> IdentityChangesResult:
        """Identities that came, changed or went since a state (RFC 8621 section 6.2).

        account_id: The account, or "*" (the default): all of them at once.
        since_state: The state that the client has.
        max_changes: At most so many ids in all.

        Raises Error of the types accountNotFound, cannotCalculateChanges.
        """
        return self._call("Identity/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def identity_get(self, *,
        account_id: AccountScope = UNSET,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> IdentityGetResult:
        """Identities: the addresses that an account sends from (RFC 8621 section 6.1).

        account_id: The account, or "*" (the default): all of them at once.
        ids: The identities wanted; null: all of them.
        properties: The properties wanted; null: the default ones. The id is always there.

        Raises Error of the types accountNotFound, invalidArguments, requestTooLarge.
        """
        return self._call("Identity/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def identity_set(self, *,
        account_id: Id,
        if_in_state: str | None = UNSET,
        create: dict[str, dict[str, Any]] | None = UNSET,
        update: dict[str, dict[str, Any]] | None = UNSET,
        destroy: list[Id] | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> IdentitySetResult:
        """Creates, changes and destroys identities (RFC 8621 section 6.3).

            email is needed, and cannot be changed afterwards: jane@example.org, or *@example.org for every address
            there.

        account_id: The account.
        if_in_state: Do nothing unless this is the present state.
        create: Creation id to Identity.
        update: Id to PatchObject (RFC 8620 section 5.3).
        destroy: Ids.
        idempotency_key: Of the caller's choice, for one call: made again with the same key, in the week after,
            it is not carried out again but answered as it was. A key used for another call: idempotencyKeyReused.
            When facteurd ended in the middle: outcomeUnknown.

        Raises Error of the types accountNotFound, requestTooLarge, stateMismatch.
        """
        return self._call("Identity/set", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "idempotencyKey": idempotency_key,
        })

    def mdn_parse(self, *,
        account_id: Id,
        blob_ids: list[Id],
    ) -> MDNParseResult:
        """Reads messages as receipts (RFC 9007 section 2.2).

        account_id: The account.
        blob_ids: Messages.

        Raises Error of the types accountNotFound, requestTooLarge.
        """
        return self._call("MDN/parse", {
            "accountId": account_id,
            "blobIds": blob_ids,
        })

    def mdn_send(self, *,
        account_id: Id,
        identity_id: Id,
        send: dict[str, dict[str, Any]],
        on_success_update_email: dict[str, dict[str, Any]] | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> MDNSendResult:
        """Sends receipts: tells those who asked (Disposition-Notification-To) that a message was shown (RFC 9007 section
        2.1). On the user's word only.

            Each receipt goes out as everything that is submitted does, from the null path, and stands among the
            EmailSubmissions, with the Email that it speaks of. An Email that has $mdnsent gets no second one, so
            onSuccessUpdateEmail must set that keyword (which takes the scope triage): what does not is refused with
            invalidProperties. Taken back or failed, the receipt leaves its Email as it is, $mdnsent included.
            SetErrors: notFound (no such Email, it asks for no receipt, or is one), mdnAlreadySent, invalidProperties,
            forbidden (mdn-sent-automatically, and the one address that asks is not that of Return-Path, RFC 8098
            section 2.1; or Disposition-Notification-Options requires something), tooManyRecipients (more than 10
            ask), forbiddenFrom, forbiddenToSend, serverUnavailable (the original is to be included, and only its
            header is here).

        account_id: The account.
        identity_id: Who sends them; an id that is no identity of the account is an invalid argument.
        send: Creation id to MDN: {forEmailId, disposition, subject?, textBody?, includeOriginalMessage?,
            reportingUA?, finalRecipient?, extensionFields?}.
        on_success_update_email: "#" and a creation id, to a PatchObject for the Email that it speaks of.
        idempotency_key: Of the caller's choice, for one call: made again with the same key, in the week after,
            it is not carried out again but answered as it was. A key used for another call: idempotencyKeyReused.
            When facteurd ended in the middle: outcomeUnknown.

        Raises Error of the types accountNotFound, requestTooLarge.
        """
        return self._call("MDN/send", {
            "accountId": account_id,
            "identityId": identity_id,
            "send": send,
            "onSuccessUpdateEmail": on_success_update_email,
            "idempotencyKey": idempotency_key,
        })

    def mailbox_changes(self, *,
        since_state: str,
        account_id: AccountScope = UNSET,
        max_changes: int | None = UNSET,
    ) -> MailboxChangesResult:
        """Changes to mailboxes since a state (RFC 8621 section 2.2).

        account_id: The account, or "*" (the default): all of them at once.
        since_state: The state that the client has.
        max_changes: At most so many ids in all.

        Raises Error of the types accountNotFound, cannotCalculateChanges.
        """
        return self._call("Mailbox/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def mailbox_get(self, *,
        account_id: AccountScope = UNSET,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> MailboxGetResult:
        """Mailboxes (RFC 8621 section 2.1).

        account_id: The account, or "*" (the default): all of them at once.
        ids: The mailboxes wanted; null: all of them, if they are not more than maxObjectsInGet.
        properties: The properties wanted; null: the default ones. The id is always there.

        Raises Error of the types accountNotFound, invalidArguments, requestTooLarge.
        """
        return self._call("Mailbox/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def mailbox_query(self, *,
        account_id: AccountScope = UNSET,
        filter: dict[str, Any] | None = UNSET,
        sort: list[Comparator] | None = UNSET,
        sort_as_tree: bool = UNSET,
        filter_as_tree: bool = UNSET,
        position: int = UNSET,
        anchor: Id | None = UNSET,
        anchor_offset: int = UNSET,
        limit: int | None = UNSET,
        calculate_total: bool = UNSET,
    ) -> MailboxQueryResult:
        """Ids of mailboxes (RFC 8621 section 2.3).

        account_id: The account, or "*" (the default): all of them at once.
        filter: FilterOperator or MailboxFilterCondition.
        sort: By sortOrder or name; the default is both.
        sort_as_tree: Children after their parents (RFC 8621 section 2.3).
        filter_as_tree: Leave a mailbox out whose parent does not match (RFC 8621 section 2.3).
        position: Index of the first result; a negative one counts from the end.
        anchor: The window is laid relative to this result; position is then ignored.
        anchor_offset: Index of the first result relative to the anchor.
        limit: At most so many ids; at most maxObjectsInQuery.
        calculate_total: Also count all results.

        Raises Error of the types accountNotFound, anchorNotFound, unsupportedFilter, unsupportedSort.
        """
        return self._call("Mailbox/query", {
            "accountId": account_id,
            "filter": filter,
            "sort": sort,
            "sortAsTree": sort_as_tree,
            "filterAsTree": filter_as_tree,
            "position": position,
            "anchor": anchor,
            "anchorOffset": anchor_offset,
            "limit": limit,
            "calculateTotal": calculate_total,
        })

    def mailbox_query_changes(self, *,
        since_query_state: str,
        account_id: AccountScope = UNSET,
        filter: dict[str, Any] | None = UNSET,
        sort: list[Comparator] | None = UNSET,
        sort_as_tree: bool = UNSET,
        filter_as_tree: bool = UNSET,
        max_changes: int | None = UNSET,
        up_to_id: Id | None = UNSET,
        calculate_total: bool = UNSET,
    ) -> MailboxQueryChangesResult:
        """What changed in the results of a Mailbox/query (RFC 8621 section 2.4).

        account_id: The account, or "*" (the default): all of them at once.
        filter: FilterOperator or MailboxFilterCondition.
        sort: By sortOrder or name; the default is both.
        sort_as_tree: Children after their parents (RFC 8621 section 2.3).
        filter_as_tree: Leave a mailbox out whose parent does not match (RFC 8621 section 2.3).
        since_query_state: The queryState that the client has.
        max_changes: At most so many added and removed in all.
        up_to_id: The last id that the client has.
        calculate_total: Also count all results.

        Raises Error of the types accountNotFound, cannotCalculateChanges, tooManyChanges, unsupportedFilter,
        unsupportedSort.
        """
        return self._call("Mailbox/queryChanges", {
            "accountId": account_id,
            "filter": filter,
            "sort": sort,
            "sortAsTree": sort_as_tree,
            "filterAsTree": filter_as_tree,
            "sinceQueryState": since_query_state,
            "maxChanges": max_changes,
            "upToId": up_to_id,
            "calculateTotal": calculate_total,
        })

    def mailbox_set(self, *,
        account_id: Id,
        if_in_state: str | None = UNSET,
        create: dict[str, dict[str, Any]] | None = UNSET,
        update: dict[str, dict[str, Any]] | None = UNSET,
        destroy: list[Id] | None = UNSET,
        on_destroy_remove_emails: bool = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> MailboxSetResult:
        """Creates, changes and destroys mailboxes (RFC 8621 section 2.5).

            SetErrors beside the standard ones: mailboxHasChild, mailboxHasEmail, alreadyExists, forbidden (the inbox
            stays what it is; a level of names that is no mailbox on the server; an account whose mailboxes cannot be
            changed: its capability mayChangeMailboxes). In an account with a server a change shows at once and is
            told to the server as soon as it can be reached; what the server refuses for good is undone, with a notice
            (Account/get). Where a server keeps everything below the inbox, parentId null becomes the inbox.

        account_id: The account.
        if_in_state: Do nothing unless this is the present state.
        create: Creation id to Mailbox.
        update: Id to PatchObject (RFC 8620 section 5.3).
        destroy: Ids.
        on_destroy_remove_emails: Take the Emails out first, and destroy those that are nowhere else.
        idempotency_key: Of the caller's choice, for one call: made again with the same key, in the week after,
            it is not carried out again but answered as it was. A key used for another call: idempotencyKeyReused.
            When facteurd ended in the middle: outcomeUnknown.

        Raises Error of the types accountNotFound, requestTooLarge, stateMismatch.
        """
        return self._call("Mailbox/set", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "onDestroyRemoveEmails": on_destroy_remove_emails,
            "idempotencyKey": idempotency_key,
        })

    def plugin_get(self, *,
        ids: list[str] | None = UNSET,
    ) -> PluginGetResult:
        """The plugins that were found.

        ids: null: all.
        """
        return self._call("Plugin/get", {
            "ids": ids,
        })

    def push_subscribe(self, *,
        types: list[Literal['Email', 'EmailDelivery', 'Mailbox', 'Thread', 'Account', 'AccountState', 'Task', 'Undo', 'Identity', 'EmailSubmission', 'VacationResponse', 'Quota', 'Rule']],
        account_ids: list[Id] | None = UNSET,
    ) -> PushSubscribeResult:
        """Sends notifications on this connection from now on; replaces what was asked for before.

        types: An empty list ends it.
        account_ids: null: all.
        """
        return self._call("Push/subscribe", {
            "types": types,
            "accountIds": account_ids,
        })

    def push_subscription_get(self, *,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> PushSubscriptionGetResult:
        """The caller's own push subscriptions (RFC 8620 section 7.2.1).

            Those that were made with the same token; for a client without one, those that were made without one.

        ids: The subscriptions wanted; null: all of them.
        properties: The properties wanted; null: all but url and keys, which are never told. The id is always
            there.

        Raises Error of the types forbidden, requestTooLarge.
        """
        return self._call("PushSubscription/get", {
            "ids": ids,
            "properties": properties,
        })

    def push_subscription_set(self, *,
        create: dict[str, dict[str, Any]] | None = UNSET,
        update: dict[str, dict[str, Any]] | None = UNSET,
        destroy: list[Id] | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> PushSubscriptionSetResult:
        """Creates, changes and destroys the caller's own push subscriptions (RFC 8620 section 7.2.2).

            A new one gets a PushVerification at once; when its code was written into verificationCode, it gets a
            StateChange whenever something changes. At most 64 of one token (overQuota), 30 new ones in an hour
            (rateLimit). One that is not verified within a day is destroyed, as is one whose push service says that it
            is gone (404, 410) or fails for days. Hosts in private networks are refused unless WebPush/set names them.

        create: Creation id to PushSubscription.
        update: Id to PatchObject (RFC 8620 section 5.3) of verificationCode, expires and types.
        destroy: Ids.
        idempotency_key: Of the caller's choice, for one call: made again with the same key, in the week after,
            it is not carried out again but answered as it was. A key used for another call: idempotencyKeyReused.
            When facteurd ended in the middle: outcomeUnknown.

        Raises Error of the types requestTooLarge.
        """
        return self._call("PushSubscription/set", {
            "create": create,
            "update": update,
            "destroy": destroy,
            "idempotencyKey": idempotency_key,
        })

    def quota_changes(self, *,
        since_state: str,
        account_id: AccountScope = UNSET,
        max_changes: int | None = UNSET,
    ) -> QuotaChangesResult:
        """Which quotas changed since a state (RFC 9425 section 4.3).

        account_id: The account, or "*" (the default): all of them at once.
        since_state: The state that the client has.
        max_changes: At most so many ids in all.

        Raises Error of the types accountNotFound, cannotCalculateChanges.
        """
        return self._call("Quota/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def quota_get(self, *,
        account_id: AccountScope = UNSET,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> QuotaGetResult:
        """Quotas: how much room servers give, and how much is used (RFC 9425 section 4.2).

        account_id: The account, or "*" (the default): all of them at once.
        ids: The quotas wanted; null: all of them.
        properties: The properties wanted; null: the default ones. The id is always there.

        Raises Error of the types accountNotFound, invalidArguments, requestTooLarge.
        """
        return self._call("Quota/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def quota_query(self, *,
        account_id: AccountScope = UNSET,
        filter: dict[str, Any] | None = UNSET,
        sort: list[Comparator] | None = UNSET,
        position: int = UNSET,
        anchor: Id | None = UNSET,
        anchor_offset: int = UNSET,
        limit: int | None = UNSET,
        calculate_total: bool = UNSET,
    ) -> QuotaQueryResult:
        """Looks for quotas (RFC 9425 section 4.4).

        account_id: The account, or "*" (the default): all of them at once.
        filter: FilterOperator or QuotaFilterCondition.
        sort: By name, used; the default is the oldest first.
        position: Index of the first result; a negative one counts from the end.
        anchor: The window is laid relative to this result; position is then ignored.
        anchor_offset: Index of the first result relative to the anchor.
        limit: At most so many ids; at most maxObjectsInQuery.
        calculate_total: Also count all results.

        Raises Error of the types accountNotFound, anchorNotFound, unsupportedFilter, unsupportedSort.
        """
        return self._call("Quota/query", {
            "accountId": account_id,
            "filter": filter,
            "sort": sort,
            "position": position,
            "anchor": anchor,
            "anchorOffset": anchor_offset,
            "limit": limit,
            "calculateTotal": calculate_total,
        })

    def quota_query_changes(self, *,
        since_query_state: str,
        account_id: AccountScope = UNSET,
        filter: dict[str, Any] | None = UNSET,
        sort: list[Comparator] | None = UNSET,
        max_changes: int | None = UNSET,
        up_to_id: Id | None = UNSET,
        calculate_total: bool = UNSET,
    ) -> QuotaQueryChangesResult:
        """What changed in the results of a Quota/query (RFC 9425 section 4.5).

        account_id: The account, or "*" (the default): all of them at once.
        filter: FilterOperator or QuotaFilterCondition.
        sort: As in the query.
        since_query_state: The queryState that the client has.
        max_changes: At most so many added and removed in all.
        up_to_id: The last id that the client has.
        calculate_total: Also count all results.

        Raises Error of the types accountNotFound, cannotCalculateChanges, tooManyChanges, unsupportedFilter,
        unsupportedSort.
        """
        return self._call("Quota/queryChanges", {
            "accountId": account_id,
            "filter": filter,
            "sort": sort,
            "sinceQueryState": since_query_state,
            "maxChanges": max_changes,
            "upToId": up_to_id,
            "calculateTotal": calculate_total,
        })

    def rule_apply(self, *,
        account_id: Id,
        ids: list[Id],
        filter: EmailFilter = UNSET,
        if_in_state: str | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> RuleApplyResult:
        """Applies rules to mail that is there already.

            What the rules match is found at once; mail that comes meanwhile is none of it. Rules are asked in their
            order, and one that is switched off, too, when it is named; isLast and the first moveTo count as for new
            mail. A message that is not in the inbox leaves all its mailboxes for moveTo. A little is done when the
            call answers; more is a task of the kind "rules", which counts messages and whose result is {matched,
            changed, undoId}. All of it is one action for Undo/apply, also when the task is cancelled in the middle.

        account_id: The account.
        ids: The rules; at most maxObjectsInSet.
        filter: Among which mail; null: what is in the inbox.
        if_in_state: Do nothing unless this is the present state of the rules.
        idempotency_key: Of the caller's choice, for one call: made again with the same key, in the week after,
            it is not carried out again but answered as it was. A key used for another call: idempotencyKeyReused.
            When facteurd ended in the middle: outcomeUnknown.

        Raises Error of the types accountNotFound, invalidArguments, limit, notFound, requestTooLarge, stateMismatch,
        unsupportedFilter.
        """
        return self._call("Rule/apply", {
            "accountId": account_id,
            "ids": ids,
            "filter": filter,
            "ifInState": if_in_state,
            "idempotencyKey": idempotency_key,
        })

    def rule_changes(self, *,
        since_state: str,
        account_id: AccountScope = UNSET,
        max_changes: int | None = UNSET,
    ) -> RuleChangesResult:
        """Rules that came, changed or went since a state.

        account_id: The account, or "*" (the default): all of them at once.
        since_state: The state that the client has.
        max_changes: At most so many ids in all.

        Raises Error of the types accountNotFound, cannotCalculateChanges.
        """
        return self._call("Rule/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def rule_get(self, *,
        account_id: AccountScope = UNSET,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> RuleGetResult:
        """Rules: what happens to mail that comes new into an account.

        account_id: The account, or "*" (the default): all of them at once.
        ids: The rules wanted; null: all of them, in the order in which they are asked.
        properties: The properties wanted; null: the default ones. The id is always there.

        Raises Error of the types accountNotFound, invalidArguments, requestTooLarge.
        """
        return self._call("Rule/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def rule_set(self, *,
        account_id: Id,
        if_in_state: str | None = UNSET,
        create: dict[str, dict[str, Any]] | None = UNSET,
        update: dict[str, dict[str, Any]] | None = UNSET,
        destroy: list[Id] | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> RuleSetResult:
        """Creates, changes and destroys rules.

            name, query and an action (moveTo, copyTo, addKeywords or removeKeywords) are needed. A query that does
            not parse is refused: the SetError's `description` says why, `position` is the byte at which. What is set
            is asked about mail that comes from then on; for mail that is there already see Rule/apply.

        account_id: The account.
        if_in_state: Do nothing unless this is the present state.
        create: Creation id to Rule.
        update: Id to PatchObject (RFC 8620 section 5.3).
        destroy: Ids.
        idempotency_key: Of the caller's choice, for one call: made again with the same key, in the week after,
            it is not carried out again but answered as it was. A key used for another call: idempotencyKeyReused.
            When facteurd ended in the middle: outcomeUnknown.

        Raises Error of the types accountNotFound, requestTooLarge, stateMismatch.
        """
        return self._call("Rule/set", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "idempotencyKey": idempotency_key,
        })

    def search_parse(self, *,
        query: str,
        account_id: AccountScope = UNSET,
        time_zone: str | None = UNSET,
    ) -> SearchParseResult:
        """Turns the query language of people into a filter for Email/query.

            Words and "phrases", word*, from: to: cc: bcc: subject: body: filename: list: id: in: account: is: has:
            before: after: on: larger: smaller:, AND (implied) OR NOT -, parentheses.

        account_id: Where in: looks for mailboxes; "*" (the default): everywhere.
        query: What somebody typed.
        time_zone: Ours, for query: an IANA name; null: the system's.

        Raises Error of the types accountNotFound, invalidArguments.
        """
        return self._call("Search/parse", {
            "accountId": account_id,
            "query": query,
            "timeZone": time_zone,
        })

    def search_snippet_get(self, *,
        email_ids: list[Id],
        account_id: AccountScope = UNSET,
        filter: EmailFilter = UNSET,
        query: str | None = UNSET,
        time_zone: str | None = UNSET,
    ) -> SearchSnippetGetResult:
        """Where the words of a search stand in its results (RFC 8621 section 5.1).

        account_id: The account, or "*" (the default): all of them at once.
        query: Ours, instead of filter: the query language of Search/parse.
        time_zone: Ours, for query: an IANA name; null: the system's.
        email_ids: The results of which snippets are wanted.

        Raises Error of the types accountNotFound, requestTooLarge, unsupportedFilter.
        """
        return self._call("SearchSnippet/get", {
            "accountId": account_id,
            "filter": filter,
            "query": query,
            "timeZone": time_zone,
            "emailIds": email_ids,
        })

    def secrets_get(self) -> SecretsGetResult:
        """Where passwords and tokens are kept: the stores there are, the default, and each account's.
        """
        return self._call("Secrets/get", {})

    def secrets_lock(self) -> SecretsLockResult:
        """Closes the encrypted file of passwords: its key is forgotten. Connections that are there stay.
        """
        return self._call("Secrets/lock", {})

    def secrets_set(self, *,
        default_store: str,
    ) -> SecretsSetResult:
        """Chooses the default store of passwords and tokens.

            Accounts that are there stay where they are (Account/set moves them). Tokens that are in the default store
            because their account's own can only be read move along.

        default_store: file, encrypted or keyring; it must be usable now.

        Raises Error of the types notFound, serverUnavailable, userAction.
        """
        return self._call("Secrets/set", {
            "defaultStore": default_store,
        })

    def secrets_unlock(self, *,
        passphrase: str,
        new_passphrase: str | None = UNSET,
        is_new: bool = UNSET,
    ) -> SecretsUnlockResult:
        """Opens the encrypted file of passwords until facteurd ends; accounts that waited for it try at once.

        passphrase: At most 1,024 bytes.
        new_passphrase: From now on this one is the passphrase.
        is_new: Where there is no such file yet, it is made, with this passphrase.

        Raises Error of the types auth, forbidden, notFound.
        """
        return self._call("Secrets/unlock", {
            "passphrase": passphrase,
            "newPassphrase": new_passphrase,
            "isNew": is_new,
        })

    def session_authenticate(self, *,
        token: str | None = UNSET,
        username: str | None = UNSET,
        password: str | None = UNSET,
        remote: str | None = UNSET,
    ) -> SessionAuthenticateResult:
        """Narrows this connection, for good, to what a token allows.

            A connection to the socket is the owner's at first. From this call on it is not, whatever comes of it:
            until it has signed in, it may do nothing else. One that has signed in stays what it is. It is closed when
            the token is revoked, changed or expires, and after five refusals.

        token: A token's secret; or
        username: a token's name,
        password: and its password or its secret (RFC 7617).
        remote: From where, in the front end's words (an address without a port): for lastUsedFrom and the audit
            log, and so that attempts from one place do not hold up another.

        Raises Error of the types forbidden, invalidArguments, limit.
        """
        return self._call("Session/authenticate", {
            "token": token,
            "username": username,
            "password": password,
            "remote": remote,
        })

    def session_get(self) -> SessionGetResult:
        """What this core can do, its limits and the accounts (RFC 8620 section 2, without the URLs).
        """
        return self._call("Session/get", {})

    def store_rebuild(self) -> StoreRebuildResult:
        """Starts to make again what follows from the messages' bytes: the full-text index, envelopes, the ties of
        Threads, counters. A task tells of the progress; one that is under way already is joined.

            Search goes on meanwhile. Nothing that a user or a server said is touched. The task's result is {emails,
            corrected, tied, damaged, countersCorrected}: how many Emails there are, of how many the store had kept
            something else than the bytes say, how many Threads were merged, how many messages' bytes are damaged
            (these keep what is known of them), and whether counters were wrong.
        """
        return self._call("Store/rebuild", {})

    def task_cancel(self, *,
        id: Id,
    ) -> TaskCancelResult:
        """Asks a task to end.

        Raises Error of the types notFound.
        """
        return self._call("Task/cancel", {
            "id": id,
        })

    def task_get(self, *,
        ids: list[Id] | None = UNSET,
        wait_ms: int = UNSET,
    ) -> TaskGetResult:
        """Long work and how far it is.

        ids: null: all, newest first.
        wait_ms: Answer only when all of `ids` have ended, or after so long.
        """
        return self._call("Task/get", {
            "ids": ids,
            "waitMs": wait_ms,
        })

    def thread_changes(self, *,
        since_state: str,
        account_id: AccountScope = UNSET,
        max_changes: int | None = UNSET,
    ) -> ThreadChangesResult:
        """Changes to threads since a state (RFC 8621 section 3.2).

        account_id: The account, or "*" (the default): all of them at once.
        since_state: The state that the client has.
        max_changes: At most so many ids in all.

        Raises Error of the types accountNotFound, cannotCalculateChanges.
        """
        return self._call("Thread/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def thread_get(self, *,
        account_id: AccountScope = UNSET,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> ThreadGetResult:
        """Threads (RFC 8621 section 3.1).

        account_id: The account, or "*" (the default): all of them at once.
        ids: The threads wanted; null is refused when there are more than maxObjectsInGet.
        properties: The properties wanted; null: the default ones. The id is always there.

        Raises Error of the types accountNotFound, invalidArguments, requestTooLarge.
        """
        return self._call("Thread/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def token_audit(self, *,
        filter: TokenAuditArgsFilter | None = UNSET,
        before: str | None = UNSET,
        limit: int = UNSET,
    ) -> TokenAuditResult:
        """What was changed with tokens, newest first.

            Of each token the newest 5,000 changes are kept and the newest 200 calls that were refused; of all of them
            100,000.

        filter: Which entries; null: all.
        before: Those before this entry: the last one of the page before.
        limit: At most so many.

        Raises Error of the types invalidArguments.
        """
        return self._call("Token/audit", {
            "filter": filter,
            "before": before,
            "limit": limit,
        })

    def token_changes(self, *,
        since_state: str,
        max_changes: int | None = UNSET,
    ) -> TokenChangesResult:
        """What changed since a state.

        since_state: The state that the client has.
        max_changes: At most so many ids in all.

        Raises Error of the types cannotCalculateChanges, invalidArguments.
        """
        return self._call("Token/changes", {
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def token_get(self, *,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> TokenGetResult:
        """Tokens: who may come in beside the owner.

            Of a token that may less than another one, that other is hidden.

        ids: The tokens wanted; null: all of them.
        properties: The properties wanted; null: all of them. The id is always there.

        Raises Error of the types invalidArguments, requestTooLarge.
        """
        return self._call("Token/get", {
            "ids": ids,
            "properties": properties,
        })

    def token_invite(self, *,
        token: dict[str, Any],
    ) -> TokenInviteResult:
        """Makes a code by which a device gets a token of its own, once and within five minutes.

            The code is for people and QR codes: three groups of four letters and digits. The token is made when
            Token/pair is called with it. What may not be given by Token/set may not be given so.

        token: A Token as for Token/set: name, scopes, accountIds, expiresAt.

        Raises Error of the types alreadyExists, forbidden, invalidArguments, limit.
        """
        return self._call("Token/invite", {
            "token": token,
        })

    def token_pair(self, *,
        code: str,
        remote: str | None = UNSET,
    ) -> TokenPairResult:
        """Exchanges a code (Token/invite) for the token that was prepared.

            The code is used up by it. The connection stays what it is: Session/authenticate with the secret signs in.
            For a front end that pairs devices, as facteur-bridge does (POST /pair); wrong codes are counted, by place
            and all together.

        code: In any case, with or without its dashes.
        remote: From where, as for Session/authenticate: so that wrong codes from one place do not hold up
            another.

        Raises Error of the types alreadyExists, forbidden, limit.
        """
        return self._call("Token/pair", {
            "code": code,
            "remote": remote,
        })

    def token_set(self, *,
        if_in_state: str | None = UNSET,
        create: dict[str, dict[str, Any]] | None = UNSET,
        update: dict[str, dict[str, Any]] | None = UNSET,
        destroy: list[Id] | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> TokenSetResult:
        """Creates, changes and revokes tokens.

            name and scopes are needed. accountIds null, or left out: all that the caller sees. The secret is in the
            answer to a creation and nowhere else: an idempotencyKey answers a second call without it. What a token
            makes may no more and no longer than itself, and goes with it. To destroy a token is to revoke it: its
            connections are closed, and nothing that came by it is under way any more when the call is answered. A
            changed token's connections are closed, too.

        if_in_state: Do nothing unless this is the present state.
        create: Creation id to Token.
        update: Id to PatchObject (RFC 8620 section 5.3).
        destroy: Ids.
        idempotency_key: Of the caller's choice, for one call: made again with the same key, in the week after,
            it is not carried out again but answered as it was. A key used for another call: idempotencyKeyReused.
            When facteurd ended in the middle: outcomeUnknown.

        Raises Error of the types requestTooLarge, stateMismatch.
        """
        return self._call("Token/set", {
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "idempotencyKey": idempotency_key,
        })

    def undo_apply(self, *,
        account_id: AccountScope = UNSET,
        id: Id | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> UndoApplyResult:
        """Takes an action back: flags, places, Emails that were destroyed.

            The opposite of what was done is done to what is there now. What somebody changed since stays as it is;
            `notUndone` tells of each such Email. An Email that was destroyed comes back under a new id, with its
            bytes, keywords and mailboxes; where the server has lost it, it is sent there again. A large action is
            taken back in pieces; if facteurd ends in the middle, the rest of it is taken back by the next call. What
            this does is an action itself and can be taken back.

        account_id: Among the actions of this account, or "*" (the default): of all.
        id: Which; null: the newest that is no undo itself and was not taken back.
        idempotency_key: Of the caller's choice, for one call: made again with the same key, in the week after,
            it is not carried out again but answered as it was. A key used for another call: idempotencyKeyReused.
            When facteurd ended in the middle: outcomeUnknown.

        Raises Error of the types accountNotFound, alreadyUndone, notFound.
        """
        return self._call("Undo/apply", {
            "accountId": account_id,
            "id": id,
            "idempotencyKey": idempotency_key,
        })

    def undo_changes(self, *,
        since_state: str,
        account_id: AccountScope = UNSET,
        max_changes: int | None = UNSET,
    ) -> UndoChangesResult:
        """Actions that were done, continued, taken back or forgotten since a state.

        account_id: The account, or "*" (the default): all of them at once.
        since_state: The state that the client has.
        max_changes: At most so many ids in all.

        Raises Error of the types accountNotFound, cannotCalculateChanges.
        """
        return self._call("Undo/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def undo_get(self, *,
        account_id: AccountScope = UNSET,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> UndoGetResult:
        """Actions that clients did, and whether they were taken back.

        account_id: The account, or "*" (the default): all of them at once.
        ids: The actions wanted; null: all, newest first.
        properties: The properties wanted; null: all. The id is always there.

        Raises Error of the types accountNotFound, invalidArguments, requestTooLarge.
        """
        return self._call("Undo/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def undo_query(self, *,
        account_id: AccountScope = UNSET,
        filter: UndoQueryArgsFilter | None = UNSET,
        position: int = UNSET,
        anchor: Id | None = UNSET,
        anchor_offset: int = UNSET,
        limit: int | None = UNSET,
        calculate_total: bool = UNSET,
    ) -> UndoQueryResult:
        """Ids of actions, newest first.

        account_id: The account, or "*" (the default): all of them at once.
        filter: All that is given must hold. The first result with both false is what Undo/apply takes back.
        position: Index of the first result; a negative one counts from the end.
        anchor: The window is laid relative to this result; position is then ignored.
        anchor_offset: Index of the first result relative to the anchor.
        limit: At most so many ids; at most maxObjectsInQuery.
        calculate_total: Also count all results.

        Raises Error of the types accountNotFound, anchorNotFound.
        """
        return self._call("Undo/query", {
            "accountId": account_id,
            "filter": filter,
            "position": position,
            "anchor": anchor,
            "anchorOffset": anchor_offset,
            "limit": limit,
            "calculateTotal": calculate_total,
        })

    def vacation_response_get(self, *,
        account_id: Id,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> VacationResponseGetResult:
        """What is answered for somebody who is away (RFC 8621 section 8.1).

        account_id: The account.
        ids: "singleton" alone is found; null: the same.
        properties: The properties wanted; null: all. The id is always there.

        Raises Error of the types accountNotFound, invalidArguments, requestTooLarge.
        """
        return self._call("VacationResponse/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def vacation_response_set(self, *,
        account_id: Id,
        if_in_state: str | None = UNSET,
        create: dict[str, dict[str, Any]] | None = UNSET,
        update: dict[str, dict[str, Any]] | None = UNSET,
        destroy: list[Id] | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> VacationResponseSetResult:
        """Switches the answer for somebody who is away on and off, and writes it (RFC 8621 section 8.2).

            facteurd answers new mail of the account by itself while it is enabled, over the account's transport: not
            lists, programs, bounces or oneself, only what names an address of the account in To, Cc or Bcc, and each
            sender once in `days` (RFC 3834, RFC 5230). There is one object, which cannot be created or destroyed
            (SetError `singleton`).

        account_id: The account.
        if_in_state: Do nothing unless this is the present state.
        create: Always refused.
        update: "singleton" to PatchObject (RFC 8620 section 5.3).
        destroy: Always refused.
        idempotency_key: Of the caller's choice, for one call: made again with the same key, in the week after,
            it is not carried out again but answered as it was. A key used for another call: idempotencyKeyReused.
            When facteurd ended in the middle: outcomeUnknown.

        Raises Error of the types accountNotFound, requestTooLarge, stateMismatch.
        """
        return self._call("VacationResponse/set", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "idempotencyKey": idempotency_key,
        })

    def web_push_get(self) -> dict[str, Any]:
        """What the owner has decided about Web Push.
        """
        return self._call("WebPush/get", {})

    def web_push_set(self, *,
        contact: str | None = UNSET,
        private_hosts: list[str] | None = UNSET,
        rotate_key: bool = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> dict[str, Any]:
        """Decides about Web Push: what is given is set, the rest stays.

        contact: Whom a push service may ask, mailto: or https:; "": nobody; null: as before.
        private_hosts: Hosts that may be in a private network or on this computer, as one's own UnifiedPush
            distributor is; 127.0.0.1 and [::1] among them without TLS, too. null: as before.
        rotate_key: Make another key: all push subscriptions are destroyed, as clients must make theirs again
            with it (RFC 9749 section 5).
        idempotency_key: Of the caller's choice, for one call: made again with the same key, in the week after,
            it is not carried out again but answered as it was. A key used for another call: idempotencyKeyReused.
            When facteurd ended in the middle: outcomeUnknown.

        Raises Error of the types invalidArguments.
        """
        return self._call("WebPush/set", {
            "contact": contact,
            "privateHosts": private_hosts,
            "rotateKey": rotate_key,
            "idempotencyKey": idempotency_key,
        })

    def rpc_discover(self) -> RpcDiscoverResult:
        """This schema, as an OpenRPC document.
        """
        return self._call("rpc.discover", {})


class AsyncMethods:
    """Each method, to be awaited."""

    def _call(self, method: str, arguments: dict[str, Any]) -> Any:
        raise NotImplementedError

    def account_authorize(self, *,
        account_id: Id,
        by: Literal['browser', 'device'] = UNSET,
        client_secret: str | None = UNSET,
    ) -> Awaitable[AccountAuthorizeResult]:
        """Begins to ask the user for consent, so that an account signs in with OAuth 2.0; also to renew a consent that
        has expired.
        """
        return self._call("Account/authorize", {
            "accountId": account_id,
            "by": by,
            "clientSecret": client_secret,
        })

    def account_changes(self, *,
        since_state: str,
        max_changes: int | None = UNSET,
    ) -> Awaitable[AccountChangesResult]:
        """Which accounts were created, changed or removed since a state."""
        return self._call("Account/changes", {
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def account_check(self, *,
        account_id: Id = UNSET,
        account: dict[str, Any] = UNSET,
    ) -> Awaitable[AccountCheckResult]:
        """Connects to an account's server, signs in, and says what it found. Takes up to a minute."""
        return self._call("Account/check", {
            "accountId": account_id,
            "account": account,
        })

    def account_discover(self, *,
        address: str,
        skip: list[Literal['table', 'mx', 'autoconfig', 'database', 'srv', 'guess']] = UNSET,
        timeout_seconds: int = UNSET,
    ) -> Awaitable[AccountDiscoverResult]:
        """Finds an account's servers from its mail address alone. Takes up to half a minute."""
        return self._call("Account/discover", {
            "address": address,
            "skip": skip,
            "timeoutSeconds": timeout_seconds,
        })

    def account_get(self, *,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> Awaitable[AccountGetResult]:
        """Accounts and how they are doing."""
        return self._call("Account/get", {
            "ids": ids,
            "properties": properties,
        })

    def account_query(self, *,
        filter: AccountQueryArgsFilter | None = UNSET,
        sort: list[Comparator] | None = UNSET,
        position: int = UNSET,
        anchor: Id | None = UNSET,
        anchor_offset: int = UNSET,
        limit: int | None = UNSET,
        calculate_total: bool = UNSET,
    ) -> Awaitable[AccountQueryResult]:
        """Ids of accounts."""
        return self._call("Account/query", {
            "filter": filter,
            "sort": sort,
            "position": position,
            "anchor": anchor,
            "anchorOffset": anchor_offset,
            "limit": limit,
            "calculateTotal": calculate_total,
        })

    def account_repair(self, *,
        account_id: Id,
        bytes: bool = UNSET,
    ) -> Awaitable[AccountRepairResult]:
        """Starts to mend what Account/verify finds; a task tells of the progress."""
        return self._call("Account/repair", {
            "accountId": account_id,
            "bytes": bytes,
        })

    def account_set(self, *,
        if_in_state: str | None = UNSET,
        create: dict[str, dict[str, Any]] | None = UNSET,
        update: dict[str, dict[str, Any]] | None = UNSET,
        destroy: list[Id] | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> Awaitable[AccountSetResult]:
        """Creates, changes and removes accounts."""
        return self._call("Account/set", {
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "idempotencyKey": idempotency_key,
        })

    def account_sync(self, *,
        account_ids: list[Id] | None = UNSET,
    ) -> Awaitable[AccountSyncResult]:
        """Starts to synchronise now; a task tells of the progress."""
        return self._call("Account/sync", {
            "accountIds": account_ids,
        })

    def account_verify(self, *,
        account_id: Id,
        bytes: bool = UNSET,
    ) -> Awaitable[AccountVerifyResult]:
        """Starts to compare an account's store with its server, completely; a task tells of the progress."""
        return self._call("Account/verify", {
            "accountId": account_id,
            "bytes": bytes,
        })

    def address_suggest(self, *,
        account_id: AccountScope = UNSET,
        text: str = UNSET,
        limit: int = UNSET,
        exclude: list[str] | None = UNSET,
    ) -> Awaitable[AddressSuggestResult]:
        """Addresses that begin with what is being typed, the likeliest first."""
        return self._call("Address/suggest", {
            "accountId": account_id,
            "text": text,
            "limit": limit,
            "exclude": exclude,
        })

    def blob_begin(self, *,
        account_id: Id,
        size: int | None = UNSET,
    ) -> Awaitable[BlobBeginResult]:
        """Begins an upload: hands over a descriptor into which the bytes are written."""
        return self._call("Blob/begin", {
            "accountId": account_id,
            "size": size,
        })

    def blob_copy(self, *,
        from_account_id: Id,
        account_id: Id,
        blob_ids: list[Id],
        idempotency_key: str | None = UNSET,
    ) -> Awaitable[BlobCopyResult]:
        """Makes blobs of one account blobs of another (RFC 8620 section 6.3)."""
        return self._call("Blob/copy", {
            "fromAccountId": from_account_id,
            "accountId": account_id,
            "blobIds": blob_ids,
            "idempotencyKey": idempotency_key,
        })

    def blob_finish(self, *,
        account_id: Id,
        upload_id: Id,
        type: str | None = UNSET,
    ) -> Awaitable[BlobFinishResult]:
        """Makes a blob of what was written into the descriptor of Blob/begin; it is on the disk when this is answered.
        What nothing refers to is forgotten after 24 hours.
        """
        return self._call("Blob/finish", {
            "accountId": account_id,
            "uploadId": upload_id,
            "type": type,
        })

    def blob_get(self, *,
        ids: list[Id],
        account_id: AccountScope = UNSET,
        properties: list[str] | None = UNSET,
        offset: int | None = UNSET,
        length: int | None = UNSET,
    ) -> Awaitable[BlobGetResult]:
        """Bytes as text or base64, whole or a range (RFC 9404 section 4.2)."""
        return self._call("Blob/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
            "offset": offset,
            "length": length,
        })

    def blob_lookup(self, *,
        type_names: list[str],
        ids: list[Id],
        account_id: AccountScope = UNSET,
    ) -> Awaitable[BlobLookupResult]:
        """Which Mailboxes, Threads and Emails refer to blobs (RFC 9404 section 4.3)."""
        return self._call("Blob/lookup", {
            "accountId": account_id,
            "typeNames": type_names,
            "ids": ids,
        })

    def blob_open(self, *,
        blob_id: Id,
        account_id: AccountScope = UNSET,
    ) -> Awaitable[BlobOpenResult]:
        """Hands over a descriptor from which the bytes can be read."""
        return self._call("Blob/open", {
            "accountId": account_id,
            "blobId": blob_id,
        })

    def blob_upload(self, *,
        create: dict[str, dict[str, Any]],
        account_id: AccountScope = UNSET,
    ) -> Awaitable[BlobUploadResult]:
        """Stores bytes (RFC 9404 section 4.1). What nothing refers to is forgotten after 24 hours."""
        return self._call("Blob/upload", {
            "accountId": account_id,
            "create": create,
        })

    def compose_forward(self, *,
        account_id: Id,
        email_id: Id,
        identity_id: str | None = UNSET,
        signature: Literal['none', 'below', 'above', None] = UNSET,
        creation_id: str | None = UNSET,
        text: str | None = UNSET,
        html: bool = UNSET,
        html_text: str | None = UNSET,
        as_attachment: bool = UNSET,
    ) -> Awaitable[ComposeForwardResult]:
        """The draft of a message that forwards another one. Nothing is stored."""
        return self._call("Compose/forward", {
            "accountId": account_id,
            "emailId": email_id,
            "identityId": identity_id,
            "signature": signature,
            "creationId": creation_id,
            "text": text,
            "html": html,
            "htmlText": html_text,
            "asAttachment": as_attachment,
        })

    def compose_new(self, *,
        account_id: Id,
        identity_id: str | None = UNSET,
        signature: Literal['none', 'below', None] = UNSET,
        creation_id: str | None = UNSET,
        text: str | None = UNSET,
        html: bool = UNSET,
        html_text: str | None = UNSET,
    ) -> Awaitable[ComposeNewResult]:
        """The draft of a new message: who writes, and the signature. Nothing is stored."""
        return self._call("Compose/new", {
            "accountId": account_id,
            "identityId": identity_id,
            "signature": signature,
            "creationId": creation_id,
            "text": text,
            "html": html,
            "htmlText": html_text,
        })

    def compose_reply(self, *,
        account_id: Id,
        email_id: Id,
        identity_id: str | None = UNSET,
        signature: Literal['none', 'below', 'above', None] = UNSET,
        creation_id: str | None = UNSET,
        text: str | None = UNSET,
        html: bool = UNSET,
        html_text: str | None = UNSET,
        all: bool = UNSET,
        list: bool = UNSET,
        quote: bool = UNSET,
        attribution: str | None = UNSET,
    ) -> Awaitable[ComposeReplyResult]:
        """The draft of a reply: recipients, subject, thread, quoted text. Nothing is stored."""
        return self._call("Compose/reply", {
            "accountId": account_id,
            "emailId": email_id,
            "identityId": identity_id,
            "signature": signature,
            "creationId": creation_id,
            "text": text,
            "html": html,
            "htmlText": html_text,
            "all": all,
            "list": list,
            "quote": quote,
            "attribution": attribution,
        })

    def compose_resend(self, *,
        account_id: Id,
        email_id: Id,
        to: list[dict[str, Any]],
        identity_id: str | None = UNSET,
        cc: list[dict[str, Any]] | None = UNSET,
        bcc: list[dict[str, Any]] | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> Awaitable[ComposeResendResult]:
        """A message to be sent on as it is (RFC 5322 section 3.6.6), as a draft, and the envelope that it goes with."""
        return self._call("Compose/resend", {
            "accountId": account_id,
            "emailId": email_id,
            "identityId": identity_id,
            "to": to,
            "cc": cc,
            "bcc": bcc,
            "idempotencyKey": idempotency_key,
        })

    def compose_template(self, *,
        account_id: Id,
        email_id: Id,
        identity_id: str | None = UNSET,
        values: dict[str, str] | None = UNSET,
        to: list[dict[str, Any]] | None = UNSET,
        creation_id: str | None = UNSET,
    ) -> Awaitable[ComposeTemplateResult]:
        """The draft of a new message made of one that is here: a template, a draft that is written on, something that is
        sent once more. Nothing is stored.
        """
        return self._call("Compose/template", {
            "accountId": account_id,
            "emailId": email_id,
            "identityId": identity_id,
            "values": values,
            "to": to,
            "creationId": creation_id,
        })

    def core_created_ids(self, *,
        created_ids: dict[str, Id] | None = UNSET,
    ) -> Awaitable[CoreCreatedIdsResult]:
        """The creation ids of a batch: takes those that came with it, gives those that it has by now (RFC 8620 section
        3.3, createdIds).
        """
        return self._call("Core/createdIds", {
            "createdIds": created_ids,
        })

    def core_echo(self, **arguments: Any) -> Awaitable[dict[str, Any]]:
        """Answers its arguments."""
        return self._call("Core/echo", arguments)

    def core_status(self) -> Awaitable[CoreStatusResult]:
        """How the daemon is: for `facteur doctor`."""
        return self._call("Core/status", {})

    def core_stop(self) -> Awaitable[CoreStopResult]:
        """Ends the daemon, after this answer."""
        return self._call("Core/stop", {})

    def email_changes(self, *,
        since_state: str,
        account_id: AccountScope = UNSET,
        max_changes: int | None = UNSET,
    ) -> Awaitable[EmailChangesResult]:
        """Changes to Emails since a state (RFC 8621 section 4.3)."""
        return self._call("Email/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def email_copy(self, *,
        from_account_id: Id,
        account_id: Id,
        create: dict[str, dict[str, Any]],
        if_from_in_state: str | None = UNSET,
        if_in_state: str | None = UNSET,
        on_success_destroy_original: bool = UNSET,
        destroy_from_if_in_state: str | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> Awaitable[EmailCopyResult]:
        """Copies Emails into another account (RFC 8621 section 4.7)."""
        return self._call("Email/copy", {
            "fromAccountId": from_account_id,
            "ifFromInState": if_from_in_state,
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "onSuccessDestroyOriginal": on_success_destroy_original,
            "destroyFromIfInState": destroy_from_if_in_state,
            "idempotencyKey": idempotency_key,
        })

    def email_get(self, *,
        account_id: AccountScope = UNSET,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
        body_properties: list[str] | None = UNSET,
        fetch_text_body_values: bool = UNSET,
        fetch_html_body_values: bool = UNSET,
        fetch_all_body_values: bool = UNSET,
        max_body_value_bytes: int = UNSET,
    ) -> Awaitable[EmailGetResult]:
        """Emails (RFC 8621 section 4.2)."""
        return self._call("Email/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
            "bodyProperties": body_properties,
            "fetchTextBodyValues": fetch_text_body_values,
            "fetchHTMLBodyValues": fetch_html_body_values,
            "fetchAllBodyValues": fetch_all_body_values,
            "maxBodyValueBytes": max_body_value_bytes,
        })

    def email_history(self, *,
        ids: list[Id],
        account_id: AccountScope = UNSET,
    ) -> Awaitable[EmailHistoryResult]:
        """Where Emails came from, when, under which UID, and who moved them."""
        return self._call("Email/history", {
            "accountId": account_id,
            "ids": ids,
        })

    def email_import(self, *,
        account_id: Id,
        emails: dict[str, dict[str, Any]],
        if_in_state: str | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> Awaitable[EmailImportResult]:
        """Makes Emails of blobs (RFC 8621 section 4.8)."""
        return self._call("Email/import", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "emails": emails,
            "idempotencyKey": idempotency_key,
        })

    def email_parse(self, *,
        blob_ids: list[Id],
        account_id: AccountScope = UNSET,
        properties: list[str] | None = UNSET,
        body_properties: list[str] | None = UNSET,
        fetch_text_body_values: bool = UNSET,
        fetch_html_body_values: bool = UNSET,
        fetch_all_body_values: bool = UNSET,
        max_body_value_bytes: int = UNSET,
    ) -> Awaitable[EmailParseResult]:
        """Reads blobs as messages, without importing them (RFC 8621 section 4.9)."""
        return self._call("Email/parse", {
            "accountId": account_id,
            "blobIds": blob_ids,
            "properties": properties,
            "bodyProperties": body_properties,
            "fetchTextBodyValues": fetch_text_body_values,
            "fetchHTMLBodyValues": fetch_html_body_values,
            "fetchAllBodyValues": fetch_all_body_values,
            "maxBodyValueBytes": max_body_value_bytes,
        })

    def email_query(self, *,
        account_id: AccountScope = UNSET,
        filter: EmailFilter = UNSET,
        query: str | None = UNSET,
        time_zone: str | None = UNSET,
        sort: list[Comparator] | None = UNSET,
        collapse_threads: bool = UNSET,
        position: int = UNSET,
        anchor: Id | None = UNSET,
        anchor_offset: int = UNSET,
        limit: int | None = UNSET,
        calculate_total: bool = UNSET,
    ) -> Awaitable[EmailQueryResult]:
        """Ids of Emails that match (RFC 8621 section 4.4)."""
        return self._call("Email/query", {
            "accountId": account_id,
            "filter": filter,
            "query": query,
            "timeZone": time_zone,
            "sort": sort,
            "collapseThreads": collapse_threads,
            "position": position,
            "anchor": anchor,
            "anchorOffset": anchor_offset,
            "limit": limit,
            "calculateTotal": calculate_total,
        })

    def email_query_changes(self, *,
        since_query_state: str,
        account_id: AccountScope = UNSET,
        filter: EmailFilter = UNSET,
        query: str | None = UNSET,
        time_zone: str | None = UNSET,
        sort: list[Comparator] | None = UNSET,
        collapse_threads: bool = UNSET,
        max_changes: int | None = UNSET,
        up_to_id: Id | None = UNSET,
        calculate_total: bool = UNSET,
    ) -> Awaitable[EmailQueryChangesResult]:
        """What changed in the results of an Email/query (RFC 8621 section 4.5)."""
        return self._call("Email/queryChanges", {
            "accountId": account_id,
            "filter": filter,
            "query": query,
            "timeZone": time_zone,
            "sort": sort,
            "collapseThreads": collapse_threads,
            "sinceQueryState": since_query_state,
            "maxChanges": max_changes,
            "upToId": up_to_id,
            "calculateTotal": calculate_total,
        })

    def email_set(self, *,
        account_id: Id,
        if_in_state: str | None = UNSET,
        create: dict[str, dict[str, Any]] | None = UNSET,
        update: dict[str, dict[str, Any]] | None = UNSET,
        destroy: list[Id] | None = UNSET,
        undo_group: str | None = UNSET,
        undoable: bool = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> Awaitable[EmailSetResult]:
        """Creates drafts, changes keywords and mailboxes, destroys Emails (RFC 8621 section 4.6)."""
        return self._call("Email/set", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "undoGroup": undo_group,
            "undoable": undoable,
            "idempotencyKey": idempotency_key,
        })

    def email_snooze(self, *,
        account_id: Id,
        ids: list[Id],
        until: str | None = UNSET,
        move_to_mailbox_id: Id | None = UNSET,
        undo_group: str | None = UNSET,
    ) -> Awaitable[EmailSnoozeResult]:
        """Takes Emails out of sight until a moment, or brings them back."""
        return self._call("Email/snooze", {
            "accountId": account_id,
            "ids": ids,
            "until": until,
            "moveToMailboxId": move_to_mailbox_id,
            "undoGroup": undo_group,
        })

    def email_statistics(self, *,
        account_id: AccountScope = UNSET,
        filter: EmailFilter = UNSET,
        query: str | None = UNSET,
        after: str | None = UNSET,
        before: str | None = UNSET,
        time_zone: str | None = UNSET,
        unit: Literal['day', 'week', 'month', 'year'] = UNSET,
        groups: list[Literal['units', 'hours', 'senders', 'mailboxes', 'accounts', 'sizes', 'storage']] | None = UNSET,
        limit: int = UNSET,
    ) -> Awaitable[EmailStatisticsResult]:
        """Mail counted by days, hours, senders, mailboxes: what plots are drawn from."""
        return self._call("Email/statistics", {
            "accountId": account_id,
            "filter": filter,
            "query": query,
            "after": after,
            "before": before,
            "timeZone": time_zone,
            "unit": unit,
            "groups": groups,
            "limit": limit,
        })

    def email_unsubscribe(self, *,
        account_id: Id,
        email_id: Id,
        dry_run: bool = UNSET,
    ) -> Awaitable[EmailUnsubscribeResult]:
        """Leaves the mailing list that a message came by, with one request to where its sender says (RFC 8058). On the
        user's word only.
        """
        return self._call("Email/unsubscribe", {
            "accountId": account_id,
            "emailId": email_id,
            "dryRun": dry_run,
        })

    def email_submission_changes(self, *,
        since_state: str,
        account_id: AccountScope = UNSET,
        max_changes: int | None = UNSET,
    ) -> Awaitable[EmailSubmissionChangesResult]:
        """Submissions that came, changed or went since a state (RFC 8621 section 7.2)."""
        return self._call("EmailSubmission/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def email_submission_get(self, *,
        account_id: AccountScope = UNSET,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> Awaitable[EmailSubmissionGetResult]:
        """Messages on their way out, and what became of them (RFC 8621 section 7.1). What has ended is kept for 30 days."""
        return self._call("EmailSubmission/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def email_submission_query(self, *,
        account_id: AccountScope = UNSET,
        filter: dict[str, Any] | None = UNSET,
        sort: list[Comparator] | None = UNSET,
        position: int = UNSET,
        anchor: Id | None = UNSET,
        anchor_offset: int = UNSET,
        limit: int | None = UNSET,
        calculate_total: bool = UNSET,
    ) -> Awaitable[EmailSubmissionQueryResult]:
        """Ids of submissions (RFC 8621 section 7.3)."""
        return self._call("EmailSubmission/query", {
            "accountId": account_id,
            "filter": filter,
            "sort": sort,
            "position": position,
            "anchor": anchor,
            "anchorOffset": anchor_offset,
            "limit": limit,
            "calculateTotal": calculate_total,
        })

    def email_submission_query_changes(self, *,
        since_query_state: str,
        account_id: AccountScope = UNSET,
        filter: dict[str, Any] | None = UNSET,
        sort: list[Comparator] | None = UNSET,
        max_changes: int | None = UNSET,
        up_to_id: Id | None = UNSET,
        calculate_total: bool = UNSET,
    ) -> Awaitable[EmailSubmissionQueryChangesResult]:
        """What changed in the results of an EmailSubmission/query (RFC 8621 section 7.4)."""
        return self._call("EmailSubmission/queryChanges", {
            "accountId": account_id,
            "filter": filter,
            "sort": sort,
            "sinceQueryState": since_query_state,
            "maxChanges": max_changes,
            "upToId": up_to_id,
            "calculateTotal": calculate_total,
        })

    def email_submission_set(self, *,
        account_id: Id,
        if_in_state: str | None = UNSET,
        create: dict[str, dict[str, Any]] | None = UNSET,
        update: dict[str, dict[str, Any]] | None = UNSET,
        destroy: list[Id] | None = UNSET,
        on_success_update_email: dict[str, dict[str, Any]] | None = UNSET,
        on_success_destroy_email: list[str] | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> Awaitable[EmailSubmissionSetResult]:
        """Sends messages, takes them back, decides about those that failed or are uncertain (RFC 8621 section 7.5)."""
        return self._call("EmailSubmission/set", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "onSuccessUpdateEmail": on_success_update_email,
            "onSuccessDestroyEmail": on_success_destroy_email,
            "idempotencyKey": idempotency_key,
        })

    def identity_changes(self, *,
        since_state: str,
        account_id: AccountScope = UNSET,
        max_changes: int | None = UNSET,
    ) -> Awaitable[IdentityChangesResult]:
        """Identities that came, changed or went since a state (RFC 8621 section 6.2)."""
        return self._call("Identity/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def identity_get(self, *,
        account_id: AccountScope = UNSET,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> Awaitable[IdentityGetResult]:
        """Identities: the addresses that an account sends from (RFC 8621 section 6.1)."""
        return self._call("Identity/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def identity_set(self, *,
        account_id: Id,
        if_in_state: str | None = UNSET,
        create: dict[str, dict[str, Any]] | None = UNSET,
        update: dict[str, dict[str, Any]] | None = UNSET,
        destroy: list[Id] | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> Awaitable[IdentitySetResult]:
        """Creates, changes and destroys identities (RFC 8621 section 6.3)."""
        return self._call("Identity/set", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "idempotencyKey": idempotency_key,
        })

    def mdn_parse(self, *,
        account_id: Id,
        blob_ids: list[Id],
    ) -> Awaitable[MDNParseResult]:
        """Reads messages as receipts (RFC 9007 section 2.2)."""
        return self._call("MDN/parse", {
            "accountId": account_id,
            "blobIds": blob_ids,
        })

    def mdn_send(self, *,
        account_id: Id,
        identity_id: Id,
        send: dict[str, dict[str, Any]],
        on_success_update_email: dict[str, dict[str, Any]] | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> Awaitable[MDNSendResult]:
        """Sends receipts: tells those who asked (Disposition-Notification-To) that a message was shown (RFC 9007 section
        2.1). On the user's word only.
        """
        return self._call("MDN/send", {
            "accountId": account_id,
            "identityId": identity_id,
            "send": send,
            "onSuccessUpdateEmail": on_success_update_email,
            "idempotencyKey": idempotency_key,
        })

    def mailbox_changes(self, *,
        since_state: str,
        account_id: AccountScope = UNSET,
        max_changes: int | None = UNSET,
    ) -> Awaitable[MailboxChangesResult]:
        """Changes to mailboxes since a state (RFC 8621 section 2.2)."""
        return self._call("Mailbox/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def mailbox_get(self, *,
        account_id: AccountScope = UNSET,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> Awaitable[MailboxGetResult]:
        """Mailboxes (RFC 8621 section 2.1)."""
        return self._call("Mailbox/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def mailbox_query(self, *,
        account_id: AccountScope = UNSET,
        filter: dict[str, Any] | None = UNSET,
        sort: list[Comparator] | None = UNSET,
        sort_as_tree: bool = UNSET,
        filter_as_tree: bool = UNSET,
        position: int = UNSET,
        anchor: Id | None = UNSET,
        anchor_offset: int = UNSET,
        limit: int | None = UNSET,
        calculate_total: bool = UNSET,
    ) -> Awaitable[MailboxQueryResult]:
        """Ids of mailboxes (RFC 8621 section 2.3)."""
        return self._call("Mailbox/query", {
            "accountId": account_id,
            "filter": filter,
            "sort": sort,
            "sortAsTree": sort_as_tree,
            "filterAsTree": filter_as_tree,
            "position": position,
            "anchor": anchor,
            "anchorOffset": anchor_offset,
            "limit": limit,
            "calculateTotal": calculate_total,
        })

    def mailbox_query_changes(self, *,
        since_query_state: str,
        account_id: AccountScope = UNSET,
        filter: dict[str, Any] | None = UNSET,
        sort: list[Comparator] | None = UNSET,
        sort_as_tree: bool = UNSET,
        filter_as_tree: bool = UNSET,
        max_changes: int | None = UNSET,
        up_to_id: Id | None = UNSET,
        calculate_total: bool = UNSET,
    ) -> Awaitable[MailboxQueryChangesResult]:
        """What changed in the results of a Mailbox/query (RFC 8621 section 2.4)."""
        return self._call("Mailbox/queryChanges", {
            "accountId": account_id,
            "filter": filter,
            "sort": sort,
            "sortAsTree": sort_as_tree,
            "filterAsTree": filter_as_tree,
            "sinceQueryState": since_query_state,
            "maxChanges": max_changes,
            "upToId": up_to_id,
            "calculateTotal": calculate_total,
        })

    def mailbox_set(self, *,
        account_id: Id,
        if_in_state: str | None = UNSET,
        create: dict[str, dict[str, Any]] | None = UNSET,
        update: dict[str, dict[str, Any]] | None = UNSET,
        destroy: list[Id] | None = UNSET,
        on_destroy_remove_emails: bool = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> Awaitable[MailboxSetResult]:
        """Creates, changes and destroys mailboxes (RFC 8621 section 2.5)."""
        return self._call("Mailbox/set", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "onDestroyRemoveEmails": on_destroy_remove_emails,
            "idempotencyKey": idempotency_key,
        })

    def plugin_get(self, *,
        ids: list[str] | None = UNSET,
    ) -> Awaitable[PluginGetResult]:
        """The plugins that were found."""
        return self._call("Plugin/get", {
            "ids": ids,
        })

    def push_subscribe(self, *,
        types: list[Literal['Email', 'EmailDelivery', 'Mailbox', 'Thread', 'Account', 'AccountState', 'Task', 'Undo', 'Identity', 'EmailSubmission', 'VacationResponse', 'Quota', 'Rule']],
        account_ids: list[Id] | None = UNSET,
    ) -> Awaitable[PushSubscribeResult]:
        """Sends notifications on this connection from now on; replaces what was asked for before."""
        return self._call("Push/subscribe", {
            "types": types,
            "accountIds": account_ids,
        })

    def push_subscription_get(self, *,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> Awaitable[PushSubscriptionGetResult]:
        """The caller's own push subscriptions (RFC 8620 section 7.2.1)."""
        return self._call("PushSubscription/get", {
            "ids": ids,
            "properties": properties,
        })

    def push_subscription_set(self, *,
        create: dict[str, dict[str, Any]] | None = UNSET,
        update: dict[str, dict[str, Any]] | None = UNSET,
        destroy: list[Id] | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> Awaitable[PushSubscriptionSetResult]:
        """Creates, changes and destroys the caller's own push subscriptions (RFC 8620 section 7.2.2)."""
        return self._call("PushSubscription/set", {
            "create": create,
            "update": update,
            "destroy": destroy,
            "idempotencyKey": idempotency_key,
        })

    def quota_changes(self, *,
        since_state: str,
        account_id: AccountScope = UNSET,
        max_changes: int | None = UNSET,
    ) -> Awaitable[QuotaChangesResult]:
        """Which quotas changed since a state (RFC 9425 section 4.3)."""
        return self._call("Quota/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def quota_get(self, *,
        account_id: AccountScope = UNSET,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> Awaitable[QuotaGetResult]:
        """Quotas: how much room servers give, and how much is used (RFC 9425 section 4.2)."""
        return self._call("Quota/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def quota_query(self, *,
        account_id: AccountScope = UNSET,
        filter: dict[str, Any] | None = UNSET,
        sort: list[Comparator] | None = UNSET,
        position: int = UNSET,
        anchor: Id | None = UNSET,
        anchor_offset: int = UNSET,
        limit: int | None = UNSET,
        calculate_total: bool = UNSET,
    ) -> Awaitable[QuotaQueryResult]:
        """Looks for quotas (RFC 9425 section 4.4)."""
        return self._call("Quota/query", {
            "accountId": account_id,
            "filter": filter,
            "sort": sort,
            "position": position,
            "anchor": anchor,
            "anchorOffset": anchor_offset,
            "limit": limit,
            "calculateTotal": calculate_total,
        })

    def quota_query_changes(self, *,
        since_query_state: str,
        account_id: AccountScope = UNSET,
        filter: dict[str, Any] | None = UNSET,
        sort: list[Comparator] | None = UNSET,
        max_changes: int | None = UNSET,
        up_to_id: Id | None = UNSET,
        calculate_total: bool = UNSET,
    ) -> Awaitable[QuotaQueryChangesResult]:
        """What changed in the results of a Quota/query (RFC 9425 section 4.5)."""
        return self._call("Quota/queryChanges", {
            "accountId": account_id,
            "filter": filter,
            "sort": sort,
            "sinceQueryState": since_query_state,
            "maxChanges": max_changes,
            "upToId": up_to_id,
            "calculateTotal": calculate_total,
        })

    def rule_apply(self, *,
        account_id: Id,
        ids: list[Id],
        filter: EmailFilter = UNSET,
        if_in_state: str | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> Awaitable[RuleApplyResult]:
        """Applies rules to mail that is there already."""
        return self._call("Rule/apply", {
            "accountId": account_id,
            "ids": ids,
            "filter": filter,
            "ifInState": if_in_state,
            "idempotencyKey": idempotency_key,
        })

    def rule_changes(self, *,
        since_state: str,
        account_id: AccountScope = UNSET,
        max_changes: int | None = UNSET,
    ) -> Awaitable[RuleChangesResult]:
        """Rules that came, changed or went since a state."""
        return self._call("Rule/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def rule_get(self, *,
        account_id: AccountScope = UNSET,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> Awaitable[RuleGetResult]:
        """Rules: what happens to mail that comes new into an account."""
        return self._call("Rule/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def rule_set(self, *,
        account_id: Id,
        if_in_state: str | None = UNSET,
        create: dict[str, dict[str, Any]] | None = UNSET,
        update: dict[str, dict[str, Any]] | None = UNSET,
        destroy: list[Id] | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> Awaitable[RuleSetResult]:
        """Creates, changes and destroys rules."""
        return self._call("Rule/set", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "idempotencyKey": idempotency_key,
        })

    def search_parse(self, *,
        query: str,
        account_id: AccountScope = UNSET,
        time_zone: str | None = UNSET,
    ) -> Awaitable[SearchParseResult]:
        """Turns the query language of people into a filter for Email/query."""
        return self._call("Search/parse", {
            "accountId": account_id,
            "query": query,
            "timeZone": time_zone,
        })

    def search_snippet_get(self, *,
        email_ids: list[Id],
        account_id: AccountScope = UNSET,
        filter: EmailFilter = UNSET,
        query: str | None = UNSET,
        time_zone: str | None = UNSET,
    ) -> Awaitable[SearchSnippetGetResult]:
        """Where the words of a search stand in its results (RFC 8621 section 5.1)."""
        return self._call("SearchSnippet/get", {
            "accountId": account_id,
            "filter": filter,
            "query": query,
            "timeZone": time_zone,
            "emailIds": email_ids,
        })

    def secrets_get(self) -> Awaitable[SecretsGetResult]:
        """Where passwords and tokens are kept: the stores there are, the default, and each account's."""
        return self._call("Secrets/get", {})

    def secrets_lock(self) -> Awaitable[SecretsLockResult]:
        """Closes the encrypted file of passwords: its key is forgotten. Connections that are there stay."""
        return self._call("Secrets/lock", {})

    def secrets_set(self, *,
        default_store: str,
    ) -> Awaitable[SecretsSetResult]:
        """Chooses the default store of passwords and tokens."""
        return self._call("Secrets/set", {
            "defaultStore": default_store,
        })

    def secrets_unlock(self, *,
        passphrase: str,
        new_passphrase: str | None = UNSET,
        is_new: bool = UNSET,
    ) -> Awaitable[SecretsUnlockResult]:
        """Opens the encrypted file of passwords until facteurd ends; accounts that waited for it try at once."""
        return self._call("Secrets/unlock", {
            "passphrase": passphrase,
            "newPassphrase": new_passphrase,
            "isNew": is_new,
        })

    def session_authenticate(self, *,
        token: str | None = UNSET,
        username: str | None = UNSET,
        password: str | None = UNSET,
        remote: str | None = UNSET,
    ) -> Awaitable[SessionAuthenticateResult]:
        """Narrows this connection, for good, to what a token allows."""
        return self._call("Session/authenticate", {
            "token": token,
            "username": username,
            "password": password,
            "remote": remote,
        })

    def session_get(self) -> Awaitable[SessionGetResult]:
        """What this core can do, its limits and the accounts (RFC 8620 section 2, without the URLs)."""
        return self._call("Session/get", {})

    def store_rebuild(self) -> Awaitable[StoreRebuildResult]:
        """Starts to make again what follows from the messages' bytes: the full-text index, envelopes, the ties of
        Threads, counters. A task tells of the progress; one that is under way already is joined.
        """
        return self._call("Store/rebuild", {})

    def task_cancel(self, *,
        id: Id,
    ) -> Awaitable[TaskCancelResult]:
        """Asks a task to end."""
        return self._call("Task/cancel", {
            "id": id,
        })

    def task_get(self, *,
        ids: list[Id] | None = UNSET,
        wait_ms: int = UNSET,
    ) -> Awaitable[TaskGetResult]:
        """Long work and how far it is."""
        return self._call("Task/get", {
            "ids": ids,
            "waitMs": wait_ms,
        })

    def thread_changes(self, *,
        since_state: str,
        account_id: AccountScope = UNSET,
        max_changes: int | None = UNSET,
    ) -> Awaitable[ThreadChangesResult]:
        """Changes to threads since a state (RFC 8621 section 3.2)."""
        return self._call("Thread/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def thread_get(self, *,
        account_id: AccountScope = UNSET,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> Awaitable[ThreadGetResult]:
        """Threads (RFC 8621 section 3.1)."""
        return self._call("Thread/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def token_audit(self, *,
        filter: TokenAuditArgsFilter | None = UNSET,
        before: str | None = UNSET,
        limit: int = UNSET,
    ) -> Awaitable[TokenAuditResult]:
        """What was changed with tokens, newest first."""
        return self._call("Token/audit", {
            "filter": filter,
            "before": before,
            "limit": limit,
        })

    def token_changes(self, *,
        since_state: str,
        max_changes: int | None = UNSET,
    ) -> Awaitable[TokenChangesResult]:
        """What changed since a state."""
        return self._call("Token/changes", {
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def token_get(self, *,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> Awaitable[TokenGetResult]:
        """Tokens: who may come in beside the owner."""
        return self._call("Token/get", {
            "ids": ids,
            "properties": properties,
        })

    def token_invite(self, *,
        token: dict[str, Any],
    ) -> Awaitable[TokenInviteResult]:
        """Makes a code by which a device gets a token of its own, once and within five minutes."""
        return self._call("Token/invite", {
            "token": token,
        })

    def token_pair(self, *,
        code: str,
        remote: str | None = UNSET,
    ) -> Awaitable[TokenPairResult]:
        """Exchanges a code (Token/invite) for the token that was prepared."""
        return self._call("Token/pair", {
            "code": code,
            "remote": remote,
        })

    def token_set(self, *,
        if_in_state: str | None = UNSET,
        create: dict[str, dict[str, Any]] | None = UNSET,
        update: dict[str, dict[str, Any]] | None = UNSET,
        destroy: list[Id] | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> Awaitable[TokenSetResult]:
        """Creates, changes and revokes tokens."""
        return self._call("Token/set", {
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "idempotencyKey": idempotency_key,
        })

    def undo_apply(self, *,
        account_id: AccountScope = UNSET,
        id: Id | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> Awaitable[UndoApplyResult]:
        """Takes an action back: flags, places, Emails that were destroyed."""
        return self._call("Undo/apply", {
            "accountId": account_id,
            "id": id,
            "idempotencyKey": idempotency_key,
        })

    def undo_changes(self, *,
        since_state: str,
        account_id: AccountScope = UNSET,
        max_changes: int | None = UNSET,
    ) -> Awaitable[UndoChangesResult]:
        """Actions that were done, continued, taken back or forgotten since a state."""
        return self._call("Undo/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def undo_get(self, *,
        account_id: AccountScope = UNSET,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> Awaitable[UndoGetResult]:
        """Actions that clients did, and whether they were taken back."""
        return self._call("Undo/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def undo_query(self, *,
        account_id: AccountScope = UNSET,
        filter: UndoQueryArgsFilter | None = UNSET,
        position: int = UNSET,
        anchor: Id | None = UNSET,
        anchor_offset: int = UNSET,
        limit: int | None = UNSET,
        calculate_total: bool = UNSET,
    ) -> Awaitable[UndoQueryResult]:
        """Ids of actions, newest first."""
        return self._call("Undo/query", {
            "accountId": account_id,
            "filter": filter,
            "position": position,
            "anchor": anchor,
            "anchorOffset": anchor_offset,
            "limit": limit,
            "calculateTotal": calculate_total,
        })

    def vacation_response_get(self, *,
        account_id: Id,
        ids: list[Id] | None = UNSET,
        properties: list[str] | None = UNSET,
    ) -> Awaitable[VacationResponseGetResult]:
        """What is answered for somebody who is away (RFC 8621 section 8.1)."""
        return self._call("VacationResponse/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def vacation_response_set(self, *,
        account_id: Id,
        if_in_state: str | None = UNSET,
        create: dict[str, dict[str, Any]] | None = UNSET,
        update: dict[str, dict[str, Any]] | None = UNSET,
        destroy: list[Id] | None = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> Awaitable[VacationResponseSetResult]:
        """Switches the answer for somebody who is away on and off, and writes it (RFC 8621 section 8.2)."""
        return self._call("VacationResponse/set", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "idempotencyKey": idempotency_key,
        })

    def web_push_get(self) -> Awaitable[dict[str, Any]]:
        """What the owner has decided about Web Push."""
        return self._call("WebPush/get", {})

    def web_push_set(self, *,
        contact: str | None = UNSET,
        private_hosts: list[str] | None = UNSET,
        rotate_key: bool = UNSET,
        idempotency_key: str | None = UNSET,
    ) -> Awaitable[dict[str, Any]]:
        """Decides about Web Push: what is given is set, the rest stays."""
        return self._call("WebPush/set", {
            "contact": contact,
            "privateHosts": private_hosts,
            "rotateKey": rotate_key,
            "idempotencyKey": idempotency_key,
        })

    def rpc_discover(self) -> Awaitable[RpcDiscoverResult]:
        """This schema, as an OpenRPC document."""
        return self._call("rpc.discover", {})


class BatchMethods:
    """Each method as a call of a batch."""

    def _call(self, method: str, arguments: dict[str, Any]) -> Any:
        raise NotImplementedError

    def account_authorize(self, *,
        account_id: Id | Ref,
        by: Literal['browser', 'device'] | Ref = UNSET,
        client_secret: str | None | Ref = UNSET,
    ) -> Call[AccountAuthorizeResult]:
        """Begins to ask the user for consent, so that an account signs in with OAuth 2.0; also to renew a consent that
        has expired.
        """
        return self._call("Account/authorize", {
            "accountId": account_id,
            "by": by,
            "clientSecret": client_secret,
        })

    def account_changes(self, *,
        since_state: str | Ref,
        max_changes: int | None | Ref = UNSET,
    ) -> Call[AccountChangesResult]:
        """Which accounts were created, changed or removed since a state."""
        return self._call("Account/changes", {
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def account_check(self, *,
        account_id: Id | Ref = UNSET,
        account: dict[str, Any] | Ref = UNSET,
    ) -> Call[AccountCheckResult]:
        """Connects to an account's server, signs in, and says what it found. Takes up to a minute."""
        return self._call("Account/check", {
            "accountId": account_id,
            "account": account,
        })

    def account_discover(self, *,
        address: str | Ref,
        skip: list[Literal['table', 'mx', 'autoconfig', 'database', 'srv', 'guess']] | Ref = UNSET,
        timeout_seconds: int | Ref = UNSET,
    ) -> Call[AccountDiscoverResult]:
        """Finds an account's servers from its mail address alone. Takes up to half a minute."""
        return self._call("Account/discover", {
            "address": address,
            "skip": skip,
            "timeoutSeconds": timeout_seconds,
        })

    def account_get(self, *,
        ids: list[Id] | None | Ref = UNSET,
        properties: list[str] | None | Ref = UNSET,
    ) -> Call[AccountGetResult]:
        """Accounts and how they are doing."""
        return self._call("Account/get", {
            "ids": ids,
            "properties": properties,
        })

    def account_query(self, *,
        filter: AccountQueryArgsFilter | None | Ref = UNSET,
        sort: list[Comparator] | None | Ref = UNSET,
        position: int | Ref = UNSET,
        anchor: Id | None | Ref = UNSET,
        anchor_offset: int | Ref = UNSET,
        limit: int | None | Ref = UNSET,
        calculate_total: bool | Ref = UNSET,
    ) -> Call[AccountQueryResult]:
        """Ids of accounts."""
        return self._call("Account/query", {
            "filter": filter,
            "sort": sort,
            "position": position,
            "anchor": anchor,
            "anchorOffset": anchor_offset,
            "limit": limit,
            "calculateTotal": calculate_total,
        })

    def account_repair(self, *,
        account_id: Id | Ref,
        bytes: bool | Ref = UNSET,
    ) -> Call[AccountRepairResult]:
        """Starts to mend what Account/verify finds; a task tells of the progress."""
        return self._call("Account/repair", {
            "accountId": account_id,
            "bytes": bytes,
        })

    def account_set(self, *,
        if_in_state: str | None | Ref = UNSET,
        create: dict[str, dict[str, Any]] | None | Ref = UNSET,
        update: dict[str, dict[str, Any]] | None | Ref = UNSET,
        destroy: list[Id] | None | Ref = UNSET,
        idempotency_key: str | None | Ref = UNSET,
    ) -> Call[AccountSetResult]:
        """Creates, changes and removes accounts."""
        return self._call("Account/set", {
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "idempotencyKey": idempotency_key,
        })

    def account_sync(self, *,
        account_ids: list[Id] | None | Ref = UNSET,
    ) -> Call[AccountSyncResult]:
        """Starts to synchronise now; a task tells of the progress."""
        return self._call("Account/sync", {
            "accountIds": account_ids,
        })

    def account_verify(self, *,
        account_id: Id | Ref,
        bytes: bool | Ref = UNSET,
    ) -> Call[AccountVerifyResult]:
        """Starts to compare an account's store with its server, completely; a task tells of the progress."""
        return self._call("Account/verify", {
            "accountId": account_id,
            "bytes": bytes,
        })

    def address_suggest(self, *,
        account_id: AccountScope | Ref = UNSET,
        text: str | Ref = UNSET,
        limit: int | Ref = UNSET,
        exclude: list[str] | None | Ref = UNSET,
    ) -> Call[AddressSuggestResult]:
        """Addresses that begin with what is being typed, the likeliest first."""
        return self._call("Address/suggest", {
            "accountId": account_id,
            "text": text,
            "limit": limit,
            "exclude": exclude,
        })

    def blob_begin(self, *,
        account_id: Id | Ref,
        size: int | None | Ref = UNSET,
    ) -> Call[BlobBeginResult]:
        """Begins an upload: hands over a descriptor into which the bytes are written."""
        return self._call("Blob/begin", {
            "accountId": account_id,
            "size": size,
        })

    def blob_copy(self, *,
        from_account_id: Id | Ref,
        account_id: Id | Ref,
        blob_ids: list[Id] | Ref,
        idempotency_key: str | None | Ref = UNSET,
    ) -> Call[BlobCopyResult]:
        """Makes blobs of one account blobs of another (RFC 8620 section 6.3)."""
        return self._call("Blob/copy", {
            "fromAccountId": from_account_id,
            "accountId": account_id,
            "blobIds": blob_ids,
            "idempotencyKey": idempotency_key,
        })

    def blob_finish(self, *,
        account_id: Id | Ref,
        upload_id: Id | Ref,
        type: str | None | Ref = UNSET,
    ) -> Call[BlobFinishResult]:
        """Makes a blob of what was written into the descriptor of Blob/begin; it is on the disk when this is answered.
        What nothing refers to is forgotten after 24 hours.
        """
        return self._call("Blob/finish", {
            "accountId": account_id,
            "uploadId": upload_id,
            "type": type,
        })

    def blob_get(self, *,
        ids: list[Id] | Ref,
        account_id: AccountScope | Ref = UNSET,
        properties: list[str] | None | Ref = UNSET,
        offset: int | None | Ref = UNSET,
        length: int | None | Ref = UNSET,
    ) -> Call[BlobGetResult]:
        """Bytes as text or base64, whole or a range (RFC 9404 section 4.2)."""
        return self._call("Blob/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
            "offset": offset,
            "length": length,
        })

    def blob_lookup(self, *,
        type_names: list[str] | Ref,
        ids: list[Id] | Ref,
        account_id: AccountScope | Ref = UNSET,
    ) -> Call[BlobLookupResult]:
        """Which Mailboxes, Threads and Emails refer to blobs (RFC 9404 section 4.3)."""
        return self._call("Blob/lookup", {
            "accountId": account_id,
            "typeNames": type_names,
            "ids": ids,
        })

    def blob_open(self, *,
        blob_id: Id | Ref,
        account_id: AccountScope | Ref = UNSET,
    ) -> Call[BlobOpenResult]:
        """Hands over a descriptor from which the bytes can be read."""
        return self._call("Blob/open", {
            "accountId": account_id,
            "blobId": blob_id,
        })

    def blob_upload(self, *,
        create: dict[str, dict[str, Any]] | Ref,
        account_id: AccountScope | Ref = UNSET,
    ) -> Call[BlobUploadResult]:
        """Stores bytes (RFC 9404 section 4.1). What nothing refers to is forgotten after 24 hours."""
        return self._call("Blob/upload", {
            "accountId": account_id,
            "create": create,
        })

    def compose_forward(self, *,
        account_id: Id | Ref,
        email_id: Id | Ref,
        identity_id: str | None | Ref = UNSET,
        signature: Literal['none', 'below', 'above', None] | Ref = UNSET,
        creation_id: str | None | Ref = UNSET,
        text: str | None | Ref = UNSET,
        html: bool | Ref = UNSET,
        html_text: str | None | Ref = UNSET,
        as_attachment: bool | Ref = UNSET,
    ) -> Call[ComposeForwardResult]:
        """The draft of a message that forwards another one. Nothing is stored."""
        return self._call("Compose/forward", {
            "accountId": account_id,
            "emailId": email_id,
            "identityId": identity_id,
            "signature": signature,
            "creationId": creation_id,
            "text": text,
            "html": html,
            "htmlText": html_text,
            "asAttachment": as_attachment,
        })

    def compose_new(self, *,
        account_id: Id | Ref,
        identity_id: str | None | Ref = UNSET,
        signature: Literal['none', 'below', None] | Ref = UNSET,
        creation_id: str | None | Ref = UNSET,
        text: str | None | Ref = UNSET,
        html: bool | Ref = UNSET,
        html_text: str | None | Ref = UNSET,
    ) -> Call[ComposeNewResult]:
        """The draft of a new message: who writes, and the signature. Nothing is stored."""
        return self._call("Compose/new", {
            "accountId": account_id,
            "identityId": identity_id,
            "signature": signature,
            "creationId": creation_id,
            "text": text,
            "html": html,
            "htmlText": html_text,
        })

    def compose_reply(self, *,
        account_id: Id | Ref,
        email_id: Id | Ref,
        identity_id: str | None | Ref = UNSET,
        signature: Literal['none', 'below', 'above', None] | Ref = UNSET,
        creation_id: str | None | Ref = UNSET,
        text: str | None | Ref = UNSET,
        html: bool | Ref = UNSET,
        html_text: str | None | Ref = UNSET,
        all: bool | Ref = UNSET,
        list: bool | Ref = UNSET,
        quote: bool | Ref = UNSET,
        attribution: str | None | Ref = UNSET,
    ) -> Call[ComposeReplyResult]:
        """The draft of a reply: recipients, subject, thread, quoted text. Nothing is stored."""
        return self._call("Compose/reply", {
            "accountId": account_id,
            "emailId": email_id,
            "identityId": identity_id,
            "signature": signature,
            "creationId": creation_id,
            "text": text,
            "html": html,
            "htmlText": html_text,
            "all": all,
            "list": list,
            "quote": quote,
            "attribution": attribution,
        })

    def compose_resend(self, *,
        account_id: Id | Ref,
        email_id: Id | Ref,
        to: list[dict[str, Any]] | Ref,
        identity_id: str | None | Ref = UNSET,
        cc: list[dict[str, Any]] | None | Ref = UNSET,
        bcc: list[dict[str, Any]] | None | Ref = UNSET,
        idempotency_key: str | None | Ref = UNSET,
    ) -> Call[ComposeResendResult]:
        """A message to be sent on as it is (RFC 5322 section 3.6.6), as a draft, and the envelope that it goes with."""
        return self._call("Compose/resend", {
            "accountId": account_id,
            "emailId": email_id,
            "identityId": identity_id,
            "to": to,
            "cc": cc,
            "bcc": bcc,
            "idempotencyKey": idempotency_key,
        })

    def compose_template(self, *,
        account_id: Id | Ref,
        email_id: Id | Ref,
        identity_id: str | None | Ref = UNSET,
        values: dict[str, str] | None | Ref = UNSET,
        to: list[dict[str, Any]] | None | Ref = UNSET,
        creation_id: str | None | Ref = UNSET,
    ) -> Call[ComposeTemplateResult]:
        """The draft of a new message made of one that is here: a template, a draft that is written on, something that is
        sent once more. Nothing is stored.
        """
        return self._call("Compose/template", {
            "accountId": account_id,
            "emailId": email_id,
            "identityId": identity_id,
            "values": values,
            "to": to,
            "creationId": creation_id,
        })

    def core_created_ids(self, *,
        created_ids: dict[str, Id] | None | Ref = UNSET,
    ) -> Call[CoreCreatedIdsResult]:
        """The creation ids of a batch: takes those that came with it, gives those that it has by now (RFC 8620 section
        3.3, createdIds).
        """
        return self._call("Core/createdIds", {
            "createdIds": created_ids,
        })

    def core_echo(self, **arguments: Any) -> Call[dict[str, Any]]:
        """Answers its arguments."""
        return self._call("Core/echo", arguments)

    def core_status(self) -> Call[CoreStatusResult]:
        """How the daemon is: for `facteur doctor`."""
        return self._call("Core/status", {})

    def core_stop(self) -> Call[CoreStopResult]:
        """Ends the daemon, after this answer."""
        return self._call("Core/stop", {})

    def email_changes(self, *,
        since_state: str | Ref,
        account_id: AccountScope | Ref = UNSET,
        max_changes: int | None | Ref = UNSET,
    ) -> Call[EmailChangesResult]:
        """Changes to Emails since a state (RFC 8621 section 4.3)."""
        return self._call("Email/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def email_copy(self, *,
        from_account_id: Id | Ref,
        account_id: Id | Ref,
        create: dict[str, dict[str, Any]] | Ref,
        if_from_in_state: str | None | Ref = UNSET,
        if_in_state: str | None | Ref = UNSET,
        on_success_destroy_original: bool | Ref = UNSET,
        destroy_from_if_in_state: str | None | Ref = UNSET,
        idempotency_key: str | None | Ref = UNSET,
    ) -> Call[EmailCopyResult]:
        """Copies Emails into another account (RFC 8621 section 4.7)."""
        return self._call("Email/copy", {
            "fromAccountId": from_account_id,
            "ifFromInState": if_from_in_state,
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "onSuccessDestroyOriginal": on_success_destroy_original,
            "destroyFromIfInState": destroy_from_if_in_state,
            "idempotencyKey": idempotency_key,
        })

    def email_get(self, *,
        account_id: AccountScope | Ref = UNSET,
        ids: list[Id] | None | Ref = UNSET,
        properties: list[str] | None | Ref = UNSET,
        body_properties: list[str] | None | Ref = UNSET,
        fetch_text_body_values: bool | Ref = UNSET,
        fetch_html_body_values: bool | Ref = UNSET,
        fetch_all_body_values: bool | Ref = UNSET,
        max_body_value_bytes: int | Ref = UNSET,
    ) -> Call[EmailGetResult]:
        """Emails (RFC 8621 section 4.2)."""
        return self._call("Email/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
            "bodyProperties": body_properties,
            "fetchTextBodyValues": fetch_text_body_values,
            "fetchHTMLBodyValues": fetch_html_body_values,
            "fetchAllBodyValues": fetch_all_body_values,
            "maxBodyValueBytes": max_body_value_bytes,
        })

    def email_history(self, *,
        ids: list[Id] | Ref,
        account_id: AccountScope | Ref = UNSET,
    ) -> Call[EmailHistoryResult]:
        """Where Emails came from, when, under which UID, and who moved them."""
        return self._call("Email/history", {
            "accountId": account_id,
            "ids": ids,
        })

    def email_import(self, *,
        account_id: Id | Ref,
        emails: dict[str, dict[str, Any]] | Ref,
        if_in_state: str | None | Ref = UNSET,
        idempotency_key: str | None | Ref = UNSET,
    ) -> Call[EmailImportResult]:
        """Makes Emails of blobs (RFC 8621 section 4.8)."""
        return self._call("Email/import", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "emails": emails,
            "idempotencyKey": idempotency_key,
        })

    def email_parse(self, *,
        blob_ids: list[Id] | Ref,
        account_id: AccountScope | Ref = UNSET,
        properties: list[str] | None | Ref = UNSET,
        body_properties: list[str] | None | Ref = UNSET,
        fetch_text_body_values: bool | Ref = UNSET,
        fetch_html_body_values: bool | Ref = UNSET,
        fetch_all_body_values: bool | Ref = UNSET,
        max_body_value_bytes: int | Ref = UNSET,
    ) -> Call[EmailParseResult]:
        """Reads blobs as messages, without importing them (RFC 8621 section 4.9)."""
        return self._call("Email/parse", {
            "accountId": account_id,
            "blobIds": blob_ids,
            "properties": properties,
            "bodyProperties": body_properties,
            "fetchTextBodyValues": fetch_text_body_values,
            "fetchHTMLBodyValues": fetch_html_body_values,
            "fetchAllBodyValues": fetch_all_body_values,
            "maxBodyValueBytes": max_body_value_bytes,
        })

    def email_query(self, *,
        account_id: AccountScope | Ref = UNSET,
        filter: EmailFilter | Ref = UNSET,
        query: str | None | Ref = UNSET,
        time_zone: str | None | Ref = UNSET,
        sort: list[Comparator] | None | Ref = UNSET,
        collapse_threads: bool | Ref = UNSET,
        position: int | Ref = UNSET,
        anchor: Id | None | Ref = UNSET,
        anchor_offset: int | Ref = UNSET,
        limit: int | None | Ref = UNSET,
        calculate_total: bool | Ref = UNSET,
    ) -> Call[EmailQueryResult]:
        """Ids of Emails that match (RFC 8621 section 4.4)."""
        return self._call("Email/query", {
            "accountId": account_id,
            "filter": filter,
            "query": query,
            "timeZone": time_zone,
            "sort": sort,
            "collapseThreads": collapse_threads,
            "position": position,
            "anchor": anchor,
            "anchorOffset": anchor_offset,
            "limit": limit,
            "calculateTotal": calculate_total,
        })

    def email_query_changes(self, *,
        since_query_state: str | Ref,
        account_id: AccountScope | Ref = UNSET,
        filter: EmailFilter | Ref = UNSET,
        query: str | None | Ref = UNSET,
        time_zone: str | None | Ref = UNSET,
        sort: list[Comparator] | None | Ref = UNSET,
        collapse_threads: bool | Ref = UNSET,
        max_changes: int | None | Ref = UNSET,
        up_to_id: Id | None | Ref = UNSET,
        calculate_total: bool | Ref = UNSET,
    ) -> Call[EmailQueryChangesResult]:
        """What changed in the results of an Email/query (RFC 8621 section 4.5)."""
        return self._call("Email/queryChanges", {
            "accountId": account_id,
            "filter": filter,
            "query": query,
            "timeZone": time_zone,
            "sort": sort,
            "collapseThreads": collapse_threads,
            "sinceQueryState": since_query_state,
            "maxChanges": max_changes,
            "upToId": up_to_id,
            "calculateTotal": calculate_total,
        })

    def email_set(self, *,
        account_id: Id | Ref,
        if_in_state: str | None | Ref = UNSET,
        create: dict[str, dict[str, Any]] | None | Ref = UNSET,
        update: dict[str, dict[str, Any]] | None | Ref = UNSET,
        destroy: list[Id] | None | Ref = UNSET,
        undo_group: str | None | Ref = UNSET,
        undoable: bool | Ref = UNSET,
        idempotency_key: str | None | Ref = UNSET,
    ) -> Call[EmailSetResult]:
        """Creates drafts, changes keywords and mailboxes, destroys Emails (RFC 8621 section 4.6)."""
        return self._call("Email/set", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "undoGroup": undo_group,
            "undoable": undoable,
            "idempotencyKey": idempotency_key,
        })

    def email_snooze(self, *,
        account_id: Id | Ref,
        ids: list[Id] | Ref,
        until: str | None | Ref = UNSET,
        move_to_mailbox_id: Id | None | Ref = UNSET,
        undo_group: str | None | Ref = UNSET,
    ) -> Call[EmailSnoozeResult]:
        """Takes Emails out of sight until a moment, or brings them back."""
        return self._call("Email/snooze", {
            "accountId": account_id,
            "ids": ids,
            "until": until,
            "moveToMailboxId": move_to_mailbox_id,
            "undoGroup": undo_group,
        })

    def email_statistics(self, *,
        account_id: AccountScope | Ref = UNSET,
        filter: EmailFilter | Ref = UNSET,
        query: str | None | Ref = UNSET,
        after: str | None | Ref = UNSET,
        before: str | None | Ref = UNSET,
        time_zone: str | None | Ref = UNSET,
        unit: Literal['day', 'week', 'month', 'year'] | Ref = UNSET,
        groups: list[Literal['units', 'hours', 'senders', 'mailboxes', 'accounts', 'sizes', 'storage']] | None | Ref = UNSET,
        limit: int | Ref = UNSET,
    ) -> Call[EmailStatisticsResult]:
        """Mail counted by days, hours, senders, mailboxes: what plots are drawn from."""
        return self._call("Email/statistics", {
            "accountId": account_id,
            "filter": filter,
            "query": query,
            "after": after,
            "before": before,
            "timeZone": time_zone,
            "unit": unit,
            "groups": groups,
            "limit": limit,
        })

    def email_unsubscribe(self, *,
        account_id: Id | Ref,
        email_id: Id | Ref,
        dry_run: bool | Ref = UNSET,
    ) -> Call[EmailUnsubscribeResult]:
        """Leaves the mailing list that a message came by, with one request to where its sender says (RFC 8058). On the
        user's word only.
        """
        return self._call("Email/unsubscribe", {
            "accountId": account_id,
            "emailId": email_id,
            "dryRun": dry_run,
        })

    def email_submission_changes(self, *,
        since_state: str | Ref,
        account_id: AccountScope | Ref = UNSET,
        max_changes: int | None | Ref = UNSET,
    ) -> Call[EmailSubmissionChangesResult]:
        """Submissions that came, changed or went since a state (RFC 8621 section 7.2)."""
        return self._call("EmailSubmission/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def email_submission_get(self, *,
        account_id: AccountScope | Ref = UNSET,
        ids: list[Id] | None | Ref = UNSET,
        properties: list[str] | None | Ref = UNSET,
    ) -> Call[EmailSubmissionGetResult]:
        """Messages on their way out, and what became of them (RFC 8621 section 7.1). What has ended is kept for 30 days."""
        return self._call("EmailSubmission/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def email_submission_query(self, *,
        account_id: AccountScope | Ref = UNSET,
        filter: dict[str, Any] | None | Ref = UNSET,
        sort: list[Comparator] | None | Ref = UNSET,
        position: int | Ref = UNSET,
        anchor: Id | None | Ref = UNSET,
        anchor_offset: int | Ref = UNSET,
        limit: int | None | Ref = UNSET,
        calculate_total: bool | Ref = UNSET,
    ) -> Call[EmailSubmissionQueryResult]:
        """Ids of submissions (RFC 8621 section 7.3)."""
        return self._call("EmailSubmission/query", {
            "accountId": account_id,
            "filter": filter,
            "sort": sort,
            "position": position,
            "anchor": anchor,
            "anchorOffset": anchor_offset,
            "limit": limit,
            "calculateTotal": calculate_total,
        })

    def email_submission_query_changes(self, *,
        since_query_state: str | Ref,
        account_id: AccountScope | Ref = UNSET,
        filter: dict[str, Any] | None | Ref = UNSET,
        sort: list[Comparator] | None | Ref = UNSET,
        max_changes: int | None | Ref = UNSET,
        up_to_id: Id | None | Ref = UNSET,
        calculate_total: bool | Ref = UNSET,
    ) -> Call[EmailSubmissionQueryChangesResult]:
        """What changed in the results of an EmailSubmission/query (RFC 8621 section 7.4)."""
        return self._call("EmailSubmission/queryChanges", {
            "accountId": account_id,
            "filter": filter,
            "sort": sort,
            "sinceQueryState": since_query_state,
            "maxChanges": max_changes,
            "upToId": up_to_id,
            "calculateTotal": calculate_total,
        })

    def email_submission_set(self, *,
        account_id: Id | Ref,
        if_in_state: str | None | Ref = UNSET,
        create: dict[str, dict[str, Any]] | None | Ref = UNSET,
        update: dict[str, dict[str, Any]] | None | Ref = UNSET,
        destroy: list[Id] | None | Ref = UNSET,
        on_success_update_email: dict[str, dict[str, Any]] | None | Ref = UNSET,
        on_success_destroy_email: list[str] | None | Ref = UNSET,
        idempotency_key: str | None | Ref = UNSET,
    ) -> Call[EmailSubmissionSetResult]:
        """Sends messages, takes them back, decides about those that failed or are uncertain (RFC 8621 section 7.5)."""
        return self._call("EmailSubmission/set", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "onSuccessUpdateEmail": on_success_update_email,
            "onSuccessDestroyEmail": on_success_destroy_email,
            "idempotencyKey": idempotency_key,
        })

    def identity_changes(self, *,
        since_state: str | Ref,
        account_id: AccountScope | Ref = UNSET,
        max_changes: int | None | Ref = UNSET,
    ) -> Call[IdentityChangesResult]:
        """Identities that came, changed or went since a state (RFC 8621 section 6.2)."""
        return self._call("Identity/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def identity_get(self, *,
        account_id: AccountScope | Ref = UNSET,
        ids: list[Id] | None | Ref = UNSET,
        properties: list[str] | None | Ref = UNSET,
    ) -> Call[IdentityGetResult]:
        """Identities: the addresses that an account sends from (RFC 8621 section 6.1)."""
        return self._call("Identity/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def identity_set(self, *,
        account_id: Id | Ref,
        if_in_state: str | None | Ref = UNSET,
        create: dict[str, dict[str, Any]] | None | Ref = UNSET,
        update: dict[str, dict[str, Any]] | None | Ref = UNSET,
        destroy: list[Id] | None | Ref = UNSET,
        idempotency_key: str | None | Ref = UNSET,
    ) -> Call[IdentitySetResult]:
        """Creates, changes and destroys identities (RFC 8621 section 6.3)."""
        return self._call("Identity/set", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "idempotencyKey": idempotency_key,
        })

    def mdn_parse(self, *,
        account_id: Id | Ref,
        blob_ids: list[Id] | Ref,
    ) -> Call[MDNParseResult]:
        """Reads messages as receipts (RFC 9007 section 2.2)."""
        return self._call("MDN/parse", {
            "accountId": account_id,
            "blobIds": blob_ids,
        })

    def mdn_send(self, *,
        account_id: Id | Ref,
        identity_id: Id | Ref,
        send: dict[str, dict[str, Any]] | Ref,
        on_success_update_email: dict[str, dict[str, Any]] | None | Ref = UNSET,
        idempotency_key: str | None | Ref = UNSET,
    ) -> Call[MDNSendResult]:
        """Sends receipts: tells those who asked (Disposition-Notification-To) that a message was shown (RFC 9007 section
        2.1). On the user's word only.
        """
        return self._call("MDN/send", {
            "accountId": account_id,
            "identityId": identity_id,
            "send": send,
            "onSuccessUpdateEmail": on_success_update_email,
            "idempotencyKey": idempotency_key,
        })

    def mailbox_changes(self, *,
        since_state: str | Ref,
        account_id: AccountScope | Ref = UNSET,
        max_changes: int | None | Ref = UNSET,
    ) -> Call[MailboxChangesResult]:
        """Changes to mailboxes since a state (RFC 8621 section 2.2)."""
        return self._call("Mailbox/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def mailbox_get(self, *,
        account_id: AccountScope | Ref = UNSET,
        ids: list[Id] | None | Ref = UNSET,
        properties: list[str] | None | Ref = UNSET,
    ) -> Call[MailboxGetResult]:
        """Mailboxes (RFC 8621 section 2.1)."""
        return self._call("Mailbox/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def mailbox_query(self, *,
        account_id: AccountScope | Ref = UNSET,
        filter: dict[str, Any] | None | Ref = UNSET,
        sort: list[Comparator] | None | Ref = UNSET,
        sort_as_tree: bool | Ref = UNSET,
        filter_as_tree: bool | Ref = UNSET,
        position: int | Ref = UNSET,
        anchor: Id | None | Ref = UNSET,
        anchor_offset: int | Ref = UNSET,
        limit: int | None | Ref = UNSET,
        calculate_total: bool | Ref = UNSET,
    ) -> Call[MailboxQueryResult]:
        """Ids of mailboxes (RFC 8621 section 2.3)."""
        return self._call("Mailbox/query", {
            "accountId": account_id,
            "filter": filter,
            "sort": sort,
            "sortAsTree": sort_as_tree,
            "filterAsTree": filter_as_tree,
            "position": position,
            "anchor": anchor,
            "anchorOffset": anchor_offset,
            "limit": limit,
            "calculateTotal": calculate_total,
        })

    def mailbox_query_changes(self, *,
        since_query_state: str | Ref,
        account_id: AccountScope | Ref = UNSET,
        filter: dict[str, Any] | None | Ref = UNSET,
        sort: list[Comparator] | None | Ref = UNSET,
        sort_as_tree: bool | Ref = UNSET,
        filter_as_tree: bool | Ref = UNSET,
        max_changes: int | None | Ref = UNSET,
        up_to_id: Id | None | Ref = UNSET,
        calculate_total: bool | Ref = UNSET,
    ) -> Call[MailboxQueryChangesResult]:
        """What changed in the results of a Mailbox/query (RFC 8621 section 2.4)."""
        return self._call("Mailbox/queryChanges", {
            "accountId": account_id,
            "filter": filter,
            "sort": sort,
            "sortAsTree": sort_as_tree,
            "filterAsTree": filter_as_tree,
            "sinceQueryState": since_query_state,
            "maxChanges": max_changes,
            "upToId": up_to_id,
            "calculateTotal": calculate_total,
        })

    def mailbox_set(self, *,
        account_id: Id | Ref,
        if_in_state: str | None | Ref = UNSET,
        create: dict[str, dict[str, Any]] | None | Ref = UNSET,
        update: dict[str, dict[str, Any]] | None | Ref = UNSET,
        destroy: list[Id] | None | Ref = UNSET,
        on_destroy_remove_emails: bool | Ref = UNSET,
        idempotency_key: str | None | Ref = UNSET,
    ) -> Call[MailboxSetResult]:
        """Creates, changes and destroys mailboxes (RFC 8621 section 2.5)."""
        return self._call("Mailbox/set", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "onDestroyRemoveEmails": on_destroy_remove_emails,
            "idempotencyKey": idempotency_key,
        })

    def plugin_get(self, *,
        ids: list[str] | None | Ref = UNSET,
    ) -> Call[PluginGetResult]:
        """The plugins that were found."""
        return self._call("Plugin/get", {
            "ids": ids,
        })

    def push_subscribe(self, *,
        types: list[Literal['Email', 'EmailDelivery', 'Mailbox', 'Thread', 'Account', 'AccountState', 'Task', 'Undo', 'Identity', 'EmailSubmission', 'VacationResponse', 'Quota', 'Rule']] | Ref,
        account_ids: list[Id] | None | Ref = UNSET,
    ) -> Call[PushSubscribeResult]:
        """Sends notifications on this connection from now on; replaces what was asked for before."""
        return self._call("Push/subscribe", {
            "types": types,
            "accountIds": account_ids,
        })

    def push_subscription_get(self, *,
        ids: list[Id] | None | Ref = UNSET,
        properties: list[str] | None | Ref = UNSET,
    ) -> Call[PushSubscriptionGetResult]:
        """The caller's own push subscriptions (RFC 8620 section 7.2.1)."""
        return self._call("PushSubscription/get", {
            "ids": ids,
            "properties": properties,
        })

    def push_subscription_set(self, *,
        create: dict[str, dict[str, Any]] | None | Ref = UNSET,
        update: dict[str, dict[str, Any]] | None | Ref = UNSET,
        destroy: list[Id] | None | Ref = UNSET,
        idempotency_key: str | None | Ref = UNSET,
    ) -> Call[PushSubscriptionSetResult]:
        """Creates, changes and destroys the caller's own push subscriptions (RFC 8620 section 7.2.2)."""
        return self._call("PushSubscription/set", {
            "create": create,
            "update": update,
            "destroy": destroy,
            "idempotencyKey": idempotency_key,
        })

    def quota_changes(self, *,
        since_state: str | Ref,
        account_id: AccountScope | Ref = UNSET,
        max_changes: int | None | Ref = UNSET,
    ) -> Call[QuotaChangesResult]:
        """Which quotas changed since a state (RFC 9425 section 4.3)."""
        return self._call("Quota/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def quota_get(self, *,
        account_id: AccountScope | Ref = UNSET,
        ids: list[Id] | None | Ref = UNSET,
        properties: list[str] | None | Ref = UNSET,
    ) -> Call[QuotaGetResult]:
        """Quotas: how much room servers give, and how much is used (RFC 9425 section 4.2)."""
        return self._call("Quota/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def quota_query(self, *,
        account_id: AccountScope | Ref = UNSET,
        filter: dict[str, Any] | None | Ref = UNSET,
        sort: list[Comparator] | None | Ref = UNSET,
        position: int | Ref = UNSET,
        anchor: Id | None | Ref = UNSET,
        anchor_offset: int | Ref = UNSET,
        limit: int | None | Ref = UNSET,
        calculate_total: bool | Ref = UNSET,
    ) -> Call[QuotaQueryResult]:
        """Looks for quotas (RFC 9425 section 4.4)."""
        return self._call("Quota/query", {
            "accountId": account_id,
            "filter": filter,
            "sort": sort,
            "position": position,
            "anchor": anchor,
            "anchorOffset": anchor_offset,
            "limit": limit,
            "calculateTotal": calculate_total,
        })

    def quota_query_changes(self, *,
        since_query_state: str | Ref,
        account_id: AccountScope | Ref = UNSET,
        filter: dict[str, Any] | None | Ref = UNSET,
        sort: list[Comparator] | None | Ref = UNSET,
        max_changes: int | None | Ref = UNSET,
        up_to_id: Id | None | Ref = UNSET,
        calculate_total: bool | Ref = UNSET,
    ) -> Call[QuotaQueryChangesResult]:
        """What changed in the results of a Quota/query (RFC 9425 section 4.5)."""
        return self._call("Quota/queryChanges", {
            "accountId": account_id,
            "filter": filter,
            "sort": sort,
            "sinceQueryState": since_query_state,
            "maxChanges": max_changes,
            "upToId": up_to_id,
            "calculateTotal": calculate_total,
        })

    def rule_apply(self, *,
        account_id: Id | Ref,
        ids: list[Id] | Ref,
        filter: EmailFilter | Ref = UNSET,
        if_in_state: str | None | Ref = UNSET,
        idempotency_key: str | None | Ref = UNSET,
    ) -> Call[RuleApplyResult]:
        """Applies rules to mail that is there already."""
        return self._call("Rule/apply", {
            "accountId": account_id,
            "ids": ids,
            "filter": filter,
            "ifInState": if_in_state,
            "idempotencyKey": idempotency_key,
        })

    def rule_changes(self, *,
        since_state: str | Ref,
        account_id: AccountScope | Ref = UNSET,
        max_changes: int | None | Ref = UNSET,
    ) -> Call[RuleChangesResult]:
        """Rules that came, changed or went since a state."""
        return self._call("Rule/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def rule_get(self, *,
        account_id: AccountScope | Ref = UNSET,
        ids: list[Id] | None | Ref = UNSET,
        properties: list[str] | None | Ref = UNSET,
    ) -> Call[RuleGetResult]:
        """Rules: what happens to mail that comes new into an account."""
        return self._call("Rule/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def rule_set(self, *,
        account_id: Id | Ref,
        if_in_state: str | None | Ref = UNSET,
        create: dict[str, dict[str, Any]] | None | Ref = UNSET,
        update: dict[str, dict[str, Any]] | None | Ref = UNSET,
        destroy: list[Id] | None | Ref = UNSET,
        idempotency_key: str | None | Ref = UNSET,
    ) -> Call[RuleSetResult]:
        """Creates, changes and destroys rules."""
        return self._call("Rule/set", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "idempotencyKey": idempotency_key,
        })

    def search_parse(self, *,
        query: str | Ref,
        account_id: AccountScope | Ref = UNSET,
        time_zone: str | None | Ref = UNSET,
    ) -> Call[SearchParseResult]:
        """Turns the query language of people into a filter for Email/query."""
        return self._call("Search/parse", {
            "accountId": account_id,
            "query": query,
            "timeZone": time_zone,
        })

    def search_snippet_get(self, *,
        email_ids: list[Id] | Ref,
        account_id: AccountScope | Ref = UNSET,
        filter: EmailFilter | Ref = UNSET,
        query: str | None | Ref = UNSET,
        time_zone: str | None | Ref = UNSET,
    ) -> Call[SearchSnippetGetResult]:
        """Where the words of a search stand in its results (RFC 8621 section 5.1)."""
        return self._call("SearchSnippet/get", {
            "accountId": account_id,
            "filter": filter,
            "query": query,
            "timeZone": time_zone,
            "emailIds": email_ids,
        })

    def secrets_get(self) -> Call[SecretsGetResult]:
        """Where passwords and tokens are kept: the stores there are, the default, and each account's."""
        return self._call("Secrets/get", {})

    def secrets_lock(self) -> Call[SecretsLockResult]:
        """Closes the encrypted file of passwords: its key is forgotten. Connections that are there stay."""
        return self._call("Secrets/lock", {})

    def secrets_set(self, *,
        default_store: str | Ref,
    ) -> Call[SecretsSetResult]:
        """Chooses the default store of passwords and tokens."""
        return self._call("Secrets/set", {
            "defaultStore": default_store,
        })

    def secrets_unlock(self, *,
        passphrase: str | Ref,
        new_passphrase: str | None | Ref = UNSET,
        is_new: bool | Ref = UNSET,
    ) -> Call[SecretsUnlockResult]:
        """Opens the encrypted file of passwords until facteurd ends; accounts that waited for it try at once."""
        return self._call("Secrets/unlock", {
            "passphrase": passphrase,
            "newPassphrase": new_passphrase,
            "isNew": is_new,
        })

    def session_authenticate(self, *,
        token: str | None | Ref = UNSET,
        username: str | None | Ref = UNSET,
        password: str | None | Ref = UNSET,
        remote: str | None | Ref = UNSET,
    ) -> Call[SessionAuthenticateResult]:
        """Narrows this connection, for good, to what a token allows."""
        return self._call("Session/authenticate", {
            "token": token,
            "username": username,
            "password": password,
            "remote": remote,
        })

    def session_get(self) -> Call[SessionGetResult]:
        """What this core can do, its limits and the accounts (RFC 8620 section 2, without the URLs)."""
        return self._call("Session/get", {})

    def store_rebuild(self) -> Call[StoreRebuildResult]:
        """Starts to make again what follows from the messages' bytes: the full-text index, envelopes, the ties of
        Threads, counters. A task tells of the progress; one that is under way already is joined.
        """
        return self._call("Store/rebuild", {})

    def task_cancel(self, *,
        id: Id | Ref,
    ) -> Call[TaskCancelResult]:
        """Asks a task to end."""
        return self._call("Task/cancel", {
            "id": id,
        })

    def task_get(self, *,
        ids: list[Id] | None | Ref = UNSET,
        wait_ms: int | Ref = UNSET,
    ) -> Call[TaskGetResult]:
        """Long work and how far it is."""
        return self._call("Task/get", {
            "ids": ids,
            "waitMs": wait_ms,
        })

    def thread_changes(self, *,
        since_state: str | Ref,
        account_id: AccountScope | Ref = UNSET,
        max_changes: int | None | Ref = UNSET,
    ) -> Call[ThreadChangesResult]:
        """Changes to threads since a state (RFC 8621 section 3.2)."""
        return self._call("Thread/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def thread_get(self, *,
        account_id: AccountScope | Ref = UNSET,
        ids: list[Id] | None | Ref = UNSET,
        properties: list[str] | None | Ref = UNSET,
    ) -> Call[ThreadGetResult]:
        """Threads (RFC 8621 section 3.1)."""
        return self._call("Thread/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def token_audit(self, *,
        filter: TokenAuditArgsFilter | None | Ref = UNSET,
        before: str | None | Ref = UNSET,
        limit: int | Ref = UNSET,
    ) -> Call[TokenAuditResult]:
        """What was changed with tokens, newest first."""
        return self._call("Token/audit", {
            "filter": filter,
            "before": before,
            "limit": limit,
        })

    def token_changes(self, *,
        since_state: str | Ref,
        max_changes: int | None | Ref = UNSET,
    ) -> Call[TokenChangesResult]:
        """What changed since a state."""
        return self._call("Token/changes", {
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def token_get(self, *,
        ids: list[Id] | None | Ref = UNSET,
        properties: list[str] | None | Ref = UNSET,
    ) -> Call[TokenGetResult]:
        """Tokens: who may come in beside the owner."""
        return self._call("Token/get", {
            "ids": ids,
            "properties": properties,
        })

    def token_invite(self, *,
        token: dict[str, Any] | Ref,
    ) -> Call[TokenInviteResult]:
        """Makes a code by which a device gets a token of its own, once and within five minutes."""
        return self._call("Token/invite", {
            "token": token,
        })

    def token_pair(self, *,
        code: str | Ref,
        remote: str | None | Ref = UNSET,
    ) -> Call[TokenPairResult]:
        """Exchanges a code (Token/invite) for the token that was prepared."""
        return self._call("Token/pair", {
            "code": code,
            "remote": remote,
        })

    def token_set(self, *,
        if_in_state: str | None | Ref = UNSET,
        create: dict[str, dict[str, Any]] | None | Ref = UNSET,
        update: dict[str, dict[str, Any]] | None | Ref = UNSET,
        destroy: list[Id] | None | Ref = UNSET,
        idempotency_key: str | None | Ref = UNSET,
    ) -> Call[TokenSetResult]:
        """Creates, changes and revokes tokens."""
        return self._call("Token/set", {
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "idempotencyKey": idempotency_key,
        })

    def undo_apply(self, *,
        account_id: AccountScope | Ref = UNSET,
        id: Id | None | Ref = UNSET,
        idempotency_key: str | None | Ref = UNSET,
    ) -> Call[UndoApplyResult]:
        """Takes an action back: flags, places, Emails that were destroyed."""
        return self._call("Undo/apply", {
            "accountId": account_id,
            "id": id,
            "idempotencyKey": idempotency_key,
        })

    def undo_changes(self, *,
        since_state: str | Ref,
        account_id: AccountScope | Ref = UNSET,
        max_changes: int | None | Ref = UNSET,
    ) -> Call[UndoChangesResult]:
        """Actions that were done, continued, taken back or forgotten since a state."""
        return self._call("Undo/changes", {
            "accountId": account_id,
            "sinceState": since_state,
            "maxChanges": max_changes,
        })

    def undo_get(self, *,
        account_id: AccountScope | Ref = UNSET,
        ids: list[Id] | None | Ref = UNSET,
        properties: list[str] | None | Ref = UNSET,
    ) -> Call[UndoGetResult]:
        """Actions that clients did, and whether they were taken back."""
        return self._call("Undo/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def undo_query(self, *,
        account_id: AccountScope | Ref = UNSET,
        filter: UndoQueryArgsFilter | None | Ref = UNSET,
        position: int | Ref = UNSET,
        anchor: Id | None | Ref = UNSET,
        anchor_offset: int | Ref = UNSET,
        limit: int | None | Ref = UNSET,
        calculate_total: bool | Ref = UNSET,
    ) -> Call[UndoQueryResult]:
        """Ids of actions, newest first."""
        return self._call("Undo/query", {
            "accountId": account_id,
            "filter": filter,
            "position": position,
            "anchor": anchor,
            "anchorOffset": anchor_offset,
            "limit": limit,
            "calculateTotal": calculate_total,
        })

    def vacation_response_get(self, *,
        account_id: Id | Ref,
        ids: list[Id] | None | Ref = UNSET,
        properties: list[str] | None | Ref = UNSET,
    ) -> Call[VacationResponseGetResult]:
        """What is answered for somebody who is away (RFC 8621 section 8.1)."""
        return self._call("VacationResponse/get", {
            "accountId": account_id,
            "ids": ids,
            "properties": properties,
        })

    def vacation_response_set(self, *,
        account_id: Id | Ref,
        if_in_state: str | None | Ref = UNSET,
        create: dict[str, dict[str, Any]] | None | Ref = UNSET,
        update: dict[str, dict[str, Any]] | None | Ref = UNSET,
        destroy: list[Id] | None | Ref = UNSET,
        idempotency_key: str | None | Ref = UNSET,
    ) -> Call[VacationResponseSetResult]:
        """Switches the answer for somebody who is away on and off, and writes it (RFC 8621 section 8.2)."""
        return self._call("VacationResponse/set", {
            "accountId": account_id,
            "ifInState": if_in_state,
            "create": create,
            "update": update,
            "destroy": destroy,
            "idempotencyKey": idempotency_key,
        })

    def web_push_get(self) -> Call[dict[str, Any]]:
        """What the owner has decided about Web Push."""
        return self._call("WebPush/get", {})

    def web_push_set(self, *,
        contact: str | None | Ref = UNSET,
        private_hosts: list[str] | None | Ref = UNSET,
        rotate_key: bool | Ref = UNSET,
        idempotency_key: str | None | Ref = UNSET,
    ) -> Call[dict[str, Any]]:
        """Decides about Web Push: what is given is set, the rest stays."""
        return self._call("WebPush/set", {
            "contact": contact,
            "privateHosts": private_hosts,
            "rotateKey": rotate_key,
            "idempotencyKey": idempotency_key,
        })

    def rpc_discover(self) -> Call[RpcDiscoverResult]:
        """This schema, as an OpenRPC document."""
        return self._call("rpc.discover", {})
