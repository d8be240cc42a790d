// Waiting for a run, through its retries, with its output and its progress.
import { RUN_STATES } from '../daemon/contract/jobs.ts';
import type { RunDetails } from '../daemon/contract/jobs.ts';
import { shortId } from '../daemon/contract/names.ts';
import { NDJSON } from '../daemon/contract/rest.ts';
import type { EventLine, RestAnswers } from '../daemon/contract/rest.ts';
import type { Client } from './client.ts';
import type { Context } from './context.ts';
import { ConnectionError } from './http.ts';
import { stateText } from './job-lines.ts';
import { lineReader } from './ndjson.ts';
import { RunScreen } from './progress-line.ts';
import { RUN_EXITS, runExit } from './run-exit.ts';
import { relative } from './time-words.ts';
import { pause } from './pause.ts';

/** Between two looks at a run whose stream ended before it did. */
const LOOK_MS = 300;
/** Exit code where Ctrl-C ended the waiting. */
const LEFT = 130;

const runPath = (id: string): string => `/v1/runs/${encodeURIComponent(id)}`;

export function showRun(client: Client, id: string): Promise<RunDetails> {
  return client.get<RestAnswers['job show']>(runPath(id));
}

/** Output as it comes, and progress beside it, until the run is over or somebody leaves. */
async function follow(client: Client, context: Context, job: string, id: string, screen: RunScreen | null): Promise<void> {
  if (screen === null) return;
  const ended = new AbortController();
  const leave = AbortSignal.any([ended.signal, context.signal]);
  const read = lineReader((value) => {
    const event = value as EventLine;
    if (event.type === 'progress.reported' && 'run' in event && event.run === id) screen.progress(event.progress);
  });
  // Also what it said before we asked.
  const progress = client.stream('/v1/events', { job, since: 0, min_severity: 'debug' }, NDJSON, leave, (piece) => {
    read(piece);
    return undefined;
  });
  // Progress is an extra: without it the output and the exit code are still told.
  const watched = progress.catch(() => undefined);
  try {
    await client.stream(`${runPath(id)}/logs`, { follow: true }, 'text/plain', context.signal, (piece) => {
      screen.output(piece);
      return context.screen.full();
    });
  } finally {
    ended.abort();
    await watched;
    screen.end();
  }
}

/** Why it does not begin at once, where that is so. */
export function waitsFor(run: RunDetails, now: number): string {
  if (run.state !== 'queued' && run.state !== 'scheduled') return '';
  return `${run.state === 'queued' ? 'waits for its turn' : run.dueAt === null ? 'waits' : `starts ${relative(run.dueAt, now)}`}${run.why === '' ? '' : `: ${run.why}`}`;
}

async function over(client: Client, id: string, signal: AbortSignal): Promise<RunDetails | null> {
  for (;;) {
    const run = await showRun(client, id);
    if (RUN_STATES[run.state].final) return run;
    if (signal.aborted) return null;
    await pause(LOOK_MS, signal);
    if (signal.aborted) return null;
  }
}

function ending(run: RunDetails, code: number): string {
  const means = run.state === 'failed' || run.state === 'dead' ? '' : (RUN_EXITS.find(([one]) => one === String(code))?.[1] ?? '');
  return `${run.job}: ${stateText(run.state)}${run.why === '' ? '' : ` (${run.why})`}${run.why === '' && means !== '' ? ` (${means})` : ''}; reevectl job show ${shortId(run.id)}`;
}

/** What is tried after it: the next attempt, or the same one once more. */
function followerOf({ id, attempts }: RunDetails): RunDetails['attempts'][number] | undefined {
  const at = attempts.findIndex((one) => one.id === id);
  return at < 0 ? undefined : attempts[at + 1];
}

/** Waits for the run and what is tried after it. Resolves to the last attempt, or null when Ctrl-C came first; and the exit code. */
export async function waitForRun(client: Client, context: Context, job: string, first: string, quiet: boolean): Promise<{ readonly run: RunDetails | null; readonly code: number }> {
  const screen = quiet ? null : new RunScreen(context.screen, job);
  let id = first;
  try {
    const waits = screen === null ? '' : waitsFor(await showRun(client, id), Date.now());
    if (waits !== '') screen?.note(`${job}: ${waits}`);
    for (;;) {
      await follow(client, context, job, id, screen);
      const run = context.signal.aborted ? null : await over(client, id, context.signal);
      if (run === null) {
        context.screen.note(`${job}: goes on as run ${shortId(id)}; end it with: reevectl job cancel ${shortId(id)}`);
        return { run, code: LEFT };
      }
      const next = run.state === 'retrying' ? followerOf(run) : undefined;
      if (next === undefined) {
        const code = runExit(run);
        if (code !== 0) screen?.note(ending(run, code));
        return { run, code };
      }
      const due = (await showRun(client, next.id)).dueAt;
      screen?.note(`${job}: attempt ${run.attempt} failed (${run.why}); the next starts ${due === null ? 'when there is a place' : relative(due, Date.now())}`);
      id = next.id;
    }
  } catch (error) {
    // The run may end, go on, or be run again by the next daemon: only the daemon knows.
    if (error instanceof ConnectionError) context.screen.note(`${job}: nobody can say how run ${shortId(id)} ends; when the daemon is back: reevectl job show ${shortId(id)}`);
    throw error;
  }
}
