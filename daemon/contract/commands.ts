// Everything that can be asked of the daemon, declared once. REST routes, reevectl's subcommands with help and completion,
// OpenAPI, roles and the page's buttons come from this table.
import type { Role } from '../../config/api-spec.ts';
import { ISSUE_COMMANDS } from './issue-commands.ts';
import { INFO_COMMANDS } from './info-commands.ts';
import { JOB_COMMANDS } from './job-commands.ts';
import { ALERT_COMMANDS } from './alert-commands.ts';
import { REPORT_COMMANDS } from './report-commands.ts';

/** What names name. drainable: jobs and programs. */
export type NameKind = 'processes' | 'jobs' | 'runs' | 'runs_or_jobs' | 'dead' | 'breakers' | 'drainable' | 'checks' | 'issues' | 'explained' | 'programs';

/** One argument of a command: in a shell, in a request, and in the description of both. */
export interface ArgumentSpec {
  /** names: a list; as an option with commas. words: what stands after `--`, as it is. */
  readonly type: 'string' | 'text' | 'names' | 'words' | 'integer' | 'boolean' | 'duration' | 'signal' | 'channel' | 'enum';
  readonly required?: boolean;
  readonly values?: readonly string[];
  /** What it names, for the completion (names: processes, unless said). */
  readonly of?: NameKind;
  /** Never repeated in a message. */
  readonly secret?: true;
  /** Of reevectl alone: no argument over HTTP. */
  readonly client?: true;
  /** How help shows its value; absent: by its name and type. */
  readonly meta?: string;
  /** Short and long option of reevectl; absent: positional, in table order. */
  readonly option?: string;
  readonly says: string;
}

/** One command: what it says of itself, who may use it, how it is asked for and answered. */
export interface CommandDefinition {
  readonly says: string;
  readonly role: Role;
  /** Absent: the client does it without the daemon. */
  readonly route?: { readonly method: 'GET' | 'POST'; readonly path: string };
  /** operation: answers with an Operation that can be waited for. stream: sends until closed. value: answers at once. local: in the client. */
  readonly answer: 'operation' | 'value' | 'stream' | 'local';
  readonly args: Readonly<Record<string, ArgumentSpec>>;
  /** Lines of examples for help and docs. */
  readonly examples: readonly string[];
}

const names = (required: boolean, says = 'Names: p, g:p, g:*, all; several at once.'): ArgumentSpec => ({ type: 'names', required, says });
const wait: ArgumentSpec = { type: 'duration', option: '--wait', says: 'Wait at most this long for the result (default: as long as it takes; 0: do not wait).' };
const json: ArgumentSpec = { type: 'boolean', client: true, option: '--json', says: 'Print JSON.' };

/** By name; one of two words (`job run`) belongs to a family. */
export const COMMANDS = {
  status: { says: 'Show processes and their states.', role: 'read', route: { method: 'GET', path: '/v1/status' }, answer: 'value',
    args: { names: names(false), verbose: { type: 'boolean', client: true, option: '-v', says: 'More columns: exit, restarts, wanted, why.' }, json }, examples: ['status', 'status web:*', 'status --json'] },
  tree: { says: 'Draw groups and their members, what they depend on, and their states.', role: 'read', answer: 'local',
    args: { names: names(false) }, examples: ['tree', 'tree pipeline:*'] },
  start: { says: 'Start processes and what they depend on, and wait until they are RUNNING, ready (where they say or show it) or, oneshots, completed.', role: 'operate', route: { method: 'POST', path: '/v1/start' }, answer: 'operation',
    args: { names: names(true), wait }, examples: ['start web', 'start all'] },
  stop: { says: 'Stop processes and wait until all they started is gone.', role: 'operate', route: { method: 'POST', path: '/v1/stop' }, answer: 'operation',
    args: { names: names(true), wait }, examples: ['stop web', 'stop web:*'] },
  restart: { says: 'Give processes a new life; stopped ones are started.', role: 'operate', route: { method: 'POST', path: '/v1/restart' }, answer: 'operation',
    args: { names: names(true), strategy: { type: 'boolean', option: '--with-strategy', says: 'Restart as the strategy of the group would after a failure.' }, rolling: { type: 'boolean', option: '--rolling', says: 'One at a time, each RUNNING, ready and, where it has probes, healthy before the next; stop at the first that is not.' }, wait }, examples: ['restart web', 'restart --rolling web:*'] },
  signal: { says: 'Send a signal to the main process.', role: 'operate', route: { method: 'POST', path: '/v1/signal' }, answer: 'operation',
    args: { signal: { type: 'signal', required: true, says: 'Name or number.' }, names: names(true) }, examples: ['signal HUP web'] },
  pid: { says: 'Print the pid of the daemon or of processes (0: not running).', role: 'read', route: { method: 'GET', path: '/v1/status' }, answer: 'value',
    args: { names: names(false) }, examples: ['pid', 'pid web', 'pid all'] },
  tail: { says: 'Print the end of a log, and follow it.', role: 'read', route: { method: 'GET', path: '/v1/logs' }, answer: 'value',
    args: { follow: { type: 'boolean', client: true, option: '-f', says: 'Go on as bytes are written, across rotations.' }, bytes: { type: 'integer', option: '-N', says: 'Bytes of the past (default 1600).' }, names: names(true, 'One name.'), channel: { type: 'channel', says: 'stdout (default) or stderr.' } }, examples: ['tail web', 'tail -f web stderr', 'tail -5000 web'] },
  logs: { says: 'Print and follow the logs of several processes, interleaved, each line with its name and a mark: | stdout, ! stderr.', role: 'read', route: { method: 'GET', path: '/v1/logs/follow' }, answer: 'stream',
    args: {
      follow: { type: 'boolean', option: '-f', says: 'Go on, across rotations, with processes that join the group, and when the connection comes back.' }, bytes: { type: 'integer', option: '-N', says: 'Bytes of the past, per log (default 1600).' },
      lines: { type: 'integer', option: '-n', says: 'Lines of the past, per log.' },
      since: { type: 'string', meta: 'TIME', option: '--since', says: 'Only lines from then on (`10m`, `08:00`), also from rotated files. Of the past only lines with a time (log_timestamp, or log_format = "json"), and those that follow them.' },
      timestamps: { type: 'boolean', option: '--timestamps', says: 'With the time before each line: of what comes from now on, as the past of a log has none unless log_timestamp wrote it.' },
      files: { type: 'boolean', client: true, option: '--files', says: 'List the files of one log, with those that were rotated: size, and from when to when.' },
      file: { type: 'string', client: true, meta: 'FILE', option: '--file', says: 'Print one of them, unpacked: its name, or its number in the list (0 is written to, 1 was rotated last).' },
      names: names(true), channel: { type: 'channel', says: 'Only stdout or stderr.' }, json,
    }, examples: ['logs -f all', 'logs web worker', 'logs -f -n 100 web:*', 'logs --since 10m web', 'logs --files web', 'logs --file 1 web'] },
  clear: { says: 'Empty the logs of processes.', role: 'operate', route: { method: 'POST', path: '/v1/logs/clear' }, answer: 'operation', args: { names: names(true) }, examples: ['clear web', 'clear all'] },
  rotate: { says: 'Rotate the logs of processes now.', role: 'operate', route: { method: 'POST', path: '/v1/logs/rotate' }, answer: 'operation', args: { names: names(true) }, examples: ['rotate web'] },
  maintail: { says: 'Print the end of the daemon\'s own log.', role: 'read', route: { method: 'GET', path: '/v1/mainlog' }, answer: 'value',
    args: { follow: { type: 'boolean', client: true, option: '-f', says: 'Go on.' }, bytes: { type: 'integer', option: '-N', says: 'Bytes of the past (default 1600).' } }, examples: ['maintail -f'] },
  avail: { says: 'Show what is configured.', role: 'read', route: { method: 'GET', path: '/v1/config' }, answer: 'value', args: { json }, examples: ['avail'] },
  fg: { says: 'Show what a process writes, and send it what is typed, until Ctrl-C.', role: 'operate', answer: 'local',
    args: { names: names(false, 'One name.') }, examples: ['fg console'] },
  wait: { says: 'Wait until processes are in a state; at once with exit 1 when one that is to run is down and stays so.', role: 'read', route: { method: 'GET', path: '/v1/wait' }, answer: 'value',
    args: { names: names(true), for: { type: 'enum', values: ['running', 'stopped', 'exited', 'ready', 'healthy'], option: '--for', says: 'The state (default running). healthy: of whom nobody says it, ready.' }, timeout: { type: 'duration', option: '--timeout', says: 'Give up after this (default 60s), exit 1.' } }, examples: ['wait web --for running --timeout 60s'] },
  events: { says: 'Print what happens.', role: 'read', route: { method: 'GET', path: '/v1/events' }, answer: 'stream',
    args: {
      follow: { type: 'boolean', option: '-f', says: 'Go on, also when the connection comes back; Ctrl-C ends it.' }, since: { type: 'string', meta: 'NUMBER|TIME', option: '--since', says: 'From this one on (its number in the output), or from then on (`10m`, `08:00`, `2026-11-22`), as far as they are kept (4096).' },
      until: { type: 'string', meta: 'NUMBER|TIME', option: '--until', says: 'Up to this one, or until then; nothing is waited for.' }, limit: { type: 'integer', option: '-n', says: 'Only the last so many of the past.' },
      type: { type: 'names', meta: 'TYPE,...', option: '--type', says: 'Only these: process.backoff; `*` stands for any characters: process.*,job.*.' },
      count: { type: 'boolean', client: true, option: '--count', says: 'How often each happened since the daemon began, by severity and by type.' }, min_severity: { type: 'enum', values: ['debug', 'info', 'warning', 'error', 'critical'], option: '--severity', says: 'Only this and worse (default info).' }, job: { type: 'string', of: 'jobs', option: '--job', says: 'Only of this job and its runs.' }, names: names(false), json,
    }, examples: ['events', 'events -f web', 'events -f --job import', 'events --type \'process.*,breaker.*\' --since 10m', 'events -f -n 20 --severity warning', 'events --count'] },
  explain: { says: 'Say how something is, why, since when, what happens next, and what keeps it from what is wanted: a process, group, job, run, check, issue, fix, breaker, dead letter or alert; without a name the daemon.', role: 'read', route: { method: 'GET', path: '/v1/explain' }, answer: 'value', args: { names: { type: 'names', required: false, of: 'explained', says: 'Names and ids as elsewhere; KIND:NAME where several things have the name (job:import, run:3f2a, group:web). None: the daemon.' }, json }, examples: ['explain', 'explain web', 'explain job:import', 'explain breaker:smtp 3f2a'] },
  top: { says: 'Show what processes and runs use, with all they started: live on a terminal, where single keys sort (c m p f n u, q quits); once in a pipe.', role: 'read', route: { method: 'GET', path: '/v1/usage' }, answer: 'value',
    args: {
      names: names(false, 'Names: p, g:p, g:*; none: all processes and runs.'),
      sort: { type: 'enum', values: ['cpu', 'memory', 'processes', 'files', 'name', 'uptime'], client: true, option: '--sort', says: 'By what (default cpu).' },
      every: { type: 'duration', client: true, option: '--every', says: 'Look this often while live (default 2s).' },
      once: { type: 'boolean', client: true, option: '--once', says: 'Once, also on a terminal.' }, json,
    }, examples: ['top', 'top web:* --sort memory', 'top --once', 'top --json'] },
  monitor: { says: 'Show everything on one screen, live: processes, jobs and runs, what is stuck, issues, breakers, violations and events, with keys to act (? lists them); once in a pipe.', role: 'read', answer: 'local',
    args: {
      refresh: { type: 'duration', client: true, option: '--refresh', says: 'Measure CPU and memory this often (default 5s); everything else is shown as it happens.' },
      format: { type: 'enum', values: ['table', 'compact', 'json'], client: true, option: '--format', says: 'table (default): the screen, or once without a terminal. compact: one line with how many are active and stuck, violations, and open breakers. json: everything, once. Anything else: exit 1.' }, json,
    }, examples: ['monitor', 'monitor --refresh 2', 'monitor --format compact', 'monitor --format json'] },
  scale: { says: 'Change the number of instances of a program until the next reload; of one that is scaled by its load (max), until a file is applied or `auto`.', role: 'operate', route: { method: 'POST', path: '/v1/scale' }, answer: 'operation',
    args: { name: { type: 'string', required: true, says: 'Program.' }, instances: { type: 'string', required: true, says: 'N, +N, -N, or auto: by its load again.' }, wait }, examples: ['scale worker 4', 'scale worker +2', 'scale worker auto'] },
  disable: { says: 'Stop processes and keep them down, also after a restart of the daemon.', role: 'operate', route: { method: 'POST', path: '/v1/disable' }, answer: 'operation', args: { names: names(true), wait }, examples: ['disable worker'] },
  enable: { says: 'Undo disable (does not start).', role: 'operate', route: { method: 'POST', path: '/v1/enable' }, answer: 'operation', args: { names: names(true) }, examples: ['enable worker'] },
  apply: { says: 'Show what the changed configuration would do (keep, live change, restart, add, remove), ask, and do it; nothing is touched that did not change.', role: 'admin', route: { method: 'POST', path: '/v1/apply' }, answer: 'operation',
    args: {
      dry_run: { type: 'boolean', option: '--dry-run', says: 'Only show it. Exit 0: nothing to do; 3: there is something.' },
      rolling: { type: 'boolean', option: '--rolling', says: 'One program at a time, each RUNNING, ready and, where it has probes, healthy before the next; stop at the first that is not.' },
      max_unavailable: { type: 'integer', option: '--max-unavailable', says: 'With --rolling: so many at once (default 1).' },
      plan: { type: 'string', option: '--plan', says: 'Only if this is still the plan (its id, from an earlier --dry-run).' },
      yes: { type: 'boolean', client: true, option: '--yes', says: 'Do not ask.' }, wait, json,
    }, examples: ['apply', 'apply --dry-run', 'apply --yes --rolling', 'apply --yes --plan 3f2a9c0d11e4b7a8'] },
  reread: { says: 'Read the configuration again and say which groups changed; nothing is applied (supervisord\'s reread).', role: 'admin', route: { method: 'POST', path: '/v1/reread' }, answer: 'value', args: { json }, examples: ['reread'] },
  update: { says: 'Read the configuration again; end what is gone, begin anew what changed, start what is new, by whole groups (supervisord\'s update).', role: 'admin', route: { method: 'POST', path: '/v1/update' }, answer: 'operation',
    args: { names: names(false, 'Groups; none or all: every one.'), wait }, examples: ['update', 'update web'] },
  add: { says: 'Add groups as the file last read has them, and start them.', role: 'operate', route: { method: 'POST', path: '/v1/add' }, answer: 'operation', args: { names: names(true, 'Groups.'), wait }, examples: ['add web'] },
  remove: { says: 'Forget groups of which nobody runs.', role: 'operate', route: { method: 'POST', path: '/v1/remove' }, answer: 'operation', args: { names: names(true, 'Groups.'), wait }, examples: ['remove web'] },
  reload: { says: 'Read the configuration again and restart everything with it (supervisord\'s reload); a bad file changes nothing.', role: 'admin', route: { method: 'POST', path: '/v1/reload' }, answer: 'operation', args: {}, examples: ['reload'] },
  shutdown: { says: 'Stop everything and end the daemon.', role: 'admin', route: { method: 'POST', path: '/v1/shutdown' }, answer: 'operation',
    args: { mode: { type: 'enum', values: ['warm', 'cold', 'now'], option: '--mode', says: 'warm: every program its own stop wait. cold: QUIT, then KILL. now: KILL.' } }, examples: ['shutdown', 'shutdown --mode now'] },
  version: { says: 'Print the version of the daemon.', role: 'read', route: { method: 'GET', path: '/v1/version' }, answer: 'value', args: { json }, examples: ['version'] },
  ui: { says: 'Print the address of the web page, and who may log in there; or what to write into the file so that there is one (exit 1).', role: 'read', answer: 'local', args: { json }, examples: ['ui', 'ui --json'] },
  doctor: { says: 'Say what of the machine is missing, limited or open.', role: 'read', route: { method: 'GET', path: '/v1/doctor' }, answer: 'value', args: { json }, examples: ['doctor'] },
  ...INFO_COMMANDS,
  config: { says: 'Check, show or convert the configuration, or print its JSON Schema.', role: 'read', answer: 'local',
    args: { action: { type: 'enum', values: ['check', 'show', 'schema', 'convert'], required: true, says: 'check FILE: all problems. show: resolved values and where they come from. schema: JSON Schema for editors. convert FILE: a supervisord file as TOML that means the same.' }, file: { type: 'string', says: 'A file other than the default one.' }, json }, examples: ['config check reeve.toml', 'config show', 'config schema > reeve.schema.json', 'config convert supervisord.conf > reeve.toml'] },
  import: { says: 'Print a systemd service, a timer with its service, or a crontab as TOML; what has no word here is kept as a comment.', role: 'read', answer: 'local',
    args: { from: { type: 'enum', values: ['systemd', 'crontab'], required: true, says: 'What the file is.' }, file: { type: 'string', required: true, says: 'The unit file, or the crontab.' }, system: { type: 'boolean', option: '--system', says: 'The crontab names a user in each entry (default for files in /etc).' } }, examples: ['import systemd /etc/systemd/system/web.service', 'import systemd /etc/systemd/system/backup.timer', 'import crontab /etc/crontab'] },
  operation: { says: 'Show or await an operation.', role: 'read', route: { method: 'GET', path: '/v1/operations' }, answer: 'value', args: { id: { type: 'string', required: true, says: 'Id from an earlier answer.' }, wait }, examples: ['operation 42 --wait 30s'] },
  ...JOB_COMMANDS,
  ...ISSUE_COMMANDS,
  ...ALERT_COMMANDS,
  ...REPORT_COMMANDS,
  health: { says: 'Show how processes are, and why; exit 1 when one of them is unhealthy or stuck, or wanted up and not there. In a script under reeve: `health healthy|degraded|unhealthy [WHY]` says how it is.', role: 'read', route: { method: 'GET', path: '/v1/health' }, answer: 'value',
    args: {
      names: names(false, 'Names: p, g:p, g:*; or, in a script under reeve, healthy, degraded or unhealthy, and the reason in quotes.'),
      all: { type: 'boolean', option: '--all', says: 'Every process.' },
      unhealthy: { type: 'boolean', option: '--unhealthy', says: 'Only those that are unhealthy or stuck, or wanted up and not there; of the names, or of all.' },
      history: { type: 'boolean', option: '--history', says: 'With the last 100 answers of their probes.' }, json,
    }, examples: ['health web', 'health --all', 'health --unhealthy || echo \'somebody is ill\'', 'health web --history', 'health degraded \'the mail server is slow\''] },
  probe: { says: 'Ask all probes of processes now, and show what they answer. An answer counts as one that was due.', role: 'operate', route: { method: 'POST', path: '/v1/probe' }, answer: 'value',
    args: { names: names(true), json }, examples: ['probe web'] },
  audit: { says: 'Show who asked for what.', role: 'admin', route: { method: 'GET', path: '/v1/audit' }, answer: 'value', args: { json }, examples: ['audit'] },
  completion: { says: 'Print the completion script of a shell.', role: 'read', answer: 'local', args: { shell: { type: 'enum', values: ['bash', 'zsh', 'fish'], required: true, says: 'Which shell.' } }, examples: ['completion bash > /etc/bash_completion.d/reevectl'] },
  help: { says: 'Say what a command does.', role: 'read', answer: 'local', args: { command: { type: 'string', says: 'A command, or the first word of several.' }, second: { type: 'string', says: 'The second word of a command of two.' } }, examples: ['help', 'help restart', 'help job', 'help job run'] },
} as const satisfies Record<string, CommandDefinition>;

/** `status`, `job list` …: the words that are typed. */
export type CommandName = keyof typeof COMMANDS;
