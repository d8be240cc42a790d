// What a plan says to a person: per program what is done to it, and which key changes from what to what. Pure.
import type { Operation } from '../daemon/contract/answers.ts';
import { changeLine } from '../daemon/contract/plan.ts';
import type { Plan, PlanChange, ProcessAction } from '../daemon/contract/plan.ts';
import { ERRORS } from '../daemon/contract/errors.ts';
import { shortName } from '../daemon/contract/names.ts';
import { adviceFor } from './advice.ts';
import { paint } from './screen.ts';
import type { Paint } from './screen.ts';

const COLOURS: Readonly<Record<string, Paint | null>> = { keep: null, live: 'cyan', restart: 'yellow', replace: 'yellow', add: 'green', remove: 'red' };
const WIDTH = 9;
const COUNTED: readonly (readonly [ProcessAction, string])[] = [
  ['live', 'to change live'],
  ['restart', 'to restart'],
  ['add', 'to add'],
  ['remove', 'to remove'],
];

function block(action: string, name: string, note: string, changes: readonly PlanChange[], colour: boolean): readonly string[] {
  const head = `${paint(action, COLOURS[action] ?? null, colour)}${' '.repeat(Math.max(1, WIDTH - action.length))}${name}${note}`;
  return [head, ...changes.map((change) => `${' '.repeat(WIDTH + 2)}${changeLine(change)}`)];
}

/** The whole plan, what stays as it is last and in one line. */
export function planLines(plan: Plan, colour: boolean): readonly string[] {
  const lines: string[] = [];
  // What comes or goes is said by its programs.
  for (const one of plan.groups) if (one.action === 'live' || one.action === 'replace') lines.push(...block(one.action, `group ${one.group}`, '', one.changes, colour));
  for (const one of plan.processes) {
    const down = one.staysDown && (one.action === 'restart' || one.action === 'add') ? ' (stays down)' : '';
    if (one.action !== 'keep') lines.push(...block(one.action, shortName(one.process), down, one.changes, colour));
  }
  for (const one of plan.jobs) if (one.action !== 'keep') lines.push(...block(one.action, `job ${one.job}`, '', one.changes, colour));
  for (const one of plan.breakers) if (one.action !== 'keep') lines.push(...block(one.action, `breaker ${one.breaker}`, '', one.changes, colour));
  const live = plan.settings.filter((one) => one.takes === 'live');
  if (live.length > 0) lines.push(...block('live', 'the daemon', '', live, colour));
  for (const one of plan.settings) if (one.takes === 'daemon') lines.push(`Not applied: ${changeLine(one)}; needs a restart of the daemon.`);
  const counted = [...plan.processes, ...plan.jobs, ...plan.breakers];
  const kept = counted.filter((one) => one.action === 'keep').length;
  const counts = COUNTED.flatMap(([action, word]) => {
    const count = counted.filter((one) => one.action === action).length;
    return count > 0 ? [`${count} ${word}`] : [];
  });
  const rest = `${kept} stay${kept === 1 ? 's' : ''} as ${kept === 1 ? 'it is' : 'they are'}`;
  lines.push(plan.changes ? `Plan ${plan.id}: ${[...counts, rest].join(', ')}.` : `Nothing to do: what runs is what ${plan.file} says.`);
  return lines;
}

export interface Results {
  readonly out: readonly string[];
  readonly notes: readonly string[];
  readonly code: number;
}

/** What became of an apply. */
export function applyResults(operation: Operation): Results {
  const out: string[] = [];
  const notes: string[] = [];
  let code = 0;
  for (const target of operation.targets) {
    const name = target.name.endsWith(':*') ? `group ${target.name.slice(0, -2)}` : shortName(target.name);
    if (target.outcome === 'ok') out.push(`${name}: ${target.message}`);
    else if (target.outcome === 'error') out.push(`${name}: ERROR (${target.message})`);
    if (target.outcome === 'error') code = ERRORS.FAILED.exit;
  }
  if (operation.endedAt === null) {
    notes.push(`Not finished; it goes on as operation ${operation.id}. Run \`reevectl operation ${operation.id} --wait 60s\`.`);
    code ||= ERRORS.TIMEOUT.exit;
  }
  return { out, notes, code };
}

/** supervisorctl's lines of add, remove and update. */
export function groupResults(command: 'add' | 'remove' | 'update', operation: Operation): Results {
  const out = operation.targets.flatMap(({ name, outcome, code, message }): readonly string[] => {
    if (outcome === 'ok') return command === 'update' && message !== 'added process group' ? [`${name}: stopped`, `${name}: ${message}`] : [`${name}: ${message}`];
    if (code === 'NOT_FOUND') return [`ERROR: no such ${command === 'update' ? 'group' : 'process/group'}: ${name}`];
    if (code === 'ALREADY_ADDED') return ['ERROR: process group already active'];
    if (code === 'STILL_RUNNING') return [`ERROR: process/group still running: ${name}`];
    return outcome === 'pending' ? [] : [`${name}: has problems; not removing`];
  });
  const notes = operation.targets.flatMap(({ name, outcome, code, message }) =>
    outcome !== 'error' ? [] : code === 'NOT_FOUND' || code === 'ALREADY_ADDED' || code === 'STILL_RUNNING' ? [adviceFor(command, code).replace('GROUP', name)] : [`${name}: ${message}`],
  );
  // supervisorctl says that a group is there already, and ends with 0.
  const failed = operation.targets.some(({ outcome, code }) => outcome !== 'ok' && code !== 'ALREADY_ADDED');
  if (operation.endedAt === null) notes.push(`Not finished; it goes on as operation ${operation.id}.`);
  return { out, notes, code: failed ? ERRORS.FAILED.exit : 0 };
}
