# Completion of facteur(1) for fish. Accounts, mailboxes and methods are asked of a facteurd that runs; none is started.
function __facteur_words
    set -l words (commandline -opc)
    set -l options
    for i in (seq 2 (count $words))
        if contains -- $words[$i] --profile --socket; and test $i -lt (count $words)
            set options $options $words[$i] $words[(math $i + 1)]
        end
    end
    command facteur $options complete $argv[1] 2>/dev/null
end

# The command on the line, if any: the first word that is no option of facteur's own.
function __facteur_command
    set -l words (commandline -opc)
    set -l skip 0
    for word in $words[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case --profile --socket
                set skip 1
            case '-*'
            case '*'
                echo $word
                return 0
        end
    end
    return 1
end

function __facteur_is
    set -l command (__facteur_command)
    contains -- "$command" $argv
end

complete -c facteur -f
complete -c facteur -l profile -x -a '(__fish_complete_directories)' -d 'The profile'
complete -c facteur -l socket -r -d 'The socket'
complete -c facteur -l json -d 'JSON on standard output'
complete -c facteur -l no-start -d 'Do not start facteurd'
complete -c facteur -n 'not __facteur_command >/dev/null' -a '(__facteur_words commands)'
complete -c facteur -n '__facteur_is account' -a 'add list show remove check'
complete -c facteur -n '__facteur_is account sync watch mailboxes' -a '(__facteur_words accounts)'
complete -c facteur -n '__facteur_is account' -l source -x -a 'imaps:// imap://' -d 'Where mail comes from'
complete -c facteur -n '__facteur_is account' -l transport -x -d 'How mail is sent'
complete -c facteur -n '__facteur_is account' -l name -x -d 'What it is called'
complete -c facteur -n '__facteur_is account' -l user -x -d 'Who signs in'
complete -c facteur -n '__facteur_is account' -l password-stdin -d 'The password is on standard input'
complete -c facteur -n '__facteur_is account' -l ca -r -d 'Certificate authorities'
complete -c facteur -n '__facteur_is account' -l set -x -d 'A setting of the source'
complete -c facteur -n '__facteur_is account' -l no-check -d 'Do not sign in first'
complete -c facteur -n '__facteur_is list import' -s m -l mailbox -x -a '(__facteur_words mailboxes)' -d 'The mailbox'
complete -c facteur -n '__facteur_is list search' -s n -l count -x -d 'How many'
complete -c facteur -n '__facteur_is list search' -l skip -x -d 'Leave out the first'
complete -c facteur -n '__facteur_is list search' -l threads -d 'One of each thread'
complete -c facteur -n '__facteur_is search count' -a 'from: to: cc: subject: body: in: account: is:unread is:read is:flagged has:attachment before: after: on: larger: smaller:'
complete -c facteur -n '__facteur_is show' -l raw -d 'Byte for byte'
complete -c facteur -n '__facteur_is show' -l headers -d 'All header fields'
complete -c facteur -n '__facteur_is show' -l text -d 'Its text'
complete -c facteur -n '__facteur_is show' -l html -d 'Its HTML'
complete -c facteur -n '__facteur_is show save' -l part -x -d 'One part'
complete -c facteur -n '__facteur_is save' -s d -l dir -x -a '(__fish_complete_directories)' -d 'Where to'
complete -c facteur -n '__facteur_is flag' -a '+seen +flagged +answered +junk -seen -flagged -answered -junk'
complete -c facteur -n '__facteur_is move' -a '(__facteur_words mailboxes)'
complete -c facteur -n '__facteur_is delete' -l forever -d 'Destroy'
complete -c facteur -n '__facteur_is import' -F
complete -c facteur -n '__facteur_is rpc' -a '(__facteur_words methods)'
complete -c facteur -n '__facteur_is plugin' -a list
complete -c facteur -n '__facteur_is help' -a '(__facteur_words commands)'
