// What a process is and how it is configured, in supervisord's structs: these members, in this order.
import { redactText } from '../../config/redact.ts';
import { serverUrlOf } from '../../config/api.ts';
import { SIGNALS } from '../../config/signals.ts';
import type { OutputSpec, ProcessSpec } from '../../config/spec.ts';
import { describe } from '../contract/description.ts';
import type { ProcessView } from '../contract/snapshot.ts';
import { PROCESS_STATES } from '../contract/states.ts';
import type { Control } from '../runtime/control.ts';
import type { ConfiguredSpec } from '../runtime/compat.ts';
import { oneTarget } from './xmlrpc-call.ts';
import type { Call } from './xmlrpc-call.ts';
import { Fault } from './xmlrpc-faults.ts';
import { struct, textOf } from './xmlrpc-values.ts';
import type { Struct, Value } from './xmlrpc-values.ts';

const seconds = (ms: number | null): number => (ms === null ? 0 : Math.floor(ms / 1000));

/** -1 stands for a death by signal, 0 for none; and, as in supervisord, for an end that was too quick or a start that failed. */
const exitStatus = (view: ProcessView): number => (view.spawnError !== '' ? 0 : view.exitSignal === null ? (view.exitCode ?? 0) : -1);

/** What went wrong with the last spawn, or, as in supervisord, with a life that ended otherwise than its exit codes say. */
function spawnError(view: ProcessView, spec: ProcessSpec | null | undefined): string {
  const unexpected = view.state === 'EXITED' && (view.exitCode === null || spec?.exitCodes.includes(view.exitCode) === false);
  return unexpected ? `Bad exit code ${exitStatus(view)}` : view.spawnError;
}

function processInfo(control: Control, view: ProcessView): Struct {
  const spec = control.compat.spec(view.id);
  const stdout = spec?.stdout.file ?? '';
  const now = Date.now();
  return struct({
    name: view.name, group: view.group, start: seconds(view.startedAt), stop: seconds(view.stoppedAt), now: seconds(now), state: PROCESS_STATES[view.state].code,
    statename: view.state, spawnerr: spawnError(view, spec), exitstatus: exitStatus(view), logfile: stdout, stdout_logfile: stdout, stderr_logfile: spec?.stderr?.file ?? '',
    pid: view.pid ?? 0, description: describe(view, now),
  });
}

export function getProcessInfo(call: Call): Value {
  const { id, name } = oneTarget(call, textOf(call.params, 0));
  const view = call.control.snapshot().processes.get(id);
  if (view === undefined) throw new Fault('BAD_NAME', name);
  return processInfo(call.control, view);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function getAllProcessInfo({ control }: Call): Value {
  return [...control.snapshot().processes.values()]
    .toSorted((a, b) => compare(a.group, b.group) || compare(a.name, b.name))
    .map((view) => processInfo(control, view));
}

/** supervisord says "auto" for what it has not chosen yet and "none" for what is not there. */
function outputInfo(channel: 'stdout' | 'stderr', output: OutputSpec | null, applied: boolean): Readonly<Record<string, Value>> {
  const file = output === null ? 'none' : output.auto && !applied ? 'auto' : (output.file ?? 'none');
  return {
    [`${channel}_capture_maxbytes`]: output?.captureBytes ?? 0, [`${channel}_events_enabled`]: output?.events ?? false, [`${channel}_logfile`]: file,
    [`${channel}_logfile_backups`]: output?.backups ?? 10, [`${channel}_logfile_maxbytes`]: output?.maxBytes ?? 50 * 1024 * 1024, [`${channel}_syslog`]: output?.syslog ?? false,
  };
}

/** The first signal of a stop, and how long it is waited for. */
function stopInfo(spec: ProcessSpec): Readonly<Record<string, Value>> {
  const first = spec.stop[0];
  return { stopsignal: SIGNALS[first?.signal ?? 'KILL'] ?? 9, stopwaitsecs: first === undefined ? 0 : Number.isFinite(first.waitMs) ? Math.round(first.waitMs / 1000) : -1 };
}

function configInfo({ compat }: Control, { spec, groupPriority, inUse, applied }: ConfiguredSpec, ownUrl: string | null): Struct {
  const uid = spec.user === null ? null : compat.uid(spec.user);
  return struct({
    autostart: spec.autostart, directory: spec.directory ?? 'none', uid: uid ?? 'none', command: redactText(spec.command.text, spec), exitcodes: [...spec.exitCodes], group: spec.group,
    group_prio: groupPriority, inuse: inUse, killasgroup: spec.stop.at(-1)?.scope !== 'main', name: spec.name, process_prio: spec.priority,
    redirect_stderr: spec.stderr === null, startretries: spec.startRetries ?? 'none', startsecs: Math.round(spec.startMs / 1000),
    ...outputInfo('stdout', spec.stdout, applied), ...stopInfo(spec), ...outputInfo('stderr', spec.stderr, applied),
    serverurl: spec.serverUrl === null || spec.serverUrl === ownUrl || spec.serverUrl === 'auto' ? 'none' : spec.serverUrl,
  });
}

export function getAllConfigInfo({ control }: Call): Value {
  // What children are told of when the file says nothing is nothing to supervisord.
  const ownUrl = serverUrlOf(control.api.listen);
  return control.compat.configured()
    .toSorted((a, b) => compare(a.spec.name, b.spec.name))
    .map((one) => configInfo(control, one, ownUrl));
}
