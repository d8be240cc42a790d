// A log as it is written, over connections that may drop: each later one goes on with the byte after the last that was heard.
import { daemonNow } from '../live/daemon-clock.ts';
import { DAEMON_HEADER, NDJSON } from '../../daemon/contract/rest.ts';
import type { LogLine } from '../../daemon/contract/rest.ts';
import { addressOf, ask, AskError, send } from '../ask.ts';
import type { LogChannel } from './log-buffer.ts';
import { inOrder } from './log-past.ts';
import { createPlaces } from './log-places.ts';
import type { Gap, LogPlaces, Piece } from './log-places.ts';

/** Whose log: that of a process, or of a job. */
export type LogOwner = { readonly name: string } | { readonly job: string };

/** Processes (names as anywhere: `web`, `g:*`, `all`), one run of a job, or one file of a log, which is read once. */
export type LogSource =
  | { readonly kind: 'processes'; readonly names: readonly string[] }
  | { readonly kind: 'run'; readonly run: string }
  | { readonly kind: 'file'; readonly owner: LogOwner; readonly channel: LogChannel; readonly file: string };

export interface LogEars {
  onPiece(piece: Piece): void;
  /** Something is missing in this log. */
  onGap(gap: Gap): void;
  /** Something about the connection that belongs between the lines. */
  onNote(text: string): void;
  /** What comes now is all that is kept, from its beginning: what came before is part of it. */
  onAnew(): void;
  onState(state: LogState): void;
}

/** ended: there is nothing more to come. refused: it cannot be had as it stands. */
export type LogState =
  | { readonly state: 'connecting' | 'live' | 'ended' }
  | { readonly state: 'lost'; readonly why: string; readonly retryAt: number }
  | { readonly state: 'refused'; readonly error: Error };

export interface OpenLog {
  /** Connects anew at once, e.g. when another connection of the page came back. */
  again(): void;
  /** Somebody came who may be the one that was not there. */
  changed(): void;
  close(): void;
}

const FIRST_BYTES = 128 * 1024;
/** Shared by the logs that are asked for at once. */
const SHARES = 16;
const RETRY_MS = [500, 1000, 2000, 4000, 8000] as const;
/** The past of several logs has come when something new comes, and after so long. */
const PAST_MS = 250;
/** Asking again changes nothing about these; another process may. */
const LASTING: ReadonlySet<string> = new Set(['NOT_FOUND', 'NO_LOG', 'BAD_ARGUMENT', 'FORBIDDEN', 'UNAUTHENTICATED', 'TOO_LARGE']);

/** `from`: where to go on; null: from now on. Absent: from the last lines on. */
function urlOf(source: Exclude<LogSource, { kind: 'file' }>, from?: readonly string[] | null): string {
  // A run has one log.
  if (source.kind === 'run') return addressOf('job logs', { run: source.run, follow: true, positions: true, ...(from === undefined || from === null ? {} : { from: from[0]?.split('=').at(-1) }) });
  const one = source.names.length === 1 && !/[*:]$|^all$/.test(source.names[0] ?? '');
  const past = from === undefined ? {} : from === null ? { lines: 0 } : { from };
  return addressOf('logs', { names: source.names, follow: true, positions: true, timestamps: true, await: true, bytes: Math.floor(FIRST_BYTES / (one ? 1 : SHARES)), ...past });
}

/** Calls with a body as it comes. */
async function read(body: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    take(decoder.decode(value, { stream: true }));
  }
}

/** Begins at once. */
export function openLog(source: LogSource, ears: LogEars): OpenLog {
  const places: LogPlaces = createPlaces();
  let daemon: string | null = null;
  let connections = 0;
  let attempt = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let current: AbortController | null = null;
  let closed = false;
  let refused = false;
  let ended = false;
  let gapAt: number | null = null;
  /** Another daemon answered than before, which was not said yet. */
  let another = false;

  /** It is connected. `where`: how it goes on, in words. */
  const connected = (where: string): void => {
    connections++;
    attempt = 0;
    refused = false;
    if (gapAt !== null) ears.onNote(`connected again after ${Math.max(1, Math.round((daemonNow() - gapAt) / 1000))} s${another ? ' to another daemon; the last lines of the one before it may be missing here' : ''}${where}`);
    gapAt = null;
    another = false;
  };

  const readFile = async ({ owner, channel, file }: LogSource & { kind: 'file' }, signal: AbortSignal): Promise<void> => {
    const response = await send(addressOf('log-file', { ...owner, channel, file, unpack: true }), { signal });
    if (response.body === null) throw new Error('the answer has no body');
    if (signal.aborted) return;
    // It is read from its beginning again.
    if (connections > 0) ears.onAnew();
    connected('; the file is read anew');
    ears.onState({ state: 'live' });
    await read(response.body, (text) => {
      if (text !== '') ears.onPiece({ name: '', channel, text });
    });
  };

  /** Asks for what follows what was heard. Of another daemon than before: for all that was written since it began. */
  const connect = async (of: Exclude<LogSource, { kind: 'file' }>, signal: AbortSignal): Promise<{ readonly response: Response; readonly where: string }> => {
    const get = (from?: readonly string[] | null): Promise<Response> => send(urlOf(of, from), { signal, headers: { accept: NDJSON } });
    const before = daemon;
    let from = connections === 0 || places.size === 0 ? undefined : places.from();
    let response = await get(from);
    daemon = response.headers.get(DAEMON_HEADER);
    if (before !== null && daemon !== before && places.size > 0) {
      void response.body?.cancel().catch(() => undefined);
      places.anew();
      another = true;
      from = places.from();
      response = await get(from);
      daemon = response.headers.get(DAEMON_HEADER);
    }
    return { response, where: from === null ? '; of so many logs, what was written meanwhile is not shown here' : '' };
  };

  const readLines = async (of: Exclude<LogSource, { kind: 'file' }>, signal: AbortSignal): Promise<void> => {
    const later = connections > 0;
    const { response, where } = await connect(of, signal);
    if (response.body === null) throw new Error('the answer has no body');
    if (signal.aborted) return;
    connected(where);
    const logs = new Set<string>();
    let past: Piece[] | null = [];
    let over: ReturnType<typeof setTimeout> | undefined;
    // Of a log that may have a past it is not said that nothing was written, while that past is on its way.
    const silent = setTimeout(() => ears.onState({ state: 'live' }), PAST_MS);
    const endPast = (): void => {
      clearTimeout(over);
      if (past === null) return;
      clearTimeout(silent);
      ears.onState({ state: 'live' });
      const sorted = inOrder(past);
      past = null;
      for (const piece of sorted.pieces) ears.onPiece(piece);
      const untimed = sorted.logs - sorted.timed;
      if (sorted.logs > 1 && untimed > 0) ears.onNote(`above: ${later ? 'what was written meanwhile' : 'the past'}, log by log${sorted.timed > 0 ? ' where lines have no times' : ''}; below: as it is written`);
    };
    const hear = (line: LogLine): void => {
      logs.add(`${line.name}/${line.channel}`);
      const heard = places.hear(line);
      if (heard === null) return;
      if ('gap' in heard) return ears.onGap(heard.gap);
      // All logs were named before the first word of one. The past of a single one needs no order.
      if (past !== null && (logs.size === 1 || heard.piece.at !== undefined)) endPast();
      if (past === null) return ears.onPiece(heard.piece);
      past.push(heard.piece);
      over ??= setTimeout(endPast, PAST_MS);
    };
    let pending = '';
    try {
      await read(response.body, (text) => {
        // What an aborted connection still says comes again over the next one.
        if (signal.aborted) return;
        pending += text;
        let from = 0;
        for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n', from)) {
          if (end > from) hear(JSON.parse(pending.slice(from, end)) as LogLine);
          from = end + 1;
        }
        pending = pending.slice(from);
      });
    } finally {
      // Its places are known already: what is held must be shown.
      if (!closed) endPast();
      clearTimeout(over);
      clearTimeout(silent);
    }
  };

  /** The stream ended by itself. That of a run ends with the run, or with the daemon. */
  const isOver = async (signal: AbortSignal): Promise<boolean> => source.kind === 'file' || (source.kind === 'run' && (await ask('job show', { run: source.run }, signal)).endedAt !== null);

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
  const failed = (error: Error): void => {
    if (!(error instanceof AskError) || error.code === 'UNREACHABLE') return lost('reeved cannot be reached');
    refused = true;
    ears.onState({ state: 'refused', error });
    if (!LASTING.has(error.code)) retry = setTimeout(begin, RETRY_MS[Math.min(attempt++, RETRY_MS.length - 1)]);
  };
  function begin(): void {
    clearTimeout(retry);
    current?.abort();
    const own = new AbortController();
    current = own;
    const present = (): boolean => !closed && !own.signal.aborted;
    const reading = source.kind === 'file' ? readFile(source, own.signal) : readLines(source, own.signal);
    reading.then(async () => (present() ? isOver(own.signal) : false)).then(
      (over) => {
        if (!present()) return;
        if (!over) return lost('reeved ended it');
        ended = true;
        ears.onState({ state: 'ended' });
      },
      (error: Error) => {
        if (present()) failed(error);
      },
    );
  }
  ears.onState({ state: 'connecting' });
  begin();
  return {
    again() {
      if (closed || ended) return;
      if (gapAt === null && connections > 0) gapAt = daemonNow();
      begin();
    },
    changed() {
      if (refused && !closed) begin();
    },
    close() {
      closed = true;
      clearTimeout(retry);
      current?.abort();
    },
  };
}
