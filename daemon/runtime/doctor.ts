// What of the machine and the configuration is missing, limited or open?
import type { Config } from '../../config/spec.ts';
import type { Finding } from '../contract/answers.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import type { MachineFacts } from '../os/ports/machine.ts';
import type { Store } from '../os/ports/store.ts';
import { jobFindings, PENDING_LIMIT } from './job-doctor.ts';

export interface DoctorSource {
  readonly config: Config;
  readonly machine: MachineFacts;
  readonly store: Store;
  readonly warnings: readonly string[];
  readonly processes: number;
  readonly snapshot: Snapshot;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function doors({ config }: DoctorSource): readonly Finding[] {
  const { api } = config;
  const out: Finding[] = [];
  for (const l of api.listen) {
    if ('unix' in l.address) {
      if ((l.mode & 0o007) !== 0) out.push({ level: 'warning', subject: l.address.unix, message: `the socket has mode ${l.mode.toString(8).padStart(4, '0')}: every local user may control the daemon`, advice: 'Use mode 0700, or 0770 with an owning group.' });
      continue;
    }
    const where = `${l.address.host}:${l.address.port}`;
    const keyed = l.credentials !== null || api.users.length > 0 || api.tokens.length > 0;
    if (l.open && l.credentials === null) {
      out.push({ level: isLoopback(l.address.host) ? 'note' : 'problem', subject: where, message: `anybody who reaches ${where} may stop and start programs${api.ui ? ', by the web page too' : ''}`, advice: 'Add [api] users or tokens, or listen on a unix socket only.' });
    } else if (!keyed) {
      out.push({ level: 'ok', subject: where, message: `${where} serves the read role only (no credentials are configured)` });
    }
    if (keyed && !isLoopback(l.address.host)) out.push({ level: 'note', subject: where, message: `credentials cross the network in the clear on ${where}`, advice: 'Put a TLS proxy in front of it.' });
  }
  for (const user of api.users) {
    if (!user.password.startsWith('scrypt:') && !user.password.startsWith('{SHA}')) out.push({ level: 'note', subject: `user ${user.name}`, message: 'the password stands in the file as plain text', advice: 'Store it as scrypt:… or use password_file.' });
  }
  if (api.listen.length === 0) out.push({ level: 'note', subject: 'api', message: 'no control server is configured: reevectl cannot reach this daemon', advice: 'Add listen to [api].' });
  return out;
}

function machineFindings({ machine }: DoctorSource): readonly Finding[] {
  const out: Finding[] = [{
    level: machine.implementation === 'native' ? 'ok' : 'warning', subject: 'os layer',
    message: machine.implementation === 'native' ? 'native (posix_spawn, epoll, pidfd)' : `portable: ${machine.why ?? 'asked for'}`,
  }];
  out.push(machine.subreaper || machine.pid1
    ? { level: 'ok', subject: 'orphans', message: machine.pid1 ? 'PID 1: every orphan is reaped here' : 'subreaper: orphans of programs are found and reaped' }
    : { level: 'warning', subject: 'orphans', message: 'orphans of programs go to another process and may outlive a stop' });
  for (const limit of machine.limits) out.push({ level: limit.ok ? 'ok' : 'warning', subject: limit.name, message: limit.detail });
  return out;
}

/** How limits are kept, and what of them cannot be. */
function limitFindings({ machine: { measures } }: DoctorSource): readonly Finding[] {
  const { proc, cgroup, controllers, oom } = measures;
  if (!proc) return [{ level: 'warning', subject: 'limits', message: 'memory, processor and processes of programs are not measured: there is no /proc; of limits only runtime, disk and the kernel limits are kept' }];
  const looked = 'looked at in /proc every few seconds, so that a limit may be passed for as long';
  const how: Finding = cgroup === null
    ? { level: 'note', subject: 'limits', message: `what programs use is ${looked}: no control group (version 2) can be made here`, advice: 'Give the daemon a writable cgroup: Delegate=yes in systemd, or a writable /sys/fs/cgroup in the container.' }
    : controllers.length === 0
      ? { level: 'ok', subject: 'limits', message: `programs with limits get control groups in ${cgroup}: processor time and whole trees are the kernel's; memory and processes are ${looked} (no controllers there)` }
      : { level: 'ok', subject: 'limits', message: `programs with limits get control groups in ${cgroup} (${controllers.join(', ')})` };
  const short: Finding = oom === null
    ? { level: 'note', subject: 'out of memory', message: 'the kernel does not say here whether it ended somebody for want of memory: such an end is "terminated by SIGKILL"' }
    : { level: 'ok', subject: 'out of memory', message: `ends for want of memory are counted in ${oom}` };
  return [how, short];
}

/** Problems first, what is fine last. */
export function doctor(source: DoctorSource): readonly Finding[] {
  const { store, config, warnings, processes, snapshot } = source;
  const state: Finding = store.path === null
    ? { level: 'warning', subject: 'state', message: `kept in memory only: ${store.problem ?? 'no state directory'}; what an operator stopped is forgotten when the daemon dies`, advice: 'Set [daemon] state_dir to a directory that can be written.' }
    : { level: 'ok', subject: 'state', message: store.path };
  const findings: Finding[] = [
    { level: 'ok', subject: 'configuration', message: `${config.file}, ${processes} processes` },
    ...warnings.map((message): Finding => ({ level: 'warning', subject: 'configuration', message })),
    state, ...machineFindings(source), ...limitFindings(source), ...doors(source),
    ...jobFindings({ snapshot, inMemory: store.path === null, pending: store.runs.dead({ pending: true, limit: PENDING_LIMIT }).length }),
  ];
  const order = ['problem', 'warning', 'note', 'ok'];
  return findings.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
}
