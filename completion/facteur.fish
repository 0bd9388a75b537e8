# Completion of facteur(1) for fish. Commands and options are those that facteur names itself; accounts, mailboxes and
# methods are asked of a facteurd that runs; none is started.
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

# The command on the line, if any: the first word that is no option of facteur's own; "account add" is two.
function __facteur_command
    set -l words (commandline -opc)
    set -l skip 0
    set -l command
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
                set command $command $word
                contains -- $command[1] account bridge identity mailbox plugin rule secrets token; and test (count $command) = 1; or break
        end
    end
    test -n "$command"; and echo "$command"
end

function __facteur_is
    set -l command (__facteur_command)
    contains -- "$command" $argv
end

# One option, as `facteur complete options` describes it.
function __facteur_option -a command letter name value about
    set -l option -c facteur -l (string sub -s 3 -- $name) -d $about
    test $command = .; and set option $option -n 'not __facteur_command >/dev/null'
    contains -- $command '*' .; or set option $option -n "__facteur_is '$command'"
    test $letter = ..; or set option $option -s (string sub -s 2 -- $letter)
    switch $value
        case -
        case DIR
            set option $option -x -a '(__fish_complete_directories)'
        case FILE PATH
            set option $option -r -F
        case MAILBOX
            set option $option -x -a '(__facteur_words mailboxes)'
        case ACCOUNT
            set option $option -x -a '(__facteur_words accounts)'
        case FLAG
            set option $option -x -a '+seen +flagged +answered +junk -seen -flagged -answered -junk'
        case SCOPE
            set option $option -x -a 'read triage draft send admin'
        case STEP
            set option $option -x -a 'table mx autoconfig database srv guess'
        case URL
            set option $option -x -a 'imaps:// imap:// pop3s:// pop3://'
        case '*'
            set option $option -x
    end
    complete $option
end

complete -c facteur -f
for line in (command facteur complete options 2>/dev/null)
    __facteur_option (string split \t -- $line)
end
for line in (command facteur complete actions 2>/dev/null)
    set -l fields (string split \t -- $line)
    complete -c facteur -n "__facteur_is $fields[1]" -a $fields[2] -d $fields[3]
end
complete -c facteur -n 'not __facteur_command >/dev/null' -a '(__facteur_words commands)'
complete -c facteur -n "__facteur_is sync watch mailboxes 'account set' 'account login' 'account show' 'account dismiss' 'account remove' 'account check' 'account verify' 'account repair'" -a '(__facteur_words accounts)'
complete -c facteur -n "__facteur_is 'secrets default' 'secrets move'" -a 'file encrypted keyring command credential'
complete -c facteur -n "__facteur_is 'rule set' 'rule enable' 'rule disable' 'rule remove' 'rule move' 'rule test' 'rule apply'" -a '(__facteur_words rules)'
complete -c facteur -n "__facteur_is 'rule move'" -a 'first last before after'
complete -c facteur -n "__facteur_is 'token revoke' 'token audit'" -a '(__facteur_words tokens)'
complete -c facteur -n "__facteur_is 'secrets move'" -a '(__facteur_words accounts)'
complete -c facteur -n '__facteur_is vacation' -a '(__facteur_words accounts) on off'
complete -c facteur -n '__facteur_is search count' -a 'from: to: cc: bcc: subject: body: filename: list: id: in: account: keyword: is:unread is:read is:flagged is:answered is:draft is:muted is:spam has:attachment before: after: on: larger: smaller:'
complete -c facteur -n '__facteur_is flag' -a '+seen +flagged +answered +junk -seen -flagged -answered -junk'
complete -c facteur -n "__facteur_is 'mailbox color'" -a '(__facteur_words mailboxes) red orange yellow green teal blue violet pink brown grey none'
complete -c facteur -n "__facteur_is move 'mailbox rename' 'mailbox delete' 'mailbox subscribe' 'mailbox unsubscribe' 'mailbox keep'" -a '(__facteur_words mailboxes)'
complete -c facteur -n '__facteur_is import' -F
complete -c facteur -n '__facteur_is rpc' -a '(__facteur_words methods)'
complete -c facteur -n '__facteur_is help' -a '(__facteur_words commands)'
