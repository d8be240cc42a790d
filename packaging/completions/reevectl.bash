# bash completion of reevectl. Made by: reevectl completion bash
_reevectl() {
  local cur prev command= i options= words= names=
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
      --configuration|-c|--serverurl|-s|--username|-u|--password|-p|--color) before+=("${typed[i]}" "${typed[i+1]}"); i=$((i + 1)) ;;
      -*) [[ -z $command ]] || continue ;;
      *) command=${typed[i]}; break ;;
    esac
  done
  case $command in
    job|dead|check|issue|alert) if ((i + 1 < last)); then command="$command ${typed[i+1]}"; fi ;;
    silence) if ((i + 1 < last)); then case ${typed[i+1]} in list|end) command="$command ${typed[i+1]}" ;; esac; fi ;;
  esac
  case $prev in
    -c|--configuration) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    -s|--serverurl|-u|--username|-p|--password) return ;;
    --for) COMPREPLY=($(compgen -W 'running stopped exited ready healthy' -- "$cur")); return ;;
    --severity) COMPREPLY=($(compgen -W 'debug info warning error critical' -- "$cur")); return ;;
    --job) COMPREPLY=($(compgen -W "$("${typed[0]}" "${before[@]}" __complete jobs 2>/dev/null)" -- "$cur")); return ;;
    --sort) COMPREPLY=($(compgen -W 'cpu memory processes files name uptime' -- "$cur")); return ;;
    --format) COMPREPLY=($(compgen -W 'table compact json' -- "$cur")); return ;;
    --mode) COMPREPLY=($(compgen -W 'warm cold now' -- "$cur")); return ;;
    --state) COMPREPLY=($(compgen -W 'open fixing manual unfixable exhausted fixed closed' -- "$cur")); return ;;
    --check) COMPREPLY=($(compgen -W "$("${typed[0]}" "${before[@]}" __complete checks 2>/dev/null)" -- "$cur")); return ;;
    --as) COMPREPLY=($(compgen -W 'fixed unfixable closed' -- "$cur")); return ;;
  esac
  case $command in
    '') options='-c --configuration -s --serverurl -u --username -p --password -i --interactive -r --history-file -h --help --version --json --color --no-color'; words='status tree start stop restart signal pid tail logs clear rotate maintail avail fg wait events explain top monitor scale disable enable apply reread update add remove reload shutdown version ui doctor info pool config import operation breaker drain resume ps stuck silence heartbeat progress result ready say health probe audit completion help job dead check issue alert' ;;
    status) options='-v --json'; words=''; names='processes' ;;
    tree) options='--json'; words=''; names='processes' ;;
    start) options='--wait --json'; words=''; names='processes' ;;
    stop) options='--wait --json'; words=''; names='processes' ;;
    restart) options='--with-strategy --rolling --wait --json'; words=''; names='processes' ;;
    signal) options='--json'; words='HUP INT QUIT KILL USR1 USR2 TERM'; names='processes' ;;
    pid) options='--json'; words=''; names='processes' ;;
    tail) options='-f -N --json'; words='stdout stderr'; names='processes' ;;
    logs) options='-f -N -n --since --timestamps --files --file --json'; words='stdout stderr'; names='processes' ;;
    clear) options='--json'; words=''; names='processes' ;;
    rotate) options='--json'; words=''; names='processes' ;;
    maintail) options='-f -N --json'; words=''; names='' ;;
    avail) options='--json'; words=''; names='' ;;
    fg) options=''; words=''; names='processes' ;;
    wait) options='--for --timeout --json'; words=''; names='processes' ;;
    events) options='-f --since --until -n --type --count --severity --job --json'; words=''; names='processes' ;;
    explain) options='--json'; words=''; names='explained' ;;
    top) options='--sort --every --once --json'; words=''; names='processes' ;;
    monitor) options='--refresh --format --json'; words=''; names='' ;;
    scale) options='--wait --json'; words=''; names='processes' ;;
    disable) options='--wait --json'; words=''; names='processes' ;;
    enable) options='--json'; words=''; names='processes' ;;
    apply) options='--dry-run --rolling --max-unavailable --plan --yes --wait --json'; words=''; names='' ;;
    reread) options='--json'; words=''; names='' ;;
    update) options='--wait --json'; words=''; names='processes' ;;
    add) options='--wait --json'; words=''; names='processes' ;;
    remove) options='--wait --json'; words=''; names='processes' ;;
    reload) options='--json'; words=''; names='' ;;
    shutdown) options='--mode --json'; words=''; names='' ;;
    version) options='--json'; words=''; names='' ;;
    ui) options='--json'; words=''; names='' ;;
    doctor) options='--json'; words=''; names='' ;;
    info) options='--json'; words=''; names='' ;;
    pool) options='--json'; words=''; names='programs' ;;
    config) options='--json'; words='check show schema convert'; names='' ;;
    import) options='--system'; words='systemd crontab'; names='' ;;
    operation) options='--wait --json'; words=''; names='' ;;
    'job list') options='--json'; words=''; names='jobs' ;;
    'job run') options='--wait --quiet --key --unless-exists --json'; words=''; names='jobs' ;;
    'job at') options='--key --unless-exists --json'; words=''; names='jobs' ;;
    'job set') options='--until-restart --json'; words=''; names='jobs' ;;
    'job pause') options='--json'; words=''; names='jobs' ;;
    'job resume') options='--json'; words=''; names='jobs' ;;
    'job cancel') options='--signal --json'; words=''; names='runs_or_jobs' ;;
    'job undo') options='--force --wait --quiet --json'; words=''; names='runs' ;;
    'job history') options='--state --since --until --where -n --json'; words=''; names='jobs' ;;
    'job show') options='--json'; words=''; names='runs_or_jobs' ;;
    'job logs') options='-f -n --files --file --json'; words=''; names='runs_or_jobs' ;;
    'job next') options='-n --json'; words=''; names='jobs' ;;
    'job watch') options='--json'; words=''; names='runs_or_jobs' ;;
    'dead list') options='--job --since --pending -n --json'; words=''; names='' ;;
    'dead show') options='--json'; words=''; names='dead' ;;
    'dead retry') options='--all --job --force --json'; words=''; names='dead' ;;
    'dead prune') options='--days --json'; words=''; names='' ;;
    breaker) options='--open --close --half-open --reset --json'; words=''; names='breakers' ;;
    drain) options='--wait --timeout --cancel --expire --json'; words=''; names='drainable' ;;
    resume) options='--json'; words=''; names='drainable' ;;
    ps) options='--where --columns --json'; words=''; names='' ;;
    stuck) options='--kill --restart --json'; words=''; names='' ;;
    'check list') options='--json'; words=''; names='checks' ;;
    'check run') options='--dry-run --json'; words=''; names='checks' ;;
    'check run-due') options='--json'; words=''; names='' ;;
    'issue list') options='--check --code --state --search --all -n --json'; words=''; names='' ;;
    'issue show') options='--json'; words=''; names='issues' ;;
    'issue fix') options='--all --force --json'; words=''; names='issues' ;;
    'issue close') options='--as --json'; words=''; names='issues' ;;
    'issue clear') options='--state --older --json'; words=''; names='' ;;
    'issue top') options='-n --json'; words=''; names='' ;;
    'alert list') options='--json'; words=''; names='' ;;
    'alert test') options='--channel --json'; words=''; names='' ;;
    silence) options='--why --json'; words='list end'; names='drainable' ;;
    'silence list') options='--json'; words=''; names='' ;;
    'silence end') options='--json'; words=''; names='' ;;
    heartbeat) options='--meta'; words=''; names='' ;;
    progress) options='--phase --meta'; words=''; names='' ;;
    result) options=''; words=''; names='' ;;
    ready) options=''; words=''; names='' ;;
    say) options=''; words=''; names='' ;;
    health) options='--all --unhealthy --history --json'; words=''; names='processes' ;;
    probe) options='--json'; words=''; names='processes' ;;
    audit) options='--json'; words=''; names='' ;;
    completion) options=''; words='bash zsh fish'; names='' ;;
    help) options='--json'; words='status tree start stop restart signal pid tail logs clear rotate maintail avail fg wait events explain top monitor scale disable enable apply reread update add remove reload shutdown version ui doctor info pool config import operation breaker drain resume ps stuck silence heartbeat progress result ready say health probe audit completion help job dead check issue alert'; names='' ;;
    job) words='list run at set pause resume cancel undo history show logs next watch' ;;
    dead) words='list show retry prune' ;;
    check) words='list run run-due' ;;
    issue) words='list show fix close clear top' ;;
    alert) words='list test' ;;
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
    return
  fi
  if [[ $command == config ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur") $(compgen -f -- "$cur"))
    return
  fi
  if [[ -n $names ]]; then
    words+=" $("${typed[0]}" "${before[@]}" __complete "$names" 2>/dev/null)"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  # Readline replaces only what stands after the last colon.
  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
    local head=${cur%"${cur##*:}"}
    COMPREPLY=("${COMPREPLY[@]#"$head"}")
  fi
}
complete -F _reevectl reevectl
