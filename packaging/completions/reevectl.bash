# bash completion of reevectl. Made by: reevectl completion bash
_reevectl() {
  local cur prev command= i options= words= names=0
  local -a before=()
  COMPREPLY=()
  # Not by COMP_WORDS: bash splits at the colon of group:name, a name that must stay whole.
  local line=${COMP_LINE:0:COMP_POINT}
  local -a typed
  read -ra typed <<< "$line"
  [[ $line == *[[:space:]] ]] && typed+=("")
  local last=$((${#typed[@]} - 1))
  cur=${typed[last]}
  prev=${typed[last-1]}
  for ((i = 1; i < last; i++)); do
    case ${typed[i]} in
      --configuration|-c|--serverurl|-s|--username|-u|--password|-p) before+=("${typed[i]}" "${typed[i+1]}"); i=$((i + 1)) ;;
      -*) [[ -z $command ]] || continue ;;
      *) command=${typed[i]}; break ;;
    esac
  done
  case $prev in
    -c|--configuration) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    -s|--serverurl|-u|--username|-p|--password) return ;;
    --for) COMPREPLY=($(compgen -W 'running stopped exited ready' -- "$cur")); return ;;
    --severity) COMPREPLY=($(compgen -W 'debug info warning error critical' -- "$cur")); return ;;
    --mode) COMPREPLY=($(compgen -W 'warm cold now' -- "$cur")); return ;;
  esac
  case $command in
    '') options='-c --configuration -s --serverurl -u --username -p --password -i --interactive -r --history-file -h --help --version --json --no-color'; words='status start stop restart signal pid tail logs clear rotate maintail avail fg wait events explain scale disable enable apply reread update add remove reload shutdown version doctor config import operation audit completion help' ;;
    status) options='-v --json'; words=''; names=1 ;;
    start) options='--wait'; words=''; names=1 ;;
    stop) options='--wait'; words=''; names=1 ;;
    restart) options='--with-strategy --rolling --wait'; words=''; names=1 ;;
    signal) options=''; words='HUP INT QUIT KILL USR1 USR2 TERM'; names=1 ;;
    pid) options=''; words=''; names=1 ;;
    tail) options='-f -N'; words='stdout stderr'; names=1 ;;
    logs) options='-f -N'; words='stdout stderr'; names=1 ;;
    clear) options=''; words=''; names=1 ;;
    rotate) options=''; words=''; names=1 ;;
    maintail) options='-f -N'; words=''; names=0 ;;
    avail) options='--json'; words=''; names=0 ;;
    fg) options=''; words=''; names=1 ;;
    wait) options='--for --timeout'; words=''; names=1 ;;
    events) options='-f --since --severity --json'; words=''; names=1 ;;
    explain) options='--json'; words=''; names=1 ;;
    scale) options='--wait'; words=''; names=1 ;;
    disable) options='--wait'; words=''; names=1 ;;
    enable) options=''; words=''; names=1 ;;
    apply) options='--dry-run --rolling --max-unavailable --plan --yes --wait --json'; words=''; names=0 ;;
    reread) options='--json'; words=''; names=0 ;;
    update) options='--wait'; words=''; names=1 ;;
    add) options='--wait'; words=''; names=1 ;;
    remove) options='--wait'; words=''; names=1 ;;
    reload) options=''; words=''; names=0 ;;
    shutdown) options='--mode'; words=''; names=0 ;;
    version) options='--json'; words=''; names=0 ;;
    doctor) options='--json'; words=''; names=0 ;;
    config) options='--json'; words='check show schema convert'; names=0 ;;
    import) options='--system'; words='systemd crontab'; names=0 ;;
    operation) options='--wait'; words=''; names=0 ;;
    audit) options='--json'; words=''; names=0 ;;
    completion) options=''; words='bash zsh fish'; names=0 ;;
    help) options=''; words='status start stop restart signal pid tail logs clear rotate maintail avail fg wait events explain scale disable enable apply reread update add remove reload shutdown version doctor config import operation audit completion help'; names=0 ;;
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
    return
  fi
  if [[ $command == config ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur") $(compgen -f -- "$cur"))
    return
  fi
  if ((names)); then
    words+=" $("${typed[0]}" "${before[@]}" __complete names 2>/dev/null)"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  # Readline replaces only what stands after the last colon.
  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
    local head=${cur%"${cur##*:}"}
    COMPREPLY=("${COMPREPLY[@]#"$head"}")
  fi
}
complete -F _reevectl reevectl
