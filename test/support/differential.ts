// The same file and the same script of deeds for supervisord and for reeved, and what they differ in: answers, exit codes, states,
// descriptions, events, lines of the log. What is accepted has its reason here and its row in docs/differences-from-supervisord.md.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { askerOf, plain, startBoth } from './supervisord.ts';
import type { Asker, Both, Side } from './supervisord.ts';
import { waitFor } from './wait-for.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures');
/** Longest time until both are in the state that a deed must lead to. */
const SETTLE_MS = 20_000;

/** One step of a script. Each is done on both sides at once, and over before the next. */
export type Deed =
  /** supervisorctl with these words: output and exit code are compared. `ends`: whose present lives it ends; the next deed comes when they are over. */
  | { readonly ctl: string; readonly ends?: readonly string[] }
  /** A call: its answer or fault is compared. */
  | { readonly rpc: readonly [method: string, ...args: unknown[]] }
  /** A line for the stdin of a process, see obeys-stdin.sh. */
  | { readonly say: readonly [process: string, line: string] }
  /** A line that ends the process: the next deed comes when this life is over. Where it does not run, the fault is compared. */
  | { readonly die: readonly [process: string, line: string] }
  /** A signal from outside, to the process itself, that ends it. */
  | { readonly kill: readonly [process: string, signal: NodeJS.Signals] }
  /** Waits until these are in these states on both sides, then compares every row. */
  | { readonly until: Readonly<Record<string, string>> }
  /** Waits until nothing is on its way, then compares every row. `over` says of a process whether EXITED is where it stays. */
  | { readonly settle: (name: string, exitStatus: number) => boolean }
  /** Waits until this text is in this file of both. */
  | { readonly written: readonly [file: string, text: string] }
  /** Compares what is in a file. */
  | { readonly file: string }
  /** Another configuration. */
  | { readonly rewrite: string }
  /** Ends both daemons, and compares how. */
  | { readonly shutdown: NodeJS.Signals };

export interface Scenario {
  readonly name: string;
  readonly config: string;
  readonly deeds: readonly Deed[];
  /** Files below the directory of both. */
  readonly files?: Readonly<Record<string, string>>;
  /** Without the recording listener: `stop all` ends it too, sooner or later than it is told. */
  readonly mute?: boolean;
  /** Compare also in which order all processes came into a state (else only the order of each). */
  readonly order?: readonly string[];
}

/** One thing that is not the same. */
export interface Difference {
  readonly at: string;
  readonly theirs: string;
  readonly ours: string;
}

/** A difference that is meant. `docs` is a phrase of its row in the documents. */
export interface Accepted {
  readonly because: string;
  readonly docs: string;
  explains(difference: Difference): boolean;
}

/** What a comparison came to. */
export interface Tally {
  readonly deeds: number;
  readonly compared: number;
  readonly events: number;
  readonly logLines: number;
  readonly differences: readonly Difference[];
}

interface Row {
  readonly name: string; readonly group: string; readonly start: number; readonly stop: number; readonly statename: string;
  readonly spawnerr: string; readonly exitstatus: number; readonly stdout_logfile: string; readonly stderr_logfile: string;
  readonly pid: number; readonly description: string;
}

interface Told {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
}

interface CtlAnswer {
  readonly code: number; readonly out: string; readonly err: string;
}

/** A listener that writes down everything, and the script that obeys. */
const LISTENER = `[eventlistener:recorder]
command = python3 ${FIXTURES}/event-recorder.py %(here)s/events.jsonl
events = PROCESS_STATE,PROCESS_LOG,PROCESS_COMMUNICATION,REMOTE_COMMUNICATION,SUPERVISOR_STATE_CHANGE,PROCESS_GROUP
buffer_size = 1000
stderr_logfile = NONE
`;

const rpc = (asker: Asker, method: string, ...args: readonly unknown[]): Promise<unknown> => asker.ask({ rpc: [method, args] });
const rows = async (asker: Asker): Promise<readonly Row[]> => (await rpc(asker, 'supervisor.getAllProcessInfo')) as readonly Row[];
const fullName = (row: Row): string => (row.group === row.name ? row.name : `${row.group}:${row.name}`);

/** One look at one process, by the same way for both. */
async function row(asker: Asker, name: string): Promise<Row | undefined> {
  return (await rows(asker)).find((each) => fullName(each) === name);
}

/** Times, pids and random names made the same. */
function comparable(side: Side, value: unknown): string {
  return plain(side, JSON.stringify(value, null, 1))
    .replace(/"(start|stop|now|pid)": (\d+)/g, (_, key: string, number: string) => `"${key}": ${number === '0' ? 0 : '"SOME"'}`)
    .replace(/---supervisor(-[a-z0-9_]+)?\.log/g, '---supervisor.log')
    .replace(/\\n\d{2,}\\n/g, '\\nPID\\n')
    .replace(/\s*\n\s*/g, ' ');
}

/** Rows of a status answer come as things came about; within one look of supervisord that is any order. */
function inOrder(value: unknown): unknown {
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'object' && each !== null && 'group' in each)) return value;
  const key = (each: unknown): string => `${(each as Row).group}:${(each as Row).name}`;
  return value.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** supervisorctl's lines for several processes, by the same rule. */
function ctlText(side: Side, answer: unknown): string {
  const { code, out, err } = answer as CtlAnswer;
  const lines = plain(side, out).replaceAll('unix://DIR/s.sock', 'SOCKET').split('\n');
  return `exit ${code} ${JSON.stringify(lines.toSorted())} ${JSON.stringify(plain(side, err))}`;
}

/** In the order of their numbers: what was buffered may come late. */
const told = (side: Side): readonly Told[] => {
  const file = join(side.dir, 'events.jsonl');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Told).toSorted((a, b) => Number(a.headers['serial']) - Number(b.headers['serial'])) : [];
};

/** Events of each process in order; chunks of one channel in one piece, since reads cut them at will. */
function eventsByProcess(side: Side): Readonly<Record<string, readonly string[]>> {
  const streams: Record<string, string[]> = {};
  for (const { headers, payload } of told(side)) {
    const name = headers['eventname'] ?? '';
    const [head = '', ...data] = payload.split('\n');
    const key = /^processname:(\S+) groupname:(\S+)/.exec(head)?.slice(1).join(' of ') ?? (name.startsWith('PROCESS_GROUP') ? head : name);
    const text = `${name} ${head.replace(/\bpid:[1-9]\d*/g, 'pid:N')}`;
    if (name.startsWith('PROCESS_LOG')) {
      const log = (streams[text] ??= ['']);
      log[0] += data.join('\n').replaceAll(side.dir, 'DIR');
    } else {
      (streams[key] ??= []).push([text, ...data].join('\n'));
    }
  }
  return streams;
}

/** Of the events that say into which of `states` a process came: who, in what order. */
function orderOf(side: Side, states: readonly string[]): string {
  return told(side).filter((each) => states.some((state) => each.headers['eventname'] === `PROCESS_STATE_${state}`))
    .map((each) => `${/^processname:(\S+)/.exec(each.payload)?.[1]} ${each.headers['eventname']?.slice(14)}`)
    .filter((line) => !line.startsWith('recorder')).join(', ');
}

/** The lines of the main log about processes, of each in order. */
function logByProcess(side: Side): Readonly<Record<string, readonly string[]>> {
  const known = /^\S+ \S+ (INFO|WARN|CRIT|ERRO) ((?:spawned|killing) '([^']+)'.*|(?:success|exited|stopped|gave up): ([^ ]+) .*|(?:spawnerr): .*)$/;
  const lines: Record<string, string[]> = {};
  for (const line of readFileSync(join(side.dir, 'main.log'), 'utf8').split('\n')) {
    const match = known.exec(line);
    if (match) (lines[match[3] ?? match[4] ?? 'spawnerr'] ??= []).push(`${match[1]} ${plain(side, match[2] ?? '').replace(/(pid |\()\d+/g, '$1N')}`);
  }
  return lines;
}

const stateEvents = (side: Side): readonly Told[] => told(side).filter((each) => each.headers['eventname']?.startsWith('PROCESS_STATE_'));

/** True when the listener has been told of the state that each process is in. */
function toldAll(side: Side, all: readonly Row[]): boolean {
  // Without a listener, nobody was told.
  if (!all.some((each) => each.name === 'recorder')) return true;
  const events = stateEvents(side);
  return all.every((each) => {
    const last = events.findLast((event) => event.payload.startsWith(`processname:${each.name} groupname:${each.group} `));
    return last === undefined ? each.start === 0 : last.headers['eventname'] === `PROCESS_STATE_${each.statename}`;
  });
}

const words = (deed: Deed): string => {
  if ('ctl' in deed) return `supervisorctl ${deed.ctl}`;
  if ('settle' in deed) return 'settled';
  return JSON.stringify(deed);
};

/** Plays one scenario on both sides and answers everything that differs. */
export async function play(t: TestContext, scenario: Scenario): Promise<Tally> {
  const obeys = readFileSync(join(FIXTURES, 'obeys-stdin.sh'), 'utf8');
  const both = await startBoth(t, scenario.config + (scenario.mute ? '' : LISTENER), { 'obeys.sh': obeys, ...scenario.files });
  const askers = both.sides.map((side) => askerOf(t, side)) as [Asker, Asker];
  const differences: Difference[] = [];
  let compared = 0;
  let ended = false;
  const onBoth = <T>(what: (asker: Asker) => Promise<T>): Promise<[T, T]> => Promise.all([what(askers[0]), what(askers[1])]);
  const same = (at: string, answers: readonly [string, string]): void => {
    compared++;
    const [theirs, ours] = answers;
    if (theirs !== ours) differences.push({ at: `${scenario.name}: ${at}`, theirs, ours });
  };
  const compareRows = async (at: string): Promise<void> => {
    const [theirs, ours] = await onBoth(async (asker) => (await rows(asker)).map((each) => comparable(asker.side, each)));
    for (let index = 0; index < Math.max(theirs.length, ours.length); index++) same(`${at}, row ${index}`, [theirs[index] ?? 'none', ours[index] ?? 'none']);
  };
  /** The event that a life is over: its pid is no longer the process's. */
  const afterLife = (asker: Asker, name: string, pid: number, at: string): Promise<unknown> =>
    waitFor(`${scenario.name}: ${at}: the end of ${name} under ${asker.side.name}`, async () => (await row(asker, name))?.pid !== pid, SETTLE_MS);

  const steps: { readonly [K in string]?: (deed: never, at: string) => Promise<void> } = {
    async ctl(deed: { ctl: string; ends?: readonly string[] }, at) {
      same(at, await onBoth(async (asker) => {
        const lives: (readonly [string, number])[] = [];
        for (const name of deed.ends ?? []) lives.push([name, (await row(asker, name))?.pid ?? 0]);
        const text = ctlText(asker.side, await asker.ask({ ctl: deed.ctl.split(' ') }));
        for (const [name, pid] of lives) await afterLife(asker, name, pid, at);
        return text;
      }));
    },
    async rpc(deed: { rpc: readonly [string, ...unknown[]] }, at) {
      same(at, await onBoth(async (asker) => comparable(asker.side, inOrder(await rpc(asker, ...deed.rpc)))));
    },
    async say(deed: { say: readonly [string, string] }, at) {
      same(at, await onBoth(async (asker) => comparable(asker.side, await rpc(asker, 'supervisor.sendProcessStdin', deed.say[0], `${deed.say[1]}\n`))));
    },
    async die(deed: { die: readonly [string, string] }, at) {
      const [name, line] = deed.die;
      same(at, await onBoth(async (asker) => {
        const pid = (await row(asker, name))?.pid ?? 0;
        const answer = await rpc(asker, 'supervisor.sendProcessStdin', name, `${line}\n`);
        if (pid !== 0) await afterLife(asker, name, pid, at);
        return comparable(asker.side, answer);
      }));
    },
    async kill(deed: { kill: readonly [string, NodeJS.Signals] }, at) {
      const [name, signal] = deed.kill;
      same(at, await onBoth(async (asker) => {
        const pid = (await row(asker, name))?.pid ?? 0;
        if (pid === 0) return 'not running';
        process.kill(pid, signal);
        await afterLife(asker, name, pid, at);
        return 'killed';
      }));
    },
    async until(deed: { until: Readonly<Record<string, string>> }, at) {
      await onBoth(async (asker) => {
        let last: readonly Row[] = [];
        const there = async (): Promise<boolean> => {
          last = await rows(asker);
          return Object.entries(deed.until).every(([name, state]) => last.some((each) => fullName(each) === name && each.statename === state)) && toldAll(asker.side, last);
        };
        await waitFor(`${scenario.name}: ${at} under ${asker.side.name}`, there, SETTLE_MS).catch((error: unknown) => {
          throw new Error(`${(error as Error).message}: ${last.map((each) => `${fullName(each)} ${each.statename} ${each.description}`).join(', ')}`, { cause: error });
        });
      });
      await compareRows(at);
    },
    async settle(deed: { settle: (name: string, exitStatus: number) => boolean }, at) {
      const still = (each: Row): boolean => ['RUNNING', 'STOPPED', 'FATAL'].includes(each.statename) || (each.statename === 'EXITED' && deed.settle(fullName(each), each.exitstatus));
      await onBoth((asker) => waitFor(`${scenario.name}: rest under ${asker.side.name}`, async () => {
        const all = await rows(asker);
        return all.every(still) && toldAll(asker.side, all);
      }, SETTLE_MS));
      await compareRows(at);
    },
    async written(deed: { written: readonly [string, string] }, at) {
      const [file, text] = deed.written;
      await onBoth((asker) => waitFor(`${scenario.name}: ${at} under ${asker.side.name}`, () => readFileSync(join(asker.side.dir, file), 'utf8').includes(text), SETTLE_MS));
    },
    async file(deed: { file: string }, at) {
      same(at, await onBoth(async (asker) => {
        const path = join(asker.side.dir, deed.file);
        return existsSync(path) ? readFileSync(path, 'utf8').replaceAll(asker.side.dir, 'DIR') : 'no such file';
      }));
    },
    async rewrite(deed: { rewrite: string }) {
      both.rewrite(deed.rewrite + (scenario.mute ? '' : LISTENER));
      await Promise.resolve();
    },
    async shutdown(deed: { shutdown: NodeJS.Signals }, at) {
      ended = true;
      same(at, await shutDown(both, deed.shutdown));
    },
  };

  for (const [index, deed] of scenario.deeds.entries()) {
    const kind = Object.keys(deed)[0] ?? '';
    await steps[kind]?.(deed as never, `deed ${index + 1}, ${words(deed)}`);
  }
  if (!ended) {
    await onBoth((asker) => waitFor(`${scenario.name}: all events under ${asker.side.name}`, async () => toldAll(asker.side, await rows(asker)), SETTLE_MS));
  }
  const [theirs, ours] = both.sides;
  const byKey = (what: string, of: (side: Side) => Readonly<Record<string, readonly string[]>>): number => {
    const [a, b] = [of(theirs), of(ours)];
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) same(`${what} ${key}`, [(a[key] ?? []).join('\n'), (b[key] ?? []).join('\n')]);
    return Object.values(a).reduce((sum, lines) => sum + lines.length, 0);
  };
  const events = byKey('events of', eventsByProcess);
  const logLines = byKey('log lines of', logByProcess);
  if (scenario.order) same(`order of ${scenario.order.join(' ')}`, [orderOf(theirs, scenario.order), orderOf(ours, scenario.order)]);
  return { deeds: scenario.deeds.length, compared, events, logLines, differences };
}

async function shutDown(both: Both, signal: NodeJS.Signals): Promise<[string, string]> {
  const pidOfTheirs = Number(readFileSync(join(both.sides[0].dir, 'main.pid'), 'utf8'));
  process.kill(pidOfTheirs, signal);
  both.reeved.kill(signal);
  const [, ours] = await Promise.all([waitFor('the end of supervisord', () => both.supervisordEnded() !== null, SETTLE_MS), both.reeved.ended(SETTLE_MS)]);
  return [`code ${both.supervisordEnded()}`, `code ${ours.code}`];
}

/** The differences that nothing on the list explains, as a text for a person; '' when there is none. Adds to `used` what was needed. */
export function unexplained(differences: readonly Difference[], accepted: readonly Accepted[], used: Set<Accepted>): string {
  const left = differences.filter((difference) => {
    const reason = accepted.find((each) => each.explains(difference));
    if (reason) used.add(reason);
    return reason === undefined;
  });
  return left.map(({ at, theirs, ours }) => `${at}\n  supervisord: ${theirs}\n  reeved:      ${ours}`).join('\n');
}
