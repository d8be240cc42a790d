// What the daemon's log says about checks, issues and fixes.
import type { Fact } from '../contract/facts.ts';
import type { FactName } from '../contract/fact-payloads.ts';
import type { IssueView } from '../contract/issues.ts';
import { shortId } from '../contract/names.ts';
import { debug, error, info, warn } from './said.ts';
import type { Said } from './said.ts';

type IssueFactName = Exclude<Extract<FactName, `issue.${string}` | `check.${string}` | `fix.${string}`>, 'issue.reported'>;
type Sayer<N extends FactName> = (fact: Extract<Fact, { type: N }>) => Said;

function named({ id, check, code, message }: IssueView): string {
  return `issue ${shortId(id)} of ${check}${code === null ? '' : ` (${code})`}: ${message}`;
}

function counted(count: number, word: string): string {
  return count === 0 ? '' : `, ${String(count)} ${word}`;
}

export const ISSUE_LINES: { readonly [N in IssueFactName]: Sayer<N> } = {
  'issue.known': (f) => debug(`${named(f.issue)}; ${f.issue.state} since before`),
  'issue.opened': (f) => warn(`new ${named(f.issue)}; ${f.issue.why}`),
  'issue.seen': (f) => debug(`${named(f.issue)}; seen ${String(f.issue.occurrences)} times`),
  'issue.changed': (f) => debug(`${named(f.issue)}; ${f.issue.state}: ${f.issue.why}`),
  'issue.reopened': (f) => warn(`${named(f.issue)}; it is back, ${f.issue.why}`),
  'issue.retrying': (f) => warn(`${named(f.issue)}; ${f.issue.why}; next try in ${String(Math.round(f.delayMs / 1000))} s`),
  'issue.fixed': (f) => info(`${named(f.issue)}; ${f.issue.why}`),
  'issue.unfixable': (f) => error(`${named(f.issue)}; ${f.issue.why}`),
  'issue.exhausted': (f) => error(`${named(f.issue)}; ${f.issue.why}`),
  'issue.escalated': (f) => warn(`${named(f.issue)}; ${f.issue.why}`),
  'issue.closed': (f) => info(`${named(f.issue)}; closed by ${f.by}: ${f.issue.why}`),
  'issue.dropped': (f) => error(`${String(f.issues)} issue${f.issues === 1 ? '' : 's'} of ${f.check} dropped: there are too many`),
  'issue.cleared': (f) => info(`${String(f.issues)} issues deleted by ${f.by}`),
  'issue.refused': (f) => warn(`what ${f.check} reported is no issue${f.times > 1 ? ` (${String(f.times)} times)` : ''}: ${f.why}`),
  'check.added': (f) => debug(`check ${f.check} added`),
  'check.changed': (f) => debug(`check ${f.check} changed`),
  'check.removed': (f) => debug(`check ${f.check} removed`),
  'check.completed': (f) => info(`check ${f.check} saw ${String(f.mark.lastIssues)} issue${f.mark.lastIssues === 1 ? '' : 's'}${counted(f.opened, 'new')}${counted(f.reopened, 'back')}${counted(f.closed, 'gone')}`),
  'check.failed': (f) => error(`check ${f.check} could not look: ${f.why}`),
  'check.faltered': (f) => debug(`check ${f.check} could not look: ${f.why}`),
  'fix.started': (f) => info(`fix ${f.fix} works on issue ${shortId(f.issue.id)}, attempt ${String(f.attempt)} of ${String(f.of)}${f.by === 'reeve' ? '' : `, asked by ${f.by}`}`),
  'fix.ended': (f) => (f.outcome === 'fixed' ? info : warn)(`fix ${f.fix}, issue ${shortId(f.issue.id)}, attempt ${String(f.attempt)}: ${f.outcome.replace('_', ' ')} after ${String(Math.round(f.durationMs / 100) / 10)} s${f.why === '' ? '' : `: ${f.why}`}`),
  'fix.held': (f) => debug(f.why === '' ? `fix ${f.fix}: nothing holds it any more` : `fix ${f.fix} is held, ${String(f.waiting)} issues wait: ${f.why}`),
};
