// job watch: runs as they go, each with its bar, until all have ended. Without a terminal: a line at each step.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { Fact } from '../../daemon/contract/facts.ts';
import { RUN_STATES } from '../../daemon/contract/jobs.ts';
import type { RunView } from '../../daemon/contract/jobs.ts';
import { shortId } from '../../daemon/contract/names.ts';
import type { ProgressView } from '../../daemon/contract/reports.ts';
import { NDJSON } from '../../daemon/contract/rest.ts';
import type { EventLine } from '../../daemon/contract/rest.ts';
import { namesOf } from '../arguments.ts';
import { Refusal } from '../client.ts';
import { EXIT, wantsJson } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { progressText, stateText } from '../job-lines.ts';
import { lineReader } from '../ndjson.ts';
import { barLine, Steps } from '../progress-line.ts';
import { truncate } from '../text-width.ts';
import { shortDuration } from '../time-words.ts';

/** Lines drawn at once; more are counted. */
const MOST_LINES = 20;
/** A terminal is drawn anew at most so often. */
const DRAW_MS = 100;

interface Watched {
  run: RunView;
  readonly steps: Steps;
}

const labelOf = (run: RunView): string => `${run.job} ${shortId(run.id)}`;

/** What a run says of itself on one line. */
function lineOf({ run }: Watched, columns: number, now: number): string {
  const beside = run.state === 'running' ? `running ${shortDuration(now - (run.startedAt ?? now))}` : stateText(run.state);
  return barLine(labelOf(run), run.progress, columns, `${beside}${run.status === '' ? '' : `: ${run.status}`}`);
}

/** The runs that are watched, and the lines they have on a terminal. */
class Board {
  readonly #context: Context;
  /** Nothing is drawn or said: the facts are printed as they are. */
  readonly #silent: boolean;
  readonly #runs = new Map<string, Watched>();
  /** First attempts of all that was ever watched. */
  readonly #roots = new Set<string>();
  #drawn = 0;
  #timer: NodeJS.Timeout | null = null;
  failed = false;

  constructor(context: Context, silent: boolean) {
    this.#context = context;
    this.#silent = silent;
  }

  #say(text: string): void {
    if (!this.#silent) this.#context.screen.line(text);
  }

  get size(): number {
    return this.#runs.size;
  }

  add(run: RunView): void {
    this.#roots.add(run.first ?? run.id);
    const known = this.#runs.get(run.id);
    if (known) known.run = run;
    else {
      this.#runs.set(run.id, { run, steps: new Steps() });
      if (this.#context.screen.columns === null) this.#say(`${labelOf(run)}: ${stateText(run.state)}`);
    }
    this.#later();
  }

  /** It is watched, or tries again what was watched. */
  has(run: RunView): boolean {
    return this.#runs.has(run.id) || this.#roots.has(run.first ?? run.id);
  }

  hasId(id: string): boolean {
    return this.#runs.has(id);
  }

  moved(id: string, progress: ProgressView): void {
    const known = this.#runs.get(id);
    if (!known) return;
    known.run = { ...known.run, progress };
    if (this.#context.screen.columns === null && known.steps.due(progress)) this.#say(`${labelOf(known.run)}: ${progressText(progress)}`);
    this.#later();
  }

  ended(run: RunView): void {
    if (!this.#runs.delete(run.id)) return;
    if (run.state !== 'succeeded' && run.state !== 'retrying') this.failed = true;
    const took = run.startedAt === null || run.endedAt === null ? '' : ` after ${shortDuration(run.endedAt - run.startedAt)}`;
    this.#erase();
    this.#say(`${labelOf(run)}: ${stateText(run.state)}${took}${run.why === '' || run.state === 'succeeded' ? '' : `: ${run.why}`}`);
    this.#draw();
  }

  end(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#erase();
  }

  #later(): void {
    if (this.#context.screen.columns !== null) this.#timer ??= setTimeout(() => this.#again(), DRAW_MS);
  }

  #again(): void {
    this.#timer = null;
    this.#erase();
    this.#draw();
  }

  #erase(): void {
    if (this.#drawn > 0) this.#context.screen.raw(`\u001B[${this.#drawn}A\r\u001B[J`);
    this.#drawn = 0;
  }

  #draw(): void {
    const { columns } = this.#context.screen;
    if (columns === null || this.#silent || this.#runs.size === 0) return;
    const now = Date.now();
    const lines = [...this.#runs.values()].slice(0, MOST_LINES).map((one) => lineOf(one, columns, now));
    if (this.#runs.size > MOST_LINES) lines.push(truncate(`and ${this.#runs.size - MOST_LINES} more`, columns - 1));
    this.#context.screen.raw(`${lines.join('\n')}\n`);
    this.#drawn = lines.length;
  }
}

/** The row of the run that a fact tells of; others only name one. */
function runOf(fact: Fact): RunView | null {
  return fact.type.startsWith('run.') && 'run' in fact && typeof fact.run === 'object' ? fact.run : null;
}

/** Runs of these jobs, and runs whose ids begin so; nothing: every run. */
function chooser(names: readonly string[], jobs: ReadonlySet<string>): (run: RunView) => boolean {
  const ids = names.filter((name) => !jobs.has(name));
  return (run) => names.length === 0 || names.includes(run.job) || ids.some((id) => run.id.startsWith(id));
}

export const watch: Command = async (context, values) => {
  const client = await context.client();
  const snapshot = await client.status(true);
  const names = namesOf(values);
  const jobs = new Set(snapshot.jobs.map((job) => job.name));
  const wanted = chooser(names, jobs);
  for (const id of names.filter((name) => !jobs.has(name) && !snapshot.runs.some((run) => run.id.startsWith(name)))) {
    const { job, state } = await client.get<RunView>(`/v1/runs/${encodeURIComponent(id)}`);
    throw new Refusal('ALREADY_ENDED', `cannot watch ${id}: this run of ${job} is over (${stateText(state)})`, `Run \`reevectl job show ${id}\`.`, null);
  }
  const json = wantsJson(context, values);
  const board = new Board(context, json);
  for (const run of snapshot.runs) if (wanted(run) && run.state !== 'scheduled') board.add(run);
  if (board.size === 0) {
    context.screen.note(names.length === 0 ? 'No job runs.' : `Nothing of ${names.join(', ')} runs.`);
    return EXIT.ok;
  }
  const done = new AbortController();
  const isWatched = (fact: Fact): boolean => {
    const run = runOf(fact);
    return run === null ? 'run' in fact && typeof fact.run === 'string' && board.hasId(fact.run) : board.has(run) || wanted(run);
  };
  const take = (fact: Fact): void => {
    if (fact.type === 'progress.reported' && 'run' in fact) board.moved(fact.run, fact.progress);
    const run = runOf(fact);
    if (run === null) return;
    if (!RUN_STATES[run.state].final) {
      // A retry belongs to what is watched, and so does what begins meanwhile.
      if (board.has(run) || wanted(run)) board.add(run);
      return;
    }
    // The attempt that follows was told of before this one's end, or is told of next: the last end of all ends the watching.
    board.ended(run);
    if (board.size === 0 && fact.type !== 'run.retrying') done.abort();
  };
  const read = lineReader((value, text) => {
    const event = value as EventLine;
    if (event.type === 'gap') return;
    if (json && isWatched(event)) context.screen.json(text);
    take(event);
  });
  try {
    await client.stream(COMMANDS.events.route.path, { since: snapshot.seq, min_severity: 'debug' }, NDJSON, AbortSignal.any([context.signal, done.signal]), (piece) => {
      read(piece);
      return context.screen.full();
    });
  } finally {
    board.end();
  }
  if (context.signal.aborted) return EXIT.ok;
  if (!done.signal.aborted) {
    context.screen.note('The daemon ended the stream.');
    return EXIT.generic;
  }
  return board.failed ? EXIT.generic : EXIT.ok;
};
