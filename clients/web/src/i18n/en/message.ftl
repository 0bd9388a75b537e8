message-frame = Text of the message
message-link-ask = This link is not what it seems to be
message-link-otherSite = Its text names { $shown }, but it leads to { $real }.
message-link-lookAlike = The name { $shown } is written in letters that look like others. For the computer it is { $real }.
message-link-userInfo = What stands before the @ is not where it leads: not to { $shown }, but to { $real }.
message-link-stay = Do not open
message-link-follow = Open { $real }
