settings-title = Settings
settings-sections = Sections of the settings
settings-accounts = Accounts
settings-identities = Identities and signatures
settings-vacation = Away
settings-devices = Devices
settings-appearance = Appearance
settings-reading = Reading and swiping
settings-writing = Writing
settings-keys = Keyboard
settings-saved = Saved.
settings-saving = Saving …
settings-save = Save
settings-rename = Rename
settings-loading = Loading …
settings-this-screen = These hold for this browser alone.
settings-language = Language
settings-language-system = as the browser has it
settings-theme = Colours
settings-theme-kind = { $kind ->
    [light] light
    [dark] dark
   *[system] as the system has them
  }
settings-layout = List of messages
settings-layout-kind = { $kind ->
    [cards] cards of two or three lines
   *[table] a table, one line each
  }
settings-density = Density
settings-density-kind = { $kind ->
    [compact] compact
    [normal] normal
   *[relaxed] relaxed
  }
settings-pane = The message that is open
settings-pane-kind = { $kind ->
    [right] beside the list
    [below] below the list
   *[none] instead of the list
  }
settings-conversations = Show conversations
settings-conversations-hint = Messages that belong together are one row.
settings-mark = An open message counts as read
settings-mark-kind = { $seconds ->
    [0] at once
    [-1] only when I mark it
    [1] after a second
   *[other] after { $seconds } seconds
  }
settings-pictures = Pictures from the internet
settings-pictures-hint = They are loaded by themselves in messages of these senders only. A message offers to add its sender.
settings-pictures-none = Of nobody yet.
settings-pictures-remove = No more pictures of { $address }
settings-swipes = Swiping a message in the list
settings-swipeEnd = Towards the end of the line
settings-swipeStart = Towards its beginning
settings-swipe-kind = { $kind ->
    [archive] archives
    [trash] deletes
    [seen] marks as read or unread
    [flagged] flags
    [junk] marks as spam
    [move] moves
   *[none] does nothing
  }
settings-undo-send = Sending can be taken back for
settings-undo-send-hint = The message waits so long before it goes out, also when this page is closed.
settings-undo-send-kind = { $seconds ->
    [0] no time
   *[other] { $seconds } seconds
  }
settings-compose = New messages
settings-compose-kind = { $kind ->
    [rich] with formatting
   *[plain] plain text
  }
settings-keys-preset = Keys
settings-keys-kind = { $kind ->
    [facteur] Facteur’s
    [gmail] as in Gmail
    [thunderbird] as in Thunderbird
    [mutt] as in mutt
   *[none] none: no single keys
  }

accounts-none = There is no account yet.
accounts-all = All accounts
account-next-try = Tries again { $when }.
account-quota = { $used } of { $limit } on the server
account-notices = Notices
account-dismiss = Dismiss this notice
account-dismiss-all = Dismiss all notices
account-open = Settings of { $name }
account-sync = Look for mail now
account-enable = Switch on
account-disable = Switch off
account-up = Move { $name } up
account-down = Move { $name } down
account-sign-in-again = Sign in again
account-password-hint = It is tried with the server before it is stored.
account-servers = Servers
account-try-and-save = Try and save
account-remove = Remove account
account-remove-title = Remove { $name }?
account-remove-text = Its mail goes from the computer where Facteur runs. On the server nothing changes.
consent-given = The consent is renewed.
unlock-title = The passwords are locked
unlock-passphrase = Passphrase
unlock-hint = Until they are unlocked no account can sign in.
unlock = Unlock

identities-all = All identities
identity-new = New identity
identity-add = Add an identity
identity-address-hint = An address of yours that this account may send as; *@example.org for all of a domain.
identity-reply-to = Answers go to
identity-reply-to-hint = Left empty: to the address itself.
identity-bcc = Blind copy of everything to
identity-bcc-hint = Left empty: to nobody.
identity-signature = Signature
identity-signature-hint = Stands below your text, behind a line “-- ”.
identity-html = Signature with formatting
identity-html-source = HTML source
identity-html-hint = For messages with formatting; left empty, the one above is taken.
identity-has = { $signature ->
    [html] signature in HTML
    [text] signature
   *[none] no signature
  }
identity-remove = Remove identity
identity-remove-title = Remove { $address }?
identity-remove-text = Messages that were sent with it stay.

vacation-account = Account
vacation-no-transport = This account has no server for sending: nothing can be answered.
vacation-on = Answer new mail by itself
vacation-on-hint = Each sender once in a while; no lists, no programs.
vacation-from = From
vacation-to = Until
vacation-backwards = The end is before the beginning.
vacation-subject = Subject
vacation-subject-hint = Left empty: “Auto:” and the subject of the message.
vacation-text = Answer
vacation-html = Another program has written the answer in HTML, too. When you save, only the text here is sent.
vacation-days = The same sender is answered again
vacation-days-kind = { $days ->
    [1] after a day
   *[other] after { $days } days
  }

devices-hint = Each device and program that comes in has a token of its own. Revoked, it is out at once.
device-this = this browser
device-scope = { $scope ->
    [read] reads
    [triage] sorts and deletes
    [draft] writes
    [send] sends
   *[admin] administers
  }
device-accounts = { $count ->
    [1] one account
   *[other] { $count } accounts
  }
device-used = Last used { $when }, from { $from }.
device-never-used = Never used; made { $when }.
device-expires = Ends { $when }.
device-revoke = Revoke
device-revoke-name = Revoke { $name }
device-revoke-title = Revoke { $name }?
device-revoke-text = It is signed out at once, and so is what it has let in.
device-revoke-this = This is the browser that you are using: you are signed out.
device-sign-out = Sign out here
device-pair = Pair a phone or another computer
device-loopback = This page is open at an address that other devices cannot reach. On this computer, “facteur bridge pair” shows a QR code with an address that a phone can open.
device-name = Name of the device
device-name-hint = Each has another one.
device-phone = phone
device-rights = What it may
device-rights-kind = { $rights ->
    [all] everything, accounts and devices, too
    [mail] read, sort, write and send
   *[read] only read
  }
device-show-code = Show a code
device-code = This code is good once, until { $time }:
device-address = Or open this address there:

settings-outbox = Outbox
outbox-nothing = Nothing waits to be sent.
outbox-lately = Sent lately
outbox-to = To { $to }
outbox-no-subject = (no subject)
outbox-gone = A message that is gone
outbox-delivered = { $how ->
    [yes] delivered
    [no] not delivered
    [shown] shown
   *[unknown] not known
  }
outbox-forget = Remove from this list
