# Completion of facteur(1) for bash. Commands and options are those that facteur names itself; accounts, mailboxes and
# methods are asked of a facteurd that runs; none is started.

# Offers what begins as `cur` does, quoted for the shell; a word that is open in quotes stays as it is.
_facteur_offer()
{
    local word quoted start=${cur#[\"\']}
    while IFS= read -r word; do
        printf -v quoted '%q' "$word"
        if [[ $start != "$cur" ]]; then
            [[ $word == "$start"* ]] && COMPREPLY+=("$word")
        elif [[ $word == "$cur"* || $quoted == "$cur"* ]]; then
            COMPREPLY+=("$quoted")
        fi
    done
}

_facteur_ask()
{
    "${COMP_WORDS[0]}" "${profile[@]}" complete "$1" 2>/dev/null
}

# What an option takes: "-" nothing, "" that it is none of the command's.
_facteur_value_of()
{
    local of letter name value
    [[ $1 == -* ]] || return
    while IFS=$'\t' read -r of letter name value _; do
        [[ $of == "${command:-.}" || $of == '*' ]] && [[ $1 == "$letter" || $1 == "$name" ]] && printf '%s' "$value" && return
    done < <(_facteur_ask options)
}

_facteur_value()
{
    case $1 in
    DIR) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); compopt -o filenames 2>/dev/null ;;
    FILE | PATH) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); compopt -o filenames 2>/dev/null ;;
    MAILBOX) _facteur_offer < <(_facteur_ask mailboxes) ;;
    STEP) _facteur_offer <<<$'table\nmx\nautoconfig\ndatabase\nsrv\nguess' ;;
    ACCOUNT) _facteur_offer < <(_facteur_ask accounts) ;;
    FLAG) _facteur_offer <<<$'+seen\n+flagged\n+answered\n+junk\n-seen\n-flagged\n-answered\n-junk' ;;
    SCOPE) _facteur_offer <<<$'read\ntriage\ndraft\nsend\nadmin' ;;
    STORE) _facteur_offer <<<$'file\nencrypted\nkeyring\ncommand\ncredential' ;;
    URL) _facteur_offer <<<$'imaps://\nimap://\npop3s://\npop3://'; compopt -o nospace 2>/dev/null ;;
    esac
}

_facteur_arguments()
{
    case $command in
    account | bridge | identity | mailbox | plugin | rule | secrets | token) _facteur_offer < <(_facteur_ask actions | awk -F '\t' -v group="$command" '$1 == group { print $2 }') ;;
    'account set' | 'account login' | 'account show' | 'account dismiss' | 'account remove' | 'account check' | 'account verify' | 'account repair' | sync | watch | mailboxes) _facteur_offer < <(_facteur_ask accounts) ;;
    'rule set' | 'rule enable' | 'rule disable' | 'rule remove' | 'rule test' | 'rule apply') _facteur_offer < <(_facteur_ask rules) ;;
    'rule move') _facteur_offer < <(printf '%s\n' first last before after; _facteur_ask rules) ;;
    'token revoke' | 'token audit') _facteur_offer < <(_facteur_ask tokens) ;;
    vacation) _facteur_offer < <(printf '%s\n' on off; _facteur_ask accounts) ;;
    'secrets default') _facteur_offer <<<$'file\nencrypted\nkeyring' ;;
    'secrets move') _facteur_offer < <(printf '%s\n' file encrypted keyring command credential; _facteur_ask accounts) ;;
    search | count)
        mapfile -t COMPREPLY < <(compgen -W 'from: to: cc: bcc: subject: body: filename: list: id: in: account: keyword: is:unread is:read is:flagged is:answered is:draft is:muted is:spam has:attachment before: after: on: larger: smaller:' -- "$cur")
        [[ ${COMPREPLY[0]-} == *: ]] && compopt -o nospace 2>/dev/null ;;
    flag) mapfile -t COMPREPLY < <(compgen -W '+seen +flagged +answered +junk -seen -flagged -answered -junk' -- "$cur") ;;
    move | 'mailbox rename' | 'mailbox delete' | 'mailbox subscribe' | 'mailbox unsubscribe' | 'mailbox keep') _facteur_offer < <(_facteur_ask mailboxes) ;;
    'mailbox color') _facteur_offer < <(_facteur_ask mailboxes; printf '%s\n' red orange yellow green teal blue violet pink brown grey none) ;;
    import) _facteur_value FILE ;;
    help) _facteur_offer < <(_facteur_ask commands) ;;
    rpc) _facteur_offer < <(_facteur_ask methods) ;;
    esac
}

_facteur()
{
    local words=() cword=0 cur prev command='' profile=() i value cut piece gap rest=${COMP_LINE-}
    COMPREPLY=()
    # bash cuts words at the characters of COMP_WORDBREAKS, such as ':' and '@'; those that touch are one word.
    for ((i = 0; i < ${#COMP_WORDS[@]}; i++)); do
        gap=${rest%%[![:space:]]*}
        rest=${rest#"$gap"}
        if [[ -n $gap || -z ${COMP_LINE-} || $i -eq 0 ]]; then words+=("${COMP_WORDS[i]}"); else words[-1]+=${COMP_WORDS[i]}; fi
        rest=${rest#"${COMP_WORDS[i]}"}
        [[ $i -eq $COMP_CWORD ]] && cword=$((${#words[@]} - 1))
    done
    # What readline replaces is the last piece: '@' belongs to it, ':' and '=' do not.
    cur=${words[cword]} prev=${words[cword - 1]} piece=${COMP_WORDS[COMP_CWORD]}
    [[ $piece == [:=]* ]] && piece=${piece##*[:=]}
    cut=${cur%"$piece"}
    for ((i = 1; i < cword; i++)); do
        case ${words[i]} in
        --profile | --socket) profile+=("${words[i]}" "${words[++i]}") ;;
        -*) ;;
        *)
            if [[ -z $command ]]; then
                command=${words[i]}
            else
                [[ $command == account || $command == bridge || $command == identity || $command == mailbox || $command == plugin || $command == rule || $command == secrets || $command == token ]] && command+=" ${words[i]}"
                break
            fi ;;
        esac
    done
    if [[ $cur == --*=* ]]; then
        prev=${cur%%=*} cur=${cur#*=}
    fi
    value=$(_facteur_value_of "$prev")
    if [[ -n $value && $value != - ]]; then
        _facteur_value "$value"
    elif [[ $cur == -* && $command != flag ]] || [[ $cur == --* ]]; then
        _facteur_offer < <(_facteur_ask options | awk -F '\t' -v command="$command" '$1 == "*" || $1 == (command == "" ? "." : command) { print $3 }')
    elif [[ -z $command ]]; then
        _facteur_offer < <(_facteur_ask commands)
    else
        _facteur_arguments
    fi
    [[ -n $cut ]] && COMPREPLY=("${COMPREPLY[@]#"$cut"}")
}
complete -F _facteur facteur
