// Is all well? What is not, and what would help? Pure.
import type { AlertView } from '../contract/alerts.ts';
import type { Finding } from '../contract/answers.ts';
import type { DaemonExplanation } from '../contract/explanations.ts';
import { shortId, shortName } from '../contract/names.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import { jobTitle } from './explain-job.ts';
import { ago, because, count, listed } from './explain-words.ts';

export interface DaemonSource {
  readonly snapshot: Snapshot;
  /** Of doctor. */
  readonly findings: readonly Finding[];
  readonly alerts: readonly AlertView[];
  /** Dead letters that nobody tried again. */
  readonly dead: number;
  readonly now: number;
}

/** Things of one kind told one by one. */
const SHOWN = 5;

/** Each with its reason, and the command that says more; the rest as a number. */
function told(what: string, names: readonly { readonly name: string; readonly why: string }[], more: string): readonly string[] {
  const shown = names.slice(0, SHOWN).map(({ name, why }) => `${what === '' ? '' : `${what} `}${name} ${why}.`);
  return names.length > SHOWN ? [...shown, `And ${names.length - SHOWN} more like that: \`${more}\`.`] : shown;
}

function processes({ snapshot, now }: DaemonSource): readonly string[] {
  const rows = [...snapshot.processes.values()];
  const since = (at: number): string => `for ${ago(now - at)}`;
  const down = rows.filter((row) => row.wanted === 'up' && (row.state === 'FATAL' || row.state === 'BACKOFF' || row.state === 'UNKNOWN'));
  const waits = rows.filter((row) => row.wanted === 'up' && row.state === 'RUNNING' && !row.ready);
  const ill = rows.filter((row) => row.state === 'RUNNING' && (row.health === 'unhealthy' || row.health === 'stuck'));
  const left = rows.filter((row) => row.survivors.length > 0);
  const flapping = rows.filter((row) => row.flapping !== null && !down.includes(row));
  return [
    ...told('', down.map((row) => ({ name: shortName(row.id), why: `is ${row.state} ${since(row.changedAt)}${because(row.why)}; \`reevectl explain ${shortName(row.id)}\` says more` })), 'reevectl health --unhealthy'),
    ...told('', waits.map((row) => ({ name: shortName(row.id), why: `runs and is not ready ${since(row.changedAt)}` })), 'reevectl status'),
    ...told('', ill.map((row) => ({ name: shortName(row.id), why: `is ${row.health}; \`reevectl explain ${shortName(row.id)}\` says why` })), 'reevectl health --unhealthy'),
    ...told('', flapping.map((row) => ({ name: shortName(row.id), why: 'fails again and again' })), 'reevectl status -v'),
    ...told('', left.map((row) => ({ name: shortName(row.id), why: `left processes that do not end: ${row.survivors.join(', ')}` })), 'reevectl status -v'),
  ];
}

function groups({ snapshot }: DaemonSource): readonly string[] {
  const rows = [...snapshot.groups.values()].filter((row) => row.state === 'FATAL' || row.state === 'GIVING_UP' || row.state === 'BACKOFF');
  return told('group', rows.map((row) => ({ name: row.name, why: `is ${row.state}${because(row.why)}; \`reevectl explain group:${row.name}\` says more` })), 'reevectl tree');
}

const BAD_ENDS: ReadonlySet<string> = new Set(['failed', 'timed_out', 'stalled', 'interrupted', 'dead']);

function jobs({ snapshot, dead, now }: DaemonSource): readonly string[] {
  const rows = [...snapshot.jobs.values()];
  const failed = rows.filter((row) => row.last !== null && BAD_ENDS.has(row.last.state));
  const held = rows.filter((row) => row.held !== '' && row.queued > 0);
  const open = [...snapshot.breakers.values()].filter((row) => row.state !== 'closed');
  return [
    ...told('', failed.map((row) => ({ name: jobTitle(row), why: `ended badly ${ago(now - (row.last?.endedAt ?? now))} ago${because(row.last?.why ?? '')}; \`reevectl explain ${row.role === 'job' ? `job:${row.name}` : row.name}\` says more` })), 'reevectl job list'),
    ...told('', held.map((row) => ({ name: jobTitle(row), why: `is due and does not start: ${row.held}` })), 'reevectl job list'),
    ...told('breaker', open.map((row) => ({ name: row.name, why: `is ${row.state.replace('_', '-')}${because(row.why)}; \`reevectl explain breaker:${row.name}\` says more` })), 'reevectl breaker'),
    ...(dead === 0 ? [] : [`${count(dead, 'dead letter waits', 'dead letters wait')} for somebody: \`reevectl dead list --pending\`.`]),
    ...(snapshot.drain === null ? [] : [`${snapshot.drain.by} drains ${snapshot.drain.names.length === 0 ? 'everything' : listed(snapshot.drain.names)} for ${ago(now - snapshot.drain.startedAt)}: no new run of that starts; \`reevectl resume\` ends it.`]),
  ];
}

function issues({ snapshot }: DaemonSource): readonly string[] {
  const checks = [...snapshot.checks.values()].filter((row) => row.lastResult === 'failed');
  const live = [...snapshot.issues.values()];
  const needy = live.filter((row) => row.state === 'manual' || row.state === 'unfixable' || row.state === 'exhausted');
  const others = live.length - needy.length;
  return [
    ...told('check', checks.map((row) => ({ name: row.name, why: `could not look${because(row.lastWhy)}` })), 'reevectl check list'),
    ...told('issue', needy.map((row) => ({ name: shortId(row.id), why: `is ${row.state}: ${row.message.slice(0, 120)}; \`reevectl explain issue:${shortId(row.id)}\` says more` })), 'reevectl issue list'),
    ...(others === 0 ? [] : [`${count(others, 'more issue is', 'more issues are')} being dealt with: \`reevectl issue list\`.`]),
  ];
}

function alerts({ alerts: rows }: DaemonSource): readonly string[] {
  return told('alert', rows.filter((row) => row.problem !== null).map((row) => ({ name: row.name, why: `does not get through: ${row.problem ?? ''}` })), 'reevectl alert list');
}

/** The daemon as a whole: whatever needs somebody, worst first, each with the command that helps. */
export function explainDaemon(source: DaemonSource): DaemonExplanation {
  const { snapshot, findings, now } = source;
  const { daemon } = snapshot;
  const notable = findings.filter((one) => one.level === 'problem' || one.level === 'warning');
  const wrong = [...processes(source), ...groups(source), ...jobs(source), ...issues(source), ...alerts(source), ...notable.filter((one) => one.level === 'problem').map((one) => `${one.subject}: ${one.message}.${one.advice === undefined ? '' : ` ${one.advice}`}`)];
  const warnings = notable.filter((one) => one.level === 'warning').length;
  const running = [...snapshot.processes.values()].filter((row) => row.state === 'RUNNING').length;
  const state = daemon.state === 'RUNNING' ? (wrong.length === 0 ? 'well' : 'ailing') : daemon.state;
  const programs = snapshot.processes.size === 0 ? 'the file declares no programs' : `${running} of ${count(snapshot.processes.size, 'process runs', 'processes run')}`;
  const runs = [...snapshot.runs.values()].filter((run) => run.state === 'running').length;
  const work = `${programs}${snapshot.jobs.size === 0 ? '' : `, ${count(runs, 'run')} of ${count(snapshot.jobs.size, 'job')} ${runs === 1 ? 'goes' : 'go'} on`}`;
  return {
    kind: 'daemon', name: 'reeve', state, daemon, findings: notable,
    summary: `${daemon.identifier === '' ? 'reeve' : daemon.identifier} ${daemon.state === 'RUNNING' ? `is up for ${ago(now - daemon.startedAt)}` : `is ${daemon.state}`}: ${work}; ${wrong.length === 0 ? 'all is well' : `${count(wrong.length, 'thing needs', 'things need')} a look`}.`,
    sentences: [...wrong, ...(warnings === 0 ? [] : [`\`reevectl doctor\` has ${count(warnings, 'warning')} about the machine and the configuration.`])],
  };
}
