message-frame = Text of the message
message-link-ask = This link is not what it seems to be
message-link-otherSite = Its text names { $shown }, but it leads to { $real }.
message-link-lookAlike = The name { $shown } is written in letters that look like others. For the computer it is { $real }.
message-link-userInfo = What stands before the @ is not where it leads: not to { $shown }, but to { $real }.
message-link-stay = Do not open
message-link-follow = Open { $real }

message-attachments = { $count ->
    [one] { $count } attachment
   *[other] { $count } attachments
  }
message-attachments-save = Save all as .zip
message-attachments-name = attachments
message-attachment-unnamed = attachment { $number }
message-attachment-about = { $kind }, { $size }
message-attachment-show = Show { $name }
message-attachment-save = Save { $name }
message-attachment-progress = { $done } of { $total }
message-attachment-cancel = Cancel
message-attachment-failed = It could not be fetched: { $why }
message-attachment-too-large = They are too large for one .zip: 4 GB are its limit. Save them one by one.
message-kind-picture = Picture
message-kind-pdf = PDF
message-kind-document = Document
message-kind-sheet = Spreadsheet
message-kind-slides = Presentation
message-kind-text = Text
message-kind-page = Web page: opened, it can load and do things
message-kind-archive = Archive
message-kind-audio = Sound
message-kind-video = Film
message-kind-calendar = Calendar
message-kind-contact = Contact
message-kind-message = Message
message-kind-program = Program: opened, it can do anything
message-kind-other = File
message-preview-coming = Fetching it …
message-preview-unreadable = It cannot be read as a message.
message-preview-no-picture = It says that it is a picture, but it is none that is shown here. It can be saved.
message-preview-cut = This is its beginning. Save it to see all of it.
message-field-from = From
message-field-to = To
message-field-cc = Cc
message-field-date = Date
message-field-subject = Subject
message-quote-show = Show quoted text
message-quote-hide = Hide quoted text
message-field-attachments = Attachments

message-source = Source of the message
message-source-headers = All headers
message-source-raw = Source
message-source-save = Save as .eml
message-source-cut = These are the first { $size } of { $total }. Save it to see all of it.

message-warning-disowned = { $by } has checked where this came from: it is not from { $domain }, whose owner asks that such messages be refused.
message-warning-unverified = { $by } could not verify that this is from { $domain }.
message-warning-namedOther = The sender calls himself { $shown }, but the address is { $real }.
message-warning-lookAlike = The sender’s domain { $shown } is written in letters that look like others. For the computer it is { $real }.
message-warning-nearOurs = The sender’s domain { $shown } looks like { $ours }, but is another one.
message-warning-knownName = You know { $name } by the address { $known }. This is from { $real }.
message-warning-replyElsewhere = Answers do not go to { $from }, but to { $to }.
message-empty = It has no text.
message-cut = It is longer than what is shown here. Its source has all of it.
message-remote-noProxy = This bridge loads no pictures from elsewhere (it was started with --no-proxy-images).
message-remote-failed = The pictures from elsewhere could not be loaded. Try again in a while.
