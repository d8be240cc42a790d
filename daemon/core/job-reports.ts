// What a run says of itself, and what its silence says.
import { tellBreaker } from './job-breakers.ts';
import type { JobTurn, RunNode } from './job-book.ts';
import { drive } from './job-life.ts';
import type { Report, Supervised } from '../contract/reports.ts';
import { HURRY_STEPS } from './stop-steps.ts';
import { dueVitals, heartbeatView, reportFact, reportVitals, vitalsDeadline, vitalsFact } from './vitals.ts';
import type { VitalsStep } from './vitals.ts';

function subject(run: RunNode): Supervised {
  return { supervisionId: run.id, job: run.job.name, run: run.id };
}

/** When its silence is judged next (monotonic ms); null: never. One that is being ended owes nothing. */
export function silenceDue(run: RunNode): number | null {
  return run.vitals === null || run.life.phase !== 'RUNNING' ? null : vitalsDeadline(run.spec.vitals, run.vitals);
}

function judged(t: JobTurn, run: RunNode, step: VitalsStep): void {
  run.vitals = step.state;
  t.touch(run);
  // A run that was never heard shows no heartbeat: whoever owes none has none.
  const heard = run.view.heartbeat !== null || step.news.some((news) => news.type !== 'progress');
  run.view = { ...run.view, heartbeat: heard ? heartbeatView(step.state) : null, progress: step.state.progress };
  for (const news of step.news) {
    t.say(vitalsFact(subject(run), news));
    if (news.type === 'stuck' && (news.action === 'kill' || news.action === 'restart') && run.life.phase === 'RUNNING') {
      run.again = news.action === 'restart';
      drive(t, run, { type: 'stop', purpose: 'stalled', steps: news.action === 'kill' ? HURRY_STEPS.now : run.spec.process.stop, why: news.why, harder: false });
    }
  }
}

/** Its deadline: has it been silent for too long? */
export function lookAtSilence(t: JobTurn, run: RunNode): void {
  const due = silenceDue(run);
  if (due === null || run.vitals === null || due > t.m.mono) return;
  judged(t, run, dueVitals(run.spec.vitals, run.vitals, t.m));
}

/** It said something. What comes before its start or after its end is nobody's. */
export function hear(t: JobTurn, run: RunNode, report: Report): void {
  if (run.vitals === null) return;
  const step = reportVitals(run.spec.vitals, run.vitals, report, t.m);
  if (step.state !== run.vitals || step.news.length > 0) judged(t, run, step);
  const fact = reportFact(subject(run), report);
  if (fact) t.say(fact);
  switch (report.type) {
    case 'status': run.view = { ...run.view, status: report.text }; return;
    case 'result': run.view = { ...run.view, result: report.result }; return;
    case 'breaker':
      if (report.name === run.breaker) run.judged = true;
      return tellBreaker(t, report.name, { type: report.outcome });
    default: return;
  }
}
