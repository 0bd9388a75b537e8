reader-name = Message
reader-nothing-open = No message is open.
reader-toolbar = This conversation
reader-loading = Loading the message …
reader-message = From { $who }, { $when }
reader-count = { $count ->
    [one] one message
   *[other] { $count } messages
}
reader-to = to
reader-cc = cc
reader-bcc = bcc
reader-details = Details
reader-subject = Subject
reader-reply-to = Answers go to
reader-sent = Sent
reader-received = Received
reader-message-id = Message-ID
reader-size = Size
reader-more = More
reader-no-source = Text
reader-light = On a light page
reader-dark = On a dark page
reader-unflag = No longer flagged
reader-edit = Go on writing
reader-fold = Fold
reader-gone = This message is not there any more.
reader-problem = The message cannot be shown: { $why }
reader-pictures = { $count ->
    [one] One picture from { $hosts } is not loaded: its sender would learn that you read this.
   *[other] { $count } pictures from { $hosts } are not loaded: their sender would learn that you read this.
}
reader-pictures-once = Load them
reader-pictures-always = Always from { $address }
reader-lost = { $count ->
    [one] One picture could not be loaded: { $why }.
   *[other] { $count } pictures could not be loaded: { $why }.
}
reader-lost-some = { $why } ({ $count })
reader-lost-refused = an address that is never asked, such as one in a private network
reader-lost-kind = of a kind that is not shown, such as SVG
reader-lost-large = too large
reader-lost-late = no answer from the server in time
reader-lost-failed = not found, or the server cannot be reached
reader-more-addresses = { $count ->
    [one] and one more
   *[other] and { $count } more
}
reader-partial = Only the header of this message is here: the rest is fetched from the server.
unsubscribe-menu = Unsubscribe …
unsubscribe-title = Unsubscribe from { $sender }?
unsubscribe-one-click = One request goes to { $host }; the sender learns that this address is read.
unsubscribe-yes = Unsubscribe
unsubscribe-done = { $sender } was told that you want no more of this.
unsubscribe-page = This goes on at a page of { $host }.
unsubscribe-open = Open the page
unsubscribe-no-way = The sender says no way to unsubscribe that could be followed.
reader-plain = Show as plain text
reader-html = Show with its markup
reader-muted = This conversation is muted: what comes to it is marked as read and archived.
reader-labels = Labels
reader-label-off = Take off { $name }
reader-snoozed = This comes back { $when }.
