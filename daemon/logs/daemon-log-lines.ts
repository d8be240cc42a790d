// What the daemon's log says about a fact: supervisord's words where it has them, so that existing log watchers go on matching.
import type { Fact } from '../contract/facts.ts';
import type { FactName } from '../contract/fact-payloads.ts';
import { ISSUE_LINES } from './issue-log-lines.ts';
import { JOB_LINES } from './job-log-lines.ts';
import { critical, debug, error, info, seconds, warn } from './said.ts';
import type { Said } from './said.ts';

/** Who reads the line: watchers written for supervisord, or people and JSON collectors. */
export type Dialect = 'supervisord' | 'own';

type Sayer<N extends FactName> = (fact: Extract<Fact, { type: N }>, name: string, dialect: Dialect) => Said;

/** How a process ended, as supervisord says it. */
function ending(fact: { readonly code: number | null; readonly signal: string | null; readonly coreDumped?: boolean; readonly oom?: 'sure' | 'likely' }): string {
  const core = fact.coreDumped === true ? ' (core dumped)' : '';
  if (fact.signal !== null) return `terminated by SIG${fact.signal}${core}${fact.oom === undefined ? '' : fact.oom === 'sure' ? ', out of memory' : ', probably out of memory'}`;
  return fact.code === null ? 'exit status unknown' : `exit status ${fact.code}`;
}

/** What a hook wrote, in the same line. */
function spoken(output: string): string {
  return output.trim() === '' ? '' : `: ${output.trim().replaceAll('\n', ' | ')}`;
}

/** SIGTERM and its like in the reason of a shutdown. */
const SIGNAL = /\bSIG(TERM|INT|QUIT)\b/;

function numbered(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

const LINES: { readonly [N in FactName]: Sayer<N> } = {
  'daemon.started': (f, _, dialect) =>
    info(
      dialect === 'supervisord'
        ? `supervisord started with pid ${f.pid}`
        : `reeved ${f.version} started with pid ${f.pid}: ${numbered(f.programs, 'program')}${f.jobs === undefined ? '' : ` and ${numbered(f.jobs, 'job')}`} of ${f.file}, ${f.implementation} OS layer`,
    ),
  'daemon.stopping': (f) => {
    const signal = SIGNAL.exec(f.why)?.[0];
    return warn(
      signal === undefined
        ? `stopping everything (${f.mode}): ${f.why}`
        : `received ${signal} indicating exit request${f.mode === 'warm' ? '' : ` (${f.mode})`}`,
    );
  },
  'daemon.stopped': (f) =>
    info(
      `everything is stopped, exit code ${f.exitCode}: ${f.why}${f.survivors.length > 0 ? `; still alive: ${f.survivors.join(' ')}` : ''}${f.left.length > 0 ? `; left behind: ${f.left.map((each) => `${each.process ?? 'unknown origin'} pid ${each.pid} (${each.command})`).join(', ')}` : ''}`,
    ),
  'daemon.reloaded': (f) =>
    info(`configuration applied: ${f.added.length} added, ${f.changed.length} changed, ${f.removed.length} removed`),
  'daemon.reload_refused': (f) => error(`configuration refused, nothing was changed: ${f.problems.join('; ')}`),
  'daemon.warning': (f) => warn(f.message),
  'stranger.reaped': (f, _, dialect) => ({
    level: dialect === 'supervisord' ? 'info' : 'debug',
    text: `reaped unknown pid ${f.pid} (${ending(f)})`,
  }),

  'process.added': (f, name) => debug(`${name}: known, priority ${f.priority}`),
  'process.removed': (_, name) => info(`${name}: removed`),
  'process.changed': (_, name) => info(`${name}: takes what the file says now`),
  'process.starting': (f, name) => debug(`${name}: life ${f.incarnation} begins`),
  'process.restarted': (f, name) => debug(`${name}: life ${f.incarnation} begins after a failure (${f.reason}), ${numbered(f.restarts, 'such restart')} so far`),
  'process.spawned': (f, name) => info(`spawned: '${name}' with pid ${f.pid}`),
  'process.spawn_failed': (f, name, dialect) =>
    dialect === 'supervisord' ? info(`spawnerr: ${f.message}`) : error(`spawnerr: ${name}: ${f.message}`),
  // Whole seconds as supervisord; it says "> than", and so do we.
  'process.running': (f, name) =>
    info(`success: ${name} entered RUNNING state, process has stayed up for > than ${seconds(f.startMs)} seconds (startsecs)`),
  'process.ready': (f, name) => info(`${name} is ready, ${Math.round(f.afterMs) / 1000} s after its spawn`),
  'process.unready': (f, name) => warn(`${name} is not ready any more: ${f.why}`),
  'process.waiting': (f, name) => info(`${name} ${f.why}`),
  'process.exited': (f, name, dialect) => {
    const how = ending(f);
    if (f.from === 'STOPPING') return (f.expected ? info : warn)(`stopped: ${name} (${how})`);
    // To supervisord nothing that ends before startsecs is expected, whatever its code.
    const expected = f.expected && !(dialect === 'supervisord' && f.from === 'STARTING');
    return (expected ? info : warn)(`exited: ${name} (${how}; ${expected ? 'expected' : 'not expected'})`);
  },
  'process.state': (f, name) => debug(`${name}: ${f.from} -> ${f.to}: ${f.why}`),
  'process.backoff': (f, name, dialect) => ({
    level: dialect === 'supervisord' ? 'debug' : 'warn',
    text: `${name}: ${f.why}; next start ${f.delayMs === 0 ? 'at once' : `in ${seconds(f.delayMs)} s`}, failure ${f.tries} in a row`,
  }),
  'process.stopping': (f, name, dialect) =>
    info(
      dialect === 'supervisord'
        ? `waiting for ${name} to stop`
        : `waiting for ${name} to stop (${f.signal} to ${f.scope}${f.pid === null ? '' : `, pid ${f.pid}`}): ${f.why}`,
    ),
  'process.escalated': (f, name) => warn(`killing '${name}' (${f.pids.length === 0 ? 'what it left behind' : f.pids.join(' ')}) with SIG${f.signal}`),
  'process.stopped': (f, name) => debug(`${name}: stopped, and all it started is gone: ${f.why}`),
  'process.recycled': (f, name) => info(`${name}: gives way to a new life: ${f.why}`),
  'process.condemned': (f, name) => error(`${name}: failed although it lives: ${f.why}; it is ended and counts as one failure`),
  'process.survivors': (f, name) =>
    error(`${name}: these processes did not end when killed: ${f.pids.join(' ')}; look at them with ps, state D waits for a device`),
  'process.fatal': (f, name, dialect) =>
    dialect === 'supervisord'
      ? info(`gave up: ${name} entered FATAL state, too many start retries too quickly`)
      : error(`gave up: ${name} entered FATAL state: ${f.why}; it is not started again by itself`),
  'process.ended': (f, name) => debug(`${name}: ended for good (${f.expected ? 'expected' : 'not expected'}): ${f.why}`),
  'process.unknown': (f, name) => critical(`${name}: lost track of it (was ${f.from}): ${f.why}`),
  'process.signalled': (f, name) => info(`sent SIG${f.signal} to ${name} (${f.pid})`),
  'process.flapping': (f, name) =>
    warn(`${name} is flapping: ${f.failures} failures in ${seconds(f.windowMs)} s; reevectl explain ${name} shows its last lives`),
  'process.steady': (_, name) => info(`${name} is steady again`),
  'process.wanted': (f, name) => debug(`${name}: wanted ${f.wanted} by ${f.by}`),
  'process.disabled': (f, name) => info(`${name}: ${f.disabled ? 'disabled until it is enabled' : 'enabled'}`),

  'group.added': (f) => debug(`group ${f.group}: known, ${f.strategy}, members ${f.members.join(' ')}`),
  'group.removed': (f) => info(`group ${f.group}: removed`),
  'group.changed': (f) => debug(`group ${f.group}: ${f.strategy}, members ${f.members.join(' ')}`),
  'group.state': (f) => debug(`group ${f.group}: ${f.from} -> ${f.to}: ${f.why}`),
  'group.strategy_applied': (f) =>
    info(
      `group ${f.group}: ${f.failed} failed, ${f.strategy} restarts ${f.affected.join(' ')} (restart ${f.restarts}${f.max === null ? '' : ` of ${f.max}`})`,
    ),
  'group.gave_up': (f) =>
    critical(
      `group ${f.group} gave up: ${f.failed} failed, ${f.restarts} restarts within ${seconds(f.windowMs)} s are too many; its members are ended`,
    ),
  'group.escalated': (f) => warn(`group ${f.group}: its parent${f.parent === null ? '' : ` ${f.parent}`} ${f.parentDid.replace('_', ' ')}`),

  'log.rotated': (f) => debug(`rotated ${f.path} at ${f.bytes} bytes, ${f.backups} old files are kept`),
  'log.blocked': (f) => error(`log ${f.path} takes no more: ${f.why}; ${f.full === 'block' ? 'its writers wait' : 'output is dropped meanwhile'}`),
  'log.resumed': (f) => info(`log ${f.path} takes bytes again after ${seconds(f.blockedMs)} s`),
  'log.dropped': (f, name) => warn(`${name}: dropped ${f.bytes} bytes of ${f.channel}: ${f.why}`),
  'log.error': (f) => error(`log ${f.path}: ${f.why}`),
  'log.cleared': (_, name) => info(`${name}: logs cleared`),

  'listener.broken': (f, name) =>
    warn(
      `${name}: has entered the UNKNOWN state and will no longer receive events, this usually indicates the process violated the eventlistener protocol: ${f.why}`,
    ),
  'listener.rejected': (f, name) => warn(`${name}: event was rejected${f.times > 1 ? ` (${f.times} times)` : ''}`),
  'listener.dropped': (f) =>
    error(`pool ${f.pool} event buffer overflowed, discarding event ${f.serial}${f.events > 1 ? ` and ${f.events - 1} before it` : ''}`),
  'remote.said': (f) => debug(`remote communication of type ${f.kind}, ${f.data.length} characters`),

  ...ISSUE_LINES,
  ...JOB_LINES,

  'process.scaled': (f) => info(`${f.program} scaled from ${f.from} to ${f.to}: ${f.why}`),
  'process.scale_failed': (f) => warn(`${f.program} is not scaled: ${f.why}`),
  'process.watched_change': (f, name) => info(`${name}: ${f.files.join(', ')}${f.more > 0 ? ` and ${f.more} more` : ''} changed, it is restarted`),
  'process.watch_muted': (f, name) => warn(`${name}: ${f.file} is not watched any more: ${f.why}`),
  'process.hook_ended': (f, name) => debug(`${name}: ${f.hook} done after ${seconds(f.tookMs)} s${spoken(f.output)}`),
  'process.hook_failed': (f, name) => warn(`${name}: ${f.hook} failed after ${seconds(f.tookMs)} s: ${f.why}${spoken(f.output)}`),
  'alert.sent': (f) => info(`alert ${f.alert}: ${f.subject} ${f.cause} (${f.kind}${f.suppressed > 0 ? `, ${f.suppressed} not told before` : ''})`),
  'alert.delivered': (f) => debug(`alert ${f.alert}: delivered by ${f.channel}${f.attempts > 1 ? `, attempt ${f.attempts}` : ''}`),
  'alert.delayed': (f) => warn(`alert ${f.alert}: cannot deliver by ${f.channel}: ${f.why}; attempt ${f.attempts + 1} in ${seconds(f.retryMs)} s`),
  'alert.lost': (f) => error(`alert ${f.alert}: a message by ${f.channel} is lost after ${f.attempts} attempts: ${f.why}`),
  'silence.started': (f) => info(`no alerts about ${f.silence.name} until ${new Date(f.silence.until).toISOString()} (${f.silence.by}${f.silence.why === '' ? '' : `: ${f.silence.why}`})`),
  'silence.ended': (f) => info(`alerts about ${f.silence.name} are sent again (${f.by})`),
  'operation.started': (f) => debug(`operation ${f.operation}: ${f.command} ${f.targets.join(' ')} for ${f.who}`),
  'operation.completed': (f) => debug(`operation ${f.operation}: ${f.command} ${f.ok ? 'done' : 'failed'}`),
  'audit.action': (f) => info(`${f.who} (${f.role}): ${[f.action, ...f.targets].join(' ')}: ${f.result}`),
};

/** supervisord prints the process name alone; we print the group too where the name alone would not be enough. */
function nameOf(fact: Fact, dialect: Dialect): string {
  if (!('process' in fact)) return '';
  const colon = fact.process.indexOf(':');
  const name = fact.process.slice(colon + 1);
  return dialect === 'supervisord' || fact.process.slice(0, colon) === name ? name : fact.process;
}

/** Level and words of a fact. */
export function sayFact(fact: Fact, dialect: Dialect): Said {
  // The table has one entry per type; the compiler cannot see that both sides of the call are the same one.
  const say = LINES[fact.type] as Sayer<FactName>;
  return say(fact as never, nameOf(fact, dialect), dialect);
}
