statistics-title = Your mailbox in figures
statistics-period = Time
statistics-period-kind = { $period ->
    [30] the last 30 days
    [90] the last 90 days
    [365] the last year
   *[all] from the beginning
  }
statistics-account = Account
statistics-all-accounts = all accounts
statistics-counting = Counting …
statistics-counted = { $count } messages
statistics-nothing = No messages in this time.
statistics-unknown = The Facteur that runs is older than this page and does not count yet. Restart facteurd.
statistics-received = Received
statistics-sent = Sent
statistics-unread = Unread
statistics-spam = Spam
statistics-size = Size
statistics-senders = Senders
statistics-per = { $unit ->
    [day] Messages a day
    [week] Messages a week
    [month] Messages a month
   *[year] Messages a year
  }
statistics-click = A column leads to its messages.
statistics-table = As a table
statistics-when = When
statistics-count = Number
statistics-hours = When messages come
statistics-hours-hint = By weekday and hour, { $zone }. The stronger the colour, the more.
statistics-hour = { $day } { $time }: { $count }
statistics-by-sender = Who writes most
statistics-sender = Sender
statistics-by-mailbox = Mailboxes
statistics-mailbox = Mailbox
statistics-spam-title = Spam
statistics-storage = Storage
statistics-disk = On the disk: { $messages } of messages, { $database } of index.
statistics-by-size = Messages by size
statistics-below = less than { $below }
statistics-from = { $from } and more
statistics-between = { $from } to { $below }
statistics-no-spam = None in this time.
