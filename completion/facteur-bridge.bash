# Completion of facteur-bridge(1) for bash: the options that it names itself.
_facteur_bridge()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    case $prev in
    --profile | --web) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); compopt -o filenames 2>/dev/null ;;
    --socket | --tls-cert | --tls-key) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); compopt -o filenames 2>/dev/null ;;
    --log-level) mapfile -t COMPREPLY < <(compgen -W 'error warning info debug' -- "$cur") ;;
    --listen | --public-url | --allow-host | --allow-origin | --proxy-allow | --max-connections | --patience) ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" --help 2>/dev/null | grep -oE '^ +--[a-z-]+(, --[a-z-]+)?' | grep -oE -- '--[a-z-]+')" -- "$cur") ;;
    esac
}
complete -F _facteur_bridge facteur-bridge
