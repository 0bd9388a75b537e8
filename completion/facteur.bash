# Completion of facteur(1) for bash. Accounts, mailboxes and methods are asked of a facteurd that runs; none is started.
_facteur()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' action='' i profile=()
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --profile | --socket) profile+=("${COMP_WORDS[i]}" "${COMP_WORDS[i + 1]}"); ((i++)) ;;
        -*) ;;
        *) if [[ -z $command ]]; then command=${COMP_WORDS[i]}; elif [[ -z $action ]]; then action=${COMP_WORDS[i]}; fi ;;
        esac
    done
    _facteur_words()
    {
        local IFS=$'\n' word
        while read -r word; do
            [[ $word == "$cur"* ]] && COMPREPLY+=("$(printf '%q' "$word")")
        done < <("${COMP_WORDS[0]}" "${profile[@]}" complete "$1" 2>/dev/null)
    }
    case $prev in
    --profile | -d | --dir) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    --socket | --ca) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    -m | --mailbox) _facteur_words mailboxes; return ;;
    --source) mapfile -t COMPREPLY < <(compgen -W 'imaps:// imap://' -- "$cur"); return ;;
    -n | --count | --skip | --part | --name | --user | --transport) return ;;
    esac
    if [[ -z $command ]]; then
        if [[ $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--profile --socket --json --no-start --help --version' -- "$cur")
        else
            _facteur_words commands
        fi
        return
    fi
    if [[ $cur == -* && $command != flag ]]; then
        local options='--json --no-start'
        case $command in
        account) [[ $action == add ]] && options+=' --source --transport --name --user --password-stdin --ca --set --no-check' ;;
        list) options+=' --mailbox --count --skip --threads' ;;
        search) options+=' --count --skip --threads' ;;
        show) options+=' --raw --headers --text --html --part' ;;
        save) options+=' --dir --part' ;;
        delete) options+=' --forever' ;;
        import) options+=' --mailbox' ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
        return
    fi
    case $command in
    account)
        case $action in
        '') mapfile -t COMPREPLY < <(compgen -W 'add list show remove check' -- "$cur") ;;
        show | remove | check) _facteur_words accounts ;;
        esac ;;
    sync | watch | mailboxes) _facteur_words accounts ;;
    search | count) mapfile -t COMPREPLY < <(compgen -W 'from: to: cc: bcc: subject: body: filename: list: in: account: is:unread is:read is:flagged is:answered is:draft is:spam has:attachment before: after: on: larger: smaller:' -- "$cur"); [[ ${COMPREPLY[0]-} == *: ]] && compopt -o nospace ;;
    flag) mapfile -t COMPREPLY < <(compgen -W '+seen +flagged +answered +junk -seen -flagged -answered -junk' -- "$cur") ;;
    move) _facteur_words mailboxes ;;
    import) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    plugin) mapfile -t COMPREPLY < <(compgen -W 'list' -- "$cur") ;;
    help) _facteur_words commands ;;
    rpc) [[ -z $action ]] && _facteur_words methods ;;
    esac
}
complete -F _facteur facteur
