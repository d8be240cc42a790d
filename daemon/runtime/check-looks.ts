// What runs of checks say while they go on: lines and reports become issues, and the end of the run says whether they are all.
import type { CheckSpec } from '../../config/check-spec.ts';
import type { RunView } from '../contract/jobs.ts';
import type { Json } from '../contract/reports.ts';
import { identityOf, readIssueJson, readIssueLine } from '../core/issue-report.ts';
import type { IssueReport, ReadIssue } from '../core/issue-report.ts';
import { LineEar } from './line-ear.ts';
import type { StdoutEar } from './tapped-output.ts';

/** One run of a check. */
interface Look {
  readonly check: CheckSpec;
  readonly lines: LineEar;
  /** By the identity. */
  readonly found: Map<string, IssueReport>;
  dropped: number;
  problems: number;
  problem: string;
  line: number;
  last: string;
}

/** What a run of a check saw. `failed`: why it could not look, or not to the end; null: this is all there is. */
export interface Looked {
  readonly reports: readonly IssueReport[];
  readonly dropped: number;
  readonly failed: string | null;
  /** Lines that are no issues. */
  readonly refused: number;
}

const SHOWN = 120;

export class CheckLooks {
  private readonly looks = new Map<string, Look>();

  /** Who hears what the run of this check writes. */
  begin(run: string, check: CheckSpec): StdoutEar {
    const look: Look = { check, lines: new LineEar((line) => this.line(look, line)), found: new Map(), dropped: 0, problems: 0, problem: '', line: 0, last: '' };
    this.looks.set(run, look);
    return look.lines.ear;
  }

  has(run: string): boolean {
    return this.looks.has(run);
  }

  /** The run said it by X_REEVE_ISSUE, or over REEVE_SOCKET. */
  reported(run: string, issue: Json): void {
    const look = this.looks.get(run);
    if (look) this.take(look, readIssueJson(issue), () => 'a report');
  }

  /** It is over. */
  end(run: RunView): Looked {
    const look = this.looks.get(run.id);
    this.looks.delete(run.id);
    if (!look) return { reports: [], dropped: 0, failed: run.why === '' ? run.state : run.why, refused: 0 };
    look.lines.flush();
    const { check } = look;
    const severity = check.output === 'exit' && run.code !== null && run.code !== 0 ? check.exitSeverity[run.code] : undefined;
    // The words may change from run to run, what is wrong does not.
    if (severity !== undefined)
      this.take(look, { report: { message: look.last === '' ? `exit status ${String(run.code)}` : look.last.slice(0, 1000), code: check.name, params: { exit_code: run.code }, dedupKey: 'exit', severity } }, () => '');
    const failed = run.state !== 'succeeded' ? run.state === 'failed' && run.why !== '' ? run.why : `${run.state.replace('_', ' ')}${run.why === '' ? '' : `: ${run.why}`}`
      : look.problems > 0 ? `${String(look.problems)} of what it said ${look.problems === 1 ? 'is' : 'are'} no issue: ${look.problem}` : null;
    return { reports: [...look.found.values()], dropped: look.dropped, failed, refused: look.problems };
  }

  private line(look: Look, text: string): void {
    look.line += 1;
    if (text.trim() !== '') look.last = text.trim();
    if (look.check.output === 'exit') return;
    const at = look.line;
    this.take(look, readIssueLine(text, look.check.output === 'json'), () => `line ${String(at)}, ${JSON.stringify(text.slice(0, SHOWN))}`);
  }

  private take(look: Look, read: ReadIssue | null, where: () => string): void {
    if (read === null) return;
    if ('problem' in read) {
      look.problems += 1;
      if (look.problem === '') look.problem = `${where()}: ${read.problem}`;
      return;
    }
    const identity = identityOf(look.check.name, read.report);
    if (look.found.has(identity)) return;
    if (look.found.size >= look.check.maxIssues) look.dropped += 1;
    else look.found.set(identity, read.report);
  }
}
