// Groups and their processes in supervisord's words.
import type { IniUnit } from '../config/ini-file.ts';
import { expandHome } from '../config/paths.ts';
import type { IniCopy } from '../config/port.ts';
import type { Config, GroupSpec, OutputSpec, ProcessSpec, SocketSpec } from '../config/spec.ts';
import type { Copies } from './ini-view-read.ts';
import { octal, owner, userId } from './ini-view-words.ts';
import type { Json } from './ini-view-words.ts';

/** An automatic log, and an automatic server URL. */
const AUTO = 'AUTO';

function logName(copy: IniCopy, channel: 'stdout' | 'stderr', home: string | undefined): string | null {
  const text = copy.values[`${channel}_logfile`] ?? 'auto';
  if (channel === 'stderr' && copy.values.redirect_stderr === true) return null;
  if (text === 'auto') return AUTO;
  return text === 'none' || text === 'syslog' ? null : expandHome(text, home);
}

function processView(spec: ProcessSpec, copy: IniCopy, config: Config, home: string | undefined): Json {
  const { values } = copy;
  const first = spec.stop[0];
  const channel = (name: 'stdout' | 'stderr', output: OutputSpec | null): Record<string, Json> => ({
    [`${name}_logfile`]: logName(copy, name, home),
    [`${name}_capture_maxbytes`]: output?.captureBytes || (values[`${name}_capture_maxbytes`] ?? 0),
    [`${name}_events_enabled`]: output?.events ?? values[`${name}_events_enabled`] ?? false,
    [`${name}_syslog`]: output?.syslog ?? (values[`${name}_syslog`] === true || values[`${name}_logfile`] === 'syslog'),
    [`${name}_logfile_backups`]: output === null || output.backups === 0 ? (values[`${name}_logfile_backups`] ?? 10) : output.backups,
    [`${name}_logfile_maxbytes`]:
      output === null || output.maxBytes === 0 ? (values[`${name}_logfile_maxbytes`] ?? 52_428_800) : output.maxBytes,
  });
  const environment = Object.entries({ ...config.daemon.environment, ...copy.environment }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const url = values.serverurl;
  return {
    name: spec.name,
    uid: values.user === undefined ? null : userId(values.user),
    command: spec.command.text,
    directory: values.directory ?? null,
    umask: octal(spec.umask),
    priority: spec.priority,
    autostart: spec.autostart,
    autorestart: { permanent: 'true', transient: 'unexpected', temporary: 'false' }[values.autorestart ?? 'transient'],
    startsecs: spec.startMs === 0 ? (values.startsecs ?? 1000) / 1000 : spec.startMs / 1000,
    startretries: values.startretries ?? spec.startRetries,
    ...channel('stdout', spec.stdout),
    ...channel('stderr', spec.stderr),
    stopsignal: `SIG${first?.signal}`,
    // A KILL that is the stop signal is repeated, and not faster than once a second.
    stopwaitsecs: (first?.signal === 'KILL' || first?.waitMs === 0 ? (values.stopwaitsecs ?? 10_000) : (first?.waitMs ?? 0)) / 1000,
    stopasgroup: first?.scope === 'group',
    killasgroup: spec.stop.at(-1)?.scope === 'group',
    exitcodes: spec.exitCodes,
    redirect_stderr: spec.stderr === null,
    environment: Object.fromEntries(environment),
    serverurl: url === undefined || url.trim().toUpperCase() === AUTO ? null : url,
  };
}

/** Names of supervisord's event classes. */
function eventClass(name: string): string {
  if (name.startsWith('SUPERVISOR_STATE_CHANGE_')) return `Supervisor${camel(name.slice(24))}Event`;
  return name === 'EVENT' ? 'Event' : `${camel(name)}Event`;
}

const camel = (name: string): string =>
  name
    .split('_')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join('');

function socketView(socket: SocketSpec): Record<string, Json> {
  if ('host' in socket.address) return { socket: `tcp://${socket.address.host}:${socket.address.port}`, socket_backlog: socket.backlog };
  const user = socket.owner === null ? null : userId(socket.owner);
  const isOurs = typeof user === 'number' && user === process.getuid?.();
  return {
    socket: `unix://${socket.address.unix}`,
    socket_backlog: socket.backlog,
    socket_mode: octal(socket.mode),
    socket_owner:
      socket.owner === null || (socket.ownGroup && isOurs) ? null : socket.ownGroup ? [user, `gid-of:${user}`] : owner(socket.owner),
  };
}

/** One group with its processes. `home`: what `~` stands for. */
export function groupView(group: GroupSpec, config: Config, copies: Copies, unit: IniUnit, home: string | undefined): Json {
  const members = new Set(group.members);
  const own = new Set(copies.filter(({ spec }) => members.has(spec)).map(({ copy }) => copy.section));
  const listed = (unit.sections.get(`group:${group.name}`)?.keys.get('programs')?.value ?? '').split(',').map((name) => name.trim());
  // As declared, not in start order: supervisord sorts when it starts them, and only then lets the last one of a name win.
  const mine = copies.filter(
    ({ spec, copy }) =>
      spec.group === group.name &&
      (own.has(copy.section) || (!group.implicit && copy.kind !== 'eventlistener' && listed.includes(spec.program))),
  );
  const section = unit.sections.get(`eventlistener:${group.name}`);
  return {
    name: group.name,
    priority: group.priority,
    type: group.listener !== null ? 'eventlistener' : group.socket !== null ? 'fcgi' : 'program',
    ...(group.listener === null
      ? {}
      : {
          buffer_size: group.listener.bufferSize,
          result_handler: section?.keys.get('result_handler')?.value ?? 'supervisor.dispatchers:default_handler',
          events: group.listener.events.map(eventClass).toSorted(),
        }),
    ...(group.socket === null ? {} : socketView(group.socket)),
    processes: inDeclaredOrder(mine).map(({ spec, copy }) => processView(spec, copy, config, home)),
  };
}

/** Copies of one program by name, programs as they were built. */
function inDeclaredOrder(copies: Copies): Copies {
  const sections = [...new Set(copies.map(({ copy }) => copy.section))];
  return copies.toSorted(
    (a, b) =>
      sections.indexOf(a.copy.section) - sections.indexOf(b.copy.section) ||
      (a.spec.name < b.spec.name ? -1 : a.spec.name > b.spec.name ? 1 : 0),
  );
}
