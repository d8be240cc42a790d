// A Control for tests of the API: a snapshot, a ring of facts and logs in memory, moved by hand.
import { healthReason } from '../../daemon/contract/health.ts';
import type { HealthRow } from '../../daemon/contract/health.ts';
import assert from 'node:assert/strict';
import { NO_LIMITS } from '../../config/limits-spec.ts';
import type { LimitsSpec } from '../../config/limits-spec.ts';
import type { ApiSpec, ListenSpec } from '../../config/api-spec.ts';
import type { Config, ProcessSpec } from '../../config/spec.ts';
import type { Operation } from '../../daemon/contract/answers.ts';
import type { CommandError } from '../../daemon/contract/errors.ts';
import type { CheckView, IssueView } from '../../daemon/contract/issues.ts';
import type { DeadLetter, DeadQuery, RunDetails, RunQuery } from '../../daemon/contract/jobs.ts';
import type { Usage } from '../../daemon/contract/ps.ts';
import type { Fact, FactBody } from '../../daemon/contract/facts.ts';
import type { FactName } from '../../daemon/contract/fact-payloads.ts';
import { shortName } from '../../daemon/contract/names.ts';
import { applyEvent, emptySnapshot } from '../../daemon/contract/snapshot.ts';
import type { Snapshot } from '../../daemon/contract/snapshot.ts';
import type { FollowRequest, LogPlane } from '../../daemon/os/ports/logs.ts';
import type { MachineFacts } from '../../daemon/os/ports/machine.ts';
import type { Channel } from '../../daemon/os/ports/output.ts';
import { infoOf, poolOf } from '../../daemon/runtime/info.ts';
import type { Compat } from '../../daemon/runtime/compat.ts';
import { processSpec } from './specs.ts';
import { FAKE_ALERTS } from './fake-alerts.ts';
import { Tally } from '../../daemon/runtime/tally.ts';
import { calendarOf } from '../../daemon/runtime/calendar.ts';
import type { Caller, Control, FactFilter, IssueControl, JobControl, Mutation } from '../../daemon/runtime/control.ts';

export interface FakeControl extends Control {
  readonly mutations: { mutation: Mutation; caller: Caller }[];
  readonly refusals: { caller: Caller; action: string; why: string }[];
  /** Logins and logouts that stand in the audit trail. */
  readonly visits: { caller: Caller; action: string; how: string }[];
  readonly subscribers: Set<FactFilter>;
  /** Publishes a fact on the bus. */
  publish(body: FactBody): Fact;
  /** Adds a process that is RUNNING. */
  addRunning(id: string): void;
  /** Ends an operation with every target ok. */
  finish(id: string): void;
  /** Appends to a log and hands it to followers that are not paused; false when all are paused or none is there. */
  writeLog(id: string, channel: Channel, text: string | Uint8Array): boolean;
  readonly followers: Set<Follower>;
  /** What questions about jobs are answered with; a test fills it. */
  readonly book: FakeBook;
  readonly mainFollowers: Set<(bytes: Uint8Array) => void>;
  writeMainLog(text: string): void;
}

/** Jobs, runs and letters that are over. Queries that came are kept. */
export interface FakeBook {
  runs: RunDetails[];
  letters: DeadLetter[];
  times: number[];
  /** By the id of the process or run. */
  usage: Map<string, Usage>;
  readonly checks: CheckView[];
  readonly issues: IssueView[];
  health: Map<string, Partial<HealthRow>>;
  readonly limits: Map<string, Partial<LimitsSpec>>;
  readonly queries: (RunQuery | DeadQuery)[];
  /** Those who read the output of a run: hand them bytes, or the end. */
  readonly readers: Set<{ readonly run: string; readonly onChunk: (bytes: Uint8Array, end: number) => void; readonly onEnd: () => void }>;
}

interface Follower {
  readonly request: FollowRequest;
  paused: boolean;
}

interface FakeOptions {
  readonly api: ApiSpec;
  /** Facts kept for late subscribers. */
  readonly ring?: number;
  /** Operations end as soon as they begin. */
  readonly instant?: boolean;
}

/** A listener as TOML would make it. */
export function listenOn(address: ListenSpec['address'], over: Partial<ListenSpec> = {}): ListenSpec {
  return { address, mode: 0o700, owner: null, credentials: null, open: false, ...over };
}

export function apiSpec(over: Partial<ApiSpec> = {}): ApiSpec {
  return { listen: [], probeListen: null, users: [], tokens: [], allowedHosts: [], ui: true, readyzHealth: false, ...over };
}

const noLog = { error: 'no_log' } as const;
const IDLE = { waiting: 0, steps: 0 };

function fakeLogs(followers: Set<Follower>): { plane: LogPlane; texts: Map<string, Buffer>; write(id: string, channel: Channel, bytes: Buffer): boolean } {
  const texts = new Map<string, Buffer>();
  const key = (id: string, channel: Channel): string => `${id}/${channel}`;
  const plane: LogPlane = {
    open: () => null, change: () => null, close: () => undefined, echoChanged: () => undefined, attach: () => undefined, keep: () => assert.fail('nobody runs here'), drain: (_child, done) => done(), lastLines: () => '',
    tail(id, channel, offset, length) {
      const text = texts.get(key(id, channel));
      if (!text) return noLog;
      const overflow = text.length > offset + length;
      return { bytes: text.subarray(overflow ? text.length - length : offset), offset: text.length, overflow };
    },
    read(id, channel, offset, length) {
      const text = texts.get(key(id, channel));
      if (!text) return { error: 'no_log', message: 'no log' };
      if (offset < 0 && length !== 0) return { error: 'bad_arguments', message: 'a negative offset goes with length 0' };
      return offset < 0 ? text.subarray(offset) : text.subarray(offset, length === 0 ? undefined : offset + length);
    },
    follow(request) {
      const follower: Follower = { request, paused: false };
      followers.add(follower);
      for (const target of request.targets) {
        const text = texts.get(key(target.id, target.channel));
        if (text && text.length > 0 && request.bytes > 0) request.onChunk(target.id, target.channel, text.subarray(-request.bytes), text.length, null);
      }
      return { pause: () => void (follower.paused = true), resume: () => void (follower.paused = false), close: () => void followers.delete(follower) };
    },
    position: (id, channel) => texts.get(key(id, channel))?.length ?? 0,
    clear: () => null, rotate: () => null, reopen: () => undefined,
    countLines: () => undefined, since: async () => null, files: () => [], openFile: async () => null,
    stats: () => ({ bytes: 0, lines: 0, dropped: 0, rotations: 0, blocked: false, paths: { stdout: null, stderr: null } }),
    dispose: async () => undefined,
  };
  return {
    plane, texts,
    write(id, channel, bytes) {
      texts.set(key(id, channel), Buffer.concat([texts.get(key(id, channel)) ?? Buffer.alloc(0), bytes]).subarray(-1024 * 1024));
      const ready = [...followers].filter((one) => !one.paused && one.request.targets.some((target) => target.id === id && target.channel === channel));
      for (const one of ready) one.request.onChunk(id, channel, bytes, texts.get(key(id, channel))?.length ?? 0, 1000);
      return ready.length > 0;
    },
  };
}

/** Groups are the first halves of the ids; every process runs by a spec without a file. */
function fakeCompat(snapshot: Snapshot): Compat {
  const specOf = (id: string): ProcessSpec | undefined => (snapshot.processes.has(id) ? processSpec(id) : undefined);
  return {
    dialect: 'toml', spec: specOf,
    members: (group) => {
      const ids = [...snapshot.processes.values()].filter((row) => group === undefined || row.group === group).map((row) => row.id);
      return group !== undefined && ids.length === 0 ? undefined : ids;
    },
    configured: () => [...snapshot.processes.keys()].map((id) => ({ spec: processSpec(id), groupPriority: 999, inUse: true, applied: true })),
    startProblem: () => null, uid: () => 0, reread: () => ({ added: [], changed: [], removed: [] }),
    newestGroup: () => undefined,
    addGroup: (name) => ([...snapshot.processes.values()].some((row) => row.group === name) ? 'already' : 'unknown'),
    removeGroup: (name) => ([...snapshot.processes.values()].some((row) => row.group === name) ? 'running' : 'unknown'),
    writeStdin: async (id) => (snapshot.processes.get(id)?.pid == null ? 'not_running' : 'ok'),
    announce: () => undefined,
  };
}

/** Checks and issues as the book has them. */
function fakeIssues(book: FakeBook): IssueControl {
  const none = (name: string): CommandError => ({ code: 'NOT_FOUND', message: `cannot find ${name}: there is none` });
  return {
    checks: () => book.checks,
    report: none,
    list: ({ check }) => book.issues.filter((row) => check === undefined || row.check === check),
    show: (id) => {
      const row = book.issues.find((one) => one.id.startsWith(id));
      return row ? { ...row, history: [], next: 'nothing happens by itself' } : none(id);
    },
    top: () => book.issues.map(({ check, code }) => ({ check, code, issues: 1, live: 1, occurrences: 2, reopened: 0, attempts: 0, fixed: 0, meanFixMs: null })),
  };
}

function fakeJobs(book: FakeBook, snapshot: Snapshot): JobControl {
  const none = (what: string, id: string): CommandError => ({ code: 'NOT_FOUND', message: `cannot find ${what} ${id}: there is no such ${what}` });
  const find = (id: string): RunDetails | CommandError => book.runs.find((run) => run.id.startsWith(id)) ?? none('run', id);
  return {
    history(query) {
      book.queries.push(query);
      return book.runs.filter((run) => (query.job === undefined || run.job === query.job) && (query.states?.includes(run.state) ?? true)).slice(0, query.limit);
    },
    show: find,
    next: (job, count) => (snapshot.jobs.has(job) ? { job, timezone: snapshot.jobs.get(job)?.timezone ?? 'UTC', times: book.times.slice(0, count) } : none('job', job)),
    calendar: (jobs, from, until) => calendarOf(jobs.flatMap((name) => snapshot.jobs.get(name) ?? []), (_job, after) => book.times.find((at) => at > after), from, until),
    dead(query) {
      book.queries.push(query);
      return book.letters.filter((one) => query.job === undefined || one.job === query.job).slice(0, query.limit);
    },
    showDead: (id) => book.letters.find((one) => one.id.startsWith(id)) ?? none('dead letter', id),
    process: () => undefined,
    follow(id, onChunk, onEnd, from = 0) {
      const run = find(id);
      if ('message' in run) return run;
      const reader = { run: run.id, onChunk, onEnd };
      book.readers.add(reader);
      if (run.output.length > from) onChunk(Buffer.from(run.output.slice(from)), run.output.length);
      if (run.endedAt !== null) onEnd();
      return { close: () => void book.readers.delete(reader) };
    },
  };
}

/** A fake with nothing in it. Names are known once `addRunning` or a `process.added` fact said so. */
export function fakeControl({ api, ring = 1000, instant = false }: FakeOptions): FakeControl {
  const snapshot = emptySnapshot();
  snapshot.daemon = { ...snapshot.daemon, pid: process.pid, version: '9.9.9', identifier: 'test', implementation: 'fake' };
  const facts: Fact[] = [];
  const followers = new Set<Follower>();
  const logs = fakeLogs(followers);
  const operations = new Map<string, Operation>();
  const waiting = new Map<string, (() => void)[]>();
  const subscribers = new Set<FactFilter>();
  const counts = new Map<FactName, number>();
  const mainText = Buffer.from('daemon line 1\ndaemon line 2\n');
  const mainFollowers = new Set<(bytes: Uint8Array) => void>();
  const book: FakeBook = { runs: [], letters: [], times: [], usage: new Map(), limits: new Map(), health: new Map(), queries: [], readers: new Set(), checks: [], issues: [] };

  const tally = new Tally({ mono: () => snapshot.seq });
  const fake: FakeControl = {
    version: '9.9.9', api, ctl: { serverUrl: null, username: null, password: null, prompt: 'reeve', historyFile: null },
    mutations: [], refusals: [], visits: [], subscribers, followers, mainFollowers, logs: logs.plane,
    book,
    jobs: fakeJobs(book, snapshot),
    alerts: FAKE_ALERTS,
    issues: fakeIssues(book),
    snapshot: () => snapshot,
    meters: { tally, loops: { programs: IDLE, jobs: IDLE, issues: IDLE }, deadLetters: () => new Map(book.letters.map(({ job }) => [job, book.letters.filter((one) => one.job === job).length])) },
    factCounts: () => counts,
    usage: (ids) => new Map(ids.flatMap((id) => (book.usage.has(id) ? [[id, book.usage.get(id) as Usage]] : []))),
    wellness: {
      rows: (ids, history) => ids.flatMap((id) => {
        const view = snapshot.processes.get(id);
        return view === undefined ? [] : [{
          process: id, program: view.program, state: view.state, wanted: view.wanted, health: view.health, why: healthReason(view), sources: view.healthSources, onUnhealthy: 'restart', probes: [], checks: 0, lastCheckAt: null, unhealthySince: null, hour: null,
          ...(history ? { history: [] } : {}), ...book.health.get(id),
        }];
      }),
      probes: (id) => book.health.get(id)?.probes ?? [],
      ask: (id) => ((book.health.get(id)?.probes ?? []).length === 0 ? null : Promise.resolve()),
    },
    limitsOf: (id) => ({ ...NO_LIMITS, ...book.limits.get(id) }),
    resolve(names) {
      const ids = [...snapshot.processes.keys()];
      if (names.length === 0) return ids;
      const found: string[] = [];
      for (const name of names) {
        const hits = ids.filter((id) => name === 'all' || id === name || id === `${name}:${name}` || (name.endsWith(':*') && id.startsWith(name.slice(0, -1))));
        if (hits.length === 0) return { code: 'NOT_FOUND', message: `cannot find ${name}: no process or group has this name`, hint: `did you mean ${shortName(ids[0] ?? '')}?` } satisfies CommandError;
        found.push(...hits);
      }
      return found;
    },
    mutate(mutation, caller) {
      fake.mutations.push({ mutation, caller });
      const id = String(operations.size + 1);
      const names = 'names' in mutation ? mutation.names : 'job' in mutation && mutation.job !== null ? [mutation.job] : 'run' in mutation ? [mutation.run] : mutation.command === 'breaker_set' ? [mutation.name] : [];
      const makes = mutation.command === 'job_run' || mutation.command === 'job_undo' ? book.runs[0] : undefined;
      operations.set(id, { id, command: mutation.command, who: caller.who, startedAt: 1, endedAt: null, targets: names.map((name) => ({ name, outcome: 'pending', code: null, message: '', ...(makes === undefined ? {} : { run: makes.id }) })) });
      if (instant) fake.finish(id);
      return operations.get(id) as Operation;
    },
    heard: () => Promise.resolve(),
    operation: (id) => operations.get(id),
    settled(id, timeoutMs, gone) {
      if (operations.get(id)?.endedAt !== null) return Promise.resolve(operations.get(id));
      return new Promise((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          resolve(operations.get(id));
        };
        const timer = setTimeout(end, timeoutMs).unref();
        gone?.addEventListener('abort', end);
        waiting.set(id, [...(waiting.get(id) ?? []), end]);
      });
    },
    wait: (request) => {
      const ids = fake.resolve(request.names);
      if ('code' in ids) return Promise.resolve(ids);
      const missing = ids.filter((id) => snapshot.processes.get(id)?.state !== 'RUNNING');
      return Promise.resolve({ ok: missing.length === 0, missing, hopeless: [] });
    },
    subscribe(filter) {
      const { since } = filter;
      if (since !== null) {
        const oldest = facts[0]?.seq ?? snapshot.seq + 1;
        if (oldest > since + 1) filter.onGap(oldest);
        for (const fact of facts.filter((one) => one.seq > since)) filter.onFact(fact);
      }
      subscribers.add(filter);
      return () => void subscribers.delete(filter);
    },
    inquiry: {
      explain: async (names) => {
        const ids = fake.resolve(names);
        if ('code' in ids) return ids;
        return ids.map((id) => ({ kind: 'process', name: shortName(id), process: id, state: snapshot.processes.get(id)?.state ?? 'UNKNOWN', summary: `${id} is as it is.`, sentences: [], transitions: [], lives: [], violations: [], heartbeats: [] }));
      },
      info: async (own, listeners) => infoOf({
        version: '9.9.9', own, listeners, snapshot, config: { file: '/etc/reeve.toml', files: ['/etc/reeve.toml'], dialect: 'toml', jobSettings: { maxParallel: null, deadLetterMs: 0 } } as unknown as Config,
        machine: { implementation: 'native', why: null, subreaper: true, pid1: false, pidfd: true, measures: { proc: true, cgroup: null, controllers: [], oom: null }, limits: [] } as unknown as MachineFacts,
        state: { path: null, problem: null }, logfile: null, deadLetters: 0, alerts: [], silences: [], operations: 0, stats: (id) => logs.plane.stats(id), oldest: 1, now: 2000,
      }),
      pool: async (name) => poolOf({ snapshot, spec: (id) => (snapshot.processes.has(id) ? processSpec(id) : undefined), health: (ids) => fake.wellness.rows(ids, false), usage: (ids) => fake.usage(ids), held: () => null }, name),
    },
    config: async (kind, name) => (snapshot.processes.has(name) ? { kind, name, program: null, origin: { file: '/etc/reeve.toml', line: 1 }, moved: false, entries: [] } : { code: 'NOT_FOUND', message: `cannot find ${name}` }),
    configured: () => [...snapshot.processes.values()].map((row) => ({
      name: row.name, group: row.group, inUse: true, autostart: row.autostart, groupPriority: 999, priority: row.priority, command: '/bin/true', directory: null, origin: { file: 'reeve.toml', line: 1 },
    })),
    plan: () => ({ id: 'a plan', file: 'reeve.toml', changes: false, groups: [], processes: [], jobs: [], breakers: [], settings: [] }),
    doctor: () => [{ level: 'ok', subject: 'test', message: 'all is well' }],
    audit: (limit) => fake.mutations.slice(0, limit).map(({ mutation, caller }) => ({ at: 1, who: caller.who, role: caller.role, action: mutation.command, targets: [], result: 'ok' })),
    noteRefusal: (caller, action, why) => void fake.refusals.push({ caller, action, why }),
    noteVisit: (caller, action, how) => void fake.visits.push({ caller, action, how }),
    compat: fakeCompat(snapshot),
    mainLog: {
      path: null, clear: () => null,
      read: (offset, length) => ({ bytes: offset < 0 ? mainText.subarray(offset) : mainText.subarray(offset, length === 0 ? undefined : offset + length), offset: mainText.length, overflow: false }),
      follow(onChunk) {
        mainFollowers.add(onChunk);
        return () => void mainFollowers.delete(onChunk);
      },
    },
    writeMainLog(text) {
      for (const follower of mainFollowers) follower(Buffer.from(text));
    },
    publish(body) {
      const fact = { ...body, seq: snapshot.seq + 1, at: 1000 + snapshot.seq } as Fact;
      applyEvent(snapshot, fact);
      counts.set(fact.type, (counts.get(fact.type) ?? 0) + 1);
      facts.push(fact);
      tally.heard(fact);
      if (facts.length > ring) facts.shift();
      for (const subscriber of subscribers) subscriber.onFact(fact);
      return fact;
    },
    addRunning(id) {
      const group = id.slice(0, id.indexOf(':'));
      fake.publish({ type: 'process.added', process: id, group, program: group, num: 0, autostart: true, priority: 999, incarnation: 0 });
      fake.publish({ type: 'process.running', process: id, incarnation: 1, pid: 4711, startMs: 1000, ready: true });
      fake.writeLog(id, 'stdout', `hello from ${id}\n`);
    },
    finish(id) {
      const operation = operations.get(id);
      if (!operation) return;
      operations.set(id, { ...operation, endedAt: 2, targets: operation.targets.map((target) => ({ ...target, outcome: 'ok' as const })) });
      for (const end of waiting.get(id) ?? []) end();
      waiting.delete(id);
    },
    writeLog: (id, channel, text) => logs.write(id, channel, Buffer.from(text as string)),
  };
  return fake;
}
