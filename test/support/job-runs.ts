// Runs of jobs of a real daemon: asked for, awaited, looked at.
import assert from 'node:assert/strict';
import type { Operation, TargetResult } from '../../daemon/contract/answers.ts';
import type { Fact } from '../../daemon/contract/facts.ts';
import type { FactName } from '../../daemon/contract/fact-payloads.ts';
import type { RunDetails, RunState, RunView } from '../../daemon/contract/jobs.ts';
import { ask, operate } from './both-layers.ts';
import type { Daemon } from './daemon.ts';

type RunFactName = { [N in FactName]: Extract<Fact, { type: N }> extends { readonly job: string; readonly run: RunView } ? N : never }[FactName];
type RunFact<N extends RunFactName> = Extract<Fact, { type: N }>;

/** Starts a job and waits for its end, retries included (at most `wait`). */
export async function runJob(d: Daemon, job: string, body: Readonly<Record<string, unknown>> = {}, wait = '30s'): Promise<TargetResult> {
  const answer = await operate(d, `jobs/${job}/run`, body, wait);
  assert.ok(answer.status < 300, `${answer.status} ${answer.text}`);
  return answer.json<Operation>().targets[0] as TargetResult;
}

/** Starts a job and does not wait; the id of the run. */
export async function startJob(d: Daemon, job: string, body: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const { run } = await runJob(d, job, body, '0s');
  assert.ok(run, `job ${job} gives no run`);
  return run;
}

/** A fact about a run of this job. */
export function runFact<N extends RunFactName>(d: Daemon, type: N, job: string, matches: (run: RunView) => boolean = () => true): Promise<RunFact<N>> {
  return d.fact(type, (fact) => {
    const { job: of, run } = fact as { readonly job: string; readonly run: RunView };
    return of === job && matches(run);
  });
}

/** The run as the daemon shows it. */
export function show(d: Daemon, run: string): Promise<RunDetails> {
  return d.get<RunDetails>(`/v1/runs/${run}`);
}

/** States of the runs of a job, oldest first. */
export async function states(d: Daemon, job: string): Promise<readonly RunState[]> {
  const runs = await d.get<readonly RunView[]>(`/v1/runs?job=${job}&limit=1000`);
  return runs.toReversed().map((run) => run.state);
}

/** A request that is answered at once; its status and text. */
export async function post(d: Daemon, path: string, body: Readonly<Record<string, unknown>> = {}): Promise<{ readonly status: number; readonly targets: readonly TargetResult[]; readonly text: string }> {
  const answer = await ask(d.socket, `/v1/${path}`, { method: 'POST', body });
  return { status: answer.status, targets: answer.status < 300 ? answer.json<Operation>().targets : [], text: answer.text };
}
