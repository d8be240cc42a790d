// From the values of [alerts.NAME] or [alert:NAME] to one AlertSpec.
import { ALERT_CAUSES, causesOf, classOf } from './alert-causes.ts';
import { alertKeys } from './alert-schema.ts';
import { commandOf } from './process.ts';
import { filled } from './table.ts';
import type { AlertCauseSpec, AlertSpec, ChannelSpec } from './alert-spec.ts';
import type { AlertValues } from './alert-schema.ts';
import type { Origin } from './spec.ts';

/** What the reader knows about one alert beside its values. */
export interface AlertContext {
  readonly name: string;
  /** Absolute directory of the file. */
  readonly here: string;
  readonly origin: Origin;
  readonly path: (written: string) => string;
  readonly complain: (key: keyof AlertValues | '', message: string, hint?: string) => void;
}

/** Times kept for a rate, at most. */
const MAX_RATE = 1000;

function execOf(values: AlertValues, c: AlertContext, timeoutMs: number): readonly ChannelSpec[] {
  if (values.exec === undefined) {
    for (const key of ['user', 'shell'] as const) if (values[key] !== undefined) c.complain(key, `${key} does nothing without exec`);
    return [];
  }
  const command = commandOf(values.exec, values.shell ?? false);
  if (command.problem !== undefined) c.complain('exec', command.problem);
  return [{ kind: 'exec', command, directory: c.here, user: values.user ?? null, timeoutMs }];
}

function webhookOf(values: AlertValues, c: AlertContext, timeoutMs: number): readonly ChannelSpec[] {
  const { webhook: url = null, webhook_file: file } = values;
  if (url === null && file === undefined) {
    for (const key of ['webhook_socket', 'format', 'headers', 'header_files'] as const)
      if (values[key] !== undefined) c.complain(key, `${key} does nothing without webhook or webhook_file`);
    return [];
  }
  if (url !== null && file !== undefined) c.complain('webhook_file', '"webhook" and "webhook_file" exclude each other');
  if (values.webhook_socket !== undefined && url?.startsWith('https:') === true) c.complain('webhook_socket', 'a unix socket is asked over http, not https', 'write http://');
  return [
    {
      kind: 'webhook',
      url,
      urlFile: file === undefined ? null : c.path(file),
      socket: values.webhook_socket === undefined ? null : c.path(values.webhook_socket),
      format: filled(alertKeys, values, 'toml').format,
      headers: values.headers ?? {},
      headerFiles: Object.fromEntries(Object.entries(values.header_files ?? {}).map(([name, path]) => [name, c.path(path)])),
      timeoutMs,
    },
  ];
}

/** What is good by itself and wrong together. */
function check(values: AlertValues, causes: readonly AlertCauseSpec[], channels: readonly ChannelSpec[], c: AlertContext): void {
  const { dedup } = filled(alertKeys, values, 'toml');
  if (values.on === undefined) c.complain('', '"on" is missing', 'write on = ["failure"]');
  if (channels.length === 0) c.complain('', 'an alert without a channel reaches nobody', 'write exec, webhook or syslog');
  if (values.repeat_every !== undefined && values.repeat_every < dedup)
    c.complain('repeat_every', `repeat_every cannot be less than dedup (${dedup / 1000} s)`, 'write a smaller dedup too');
  if (values.timeout === 0) c.complain('timeout', 'nothing is delivered in no time');
  if (values.rate !== undefined && (values.rate.max ?? 0) > MAX_RATE) c.complain('rate', `a rate counts to ${MAX_RATE} at most`);
  const news = causes.filter(({ ends }) => ends.length === 0).map(({ fact }) => fact);
  for (const key of ['for', 'repeat_every'] as const)
    if (values[key] !== undefined && causes.length > 0 && news.length === causes.length)
      c.complain(key, `${key} needs something that lasts, and ${news.join(', ')} does not`);
}

/** One alert, everything filled in. */
export function alertOf(values: AlertValues, c: AlertContext): AlertSpec {
  const v = filled(alertKeys, values, 'toml');
  const causes = [...new Set((values.on ?? []).flatMap((word) => causesOf(word) ?? []))].map((fact) => ({ fact, class: classOf(fact), ends: ALERT_CAUSES[fact] ?? [] }));
  const channels: readonly ChannelSpec[] = [...execOf(values, c, v.timeout), ...webhookOf(values, c, v.timeout), ...(v.syslog ? [{ kind: 'syslog' as const }] : [])];
  check(values, causes, channels, c);
  return {
    name: c.name,
    enabled: v.enabled,
    on: values.on ?? [],
    causes,
    programs: v.programs,
    jobs: v.jobs,
    exclude: v.exclude,
    minSeverity: v.min_severity,
    channels,
    dedupMs: v.dedup,
    repeatMs: values.repeat_every ?? null,
    maxRepeats: values.max_repeats ?? null,
    rate: values.rate ?? { max: null, windowMs: 0 },
    forMs: v.for,
    recovery: v.recovery,
    title: values.title ?? null,
    text: values.text ?? null,
    origin: c.origin,
  };
}
