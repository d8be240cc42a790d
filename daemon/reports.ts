// Children that report, put together: their sockets, what programs say, and where the rest of it goes.
import type { FactBody } from './contract/facts.ts';
import type { Report, Supervised } from './contract/reports.ts';
import { createReportChannels } from './os/report-channels.ts';
import type { Clock } from './os/ports/clock.ts';
import type { Readiness } from './os/ports/readiness.ts';
import type { ReportChannels } from './os/ports/reports.ts';
import { ProgramVitals } from './runtime/program-vitals.ts';
import type { ProgramVitalsOptions } from './runtime/program-vitals.ts';

export interface ReportsOptions extends Omit<ProgramVitalsOptions, 'drain'> {
  readonly clock: Clock;
  /** null: portable. */
  readonly osReadiness: Readiness | null;
  readonly runtimeDir: () => string | null;
  /** Runs of jobs, and what anybody says of a breaker. */
  readonly jobs: (subject: Supervised, report: Report) => void;
  readonly publish: (fact: FactBody) => void;
  readonly warn: (message: string) => void;
}

export interface Reports {
  readonly channels: ReportChannels;
  readonly vitals: ProgramVitals;
}

/** Opens nothing before the first child. A mistake in here is a warning: reporting stops nobody. */
export function createReports(options: ReportsOptions): Reports {
  const { clock, osReadiness, runtimeDir, jobs, publish, warn } = options;
  const guarded = (what: () => void): void => {
    try {
      what();
    } catch (error) {
      warn(`a report was lost by a mistake in reeve, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  };
  const channels = createReportChannels({
    clock, readiness: osReadiness, runtimeDir, warn,
    sink: {
      report: (subject, report) => guarded(() => ('run' in subject || report.type === 'breaker' ? jobs(subject, report) : vitals.report(subject, report))),
      refused: (subject, why, times) => publish({ type: 'report.refused', ...(subject ?? { supervisionId: '' }), why, times }),
    },
  });
  const vitals = new ProgramVitals({ ...options, drain: (id, done) => channels.drain(id, done) });
  return { channels, vitals };
}
