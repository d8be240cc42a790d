#compdef reevectl
# zsh completion of reevectl. Made by: reevectl completion zsh
_reevectl_names() {
  local -a found
  local kind=$1
  shift
  found=(${(f)"$(_call_program names reevectl __complete $kind 2>/dev/null)"} "$@")
  compadd -a found
}
_reevectl() {
  local state line
  local -a commands
  commands=(
    'status:Show processes and their states.'
    'tree:Draw groups and their members, what they depend on, and their states.'
    'start:Start processes and what they depend on, and wait until they are RUNNING, ready (where they say or show it) or, oneshots, completed.'
    'stop:Stop processes and wait until all they started is gone.'
    'restart:Give processes a new life; stopped ones are started.'
    'signal:Send a signal to the main process.'
    'pid:Print the pid of the daemon or of processes (0 - not running).'
    'tail:Print the end of a log, and follow it.'
    'logs:Print and follow the logs of several processes, interleaved, each line with its name and a mark - | stdout, ! stderr.'
    'clear:Empty the logs of processes.'
    'rotate:Rotate the logs of processes now.'
    'maintail:Print the end of the daemon'\''s own log.'
    'avail:Show what is configured.'
    'fg:Show what a process writes, and send it what is typed, until Ctrl-C.'
    'wait:Wait until processes are in a state; at once with exit 1 when one that is to run is down and stays so.'
    'events:Print what happens.'
    'explain:Say how something is, why, since when, what happens next, and what keeps it from what is wanted - a process, group, job, run, check, issue, fix, breaker, dead letter or alert; without a name the daemon.'
    'top:Show what processes and runs use, with all they started - live on a terminal, where single keys sort (c m p f n u, q quits); once in a pipe.'
    'monitor:Show everything on one screen, live - processes, jobs and runs, what is stuck, issues, breakers, violations and events, with keys to act (? lists them); once in a pipe.'
    'scale:Change the number of instances of a program until the next reload; of one that is scaled by its load (max), until a file is applied or auto.'
    'disable:Stop processes and keep them down, also after a restart of the daemon.'
    'enable:Undo disable (does not start).'
    'apply:Show what the changed configuration would do (keep, live change, restart, add, remove), ask, and do it; nothing is touched that did not change.'
    'reread:Read the configuration again and say which groups changed; nothing is applied (supervisord'\''s reread).'
    'update:Read the configuration again; end what is gone, begin anew what changed, start what is new, by whole groups (supervisord'\''s update).'
    'add:Add groups as the file last read has them, and start them.'
    'remove:Forget groups of which nobody runs.'
    'reload:Read the configuration again and restart everything with it (supervisord'\''s reload); a bad file changes nothing.'
    'shutdown:Stop everything and end the daemon.'
    'version:Print the version of the daemon.'
    'ui:Print the address of the web page, and who may log in there; or what to write into the file so that there is one (exit 1).'
    'doctor:Say what of the machine is missing, limited or open.'
    'info:Show the daemon as a whole - version, uptime, file, listeners, how many processes, jobs, runs, issues and breakers are in which state, memory, logs.'
    'pool:Show the instances of a program - pid, running, stopped or crashed, since when, last health check, memory.'
    'config:Check, show or convert the configuration, or print its JSON Schema.'
    'import:Print a systemd service, a timer with its service, or a crontab as TOML; what has no word here is kept as a comment.'
    'operation:Show or await an operation.'
    'breaker:Show circuit breakers, or set one (which takes the role operate).'
    'drain:Start no new runs of jobs and tell programs to finish - what goes on may end.'
    'resume:End a drain - runs start again.'
    'ps:Show processes of programs and runs of jobs together, with what they use and how far they are.'
    'stuck:Show what gives no sign of life, or makes no progress, for too long; and end it (which takes the role operate).'
    'silence:Send no alerts about something for a time; what still lasts then is told at the end.'
    'heartbeat:In a script under reeve - give a sign of life.'
    'progress:In a script under reeve - say how far the work is.'
    'result:In a script under reeve - say what came out.'
    'ready:In a script under reeve with ready = { notify = true } - say that it is ready.'
    'say:In a script under reeve - say what it does at present, in a line.'
    'health:Show how processes are, and why; exit 1 when one of them is unhealthy or stuck, or wanted up and not there. In a script under reeve - health healthy|degraded|unhealthy [WHY] says how it is.'
    'probe:Ask all probes of processes now, and show what they answer. An answer counts as one that was due.'
    'audit:Show who asked for what.'
    'completion:Print the completion script of a shell.'
    'help:Say what a command does.'
    'job:list, run, at, set, pause, resume, cancel, undo, history, show, logs, next, watch.'
    'dead:list, show, retry, prune.'
    'check:list, run, run-due.'
    'issue:list, show, fix, close, clear, top.'
    'alert:list, test.'
  )
  _arguments -C '-c[Read this configuration file to find the daemon.]:FILE:_files' '--configuration[Read this configuration file to find the daemon.]:FILE:_files' '-s[Where the daemon listens - unix -///path or http -//host -port.]:URL:' '--serverurl[Where the daemon listens - unix -///path or http -//host -port.]:URL:' '-u[Name to log in with.]:NAME:' '--username[Name to log in with.]:NAME:' '-p[Password to log in with.]:WORD:' '--password[Password to log in with.]:WORD:' '-i[Stay in the shell after the command.]' '--interactive[Stay in the shell after the command.]' '-r[Accepted for supervisorctl; the history is kept in memory.]' '--history-file[Accepted for supervisorctl; the history is kept in memory.]' '-h[Show this help.]' '--help[Show this help.]' '--version[Print the version of reevectl.]' '--json[Print JSON - what the API answers; errors as JSON on stderr.]' '--color[auto (default) - on a terminal, unless NO_COLOR is set or TERM is dumb, and where FORCE_COLOR is set; always; never. Also after the command.]:WHEN:' '--no-color[The same as --color never.]' '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $line[1] in
        status) _arguments '-v[More columns - exit, restarts, wanted, why.]' '--json[Print JSON.]' '*:name:_reevectl_names processes' ;;
        tree) _arguments '--json[Print JSON.]' '*:name:_reevectl_names processes' ;;
        start) _arguments '--wait[Wait at most this long for the result (default - as long as it takes; 0 - do not wait).]:wait:' '--json[Print JSON.]' '*:name:_reevectl_names processes' ;;
        stop) _arguments '--wait[Wait at most this long for the result (default - as long as it takes; 0 - do not wait).]:wait:' '--json[Print JSON.]' '*:name:_reevectl_names processes' ;;
        restart) _arguments '--with-strategy[Restart as the strategy of the group would after a failure.]' '--rolling[One at a time, each RUNNING, ready and, where it has probes, healthy before the next; stop at the first that is not.]' '--wait[Wait at most this long for the result (default - as long as it takes; 0 - do not wait).]:wait:' '--json[Print JSON.]' '*:name:_reevectl_names processes' ;;
        signal) _arguments '--json[Print JSON.]' '*:name:_reevectl_names processes HUP INT QUIT KILL USR1 USR2 TERM' ;;
        pid) _arguments '--json[Print JSON.]' '*:name:_reevectl_names processes' ;;
        tail) _arguments '-f[Go on as bytes are written, across rotations.]' '-N[Bytes of the past (default 1600).]:bytes:' '--json[Print JSON.]' '*:name:_reevectl_names processes stdout stderr' ;;
        logs) _arguments '-f[Go on, across rotations, with processes that join the group, and when the connection comes back.]' '-N[Bytes of the past, per log (default 1600).]:bytes:' '-n[Lines of the past, per log.]:lines:' '--since[Only lines from then on (10m, 08 -00), also from rotated files. Of the past only lines with a time (log_timestamp, or log_format = "json"), and those that follow them.]:since:' '--timestamps[With the time before each line - of what comes from now on, as the past of a log has none unless log_timestamp wrote it.]' '--files[List the files of one log, with those that were rotated - size, and from when to when.]' '--file[Print one of them, unpacked - its name, or its number in the list (0 is written to, 1 was rotated last).]:file:' '--json[Print JSON.]' '*:name:_reevectl_names processes stdout stderr' ;;
        clear) _arguments '--json[Print JSON.]' '*:name:_reevectl_names processes' ;;
        rotate) _arguments '--json[Print JSON.]' '*:name:_reevectl_names processes' ;;
        maintail) _arguments '-f[Go on.]' '-N[Bytes of the past (default 1600).]:bytes:' '--json[Print JSON.]' ;;
        avail) _arguments '--json[Print JSON.]' ;;
        fg) _arguments '*:name:_reevectl_names processes' ;;
        wait) _arguments '--for[The state (default running). healthy - of whom nobody says it, ready.]:for:(running stopped exited ready healthy)' '--timeout[Give up after this (default 60s), exit 1.]:timeout:' '--json[Print JSON.]' '*:name:_reevectl_names processes' ;;
        events) _arguments '-f[Go on, also when the connection comes back; Ctrl-C ends it.]' '--since[From this one on (its number in the output), or from then on (10m, 08 -00, 2026-11-22), as far as they are kept (4096).]:since:' '--until[Up to this one, or until then; nothing is waited for.]:until:' '-n[Only the last so many of the past.]:limit:' '--type[Only these - process.backoff; * stands for any characters - process.*,job.*.]:type:' '--count[How often each happened since the daemon began, by severity and by type.]' '--severity[Only this and worse (default info).]:min_severity:(debug info warning error critical)' '--job[Only of this job and its runs.]:job:_reevectl_names jobs' '--json[Print JSON.]' '*:name:_reevectl_names processes' ;;
        explain) _arguments '--json[Print JSON.]' '*:name:_reevectl_names explained' ;;
        top) _arguments '--sort[By what (default cpu).]:sort:(cpu memory processes files name uptime)' '--every[Look this often while live (default 2s).]:every:' '--once[Once, also on a terminal.]' '--json[Print JSON.]' '*:name:_reevectl_names processes' ;;
        monitor) _arguments '--refresh[Measure CPU and memory this often (default 5s); everything else is shown as it happens.]:refresh:' '--format[table (default) - the screen, or once without a terminal. compact - one line with how many are active and stuck, violations, and open breakers. json - everything, once. Anything else - exit 1.]:format:(table compact json)' '--json[Print JSON.]' ;;
        scale) _arguments '--wait[Wait at most this long for the result (default - as long as it takes; 0 - do not wait).]:wait:' '--json[Print JSON.]' '*:name:_reevectl_names processes' ;;
        disable) _arguments '--wait[Wait at most this long for the result (default - as long as it takes; 0 - do not wait).]:wait:' '--json[Print JSON.]' '*:name:_reevectl_names processes' ;;
        enable) _arguments '--json[Print JSON.]' '*:name:_reevectl_names processes' ;;
        apply) _arguments '--dry-run[Only show it. Exit 0 - nothing to do; 3 - there is something.]' '--rolling[One program at a time, each RUNNING, ready and, where it has probes, healthy before the next; stop at the first that is not.]' '--max-unavailable[With --rolling - so many at once (default 1).]:max_unavailable:' '--plan[Only if this is still the plan (its id, from an earlier --dry-run).]:plan:' '--yes[Do not ask.]' '--wait[Wait at most this long for the result (default - as long as it takes; 0 - do not wait).]:wait:' '--json[Print JSON.]' ;;
        reread) _arguments '--json[Print JSON.]' ;;
        update) _arguments '--wait[Wait at most this long for the result (default - as long as it takes; 0 - do not wait).]:wait:' '--json[Print JSON.]' '*:name:_reevectl_names processes' ;;
        add) _arguments '--wait[Wait at most this long for the result (default - as long as it takes; 0 - do not wait).]:wait:' '--json[Print JSON.]' '*:name:_reevectl_names processes' ;;
        remove) _arguments '--wait[Wait at most this long for the result (default - as long as it takes; 0 - do not wait).]:wait:' '--json[Print JSON.]' '*:name:_reevectl_names processes' ;;
        reload) _arguments '--json[Print JSON.]' ;;
        shutdown) _arguments '--mode[warm - every program its own stop wait. cold - QUIT, then KILL. now - KILL.]:mode:(warm cold now)' '--json[Print JSON.]' ;;
        version) _arguments '--json[Print JSON.]' ;;
        ui) _arguments '--json[Print JSON.]' ;;
        doctor) _arguments '--json[Print JSON.]' ;;
        info) _arguments '--json[Print JSON.]' ;;
        pool) _arguments '--json[Print JSON.]' '*:name:_reevectl_names programs' ;;
        config) _arguments '--json[Print JSON.]' '1:action:(check show schema convert)' '2:file:_files' ;;
        import) _arguments '--system[The crontab names a user in each entry (default for files in /etc).]' '1:action:(systemd crontab)' '2:file:_files' ;;
        operation) _arguments '--wait[Wait at most this long for the result (default - as long as it takes; 0 - do not wait).]:wait:' '--json[Print JSON.]' ;;
        breaker) _arguments '--open[Hold back what depends on it, until somebody says otherwise.]' '--close[Let everything through; the counts stay.]' '--half-open[Let trials through.]' '--reset[Close it and forget all counts.]' '--json[Print JSON.]' '*:name:_reevectl_names breakers' ;;
        drain) _arguments '--wait[Wait until nothing of it goes on, with exit 1 and the names of what still does after the timeout.]' '--timeout[Wait at most this long (default 300s).]:timeout:' '--cancel[End what is left after that; exit 0 then.]' '--expire[The drain ends by itself after this (default 1h; 0 - never).]:expire:' '--json[Print JSON.]' '*:name:_reevectl_names drainable' ;;
        resume) _arguments '--json[Print JSON.]' '*:name:_reevectl_names drainable' ;;
        ps) _arguments '--where[Only those for which this holds - fields, = != < <= > >= =~ in, && || ! ( ).]:where:' '--columns[These fields, in this order.]:columns:' '--json[Print JSON.]' ;;
        stuck) _arguments '--kill[Kill it - programs go by their restart rules, runs are cancelled.]' '--restart[Restart the programs; cancel the runs and start them again with the same arguments.]' '--json[Print JSON.]' ;;
        heartbeat) _arguments '--meta[Anything worth keeping, as JSON of at most 4 KiB.]:meta:' ;;
        progress) _arguments '--phase[The part of the work that this is about.]:phase:' '--meta[Anything worth keeping, as JSON of at most 4 KiB.]:meta:' ;;
        result) _arguments  ;;
        ready) _arguments  ;;
        say) _arguments  ;;
        health) _arguments '--all[Every process.]' '--unhealthy[Only those that are unhealthy or stuck, or wanted up and not there; of the names, or of all.]' '--history[With the last 100 answers of their probes.]' '--json[Print JSON.]' '*:name:_reevectl_names processes' ;;
        probe) _arguments '--json[Print JSON.]' '*:name:_reevectl_names processes' ;;
        audit) _arguments '--json[Print JSON.]' ;;
        completion) _arguments '*:word:(bash zsh fish)' ;;
        help) _arguments '--json[Print JSON.]' '*:word:(status tree start stop restart signal pid tail logs clear rotate maintail avail fg wait events explain top monitor scale disable enable apply reread update add remove reload shutdown version ui doctor info pool config import operation breaker drain resume ps stuck silence heartbeat progress result ready say health probe audit completion help job dead check issue alert)' ;;
        job)
          if ((CURRENT == 2)); then compadd list run at set pause resume cancel undo history show logs next watch; return; fi
          shift words; ((CURRENT--))
          case "job $words[1]" in
        'job list') _arguments '--json[Print JSON.]' '*:name:_reevectl_names jobs' ;;
        'job run') _arguments '--wait[Wait for its end, also through retries, with its output; the exit code is the run'\''s.]' '--quiet[With --wait - neither output nor progress.]' '--key[Not while a run with this key is scheduled, queued or running (in place of the job'\''s unique_key).]:key:' '--unless-exists[Not if a run of this job with the same arguments is already scheduled, queued or running; that one is answered then.]' '--json[Print JSON.]' '*:name:_reevectl_names jobs' ;;
        'job at') _arguments '--key[Not while a run with this key is scheduled, queued or running (in place of the job'\''s unique_key).]:key:' '--unless-exists[Not if a run of this job with the same arguments is already scheduled, queued or running; that one is answered then.]' '--json[Print JSON.]' '*:name:_reevectl_names jobs' ;;
        'job set') _arguments '--until-restart[Said for clarity - it never lasts longer.]' '--json[Print JSON.]' '*:name:_reevectl_names jobs' ;;
        'job pause') _arguments '--json[Print JSON.]' '*:name:_reevectl_names jobs' ;;
        'job resume') _arguments '--json[Print JSON.]' '*:name:_reevectl_names jobs' ;;
        'job cancel') _arguments '--signal[Send only this signal, in place of the stop steps of the job.]:signal:' '--json[Print JSON.]' '*:name:_reevectl_names runs_or_jobs' ;;
        'job undo') _arguments '--force[Also where it was undone before.]' '--wait[Wait for its end, also through retries, with its output; the exit code is the run'\''s.]' '--quiet[With --wait - neither output nor progress.]' '--json[Print JSON.]' '*:name:_reevectl_names runs' ;;
        'job history') _arguments '--state[Only in these states.]:state:(scheduled queued running succeeded failed retrying timed_out stalled cancelled missed skipped interrupted dead)' '--since[Only from then on - today, 2h, 2026-11-22, 2026-11-22T08 -00.]:since:' '--until[Only until then.]:until:' '--where[Only those for which this filter holds (see ps).]:where:' '-n[At most so many, newest first (default 50, at most 1000).]:limit:' '--json[Print JSON.]' '*:name:_reevectl_names jobs' ;;
        'job show') _arguments '--json[Print JSON.]' '*:name:_reevectl_names runs_or_jobs' ;;
        'job logs') _arguments '-f[Go on until the run is over.]' '-n[Only so many lines of the past.]:lines:' '--files[List the files of the log of its job, where all its runs write, with those that were rotated.]' '--file[Print one of them, unpacked - its name, or its number in the list (0 is written to, 1 was rotated last).]:file:' '--json[Print JSON.]' '*:name:_reevectl_names runs_or_jobs' ;;
        'job next') _arguments '-n[So many times (default 5, at most 1000).]:count:' '--json[Print JSON.]' '*:name:_reevectl_names jobs' ;;
        'job watch') _arguments '--json[Print the facts about them, one JSON object a line.]' '*:name:_reevectl_names runs_or_jobs' ;;
          esac ;;
        dead)
          if ((CURRENT == 2)); then compadd list show retry prune; return; fi
          shift words; ((CURRENT--))
          case "dead $words[1]" in
        'dead list') _arguments '--job[Only of this job.]:job:_reevectl_names jobs' '--since[Only from then on - today, 2h, 2026-11-22, 2026-11-22T08 -00.]:since:' '--pending[Only those that were not tried again.]' '-n[At most so many, newest first (default 50, at most 1000).]:limit:' '--json[Print JSON.]' ;;
        'dead show') _arguments '--json[Print JSON.]' '*:name:_reevectl_names dead' ;;
        'dead retry') _arguments '--all[All that were not tried again.]' '--job[Only of this job.]:job:_reevectl_names jobs' '--force[Also one that was tried again before.]' '--json[Print JSON.]' '*:name:_reevectl_names dead' ;;
        'dead prune') _arguments '--days[Those older than so many days (default 30); 0 keeps all.]:days:' '--json[Print JSON.]' ;;
          esac ;;
        check)
          if ((CURRENT == 2)); then compadd list run run-due; return; fi
          shift words; ((CURRENT--))
          case "check $words[1]" in
        'check list') _arguments '--json[Print JSON.]' '*:name:_reevectl_names checks' ;;
        'check run') _arguments '--dry-run[Print what it sees and store nothing of it.]' '--json[Print JSON.]' '*:name:_reevectl_names checks' ;;
        'check run-due') _arguments '--json[Print JSON.]' ;;
          esac ;;
        issue)
          if ((CURRENT == 2)); then compadd list show fix close clear top; return; fi
          shift words; ((CURRENT--))
          case "issue $words[1]" in
        'issue list') _arguments '--check[Only of this check (of others who report - job -NAME, or the process).]:check:_reevectl_names checks' '--code[Only with this code.]:code:' '--state[Only in these states.]:state:(open fixing manual unfixable exhausted fixed closed)' '--search[Only where the message holds this text.]:search:' '--all[Also those that are fixed or closed.]' '-n[At most so many (default 100, at most 1000).]:limit:' '--json[Print JSON.]' ;;
        'issue show') _arguments '--json[Print JSON.]' '*:name:_reevectl_names issues' ;;
        'issue fix') _arguments '--all[All that wait for their fix; with --force also those that are exhausted or unfixable.]' '--force[Past budget and cool-down, and with all attempts anew where it is exhausted, unfixable, fixed or closed.]' '--json[Print JSON.]' '*:name:_reevectl_names issues' ;;
        'issue close') _arguments '--as[What it is from now on (default closed). unfixable - nobody tries any more, and it is not opened again.]:as:(fixed unfixable closed)' '--json[Print JSON.]' '*:name:_reevectl_names issues' ;;
        'issue clear') _arguments '--state[Only in these states (default fixed,closed).]:state:(open fixing manual unfixable exhausted fixed closed)' '--older[Only those that changed longer ago than this (default 7d).]:older:' '--json[Print JSON.]' ;;
        'issue top') _arguments '-n[At most so many (default 20, at most 1000).]:limit:' '--json[Print JSON.]' ;;
          esac ;;
        alert)
          if ((CURRENT == 2)); then compadd list test; return; fi
          shift words; ((CURRENT--))
          case "alert $words[1]" in
        'alert list') _arguments '--json[Print JSON.]' ;;
        'alert test') _arguments '--channel[Only exec, webhook or syslog.]:channel:' '--json[Print JSON.]' ;;
          esac ;;
        silence)
          if ((CURRENT == 2)); then compadd list end; fi
          case $words[2] in
          list|end) ;;
          *) case silence in
        silence) _arguments '--why[For those who wonder.]:why:' '--json[Print JSON.]' '*:name:_reevectl_names drainable' ;;
          esac; return ;;
          esac
          shift words; ((CURRENT--))
          case "silence $words[1]" in
        'silence list') _arguments '--json[Print JSON.]' ;;
        'silence end') _arguments '--json[Print JSON.]' ;;
          esac ;;
      esac ;;
  esac
}
if [ "$funcstack[1]" = "_reevectl" ]; then _reevectl "$@"; else compdef _reevectl reevectl; fi
