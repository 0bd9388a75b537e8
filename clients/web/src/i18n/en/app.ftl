app-starting = Opening your mailbox …
app-loading = Loading …
app-not-loaded = This part of the application could not be loaded: { $why }
app-again = Try again
app-dismiss = Dismiss
app-messages = Messages
app-menu = Mailboxes
app-mailboxes = Mailboxes
app-close = Close
app-skip = To the list of messages
app-splitter = Size of the list
app-bottom-bar = Main actions
app-bottom-inbox = Inbox
app-bottom-compose = Write
undo = Undo
role-inbox = Inbox
role-flagged = Flagged
role-drafts = Drafts
role-sent = Sent
role-archive = Archive
role-junk = Junk
role-trash = Trash
role-all = All mail
sidebar-name = Mailboxes
sidebar-unread = { $count ->
    [one] { $count } unread
   *[other] { $count } unread
}
sidebar-drafts = { $count ->
    [one] { $count } draft
   *[other] { $count } drafts
}
sidebar-statistics = Statistics
sidebar-settings = Settings
sidebar-setup = Add an account
command-next = Next
command-previous = Previous
command-open = Open
command-back = Back
command-select = Select
command-select-down = Select downwards
command-select-up = Select upwards
command-select-all = Select everything in this list
command-select-none = Select nothing
command-first = To the first
command-last = To the last
command-page-down = Ten further
command-page-up = Ten back
command-next-unread = Next unread
command-archive = Archive
command-trash = Delete
command-junk = Junk
command-not-junk = Not junk
command-flag = Flag
command-mark-read = Mark as read
command-mark-unread = Mark as unread
command-toggle-read = Read or unread
command-move = Move to …
command-label = Labels …
command-to-inbox = Back to the inbox
command-next-message = Next message of the conversation
command-previous-message = Previous message of the conversation
command-unfold = Unfold all
command-read-on = Read on
command-read-back = Read back
command-source = Source
command-print = Print
command-compose = New message
command-reply = Reply
command-reply-all = Reply to all
command-forward = Forward
command-send = Send
command-go-inbox = To the inbox
command-go-flagged = To what is flagged
command-go-sent = To what was sent
command-go-drafts = To the drafts
command-go-all = To all mail
command-go-mailbox = To any mailbox
command-search = Search
command-go-outbox = To the outbox
command-go-settings = Settings
command-go-statistics = Statistics
command-add-account = Add an account
command-only-unread = Only unread
command-view-layout = Cards or table
command-view-density = Density
command-view-pane = Reading pane
command-view-conversations = Conversations or single messages
command-view-theme = Light or dark
command-undo = Undo
command-sync = Look for new mail now
command-help = Keys
command-palette = All commands
help-title = Keys
help-list = In the list
help-message = With messages
help-write = Writing
help-go = Going somewhere
help-view = What is shown
help-app = Everywhere
palette-what = What do you want to do, or where to go?
palette-nothing = Nothing is called like that.
palette-go = Go to { $name }
picker-move = Move to which mailbox?
picker-label = Put into or take out of which mailbox, too?
picker-off = takes it off
picker-only = it is in no other mailbox
picker-new = Create “{ $name }”
picker-nothing = There is no such mailbox.
view-menu = How the list is shown
view-conversations = Conversations
view-layout-cards = Cards
view-layout-table = One line each
view-density-compact = Compact
view-density-normal = Normal
view-density-relaxed = Relaxed
view-pane-right = Message at the side
view-pane-below = Message below
view-pane-none = Message in its place
triage-told-archive = { $count ->
    [one] One archived
   *[other] { $count } archived
}
triage-told-trash = { $count ->
    [one] One deleted
   *[other] { $count } deleted
}
triage-told-junk = { $count ->
    [one] One is junk
   *[other] { $count } are junk
}
triage-told-inbox = { $count ->
    [one] One back in the inbox
   *[other] { $count } back in the inbox
}
triage-told-move = { $count ->
    [one] One moved to { $mailbox }
   *[other] { $count } moved to { $mailbox }
}
triage-told-copy = { $count ->
    [one] One is in { $mailbox }, too
   *[other] { $count } are in { $mailbox }, too
}
triage-told-unlabel = { $count ->
    [one] One taken out of { $mailbox }
   *[other] { $count } taken out of { $mailbox }
}
triage-told-destroy = { $count ->
    [one] One deleted for good
   *[other] { $count } deleted for good
}
triage-told-seen-on = { $count ->
    [one] One marked as read
   *[other] { $count } marked as read
}
triage-told-seen-off = { $count ->
    [one] One marked as unread
   *[other] { $count } marked as unread
}
triage-told-flagged-on = { $count ->
    [one] One flagged
   *[other] { $count } flagged
}
triage-told-flagged-off = { $count ->
    [one] One no longer flagged
   *[other] { $count } no longer flagged
}
triage-told-keyword-on = { $count ->
    [one] One labelled { $mailbox }
   *[other] { $count } labelled { $mailbox }
}
triage-told-keyword-off = { $count ->
    [one] One no longer labelled { $mailbox }
   *[other] { $count } no longer labelled { $mailbox }
}
triage-undone = Taken back: { $what }
triage-undoing = Taking it back …
triage-under-way = Being done …
triage-progress = { $done } of { $total }
triage-progress-unknown = { $done } until now
triage-stop = Stop
triage-stopped = Stopped after { $done } of { $total }.
triage-final = Cannot be taken back, as messages went into another account: { $what }
triage-nothing-to-undo = There is nothing to be taken back.
app-update = There is a newer version of this application.
app-update-now = Use it
app-update-later = It is used as soon as nothing is being written any more.
app-cancel = Cancel
mailbox-menu = What can be done with { $name }
mailbox-create = Create a mailbox
mailbox-create-for = Create a mailbox in { $name }
mailbox-create-in = Create a mailbox in { $name }
mailbox-create-menu = Create a mailbox in it …
mailbox-name = Name
mailbox-rename = Rename { $name }
mailbox-rename-yes = Rename
mailbox-rename-menu = Rename …
mailbox-color-menu = Colour …
mailbox-show-menu = Always show at the side
mailbox-hide-menu = Show among the others only
sidebar-others = { $count ->
    [one] One other mailbox
   *[other] { $count } other mailboxes
  }
color-of = Colour of { $name }
color-none = None
color-red = Red
color-orange = Orange
color-yellow = Yellow
color-green = Green
color-teal = Teal
color-blue = Blue
color-violet = Violet
color-pink = Pink
color-brown = Brown
color-grey = Grey
tag-label1 = Important
tag-label2 = Work
tag-label3 = Personal
tag-label4 = To do
tag-label5 = Later
mailbox-remove = Remove { $name }?
mailbox-remove-menu = Remove …
mailbox-remove-yes = Remove
mailbox-remove-empty = Nothing is in it.
mailbox-remove-with = { $count ->
    [one] The message in it is deleted for good.
   *[other] The { $count } messages in it are deleted for good, unless they are in other mailboxes, too.
}
mailbox-removed = { $name } is removed.
mailbox-read-all = Mark all as read
mailbox-empty = Empty { $name }?
mailbox-empty-menu = Empty …
mailbox-empty-yes = Delete for good
mailbox-empty-text = { $count ->
    [one] One message is deleted for good.
   *[other] { $count } messages are deleted for good.
}
sort-date = By date
sort-from = By sender
sort-subject = By subject
sort-size = By size
sort-reverse = The other way round
sort-menu = Order of the list
command-snooze = Snooze …
command-go-snoozed = To what is snoozed
role-snoozed = Snoozed
snooze-title = Out of sight until when?
snooze-evening = This evening
snooze-tomorrow = Tomorrow morning
snooze-monday = Monday morning
snooze-hours = In three hours
snooze-at = At another time
snooze-yes = Snooze
snooze-now = Back now
snooze-past = This time is over.
snooze-told = { $count ->
    [one] Comes back { $when }
   *[other] { $count } come back { $when }
}
snooze-back = Back where it was
command-mute = Mute
command-unmute = Unmute
command-rule = Make a rule from this message …
command-compose-window = New message in a window of its own
command-reply-window = Reply in a window of its own
command-reply-all-window = Reply to all in a window of its own
command-forward-window = Forward in a window of its own
picker-go = Go to which mailbox?
picker-all-accounts = all accounts
triage-told-mute-on = { $count ->
    [one] One muted: what comes is read and archived
   *[other] { $count } muted: what comes is read and archived
}
triage-told-mute-off = { $count ->
    [one] One no longer muted
   *[other] { $count } no longer muted
}
account-here = On this computer
