// Explanations as a person reads them: how it is, why and what next, then the facts behind. Pure.
import { uptime } from '../daemon/contract/description.ts';
import type { Explanation, GroupExplanation, LifeAnswer, ProcessExplanation } from '../daemon/contract/explanations.ts';
import { shortId, shortName } from '../daemon/contract/names.ts';
import { instant } from './instant.ts';
import { historyLines, stateText } from './job-lines.ts';
import type { JobStyle } from './job-lines.ts';
import { paint, printable } from './screen.ts';
import type { Paint } from './screen.ts';
import { relative, zonedBriefly } from './time-words.ts';

/** Runs shown below a job. */
const RUNS = 10;

function lifeLine(life: LifeAnswer): string {
  const ended = life.endedAt === null ? 'not ended' : `ran ${uptime(life.endedAt - life.startedAt)}`;
  const how = life.endedAt === null ? '' : life.signal !== null ? `, signal ${life.signal}` : life.code === null ? ', exit status unknown' : `, exit ${life.code}`;
  return `  ${String(life.incarnation).padStart(4)}  ${instant(life.startedAt)}  pid ${life.pid}, ${ended}${how}${life.why ? `: ${printable(life.why)}` : ''}`;
}

function processFacts(one: ProcessExplanation): readonly string[] {
  const lines: string[] = [];
  if (one.transitions.length > 0) {
    lines.push('Last changes:');
    for (const t of one.transitions) lines.push(`  ${instant(t.at)}  ${t.from} -> ${t.to}, life ${t.incarnation}${t.why === '' ? '' : `: ${printable(t.why)}`}`);
  }
  if (one.violations.length > 0) {
    lines.push('Limits it did not keep:');
    for (const v of one.violations) lines.push(`  ${instant(v.at)}  ${v.what}, life ${v.incarnation}: ${printable(v.why)}${v.action === 'alert' ? '' : `; action: ${v.action}`}`);
  }
  if (one.lives.length > 0) {
    lines.push('Lives:');
    for (const life of one.lives) {
      lines.push(lifeLine(life));
      const last = life.lastOutput?.trimEnd() ?? '';
      if (last !== '') lines.push(...last.split('\n').map((text) => `        | ${printable(text)}`));
    }
  }
  return lines;
}

function groupFacts({ group }: GroupExplanation): readonly string[] {
  return [`  Members: ${group.members.map(shortName).join(', ')}`];
}

/** What is behind the sentences, where that is more than they say. */
function facts(one: Explanation, style: JobStyle): readonly string[] {
  switch (one.kind) {
    case 'process': return processFacts(one);
    case 'group': return groupFacts(one);
    case 'job': return one.runs.length === 0 ? [] : ['Last runs:', ...historyLines(one.runs.slice(0, RUNS), style).map((line) => `  ${line}`)];
    case 'run': return one.run.attempts.length <= 1 ? [] : ['Attempts:', ...one.run.attempts.map((a) => `  ${String(a.attempt).padStart(4)}  ${shortId(a.id)}  ${stateText(a.state)}${a.endedAt === null ? '' : `, ended ${relative(a.endedAt, style.now)}`}`)];
    case 'issue': return one.issue.history.length === 0 ? [] : ['Attempts:', ...one.issue.history.map((a) => `  ${String(a.number).padStart(4)}  ${zonedBriefly(a.startedAt, style.zone)}  ${a.fix}: ${(a.outcome ?? 'going on').replace('_', ' ')}${a.why === '' ? '' : ` (${printable(a.why)})`}`)];
    default: return [];
  }
}

const GOOD = new Set(['RUNNING', 'UP', 'well', 'ok', 'succeeded', 'closed', 'fixed', 'running', 'quiet', 'working']);
const BAD = new Set(['FATAL', 'UNKNOWN', 'GIVING_UP', 'ailing', 'failed', 'dead', 'timed_out', 'stalled', 'interrupted', 'open', 'exhausted', 'unfixable', 'failing', 'pending']);

function paintOf({ kind, state }: Explanation): Paint | null {
  // An open issue is what fixes are for; an open breaker holds back what depends on it.
  if (kind === 'issue' && state === 'open') return 'yellow';
  return GOOD.has(state) ? 'green' : BAD.has(state) ? 'red' : null;
}

/** `web`, `group web`, `run 3f2a9c0d`: processes by their name alone, as everywhere. */
function titleOf(one: Explanation): string {
  switch (one.kind) {
    case 'process': case 'daemon': return one.name;
    case 'run': case 'issue': return `${one.kind} ${shortId(one.name)}`;
    case 'dead': return `dead letter ${shortId(one.name)}`;
    default: return `${one.kind} ${one.name}`;
  }
}

/** The lines of one explanation. */
export function explanationLines(one: Explanation, style: JobStyle): readonly string[] {
  return [
    `${paint(titleOf(one), 'bold', style.colour)}: ${paint(one.state.replace('_', ' '), paintOf(one), style.colour)}. ${printable(one.summary)}`,
    ...one.sentences.map((sentence) => `  ${printable(sentence)}`), ...facts(one, style),
  ];
}
