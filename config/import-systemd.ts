// `reevectl import systemd`: a service unit -> a program in TOML, a timer with its service -> a job. What has no word here stays in the file as a comment, so that nobody
// has to guess what was lost.
import { parseSignal } from './signals.ts';
import { readTimer } from './systemd-timer.ts';
import { parseUnit, unitSpan, unitWords } from './systemd-unit.ts';
import { tomlDuration, tomlKey, tomlList, tomlOctal, tomlString, tomlTable } from './toml-write.ts';
import { ownOf, put } from './record.ts';
import type { UnitKey } from './systemd-unit.ts';

/** systemd's DefaultTimeoutStopSec. */
const STOP_MS = 90_000;

/** What an import gives. */
export interface Imported {
  /** TOML. */
  readonly text: string;
  /** What cannot be imported at all; then the text is of no use. */
  readonly problems: readonly string[];
}

/** One key at work: what was said so far, and where answers go. */
interface Import {
  /** `name` of name.service, and what stands behind an @. */
  readonly name: string;
  readonly instance: string;
  /** A timer starts it: it becomes a job. */
  readonly timed: boolean;
  readonly lines: string[];
  readonly notes: string[];
  readonly environment: Record<string, string>;
  readonly all: (section: string, key: string) => readonly string[];
  readonly last: (section: string, key: string) => string | null;
}

/** Specifiers that a unit file alone decides; others need the machine. */
function specifiers(i: Import, text: string): string {
  return text.replace(/%(.)/g, (whole, letter: string) => {
    const known: Readonly<Record<string, string>> = {
      '%': '%',
      n: `${i.name}${i.instance === '' ? '' : `@${i.instance}`}.service`,
      N: `${i.name}${i.instance === '' ? '' : `@${i.instance}`}`,
      p: i.name,
      i: i.instance,
      I: i.instance,
      t: '/run',
      S: '/var/lib',
      C: '/var/cache',
      L: '/var/log',
      E: '/etc',
      T: '/tmp',
    };
    const value = known[letter];
    if (value === undefined) i.notes.push(`${whole} in ${JSON.stringify(text)} is filled in by systemd: write what it stands for`);
    return value ?? whole;
  });
}

function command(i: Import): void {
  const starts = i.all('Service', 'ExecStart').map((text) => specifiers(i, text));
  const [first = ''] = starts;
  for (const other of starts.slice(1)) i.notes.push(`a second ExecStart, which systemd runs after the first: ${other}`);
  const prefix = /^[-@:+!|]*/.exec(first)?.[0] ?? '';
  let text = first.slice(prefix.length).trim();
  if (prefix.includes('-')) i.notes.push('ExecStart=-: systemd takes every exit for success; here exitcodes decides');
  if (prefix.includes('@')) {
    i.notes.push('ExecStart=@: the second word was the name the program saw as its own; it is left out');
    text = text.replace(/^(\S+)\s+\S+/, '$1');
  }
  if (/[+!]/.test(prefix)) i.notes.push(`ExecStart=${prefix}: systemd starts it with more rights than User says; here user holds`);
  const variable = !prefix.includes(':') && /(^|[^$])\$(?:\{?[A-Za-z_])/.test(text);
  if (variable) {
    // The shell fills in what systemd filled in; exec, so that signals reach the program.
    i.lines.push(`command = ${tomlString(`exec ${text.replaceAll('$$', '\\$')}`)}`, 'shell = true');
    i.notes.push(
      'the command has $NAME, which systemd fills in: here a shell does. It reads quotes, $( ), > and the like as well: check it',
    );
  } else i.lines.push(`command = ${tomlString(text.replaceAll('$$', '$'))}`);
}

function stop(i: Import): void {
  const span = unitSpan(i.last('Service', 'TimeoutStopSec') ?? i.last('Service', 'TimeoutSec') ?? '') ?? STOP_MS;
  const wait =
    i.last('Service', 'SendSIGKILL') === 'no' || span === Infinity ? 'infinity' : `${span % 1000 === 0 ? `${span / 1000}s` : `${span}ms`}`;
  const mode = i.last('Service', 'KillMode') ?? 'control-group';
  const written = i.last('Service', 'KillSignal') ?? 'SIGTERM';
  const signal = parseSignal(written);
  if (signal === null) i.notes.push(`KillSignal=${written} is no signal here`);
  const final = parseSignal(i.last('Service', 'FinalKillSignal') ?? 'KILL') ?? 'KILL';
  const name = signal ?? 'TERM';
  if (mode === 'none') i.notes.push('KillMode=none: systemd stops nothing itself; here the main process gets the signal');
  const [scope, end] = mode === 'control-group' ? ['tree', 'tree'] : mode === 'mixed' ? ['main', 'tree'] : ['main', 'main'];
  const steps = [`${name} ${wait} ${scope}`, ...(wait === 'infinity' ? [] : [`${final} ${end}`])];
  i.lines.push(`stop = ${tomlList(steps)}`);
}

const RESTART: Readonly<Record<string, 'permanent' | 'transient' | 'temporary'>> = {
  no: 'temporary',
  always: 'permanent',
  'on-failure': 'transient',
  'on-abnormal': 'transient',
  'on-abort': 'transient',
  'on-watchdog': 'transient',
};

function restartType(i: Import): void {
  const written = i.last('Service', 'Restart') ?? 'no';
  const type = ownOf(RESTART, written);
  if (type === undefined) i.notes.push(`Restart=${written} has no word here: the program is not restarted`);
  else if (written.startsWith('on-') && written !== 'on-failure')
    i.notes.push(`Restart=${written}: here every unexpected exit restarts it`);
  i.lines.push(`restart = "${type ?? 'temporary'}"`);
}

function exitCodes(i: Import): void {
  const success = i.all('Service', 'SuccessExitStatus').flatMap(unitWords);
  const codes = success.filter((word) => /^\d+$/.test(word)).map(Number);
  for (const odd of success.filter((word) => !/^\d+$/.test(word))) i.notes.push(`SuccessExitStatus=${odd}: only numbers count here`);
  if (codes.length > 0) i.lines.push(`exitcodes = [${[...new Set([0, ...codes])].join(', ')}]`);
}

function restart(i: Import): void {
  exitCodes(i);
  if (i.timed) return retries(i);
  restartType(i);
  const delay = i.last('Service', 'RestartSec');
  const ms = delay === null ? null : unitSpan(delay);
  if (delay !== null && ms === null) i.notes.push(`RestartSec=${delay} is no time`);
  if (ms !== null) i.lines.push(`restart_delay = ${tomlDuration(ms)}`, 'restart_delay_policy = "fixed"');
  const burst = i.last('Unit', 'StartLimitBurst') ?? i.last('Service', 'StartLimitBurst');
  const window = unitSpan(i.last('Unit', 'StartLimitIntervalSec') ?? i.last('Service', 'StartLimitInterval') ?? '');
  if (burst !== null && /^\d+$/.test(burst)) {
    i.lines.push(`max_restarts = ${burst}`);
    i.lines.push(`restart_window = ${tomlDuration(window === null || window === Infinity ? 10_000 : window)}`);
  }
}

function environment(i: Import): void {
  for (const text of i.all('Service', 'Environment'))
    for (const pair of unitWords(specifiers(i, text))) {
      const at = pair.indexOf('=');
      if (at > 0) put(i.environment, pair.slice(0, at), pair.slice(at + 1));
      else i.notes.push(`Environment=${pair} has no =`);
    }
  if (Object.keys(i.environment).length > 0) i.lines.push(`environment = ${tomlTable(i.environment)}`);
  const files = i.all('Service', 'EnvironmentFile').map((file) => specifiers(i, file));
  const sure = files.filter((file) => !file.startsWith('-'));
  if (sure.length > 0) i.lines.push(`env_file = ${tomlList(sure)}`);
  for (const file of files.filter((one) => one.startsWith('-')))
    i.notes.push(
      `EnvironmentFile=${file} may be missing, which env_file does not allow: add ${tomlString(file.slice(1))} to env_file if it exists`,
    );
}

function identity(i: Import): void {
  const [user, group] = [i.last('Service', 'User'), i.last('Service', 'Group')];
  if (user !== null) i.lines.push(`user = ${tomlString(specifiers(i, group === null ? user : `${user}:${group}`))}`);
  else if (group !== null) i.notes.push(`Group=${group} without User: here a group needs its user`);
  const directory = i.last('Service', 'WorkingDirectory');
  if (directory !== null) {
    const path = specifiers(i, directory.replace(/^-/, ''));
    if (path === '~') i.notes.push("WorkingDirectory=~ is the user's home: write it as directory");
    else i.lines.push(`directory = ${tomlString(path)}`);
    if (directory.startsWith('-')) i.notes.push('WorkingDirectory=-: here a missing directory is a failed start');
  }
  const mask = i.last('Service', 'UMask');
  if (mask !== null && /^[0-7]{1,4}$/.test(mask)) i.lines.push(`umask = ${tomlOctal(Number.parseInt(mask, 8))}`);
  for (const [theirs, ours] of [
    ['Nice', 'nice'],
    ['OOMScoreAdjust', 'oom_score_adj'],
  ] as const) {
    const value = i.last('Service', theirs);
    if (value !== null && /^[+-]?\d+$/.test(value)) i.lines.push(`${ours} = ${Number(value)}`);
    else if (value !== null) i.notes.push(`${theirs}=${value} is no number`);
  }
}

const LIMITS = [
  'AS',
  'CORE',
  'CPU',
  'DATA',
  'FSIZE',
  'LOCKS',
  'MEMLOCK',
  'MSGQUEUE',
  'NICE',
  'NOFILE',
  'NPROC',
  'RSS',
  'RTPRIO',
  'SIGPENDING',
  'STACK',
];

function limits(i: Import): void {
  const one = (text: string): string | null =>
    text === 'infinity' ? '"unlimited"' : /^\d+$/.test(text) ? text : /^\d+[KMGT]$/.test(text) ? `"${text}B"` : null;
  const pairs: string[] = [];
  for (const name of LIMITS) {
    const written = i.last('Service', `Limit${name}`);
    if (written === null) continue;
    const [soft = '', hard] = written.split(':').map(one);
    if (soft === null || hard === null || soft === '') i.notes.push(`Limit${name}=${written} cannot be read here`);
    else pairs.push(`${name.toLowerCase()} = ${hard === undefined ? soft : `{ soft = ${soft}, hard = ${hard} }`}`);
  }
  if (pairs.length > 0) i.lines.push(`rlimits = { ${pairs.join(', ')} }`);
}

/** What a whole unit may use. systemd lets the kernel keep these: past the memory it is killed, past the processor slowed down. */
function resources(i: Import): void {
  const found: string[] = [];
  const take = (name: string, read: (text: string) => string | null): void => {
    const written = i.last('Service', name);
    if (written === null || written === '' || written === 'infinity') return;
    const pair = read(written);
    if (pair === null) i.notes.push(`${name}=${written} has no word here`);
    else found.push(pair);
  };
  take('MemoryMax', (text) => (/^\d+[KMGT]?$/.test(text) ? `memory = ${/^\d+$/.test(text) ? text : `"${text}B"`}` : null));
  take('CPUQuota', (text) => (/^\d+(\.\d+)?%$/.test(text) ? `cpu = "${text}", throttle = true` : null));
  take('TasksMax', (text) => (/^\d+$/.test(text) ? `processes = ${text}` : null));
  take('RuntimeMaxSec', (text) => {
    const ms = unitSpan(text);
    return ms === null || ms === Infinity ? null : `runtime = ${tomlDuration(ms)}`;
  });
  const kills = found.some((pair) => !pair.startsWith('cpu'));
  if (found.length > 0) i.lines.push(`limits = { ${[...found, ...(kills ? ['action = "kill"'] : [])].join(', ')} }`);
}

function outputs(i: Import): void {
  const file = (text: string) => /^(append|file|truncate):(.+)$/.exec(text);
  const [out, err] = [i.last('Service', 'StandardOutput') ?? 'journal', i.last('Service', 'StandardError') ?? 'inherit'];
  for (const [channel, text] of [
    ['stdout', out],
    ['stderr', err],
  ] as const) {
    const match = file(text);
    if (channel === 'stderr' && (text === 'inherit' || text === out)) {
      i.lines.push('redirect_stderr = true');
    } else if (match !== null) {
      i.lines.push(`${channel}_logfile = ${tomlString(specifiers(i, match[2] ?? ''))}`);
      // systemd never rotates it, and perhaps logrotate does.
      i.lines.push(`${channel}_logfile_maxbytes = 0`);
      if (match[1] !== 'append')
        i.notes.push(`Standard${channel === 'stdout' ? 'Output' : 'Error'}=${match[1]}: here a file is always appended to`);
    } else if (text === 'null') i.lines.push(`${channel}_logfile = "none"`);
    else if (!/^(journal|inherit|syslog|kmsg)/.test(text))
      i.notes.push(`Standard${channel === 'stdout' ? 'Output' : 'Error'}=${text} has no word here`);
  }
}

/** A run that fails is tried again; systemd would restart the service. */
function retries(i: Import): void {
  const written = i.last('Service', 'Restart') ?? 'no';
  const ms = unitSpan(i.last('Service', 'RestartSec') ?? '');
  if (written !== 'no') {
    const burst = i.last('Unit', 'StartLimitBurst') ?? i.last('Service', 'StartLimitBurst');
    i.lines.push(`retries = ${burst !== null && /^\d+$/.test(burst) ? burst : -1}`);
    if (ms !== null) i.lines.push(`retry_delay = ${tomlDuration(ms)}`);
    i.notes.push(`Restart=${written}: a run that failed is tried again`);
  }
  const limit = [i.last('Service', 'RuntimeMaxSec'), i.last('Service', 'TimeoutStartSec')].map((text) => unitSpan(text ?? '')).find((one) => one !== null);
  i.lines.push(`timeout = ${limit === undefined || limit === Infinity ? 0 : tomlDuration(limit)}`);
}

/** Keys of [Unit] that say what must be there first. */
const ORDER = ['After', 'Requires', 'Wants', 'BindsTo', 'Requisite', 'PartOf', 'Before', 'Conflicts'];

function order(i: Import): void {
  const needed = new Set<string>();
  for (const key of ['Requires', 'BindsTo', 'Requisite', 'Wants', 'After'])
    for (const unit of i.all('Unit', key).flatMap(unitWords)) if (unit.endsWith('.service')) needed.add(unit.slice(0, -'.service'.length));
  if (needed.size > 0) {
    i.notes.push('what systemd starts first; take those that are programs here:');
    i.notes.push(`depends_on = ${tomlList([...needed])}`);
  }
  for (const key of ORDER) for (const text of i.all('Unit', key)) i.notes.push(`${key}=${text}`);
}

const DONE = new Set([
  ...[
    'ExecStart',
    'TimeoutStopSec',
    'TimeoutSec',
    'SendSIGKILL',
    'KillMode',
    'KillSignal',
    'FinalKillSignal',
    'Restart',
    'RestartSec',
    'SuccessExitStatus',
  ],
  ...[
    'Environment',
    'EnvironmentFile',
    'User',
    'Group',
    'WorkingDirectory',
    'UMask',
    'Nice',
    'OOMScoreAdjust',
    'StandardOutput',
    'StandardError',
  ],
  ...['StartLimitBurst', 'StartLimitInterval', 'StartLimitIntervalSec', 'Type', 'WatchdogSec', 'Description'],
  ...LIMITS.map((name) => `Limit${name}`),
  ...['MemoryMax', 'CPUQuota', 'TasksMax', 'RuntimeMaxSec'],
  ...ORDER,
]);

function kindOfService(i: Import): void {
  const type = i.last('Service', 'Type') ?? 'simple';
  if (i.timed && (type === 'oneshot' || type.startsWith('notify'))) return;
  if (type === 'oneshot') {
    i.lines.push('type = "oneshot"');
  } else if (type === 'forking')
    i.notes.push('Type=forking: a program must stay in the foreground here; look for an option such as --foreground or -n');
  else if (type.startsWith('notify'))
    i.lines.push('ready = { notify = true }');
  else if (type !== 'simple' && type !== 'exec') i.notes.push(`Type=${type} has no word here`);
}

/** The watchdog of systemd: one sign that does not come in time ends the service. */
function watchdog(i: Import): void {
  const written = i.last('Service', 'WatchdogSec');
  const ms = unitSpan(written ?? '');
  if (written === null || ms === 0 || ms === Infinity) return;
  if (ms === null) i.notes.push(`WatchdogSec=${written} is no time`);
  else i.lines.push(`heartbeat = ${tomlDuration(ms)}`, 'heartbeat_misses = 1', 'on_stuck = "restart"');
}

/** Reads the text of `fileName` (name.service, name@instance.service); with the text of a timer that starts it, it is a job. Pure. */
export function importSystemd(text: string, fileName: string, timerText: string | null = null): Imported {
  const timer = timerText === null ? null : readTimer(timerText);
  const unit = parseUnit(text);
  const values = (section: string, key: string): readonly string[] => {
    let list: string[] = [];
    // An empty assignment forgets what was said before.
    for (const one of unit.keys) if (one.section === section && one.key === key) list = one.value === '' ? [] : [...list, one.value];
    return list;
  };
  const [name = 'program', instance = ''] = fileName
    .replace(/^.*\//, '')
    .replace(/\.service$/, '')
    .split('@');
  const i: Import = {
    name,
    instance,
    timed: timer !== null,
    lines: [...(timer?.lines ?? [])],
    notes: [...(timer?.notes ?? [])],
    environment: {},
    all: values,
    last: (section, key) => values(section, key).at(-1) ?? null,
  };
  if (i.all('Service', 'ExecStart').length === 0)
    return { text: '', problems: [`${fileName} has no [Service] with an ExecStart: only services can be imported, and timers beside their services`] };
  for (const step of [command, identity, environment, restart, kindOfService, watchdog, stop, limits, resources, outputs, order]) step(i);
  const mine = (one: UnitKey): boolean => DONE.has(one.key) || (timer !== null && /^(RuntimeMaxSec|TimeoutStartSec)$/.test(one.key));
  const rest = [...unit.keys.filter((one) => !mine(one) && one.value !== ''), ...(timer?.rest ?? [])];
  const wanted = unit.keys.some((one) => one.section === 'Install');
  const description = i.last('Unit', 'Description');
  const out = [
    `# Imported from ${fileName.replace(/^.*\//, '')}.`,
    ...(description === null ? [] : [`# ${description}`]),
    `[${timer === null ? 'programs' : 'jobs'}.${tomlKey(instance === '' ? name : `${name}-${instance}`)}]`,
    ...i.lines,
    ...(wanted || timer !== null ? [] : ['# The unit has no [Install]: systemd starts it only when something asks for it.', 'autostart = false']),
    ...(i.notes.length === 0 ? [] : ['#', ...i.notes.map((note) => `# ${note.replaceAll('\n', ' ')}`)]),
    ...unit.problems.map(({ line, message }) => `# line ${line}: ${message}`),
    ...(rest.length === 0 ? [] : ['#', '# Not carried over:', ...rest.map((one) => `# [${one.section}] ${one.key}=${one.value}`)]),
  ];
  return { text: `${out.join('\n')}\n`, problems: [] };
}
