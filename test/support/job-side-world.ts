// Jobs as the daemon runs them, over children that do as they are told: the real book, loop, records and store (in memory).
import type { JobSpec } from '../../config/job-spec.ts';
import type { Fact, FactBody } from '../../daemon/contract/facts.ts';
import type { LogPlane } from '../../daemon/os/ports/logs.ts';
import type { Child, ExitReport, Processes, SpawnRequest } from '../../daemon/os/ports/processes.ts';
import type { ReportChannels } from '../../daemon/os/ports/reports.ts';
import type { Store } from '../../daemon/os/ports/store.ts';
import { LifeRing } from '../../daemon/logs/life-output.ts';
import { Bus } from '../../daemon/runtime/bus.ts';
import { JobSide } from '../../daemon/runtime/job-side.ts';
import { openStore } from '../../daemon/store/store.ts';
import { breakerSpec } from './specs.ts';

export interface JobSideWorld {
  readonly side: JobSide;
  readonly store: Store;
  readonly facts: readonly Fact[];
  /** What was asked of the world, in order. */
  readonly trace: readonly string[];
  /** Spawned children by their run. */
  readonly children: ReadonlyMap<string, Child>;
  /** The main process of a run ends; `left`: whom it leaves. */
  exits(run: string, code: number | null, left?: readonly number[]): void;
  /** Nobody of the run is left. */
  gone(run: string): void;
  /** How much is free on the disk, for those who asked. */
  free(answer: number | { readonly error: string }): Promise<void>;
  request(job: string, overrides?: Readonly<Record<string, unknown>>): string;
  types(run: string): readonly string[];
  close(): void;
}

/** `spawnError`: no child can be started; `noLog`: no log can be opened. */
export function jobSideWorld(jobs: readonly JobSpec[], { spawnError, noLog }: { readonly spawnError?: string; readonly noLog?: string } = {}): JobSideWorld {
  let now = 1_000_000;
  let pids = 100;
  let ids = 0;
  const clock = { mono: () => (now += 1), wall: () => now };
  const bus = new Bus(clock);
  const facts: Fact[] = [];
  const trace: string[] = [];
  const children = new Map<string, Child>();
  const requests = new Map<string, SpawnRequest>();
  const waiting = new Map<Child, () => void>();
  const asked: ((answer: number | { readonly error: string }) => void)[] = [];
  const inner = openStore({ stateDir: null, reason: 'a test', warn: () => undefined, bootId: 'test', clock });
  const store: Store = Object.create(inner, {
    flush: { value: () => {
      trace.push('flush');
      inner.flush();
    } },
  }) as Store;
  const processes = {
    name: 'native',
    spawn(request: SpawnRequest) {
      trace.push(`spawn ${request.spec.id}#${request.incarnation}`);
      if (spawnError !== undefined) return { error: { kind: 'no_command', message: spawnError, errno: null } };
      pids += 1;
      const child: Child = { id: request.spec.id, incarnation: request.incarnation, pid: pids, startTime: 1 };
      children.set(request.supervisionId, child);
      requests.set(request.supervisionId, request);
      return { child, stdout: null, stderr: null, stdin: null };
    },
    signal(child: Child, signal: string, scope: string) {
      trace.push(`${signal} to ${scope} of ${child.id}#${child.incarnation}`);
      return { pids: [child.pid] };
    },
    tree: (child: Child) => [child.pid],
    whenGone: (child: Child, callback: () => void) => void waiting.set(child, callback),
    forget: (child: Child) => void trace.push(`forget ${child.id}#${child.incarnation}`),
  } as unknown as Processes;
  const logs = {
    open: () => noLog ?? null, change: () => null, keep: () => new LifeRing(), attach: () => undefined, drain: (_child: Child, done: () => void) => done(), close: (id: string) => void trace.push(`close log ${id}`),
  } as unknown as LogPlane;
  const reports: ReportChannels = {
    open: () => ({ variables: { REEVE_SOCKET: '/reports' } }), drain: (_id, done) => done(), close: (id) => void trace.push(`close reports ${id}`), dispose: () => Promise.resolve(),
  };
  bus.subscribe((fact) => {
    facts.push(fact);
    trace.push(fact.type);
  });
  const side = new JobSide({ jobs, breakers: [breakerSpec('b')], jobSettings: { maxParallel: null, deadLetterMs: 0, breakersEnabled: true } }, {
    processes, logs, store, clock, environment: { own: { PATH: '/bin' }, daemon: {} }, homeOf: () => ({}), uidOf: () => null, reports, bus, random: () => 0,
    freeBytes: () => new Promise((resolve) => asked.push(resolve)), newId: () => `id-${(ids += 1)}`, watchClock: () => ({ onChange: () => undefined, dispose: () => undefined }),
  });
  side.populate();
  side.boot();
  return {
    side, store, facts, trace, children,
    exits(run, code, left = []) {
      const request = requests.get(run);
      const child = children.get(run);
      if (!request || !child) throw new Error(`run ${run} has no child`);
      const report: ExitReport = { child, code, signal: code === null ? 'KILL' : null, coreDumped: false, left, usage: null };
      request.onExit(report);
    },
    gone(run) {
      const child = children.get(run);
      if (child) waiting.get(child)?.();
    },
    async free(answer) {
      for (const resolve of asked.splice(0)) resolve(answer);
      await new Promise((resolve) => setImmediate(resolve));
    },
    request(job, overrides = {}) {
      ids += 1;
      const id = `run-${ids}`;
      side.tell({ type: 'request', request: { job, id, trigger: 'manual', initiator: 'me', args: [], dueAt: null, key: null, unlessExists: false, parent: null, ...overrides } });
      return id;
    },
    types: (run) => facts.flatMap((fact: FactBody) => ('run' in fact && fact.run !== null && (typeof fact.run === 'string' ? fact.run : 'id' in fact.run ? fact.run.id : '') === run ? [fact.type] : [])),
    close() {
      side.dispose();
      inner.close();
    },
  };
}

