// The monitor on a terminal: facts, keys and measurements in, drawn lines out, until somebody leaves.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { Operation } from '../../daemon/contract/answers.ts';
import { ERRORS } from '../../daemon/contract/errors.ts';
import type { RestAnswers } from '../../daemon/contract/rest.ts';
import { Refusal } from '../client.ts';
import type { Client } from '../client.ts';
import { ConnectionError } from '../http.ts';
import { followSnapshot } from '../live-snapshot.ts';
import type { Request } from './actions.ts';
import { FullScreen } from './full-screen.ts';
import type { Terminal } from './full-screen.ts';
import { firstModel, moreLines, onKey, sortOf } from './model.ts';
import type { Effect, Model } from './model.ts';
import { explainRow, followLog, logOf } from './pages.ts';
import { pastOf } from './past.ts';
import { titleOf } from './rows.ts';
import type { Row } from './rows.ts';
import { heightOf, screenLines, visibleProcesses } from './view.ts';
import { emptyWorld, remember } from './world.ts';
import { pause } from '../pause.ts';

/** Drawn at most so often. */
const DRAW_MS = 100;
/** CPU is seen between two looks: the second one soon after the first. */
const FIRST_LOOK_MS = 700;
/** An operation that takes longer goes on without us. */
const OPERATION_MS = 120_000;
/** What cannot begin says so within this. */
const BEGIN_MS = 700;

export interface LiveOptions {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly colour: boolean;
  /** How often usage is measured, and ages are drawn anew. */
  readonly refreshMs: number;
  /** Aborted by Ctrl-C or a signal. */
  readonly signal: AbortSignal;
}

const wordsOf = (error: unknown): string => {
  if (error instanceof Refusal) return `${error.message}${error.hint === null ? '' : `; ${error.hint}`}. ${error.advice}`;
  return error instanceof Error ? error.message : String(error);
};

/** What became of what was asked for, in a sentence. */
function outcome(operation: Operation, request: Request): { readonly text: string; readonly paint: 'green' | 'red' | 'yellow' } {
  const wrong = operation.targets.find((target) => target.outcome === 'error');
  if (wrong) {
    const spec = wrong.code === null ? null : ERRORS[wrong.code];
    return { text: `${request.doing}: ${wrong.message || (spec?.says ?? 'it did not work')}${spec === null ? '' : ` ${spec.advice}`}`, paint: 'red' };
  }
  return operation.endedAt === null && request.begins !== true ? { text: `${request.doing}: goes on as operation ${operation.id}`, paint: 'yellow' } : { text: request.done, paint: 'green' };
}

class Monitor {
  readonly #options: LiveOptions;
  readonly #over = new AbortController();
  readonly #world = emptyWorld();
  readonly #screen: FullScreen;
  #model: Model = firstModel();
  #timer: NodeJS.Timeout | null = null;
  #drawnAt = 0;
  #page: AbortController | null = null;
  #retry: () => void = () => undefined;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#screen = new FullScreen(options.terminal, (key) => this.#key(key), () => this.#soon());
  }

  /** At once if nothing was drawn for a while, else when that is so. */
  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      if (this.#over.signal.aborted) return;
      if (this.#screen.busy) return this.#soon();
      this.#drawnAt = performance.now();
      this.#world.now = Date.now();
      this.#screen.draw(screenLines(this.#model, this.#world, this.#screen.size, this.#options.colour));
    }, Math.max(0, this.#drawnAt + DRAW_MS - performance.now()));
  }

  #say(text: string, paint: 'green' | 'red' | 'yellow' | null): void {
    this.#model = { ...this.#model, message: { text, paint } };
    this.#soon();
  }

  #key(key: string): void {
    if (this.#over.signal.aborted) return;
    this.#world.now = Date.now();
    const { model, effect } = onKey(this.#model, key, this.#world, heightOf(this.#model, this.#screen.size));
    this.#model = model;
    if (effect) this.#do(effect);
    this.#soon();
  }

  #do(effect: Effect): void {
    switch (effect.type) {
      case 'quit': return this.#over.abort();
      case 'suspend': return this.#screen.suspend();
      case 'redraw': return this.#screen.forget();
      case 'explain': return void this.#explain(effect.row);
      case 'log': return void this.#log(effect.row);
      case 'leave_page': return this.#leavePage();
      case 'ask_daemon': return void this.#ask(effect.request);
    }
  }

  #leavePage(): void {
    this.#page?.abort();
    this.#page = null;
  }

  /** Never rejects: what goes wrong is said on the screen. */
  async #ask(request: Request): Promise<void> {
    this.#say(`${request.doing} …`, null);
    try {
      const { text, paint } = outcome(await this.#options.client.mutate(request.path, request.body, request.begins === true ? BEGIN_MS : OPERATION_MS), request);
      this.#say(text, paint);
    } catch (error) {
      this.#say(`cannot go on ${request.doing}: ${wordsOf(error)}`, 'red');
    }
  }

  async #explain(row: Row): Promise<void> {
    try {
      const lines = await explainRow(this.#options.client, row, this.#screen.size.columns);
      this.#model = { ...this.#model, page: { kind: 'page', title: titleOf(row), lines, top: 0 } };
      this.#soon();
    } catch (error) {
      this.#say(`cannot explain ${titleOf(row)}: ${wordsOf(error)}`, 'red');
    }
  }

  async #log(row: Row): Promise<void> {
    const place = logOf(row);
    if (place === null) return this.#say(`${titleOf(row)} has no log`, null);
    this.#leavePage();
    const leaving = new AbortController();
    this.#page = leaving;
    const more = (lines: readonly string[]): void => {
      const { page } = this.#model;
      if (leaving.signal.aborted || page?.kind !== 'log') return;
      this.#model = { ...this.#model, page: moreLines(page, lines) };
      this.#soon();
    };
    this.#model = { ...this.#model, page: { kind: 'log', title: `log of ${titleOf(row)}`, lines: [], top: null } };
    this.#soon();
    try {
      await followLog(this.#options.client, place, AbortSignal.any([leaving.signal, this.#over.signal]), more);
      more(['(the log ends here)']);
    } catch (error) {
      more([`(${wordsOf(error)})`]);
    }
  }

  /** Measures those that are seen; all where the order is by what they use. */
  async #measure(): Promise<void> {
    const sort = sortOf(this.#model);
    const all = this.#model.section === 'processes' && (sort === 'cpu' || sort === 'memory');
    const names = visibleProcesses(this.#model, this.#world, this.#screen.size);
    if (names.length === 0 || this.#world.lost !== null) return;
    try {
      const rows = await this.#options.client.get<RestAnswers['top']>(COMMANDS.top.route.path, all ? {} : { names });
      const usage = new Map(this.#world.usage);
      for (const row of rows) if (row.kind === 'program') usage.set(row.id, row);
      // Who is gone is not remembered for ever.
      for (const id of usage.keys()) if (!this.#world.snapshot.processes.has(id)) usage.delete(id);
      this.#world.usage = usage;
    } catch (error) {
      // One that ended meanwhile is no trouble; a daemon that does not answer is.
      if (error instanceof ConnectionError) this.#retry();
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    for (let wait = FIRST_LOOK_MS; !signal.aborted; wait = this.#options.refreshMs) {
      await this.#measure();
      this.#soon();
      await pause(wait, signal);
    }
  }

  async #past(anew: boolean): Promise<void> {
    if (anew) Object.assign(this.#world, { events: [], violations: [], usage: new Map() });
    const facts = await pastOf(this.#options.client, this.#over.signal).catch(() => []);
    const known = [...this.#world.events];
    // What came while the past was asked for is in both.
    Object.assign(this.#world, { events: [], violations: [] });
    for (const fact of facts) remember(this.#world, fact);
    for (const fact of known) remember(this.#world, fact);
    this.#soon();
  }

  /** Until somebody leaves; rejects where the daemon says no for good. */
  async run(): Promise<void> {
    const { client, signal } = this.#options;
    const ended = AbortSignal.any([signal, this.#over.signal]);
    this.#soon();
    const live = followSnapshot(client, ended, {
      onSnapshot: (snapshot, anew) => {
        const first = this.#world.lost === 'connecting';
        this.#world.snapshot = snapshot;
        this.#world.lost = null;
        if (anew) this.#say(`Another daemon answers, pid ${String(snapshot.daemon.pid)}: everything was read again.`, 'yellow');
        if (first || anew) void this.#past(anew);
        if (first) void this.#measure().then(() => this.#soon());
        this.#soon();
      },
      onFact: (fact) => {
        remember(this.#world, fact);
        this.#soon();
      },
      onLost: (why) => {
        this.#world.lost = why;
        this.#soon();
      },
    });
    this.#retry = live.retry;
    const watching = this.#watch(ended);
    try {
      await live.ended;
    } finally {
      this.#over.abort();
      this.#leavePage();
      if (this.#timer) clearTimeout(this.#timer);
      this.#screen[Symbol.dispose]();
      await watching;
    }
  }
}

/** Resolves when somebody left; the terminal is as it was, also where it rejects. */
export function runMonitor(options: LiveOptions): Promise<void> {
  return new Monitor(options).run();
}
