signin-title = Sign in to your mailbox
signin-how = Facteur runs on a computer of yours. A code from there opens it here:
signin-here = On that computer itself, this opens the page and signs in:
signin-elsewhere = For a phone or another computer, this shows a code:
signin-code = Code or token
signin-code-hint = Three groups of four letters and digits, good once and for five minutes; or a token that begins with facteur_.
signin-missing = Type the code first.
signin-enter = Sign in
signin-trying = Trying …
signin-refused = That was not accepted.
    .advice = The code may be used up or older than five minutes, or the token was revoked. Get a new code and type it here.
signin-unreachable = Facteur does not answer.
    .advice = Look whether facteur-bridge runs, and whether this device is online. This page tries again by itself.

trouble-auth = The server refused the user name or the password.
    .advice = Type the password again. Some providers want a password made for this program alone (an app password).
trouble-dns = The server’s name is not known.
    .advice = Look for a typing mistake in it; if it is right, look whether this computer is online.
trouble-tls = No trustworthy encryption could be agreed on.
    .advice = Nothing was sent. Another kind of encryption or another port may be right.
trouble-certificate = The server could not prove who it is.
    .advice = Nothing was sent. If you do not know why this is so, somebody may be in between: do not go on.
trouble-certificate-changed = The server shows another certificate than the one you trusted.
    .advice = Nothing was sent. Ask those who run the server whether they changed it before you trust it.
trouble-network = The server cannot be reached, or cut the connection.
    .advice = Look at its name and port, and whether this computer is online; then try again.
trouble-timeout = The server did not answer in time.
    .advice = Try again in a while; a wrong port is often the reason, too.
trouble-server = The server said no.
    .advice = What it said stands below; try again later if that tells of something that passes.
trouble-protocol = What the server answered makes no sense.
    .advice = It may be a server of another kind: look at the port and at the protocol.
trouble-serverUnavailable = What is needed for that cannot be reached now.
    .advice = Try again in a while.
trouble-userAction = Something has to be done first.
    .advice = What it is stands below.
trouble-busy = Another one of these is under way.
    .advice = Wait until it is done, and try again.
trouble-limit = Too many tries, or too much at once.
    .advice = Wait a moment, and try again.
trouble-diskFull = There is no room left on the disk.
    .advice = Make room on the computer where Facteur runs.
trouble-forbidden = This device is not allowed to do that.
    .advice = Use the computer where Facteur runs, or pair this device with more rights.
trouble-lost = Facteur does not answer.
    .advice = Look whether it still runs and whether this device is online, and try again.
trouble-cancelled = It was given up.
    .advice = Begin again when you like.
trouble-notFound = It is not there any more.
trouble-accountNotFound = This account is not there any more.
trouble-blobNotFound = The file is not there any more.
trouble-alreadyExists = There is one like it already.
trouble-stateMismatch = It was changed elsewhere meanwhile.
trouble-overQuota = There is no room for it.
trouble-tooLarge = It is too large.
trouble-tooMany = These are too many.
trouble-invalid = What was asked for was not accepted.
trouble-serverFail = Something went wrong in Facteur itself.
trouble-corrupt = Something that Facteur keeps is damaged.
trouble-io = A file of the computer where Facteur runs could not be used.
trouble-unsupported = This cannot be done here.
trouble-outcomeUnknown = It is not known whether it was done.
trouble-cannotUnsend = It is too late: the message is on its way.
trouble-cannotUnsubscribe = This list cannot be left by a request.
trouble-mailboxHasChild = There are other mailboxes in it.
trouble-mailboxHasEmail = There are messages in it.
trouble-forbiddenFrom = This sender’s address is none of the identity.
trouble-forbiddenToSend = This account cannot send.
trouble-invalidEmail = It cannot be sent as it is.
trouble-invalidRecipients = Not all of the recipients are addresses.
trouble-noRecipients = It is addressed to nobody.
trouble-mdnAlreadySent = A receipt was sent already.
trouble-other = Something went wrong.
trouble-server-says = The server says: { $words }

certificate-server = Server
certificate-reason = Why it is not believed
certificate-subject = Certificate of
certificate-hosts = For
certificate-issuer = Issued by
certificate-valid = Valid
certificate-fingerprint = Fingerprint (SHA-256)
certificate-trusted = Trusted until now
certificate-compare = Only if those who run the server tell you that this is its fingerprint can it be trusted, it alone.
certificate-trust = Trust this certificate

page-back = Back
account-local = On this computer only.
account-syncing = Fetching: { $mailbox }
account-syncing-count = Fetching { $mailbox }: { $done } of { $total } messages
account-watching = { $news ->
    [notify] In touch: the server tells of news in every mailbox.
    [idle] In touch: the server tells of news in the inbox, and is asked for the rest.
   *[other] In touch: the server is asked for news now and then.
  }
account-waiting = { $for ->
    [network] Waiting for the network.
    [server] Waiting: the server has no place now.
    [user] Waiting for you: something has to be done first.
   *[other] Waiting to try again.
  }
account-phase = { $phase ->
    [idle] Looks again later.
    [connecting] Connecting …
    [disabled] Switched off.
   *[other] Stopped: something has to be done first.
  }
account-connected = Connected now.
account-last-touch = Last in touch { $when }.
account-never = Not in touch yet.

status-well = Up to date
status-none = No account yet
status-lost = Facteur does not answer (since { $since })
status-offline = This device is offline (since { $since })
status-failed = { $count ->
    [1] { $name } needs you
   *[other] { $count } accounts need you
  }
status-waiting = { $count ->
    [1] { $name } is not in touch
   *[other] { $count } accounts are not in touch
  }
status-notices = { $count ->
    [1] A notice
   *[other] { $count } notices
  }
status-busy = Fetching { $name } …
status-busy-count = { $name }: { $done } of { $total }
status-pending = { $count ->
    [1] 1 change waits for the server
   *[other] { $count } changes wait for the server
  }
status-outbox = { $count ->
    [1] 1 message waits to be sent
   *[other] { $count } messages wait to be sent
  }
status-details = Accounts and how they are
status-sync = Look for mail now
status-accounts = Accounts
status-add = Add an account
status-notice = { $type ->
    [moveRefused] The server does not move or copy messages.
    [appendRefused] The server does not keep messages.
    [deleteRefused] The server does not delete messages.
    [notSent] A message was not sent.
    [mailboxNotCreated] The server does not make a mailbox.
    [mailboxNotRenamed] The server does not rename a mailbox.
    [mailboxNotDestroyed] The server does not delete a mailbox.
    [mailboxNotSubscribed] The server does not change a subscription.
    [mailboxesMissing] The server does not list many mailboxes any more.
    [messageLeftOut] The server does not give a message.
    [consentExpired] The permission to use this account has ended. Sign in again.
    [oldTls] This account uses an outdated encryption.
   *[other] Something that you should know.
  }
