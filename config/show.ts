// `reevectl config show`: the resolved configuration as plain JSON, with origins and without secrets.
import { HIDDEN, redactEnvironment, redactText } from './redact.ts';
import type { ChannelSpec } from './alert-spec.ts';
import type { JobSpec } from './job-spec.ts';
import type { CommandSpec, Config, GroupSpec, MemberSpec, ProcessSpec } from './spec.ts';

/** JSON as it may be printed. */
export type Shown = string | number | boolean | null | readonly Shown[] | { readonly [name: string]: Shown };

/** Numbers that people read in octal. */
const OCTAL = new Set(['umask', 'mode']);

/** Plain JSON: Infinity becomes "infinity", an origin becomes "file:line". */
function plain(value: unknown): Shown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : 'infinity';
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return null;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      name === 'origin'
        ? originText(inner)
        : OCTAL.has(name) && typeof inner === 'number'
          ? inner.toString(8).padStart(4, '0')
          : plain(inner),
    ]),
  );
}

function originText(origin: unknown): string {
  if (typeof origin === 'string') return origin; // shown before
  const { file, line } = origin as { file: string; line: number };
  return `${file}:${line}`;
}

/** One resolved process; environment values hidden, marked secrets blotted out of the command. */
export function showProcess(spec: ProcessSpec): Shown {
  return plain({
    ...spec,
    command: showCommand(spec.command, spec),
    environment: redactEnvironment(spec.environment),
    ready: blotted(spec.ready, spec),
    health: { ...spec.health, probes: spec.health.probes.map((probe) => blotted(probe.kind === 'http' ? { ...probe, headers: redactEnvironment(probe.headers) } : probe, spec)) },
    autoscale: blotted(spec.autoscale, spec),
    hooks: blotted(spec.hooks, spec),
  });
}

/** Marked secrets are blotted out wherever they stand in it. */
function blotted(value: unknown, spec: ProcessSpec): unknown {
  if (typeof value === 'string') return redactText(value, spec);
  if (Array.isArray(value)) return value.map((inner: unknown) => blotted(inner, spec));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, blotted(inner, spec)]));
}

function showCommand(command: CommandSpec, spec: ProcessSpec): CommandSpec {
  return { ...command, text: redactText(command.text, spec), words: command.words.map((word) => redactText(word, spec)) };
}

/** One resolved job; as its process, and a schedule as it is written. */
export function showJob(job: JobSpec): Shown {
  const { process, undo, fallback, schedule } = job;
  return plain({
    ...job,
    process: showProcess(process),
    schedule: schedule?.kind === 'cron' ? { kind: 'cron', text: schedule.text, dayMatch: schedule.cron.dayMatch } : schedule,
    undo: undo === null ? null : showCommand(undo, process),
    fallback: fallback === null ? null : showCommand(fallback, process),
  });
}

function showMember(member: MemberSpec): Shown {
  return member.kind === 'process' ? showProcess(member) : showGroup(member);
}

function showGroup(group: GroupSpec): Shown {
  const { members, ...rest } = group;
  return { ...(plain(rest) as Record<string, Shown>), members: members.map(showMember) };
}

/** An address may be all that is needed to write somewhere; so may a header. */
export function showChannel(channel: ChannelSpec): ChannelSpec {
  return channel.kind === 'webhook' ? { ...channel, url: channel.url === null ? null : HIDDEN, headers: redactEnvironment(channel.headers) } : channel;
}

/** The whole configuration. */
export function showConfig(config: Config): Shown {
  const { daemon, api, ctl, tree, jobs, alerts, ...rest } = config;
  return plain({
    ...rest,
    daemon: { ...daemon, environment: redactEnvironment(daemon.environment) },
    api: {
      ...api,
      listen: api.listen.map((one) => ({
        ...one,
        credentials: one.credentials === null ? null : { ...one.credentials, password: HIDDEN },
      })),
      users: api.users.map((user) => ({ ...user, password: HIDDEN })),
      tokens: api.tokens.map((token) => ({ ...token, token: HIDDEN })),
    },
    ctl: { ...ctl, password: ctl.password === null ? null : HIDDEN },
    // Already plain; plain() leaves it as it is.
    tree: showGroup(tree),
    jobs: jobs.map(showJob),
    alerts: alerts.map((alert) => ({ ...alert, channels: alert.channels.map(showChannel) })),
  });
}
