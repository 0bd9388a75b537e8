# Signing in to this page
# Troubles
# Adding an account
setup-title = Add an account
setup-address-title = Which mail address?
setup-address = Mail address
setup-address-wrong = That is no mail address: it needs a name, an @ and a domain, as in jane@example.org.
setup-your-name = Your name
setup-your-name-hint = What others see beside your address.
setup-find = Find its servers
setup-by-hand = Fill in by hand
setup-cancel = Cancel
setup-continue = Continue
setup-back = Back
setup-again = Try again
setup-needed = This is needed.
setup-looking = Looking for the servers of { $address } …
setup-looking-hint = This takes up to half a minute. No password is sent anywhere.
setup-found-title = Found: { $who }
setup-receiving = Receiving
setup-sending = Sending
setup-server = { $protocol ->
    [SMTP] SMTP at { $host }
    [IMAP] IMAP at { $host }
    [POP3] POP3 at { $host }
   *[other] { $host }
  }, port { $port }, { $tls ->
    [none] not encrypted
    [starttls] encrypted (STARTTLS)
   *[other] encrypted (TLS)
  }
setup-kind = { $protocol ->
    [pop3] Mail is picked up; it has no folders on the server.
    [imap] Mail and folders stay on the server, the same on every device.
   *[other] { "" }
  }
setup-from = { $step ->
    [table] Known to Facteur.
    [mx] Known to Facteur, by the domain’s mail hosts.
    [autoconfig] The provider says so.
    [database] Mozilla’s database says so.
    [srv] The domain’s name servers say so.
   *[other] A guess that answered.
  }
setup-no-sending = No server for sending was found: the account only receives. Fill it in by hand if there is one.
setup-ways = { $ways ->
    [both] You can sign in with a password, or by consent on the provider’s page.
    [oauth] You sign in by consent on the provider’s page.
   *[other] You sign in with a password.
  }
setup-needs = What { $provider } wants:
setup-needs-page = { $kind ->
    [appPassword] How to make an app password
    [switch] How to switch it on
    [bridge] About that program
   *[other] More about it
  }
setup-needs-help = The provider’s page about mail programs
setup-user = User name
setup-user-hint = Often the mail address, or what stands before the @.
setup-user-missing = The user name does not follow from the address: type it.
setup-agree = Yes, my password may be sent to { $host }
setup-agree-hint = The name servers say that mail is there, which is outside of { $domain }. Such an answer can be forged: agree only if you know that name.
setup-agree-missing = Agree, or fill in another server by hand.
setup-by-hand-title = The servers of { $address }
setup-nothing-found = No server of { $domain } was found. Your provider’s help pages say what to fill in here.
setup-where-looked = Where was looked
setup-protocol = Protocol
setup-host = Server
setup-host-wrong = Type the server’s name, such as imap.example.org.
setup-tls = Encryption
setup-tls-kind = { $tls ->
    [none] none
    [starttls] STARTTLS
   *[other] TLS from the start
  }
setup-tls-none = Without encryption everybody on the way reads the password. Only for a server on this computer.
setup-port = Port
setup-port-wrong = A number from 1 to 65535.
setup-has-sending = This account sends, too
setup-sign-in-title = Sign in as { $address }
setup-by = How to sign in
setup-by-password = With a password
setup-by-password-refused = This provider takes none, as far as is known.
setup-by-oauth = By consent on the provider’s page (OAuth)
setup-by-oauth-hint = Facteur never sees your password.
setup-password = Password
setup-password-hint = It is kept on the computer where Facteur runs, and sent to these servers only.
setup-password-missing = Type the password.
setup-oauth = Consent
setup-oauth-provider = Provider
setup-oauth-other = another one: its addresses are
setup-oauth-authorizationEndpoint = Address of the consent page
setup-oauth-tokenEndpoint = Address for tokens
setup-oauth-deviceEndpoint = Address for codes of devices (if there is one)
setup-oauth-issuer = Issuer (if known)
setup-oauth-scope = Scope (if needed)
setup-client-id = Client id
setup-client-id-hint = The provider knows programs by it: register one there as an application “for the desktop”.
setup-client-secret = Client secret
setup-client-secret-hint = If one belongs to the id.
setup-more = More settings
setup-account-name = Name of the account
setup-account-name-hint = What it is called here.
setup-keep = Kept on this computer
setup-keep-hint = Older messages are fetched when you open them.
setup-keep-kind = { $keep ->
    [all] everything
    [365] messages of the last year
    [90] messages of the last 90 days
    [30] messages of the last 30 days
   *[other] only the list of messages
  }
setup-leave = Copies on the server
setup-leave-hint = How long mail stays there after it was picked up, so that other programs find it.
setup-leave-kind = { $leave ->
    [all] stay for good
    [none] are deleted at once
   *[other] stay for { $leave } days
  }
setup-sending-password = Password for sending
setup-sending-password-hint = Only if it is another one.
setup-try = Sign in
setup-ask-consent = Ask for consent
setup-checking = Signing in at { $host } …
setup-no-sending-title = Receiving works; sending does not yet
setup-correct = Correct the servers
setup-without-sending = Add it without sending
consent-title = Consent for { $address }
consent-asking = Asking the provider …
consent-how = { $by ->
    [device] Open this page on any device, and type this code there:
   *[other] Open the provider’s page and agree there. The browser has to be on the computer where Facteur runs.
  }
consent-open = Open the provider’s page
consent-waiting = Waiting for your answer there …
consent-other = { $by ->
    [device] Use a code on another device
   *[other] Use a browser on Facteur’s computer
  }
setup-done-title = { $name } was added
setup-stage = { $stage ->
    [comes] Your mail is coming, the newest first.
    [here] All of your mail is here.
    [kept] Your mail is here, as much of it as you chose to keep.
   *[begins] Connecting to the server …
  }
setup-count = { $done } of { $total } messages
setup-progress = Messages fetched
setup-mailboxes = Mailboxes
setup-inbox-messages = Messages in the inbox
setup-news = New mail
setup-news-kind = { $push ->
    [true] the server tells of it at once
   *[other] is asked for now and then
  }
setup-rest-hint = You can begin to read; the rest comes in the background, also when this page is closed.
setup-to-inbox = To the inbox
setup-another = Add another account
setup-to-accounts = Accounts

# What accounts are doing
# The line that tells how everything is
setup-unnamed = The account was added, but your name could not be stored. You can give it in Settings, Identities and signatures.
