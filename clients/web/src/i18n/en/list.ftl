list-name = Messages
list-toolbar = This list
list-waiting = Loading …
list-unread = unread
list-flagged = flagged
list-draft = draft
list-answered = answered
list-has-attachment = with attachment
list-no-subject = (no subject)
list-nobody = (nobody)
list-to = to { $names }
list-only-unread = Only unread
list-selected = { $count ->
    [one] one selected
   *[other] { $count } selected
}
list-all-selected = { $count ->
    [one] the only one selected
   *[other] all { $count } selected
}
list-select-all = Select all { $count }
list-dragged = { $count ->
    [one] one message
   *[other] { $count } messages
}
list-bad-query = This search is not understood.
list-problem = The list cannot be shown now.
list-nothing-found = Nothing was found.
list-nothing-unread = Everything is read.
list-inbox-empty = The inbox is empty.
list-empty = Nothing is in here.
list-more-actions = More
list-talk = conversation of { $count } messages between { $names }
list-swipe-unflag = No longer flagged
list-swipe-destroy = Delete for good
list-pull = Pull further to look for new mail
list-let-go = Let go to look for new mail
list-looking = Looking for new mail …
list-looked = Looked for new mail.
list-muted = muted
list-labels = labels: { $names }
list-too-many = So many rows cannot be selected one by one, at most { $most }. Select all of them, or fewer.
list-outgoing = { $state ->
    [asks] goes out when you say so
    [held] goes out { $when }
    [failed] was not sent
    [uncertain] was perhaps not sent
   *[queued] has not gone out yet
}
list-snoozed = comes back { $when }
