// A log as it is written, over connections that may drop: each later one asks for some of the past too, and goes on where the last ended.
import type { LogLine } from '../../daemon/contract/rest.ts';
import { NDJSON } from '../../daemon/contract/rest.ts';
import { addressOf, AskError, send } from '../ask.ts';
import { daemonNow } from '../live/daemon-clock.ts';
import { createSeen, join } from './log-join.ts';
import type { Piece } from './log-join.ts';

/** Whose log: processes (names as anywhere: `web`, `g:*`, `all`), or one run of a job. */
export type LogSource = { readonly kind: 'processes'; readonly names: readonly string[] } | { readonly kind: 'run'; readonly run: string };

export interface LogEars {
  onPiece(piece: Piece): void;
  /** Something about the connection that belongs between the lines. */
  onNote(text: string): void;
  onState(state: LogState): void;
}

/** ended: there is nothing more to come. refused: it cannot be had; asked again later all the same, unless `final`. */
export type LogState =
  | { readonly state: 'connecting' | 'live' | 'ended' }
  | { readonly state: 'lost'; readonly why: string; readonly retryAt: number }
  | { readonly state: 'refused'; readonly error: Error };

const FIRST_BYTES = 128 * 1024;
const LATER_BYTES = 1024 * 1024;
/** Shared by the logs that are asked for at once. */
const LATER_TOTAL_BYTES = 8 * 1024 * 1024;
const RETRY_MS = [500, 1000, 2000, 4000, 8000] as const;
/** The past has come when nothing came for so long; what comes at full speed is taken as it is after the longer one. */
const SETTLED_MS = 200;
const SETTLED_AT_MOST_MS = 2000;
/** The first past is shown as it comes; it has come after so long. */
const FIRST_MS = 250;

function urlOf(source: LogSource, later: boolean): string {
  if (source.kind === 'run') return addressOf('job logs', { run: source.run, follow: true });
  const each = source.names.length === 1 && !/[*:]$|^all$/.test(source.names[0] ?? '') ? 1 : 16;
  const bytes = later ? Math.min(LATER_BYTES, Math.floor(LATER_TOTAL_BYTES / each)) : Math.floor(FIRST_BYTES / each);
  return addressOf('logs', { names: source.names, follow: true, bytes });
}

/** Begins at once. `again` connects anew, e.g. when another connection of the page came back; `close` ends it. */
export function openLog(source: LogSource, ears: LogEars): { again(): void; close(): void } {
  const seen = createSeen();
  let connections = 0;
  let attempt = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let current: AbortController | null = null;
  let closed = false;
  let gapAt: number | null = null;

  const take = (piece: Piece): void => {
    seen.add(piece);
    ears.onPiece(piece);
  };

  const connect = async (signal: AbortSignal): Promise<void> => {
    const later = connections > 0;
    const response = await send(urlOf(source, later), { signal, headers: { accept: source.kind === 'run' ? 'text/plain' : NDJSON } });
    if (response.body === null) throw new Error('the answer has no body');
    connections++;
    attempt = 0;
    ears.onState({ state: 'live' });
    // Until the past has come, pieces are held, to find in them what was seen before.
    let held: Piece[] | null = later ? [] : null;
    let quiet: ReturnType<typeof setTimeout> | undefined;
    const settle = (): void => {
      clearTimeout(quiet);
      clearTimeout(latest);
      if (held === null) return;
      const { pieces, torn } = join(held, seen);
      held = null;
      if (gapAt !== null) ears.onNote(`connected again after ${Math.max(1, Math.round((daemonNow() - gapAt) / 1000))} s${torn.length > 0 ? '; lines that were written meanwhile may be missing here' : ''}`);
      gapAt = null;
      for (const piece of pieces) take(piece);
    };
    const latest = later ? setTimeout(settle, SETTLED_AT_MOST_MS) : undefined;
    if (later) quiet = setTimeout(settle, 2 * SETTLED_MS);
    // The past comes log by log, whatever the order it was written in.
    let past: Set<string> | null = later || source.kind === 'run' ? null : new Set();
    const begun = (): void => {
      if ((past?.size ?? 0) > 1) ears.onNote('above: the past, log by log; below: as it is written');
      past = null;
    };
    const pastOver = past === null ? undefined : setTimeout(begun, FIRST_MS);
    const piece = (one: Piece): void => {
      past?.add(`${one.channel} ${one.name}`);
      if (held === null) return take(one);
      held.push(one);
      clearTimeout(quiet);
      quiet = setTimeout(settle, SETTLED_MS);
    };
    const decoder = new TextDecoder();
    let pending = '';
    const reader = response.body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const text = decoder.decode(value, { stream: true });
        if (source.kind === 'run') {
          if (text !== '') piece({ name: '', channel: 'stdout', text });
          continue;
        }
        pending += text;
        let from = 0;
        for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n', from)) {
          if (end > from) piece(JSON.parse(pending.slice(from, end)) as LogLine);
          from = end + 1;
        }
        pending = pending.slice(from);
      }
    } finally {
      if (!signal.aborted) settle();
      clearTimeout(quiet);
      clearTimeout(latest);
      clearTimeout(pastOver);
    }
  };

  const begin = (): void => {
    clearTimeout(retry);
    current?.abort();
    const own = new AbortController();
    current = own;
    const lost = (why: string): void => {
      const delay = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] ?? 8000;
      attempt++;
      if (gapAt === null && connections > 0) {
        gapAt = daemonNow();
        ears.onNote(`connection lost: ${why}`);
      }
      ears.onState({ state: 'lost', why, retryAt: daemonNow() + delay });
      retry = setTimeout(begin, delay);
    };
    connect(own.signal).then(
      () => {
        if (closed || own.signal.aborted) return;
        if (source.kind === 'run') ears.onState({ state: 'ended' });
        else lost('reeved ended it');
      },
      (error: Error) => {
        if (closed || own.signal.aborted) return;
        if (error instanceof AskError && error.code !== 'UNREACHABLE') {
          ears.onState({ state: 'refused', error });
          attempt++;
          retry = setTimeout(begin, RETRY_MS[Math.min(attempt + 1, RETRY_MS.length - 1)]);
        } else {
          lost('reeved cannot be reached');
        }
      },
    );
  };
  ears.onState({ state: 'connecting' });
  begin();
  return {
    again() {
      if (closed) return;
      if (gapAt === null) gapAt = daemonNow();
      begin();
    },
    close() {
      closed = true;
      clearTimeout(retry);
      current?.abort();
    },
  };
}
