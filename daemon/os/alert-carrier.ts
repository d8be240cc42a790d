// Alerts leave the daemon: by a command, a POST or the system's log. Loaded when alerts are configured.
import type { ChannelSpec } from '../../config/alert-spec.ts';
import type { AlertMessage } from '../contract/alerts.ts';
import type { Severity } from '../contract/facts.ts';
import { bodyOf, postAlert } from './alert-webhook.ts';
import type { AlertCarrier, DeliveryAnswer } from './ports/alerts.ts';
import type { Syslog } from './ports/lines.ts';
import type { SideCommands } from './ports/side-commands.ts';

/** RFC 5424's numbers. */
const SYSLOG_SEVERITY: Readonly<Record<Severity, number>> = { debug: 7, info: 6, warning: 4, error: 3, critical: 2 };

/** The message as variables. */
function variablesOf(m: AlertMessage): Record<string, string> {
  const all: Record<string, string | number | null> = {
    ALERT_ID: m.id, ALERT_KIND: m.kind, ALERT_NAME: m.alert, ALERT_CLASS: m.class, ALERT_CAUSE: m.cause, ALERT_SEVERITY: m.severity, ALERT_SUBJECT: m.subjectName, ALERT_SUBJECT_KIND: m.subject.kind,
    ALERT_SUBJECT_NAME: m.subject.name, ALERT_PROGRAM: m.subject.program, ALERT_JOB: m.job, ALERT_RUN: m.run, ALERT_WHY: m.why, ALERT_TITLE: m.title, ALERT_TEXT: m.text,
    ALERT_AT: new Date(m.at).toISOString(), ALERT_STARTED_AT: new Date(m.startedAt).toISOString(), ALERT_DURATION_MS: m.durationMs, ALERT_OCCURRENCES: m.occurrences, ALERT_SUPPRESSED: m.suppressed,
    ALERT_INCIDENT: m.incident, ALERT_LAST_BEAT: m.lastBeatAt === null ? 'Never' : new Date(m.lastBeatAt).toISOString(), ALERT_LINK: m.link, ALERT_DAEMON: m.daemon, ALERT_HOST: m.host,
  };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value ?? '').replaceAll('\0', '')]));
}

export interface CarrierOptions {
  readonly sideCommands: () => Promise<SideCommands>;
  readonly syslog: Syslog;
}

export function createAlertCarrier({ sideCommands, syslog }: CarrierOptions): AlertCarrier {
  const closing = new AbortController();
  const running = new Set<{ cancel(): void }>();

  async function byCommand(channel: Extract<ChannelSpec, { kind: 'exec' }>, message: AlertMessage, environment: Readonly<Record<string, string>>): Promise<DeliveryAnswer> {
    const side = await sideCommands();
    if (closing.signal.aborted) return { ok: false, why: 'the daemon ends' };
    return new Promise((resolve) => {
      const stop = (): void => resolve({ ok: false, why: 'the daemon ends' });
      const handle = side.run({
        command: channel.command, directory: channel.directory, user: channel.user, group: null, environment: { ...environment, ...variablesOf(message) }, input: `${bodyOf('json', message)}\n`, timeoutMs: channel.timeoutMs,
        done: (answer) => {
          running.delete(one);
          resolve(answer.ok ? { ok: true } : { ok: false, why: answer.output === '' ? answer.why : `${answer.why}: ${answer.output.slice(-300).replaceAll('\n', ' | ')}` });
        },
      });
      const one = {
        cancel: () => {
          handle.cancel();
          stop();
        },
      };
      running.add(one);
    });
  }

  function bySyslog(message: AlertMessage): DeliveryAnswer {
    const line = Buffer.from(`${message.title}: ${message.text}`.replaceAll('\n', ' '));
    return syslog.send(null, line, 0, line.length, SYSLOG_SEVERITY[message.severity]) ? { ok: true } : { ok: false, why: 'the system log does not take it' };
  }

  return {
    async deliver(channel, message, environment) {
      switch (channel.kind) {
        case 'exec': return byCommand(channel, message, environment);
        case 'webhook': return postAlert(channel, message, closing.signal);
        case 'syslog': return bySyslog(message);
      }
    },
    close() {
      closing.abort();
      for (const one of running) one.cancel();
      running.clear();
    },
  };
}
