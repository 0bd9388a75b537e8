settings-rules = Rules
rules-hint = What happens to new mail when it comes into the inbox. Rules are asked from above; of several that fit, each does what it says, but a message is moved once.
rules-add = Make a rule
rules-all = All rules
rules-new = New rule
rules-none = There is no rule yet.
rules-no-such = This rule is not there any more.
rules-local = No mail comes into this account by itself: here rules act only when you apply them.
rules-on-name = { $name } is switched on
rules-on = on
rules-off = off
rules-if = If:
rules-does = Then:
rules-every = every message
rules-and = { " and " }
rules-or = { " or " }
rules-attachment = { $is ->
    [yes] an attachment
   *[no] no attachment
}
rules-value = “{ $value }”
rules-gone = (a mailbox that is gone)
rules-edit = Edit
rules-apply = Apply to the inbox now
rules-up = Move { $name } up
rules-up-key = Alt+↑
rules-down = Move { $name } down
rules-down-key = Alt+↓
rules-moved = { $name } is at place { $place } of { $count } now.
rules-handled = { $count ->
    [0] Has handled nothing yet.
    [one] Has handled one message, { $when }.
   *[other] Has handled { $count } messages, the last one { $when }.
}
rules-problem = { $kind ->
    [mailboxGone] A mailbox that this rule puts mail into is gone. It does nothing until you choose another one.
    [invalidQuery] The conditions of this rule are not understood any more. It does nothing until you change them.
   *[other] This rule does nothing at present.
}
rules-account = Account
rules-name = Name
rules-name-hint = Left empty: what it looks for.
rules-name-long = This name is too long.
rules-when = Which mail
rules-any = One of these is enough
rules-condition = Condition { $number }
rules-condition-what = What
rules-condition-how = How
rules-condition-remove = Remove condition { $number }
rules-condition-add = Add a condition
rules-condition-empty = Write what is looked for here, or remove this condition.
rules-field = { $field ->
    [from] Sender
    [to] Recipient
    [cc] Copy to
    [subject] Subject
    [body] Text
    [words] Anywhere
    [list] Mailing list
    [filename] Name of an attachment
    [attachment] Attachment
    [larger] Size of at least
   *[smaller] Size below
}
rules-how = { $how ->
    [text-yes] contains
    [text-no] does not contain
    [attachment-yes] there is one
    [attachment-no] there is none
    [size-yes] so
   *[size-no] not so
}
rules-size = { $unit ->
    [k] { $number } KB
    [m] { $number } MB
   *[g] { $number } GB
}
rules-unit = Unit
rules-unit-kind = { $unit ->
    [k] KB
    [M] MB
   *[G] GB
}
rules-query = Query
rules-query-hint = As in the search: from:jane subject:"annual report" -list:dev has:attachment larger:5M (a OR b). Left empty: every message.
rules-as-query = Write it as a query
rules-as-rows = Show it as conditions
rules-only-query = This says more than conditions in rows can.
rules-bad-query = Not understood: { $why }
rules-bad-query-at = Not understood at “{ $at }”: { $why }
rules-matches = { $count ->
    [0] Fits no message that is here.
    [one] Fits one message that is here, { $inbox ->
        [0] not
       *[other] { $shownInbox }
    } in the inbox.
   *[other] Fits { $shown } messages that are here, { $inbox ->
        [0] none
       *[other] { $shownInbox }
    } in the inbox.
}
rules-newest = The newest: “{ $subject }” from { $who }, { $when }.
rules-then = What is done with it
rules-move = Move it to
rules-move-none = nowhere: it stays in the inbox
rules-move-gone = The mailbox is gone: choose another one.
rules-move-role = { $role ->
    [archive] the archive
    [trash] the trash: delete it
   *[junk] junk
}
rules-copy = Also put it into
rules-copy-none = no other mailbox
rules-copy-more = one more mailbox …
rules-copy-remove = Not into { $mailbox }
rules-copy-gone = One of the mailboxes is gone: remove it.
rules-seen = Mark as read
rules-flag = Flag
rules-keywords = And keywords: { $keywords }
rules-last = Stop there
rules-last-hint = Rules below this one do not see what it fits.
rules-no-action = Say what is to be done with it.
rules-apply-too = { $count ->
    [one] Apply it to the message in the inbox that fits, too
   *[other] Apply it to the { $count } messages in the inbox that fit, too
}
rules-does-move = move to { $mailbox }
rules-does-move-role = { $role ->
    [archive] archive
    [trash] delete (to the trash)
   *[junk] move to junk
}
rules-does-copy = also put into { $mailbox }
rules-does-seen = mark as read
rules-does-flag = flag
rules-does-keyword = set the keyword { $keyword }
rules-does-no-keyword = remove the keyword { $keyword }
rules-does-last = stop
rules-saved = The rule “{ $name }” is saved.
rules-remove = Remove rule
rules-remove-title = Remove the rule “{ $name }”?
rules-remove-text = What it has done stays done.
rules-removed = The rule “{ $name }” is removed.
rules-applying = Applying “{ $name }” to the inbox …
rules-applied = { $count ->
    [0] “{ $name }” had nothing to do in the inbox.
    [one] “{ $name }” has handled one message.
   *[other] “{ $name }” has handled { $count } messages.
}
rules-apply-lost = Nobody knows any more how far the rule was applied.
