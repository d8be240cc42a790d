// What differs between the alerts of two readings, as settings `alerts.NAME.key`. Everything is taken at once.
import { changesOf, hiddenParts, plain, silent } from './changes.ts';
import type { FileValue, KeyChange, Part, Rules } from './changes.ts';
import { printDuration } from './duration.ts';
import { HIDDEN } from './redact.ts';
import type { AlertSettings, AlertSpec, ChannelSpec } from './alert-spec.ts';

const time = (ms: number | null): FileValue => (ms === null ? null : printDuration(ms));

function channelParts(channels: readonly ChannelSpec[]): readonly Part<'live'>[] {
  return channels.flatMap((channel): readonly Part<'live'>[] => {
    if (channel.kind === 'syslog') return [{ key: 'syslog', value: true }];
    const timeout: Part<'live'> = { key: 'timeout', value: time(channel.timeoutMs) };
    if (channel.kind === 'exec') return [{ key: 'exec', value: channel.command.text }, { key: 'shell', value: channel.command.shell }, { key: 'user', value: channel.user }, timeout];
    return [
      { key: 'webhook', value: channel.url, shown: channel.url === null ? null : HIDDEN },
      { key: 'webhook_file', value: channel.urlFile },
      { key: 'webhook_socket', value: channel.socket },
      { key: 'format', value: channel.format },
      ...hiddenParts<'live'>('headers', channel.headers),
      ...Object.entries(channel.headerFiles).map(([name, path]) => ({ key: `header_files.${name}`, value: path })),
      timeout,
    ];
  });
}

const ALERT_RULES: Rules<AlertSpec, 'live'> = {
  name: silent('identity'),
  origin: silent('ignored'),
  enabled: plain('live', 'enabled'),
  on: plain('live', 'on'),
  // What `on` means.
  causes: silent('ignored'),
  programs: plain('live', 'programs'),
  jobs: plain('live', 'jobs'),
  exclude: plain('live', 'exclude'),
  minSeverity: plain('live', 'min_severity'),
  channels: { takes: 'live', parts: channelParts },
  dedupMs: plain('live', 'dedup', time),
  repeatMs: plain('live', 'repeat_every', time),
  maxRepeats: plain('live', 'max_repeats'),
  rate: plain('live', 'rate', ({ max, windowMs }) => (max === null ? null : `${max}/${printDuration(windowMs)}`)),
  forMs: plain('live', 'for', time),
  recovery: plain('live', 'recovery'),
  title: plain('live', 'title'),
  text: plain('live', 'text'),
};

const SETTING_RULES: Rules<AlertSettings, 'live'> = { enabled: plain('live', 'alerts.enabled'), link: plain('live', 'alerts.link') };

/** The alerts of a configuration. */
export interface Alerting {
  readonly alerts: readonly AlertSpec[];
  readonly alertSettings: AlertSettings;
}

/** What differs, each key with its table's name; an alert that comes or goes is told by its `on`. */
export function alertChanges(before: Alerting, after: Alerting): readonly KeyChange<'live'>[] {
  const was = new Map(before.alerts.map((alert) => [alert.name, alert]));
  const is = new Map(after.alerts.map((alert) => [alert.name, alert]));
  const changes = [...new Set([...was.keys(), ...is.keys()])].flatMap((name): readonly KeyChange<'live'>[] => {
    const [a, b] = [was.get(name), is.get(name)];
    if (a !== undefined && b !== undefined) return changesOf(ALERT_RULES, a, b).map((change) => ({ ...change, key: `alerts.${name}.${change.key}` }));
    return [{ key: `alerts.${name}`, from: a?.on ?? null, to: b?.on ?? null, takes: 'live' }];
  });
  return [...changesOf(SETTING_RULES, before.alertSettings, after.alertSettings), ...changes];
}
