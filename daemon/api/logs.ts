// Logs over HTTP: the last bytes, any range, and what is being written. Only names and channels lead to a log, never a path.
import { existsSync } from 'node:fs';
import { DAEMON_HEADER, DEFAULT_TAIL_BYTES, LOG_OFFSET_HEADER, LOG_OVERFLOW_HEADER, MAX_LOG_BYTES, NDJSON } from '../contract/rest.ts';
import { parseWhen, WHEN_FORMS } from '../contract/when.ts';
import { ownZone } from '../contract/where-values.ts';
import type { LogPlane } from '../os/ports/logs.ts';
import type { Channel } from '../os/ports/output.ts';
import type { Control } from '../runtime/control.ts';
import type { Context, Handler } from './context.ts';
import { flagOf, namesOf, numberOf, orRefuse, textOf, wantsLines } from './context.ts';
import { refuse } from './error-answer.ts';
import { byNames } from './event-filter.ts';
import { lineEncoder, NOTHING, rawEncode, TEXT } from './log-lines.ts';
import type { Encode } from './log-lines.ts';
import { logPlace } from './log-place.ts';
import { slowReader } from './slow-reader.ts';

/** Logs followed by one request. */
const MAX_TARGETS = 4096;
/** Of the past of all of them together: it is gathered before it is sent. */
const MAX_PAST_BYTES = 64 * 1024 * 1024;

interface Target {
  readonly id: string;
  readonly channel: Channel;
}

const channelOf = (context: Context): Channel | undefined => textOf(context.args, 'channel') as Channel | undefined;

function bytesOf(context: Context): number {
  const bytes = numberOf(context.args, 'bytes') ?? DEFAULT_TAIL_BYTES;
  if (bytes < 0) throw refuse('BAD_ARGUMENT', `cannot use bytes = ${bytes}: expected 0 or more`);
  return Math.min(bytes, MAX_LOG_BYTES);
}

function oneId(context: Context): string {
  const [id, ...more] = orRefuse(context.control.resolve(namesOf(context.args)));
  if (namesOf(context.args).length === 0 || id === undefined) throw refuse('BAD_ARGUMENT', 'cannot read a log: argument name is missing');
  if (more.length > 0) throw refuse('BAD_ARGUMENT', `cannot read several logs at once: the name means ${more.length + 1} processes; use /v1/logs/follow for them`);
  return id;
}

function sendSlice({ reply }: Context, bytes: Uint8Array, offset: number, overflow: boolean): undefined {
  reply.type(TEXT).header(LOG_OFFSET_HEADER, String(offset)).header(LOG_OVERFLOW_HEADER, String(overflow));
  // A copy: the plane may use its buffer again.
  void reply.send(Buffer.from(bytes));
  return undefined;
}

const noLog = (target: Target): Error => refuse('NO_LOG', `cannot read the log of ${target.id}: it keeps none for ${target.channel}`);

/** What an earlier daemon wrote is a log too: it is opened then. */
function hasLog(control: Control, { id, channel }: Target): boolean {
  if (!('error' in control.logs.tail(id, channel, 0, 0))) return true;
  const file = control.compat.spec(id)?.[channel]?.file ?? null;
  return file !== null && existsSync(file) && logPlace(control, id, channel).readable;
}

function tailOf(control: Control, target: Target, bytes: number): { bytes: Uint8Array; offset: number; overflow: boolean } {
  if (!hasLog(control, target)) throw noLog(target);
  const slice = control.logs.tail(target.id, target.channel, 0, bytes);
  if ('error' in slice) throw noLog(target);
  return slice;
}

function readRange(context: Context, target: Target, offset: number, length: number): undefined {
  const { logs } = context.control;
  if (length < 0) throw refuse('BAD_RANGE', `cannot read from ${offset}, length ${length}: a length is 0 or more`);
  const size = tailOf(context.control, target, 0).offset;
  const begin = offset < 0 ? Math.max(0, size + offset) : offset;
  // To the end may be 50 MB: what is sent at once has a bound, and the headers say how to go on.
  const wanted = length === 0 ? Math.max(0, size - begin) : length;
  const cut = wanted > MAX_LOG_BYTES;
  const bytes = cut ? logs.read(target.id, target.channel, begin, MAX_LOG_BYTES) : logs.read(target.id, target.channel, offset, length);
  if ('error' in bytes) {
    if (bytes.error === 'no_log') throw noLog(target);
    throw refuse(bytes.error === 'bad_arguments' ? 'BAD_RANGE' : 'FAILED', `cannot read the log of ${target.id}: ${bytes.message}`);
  }
  return sendSlice(context, bytes, begin + bytes.length, begin + bytes.length < size);
}

export const tail: Handler = (context) => {
  const target = { id: oneId(context), channel: channelOf(context) ?? 'stdout' };
  const offset = numberOf(context.args, 'offset');
  const length = numberOf(context.args, 'length');
  if (offset !== undefined || length !== undefined) return readRange(context, target, offset ?? 0, length ?? 0);
  const slice = tailOf(context.control, target, bytesOf(context));
  return sendSlice(context, slice.bytes, slice.offset, slice.overflow);
};

// redirect_stderr: both names lead to one log, which is read once.
function sharesLog(control: Control, id: string): boolean {
  const { stdout, stderr } = control.logs.stats(id).paths;
  return stdout !== null && stdout === stderr && hasLog(control, { id, channel: 'stdout' });
}

/** Logs that are not there yet are waited for; those who wait are told by JSON lines. */
const awaits = (context: Context): boolean => flagOf(context.args, 'await', false) && wantsLines(context.request) && flagOf(context.args, 'follow', true);

function targetsOf(context: Context): readonly Target[] {
  const names = namesOf(context.args);
  if (names.length === 0) throw refuse('BAD_ARGUMENT', 'cannot follow logs: argument names is missing (p, g:p, g:*, all)');
  const ids = orRefuse(context.control.resolve(names));
  const channel = channelOf(context);
  const channels: readonly Channel[] = channel === undefined ? ['stdout', 'stderr'] : [channel];
  const { control } = context;
  const targets = ids.flatMap((id) => channels.map((one) => ({ id, channel: one })))
    .filter((target) => hasLog(control, target) && (channel !== undefined || target.channel === 'stdout' || !sharesLog(control, target.id)));
  if (targets.length === 0 && !awaits(context)) throw refuse('NO_LOG', `cannot follow logs: ${ids.join(', ').slice(0, 200)} keep none${channel === undefined ? '' : ` for ${channel}`}`);
  if (targets.length > MAX_TARGETS) throw refuse('TOO_LARGE', `cannot follow ${targets.length} logs at once: at most ${MAX_TARGETS}`);
  return targets;
}

/** Where a reader was, by log. */
function positionsOf(context: Context): ReadonlyMap<string, number> {
  const list = (context.args.get('from') as readonly string[] | undefined) ?? [];
  return new Map(list.map((one) => {
    const match = /^(.+)\/(stdout|stderr)=(-?\d{1,15})$/.exec(one);
    if (match === null) throw refuse('BAD_ARGUMENT', `cannot go on from ${JSON.stringify(one.slice(0, 100))}: expected GROUP:NAME/CHANNEL=POSITION, as \`end\` of a line says`);
    return [`${match[1] ?? ''}/${match[2] ?? ''}`, Number(match[3])];
  }));
}

function linesOf(context: Context): number | undefined {
  const lines = numberOf(context.args, 'lines');
  if (lines !== undefined && lines < 0) throw refuse('BAD_ARGUMENT', `cannot use lines = ${lines}: expected 0 or more`);
  return lines;
}

/** The past of these logs, and the end. */
function past(context: Context, targets: readonly Target[], contentType: string, encode: Encode): undefined {
  const { control, reply } = context;
  const wanted = pastOf(context, targets);
  const parts: Uint8Array[] = [];
  // A follower that goes at once has seen the past; one for each log, so that a line without an end is seen too.
  const sources = targets.map((target) => control.logs.follow({
    ...wanted, targets: [target], onChunk: (id, channel, chunk, end, at) => parts.push(Buffer.from(encode(id, channel, chunk, end, at))), onEnd: () => undefined,
  }));
  setImmediate(() => {
    for (const source of sources) source.close();
    reply.type(contentType);
    void reply.send(Buffer.concat(parts));
  });
  return undefined;
}

/** How much of the past of each log is asked for. */
function pastOf(context: Context, targets: readonly Target[]): { readonly bytes: number; readonly lines?: number; readonly most?: number } {
  const lines = linesOf(context);
  const most = Math.floor(MAX_PAST_BYTES / Math.max(1, targets.length));
  return { bytes: bytesOf(context), ...(lines === undefined ? {} : { lines }), ...(most < MAX_LOG_BYTES ? { most } : {}) };
}

/** Wall clock ms, as a program or a person says it; null: not asked for. */
function sinceOf({ args }: Context): number | null {
  const text = textOf(args, 'since');
  if (text === undefined) return null;
  const at = /^\d{12,15}$/.test(text) ? Number(text) : parseWhen(text, Date.now(), ownZone(), 'past');
  if (at === null) throw refuse('BAD_ARGUMENT', `cannot use since = ${JSON.stringify(text.slice(0, 80))}: expected ${WHEN_FORMS}, or milliseconds since 1970`);
  return at;
}

/**
 * Gives what was written since then, log by log, each as fast as `give` takes it; false: nobody takes it any more. Resolves with where each
 * log goes on.
 */
async function recall({ logs }: Control, targets: readonly Target[], since: number, gone: AbortSignal, give: (target: Target, bytes: Uint8Array, end: number) => Promise<boolean>): Promise<readonly (Target & { readonly from: number })[]> {
  const seen = new Set<string>();
  const next: (Target & { readonly from: number })[] = [];
  for (const target of targets) {
    const path = logs.stats(target.id).paths[target.channel];
    const found = path !== null && seen.has(path) ? null : await logs.since(target.id, target.channel, since, gone);
    if (path !== null) seen.add(path);
    for await (const { bytes, end } of found?.pieces ?? []) if (!(await give(target, bytes, end))) return [];
    const from = found?.position ?? logs.position(target.id, target.channel);
    if (!(await give(target, NOTHING, from))) return [];
    next.push({ ...target, from });
  }
  return next;
}

export const follow: Handler = (context) => {
  const { control, streams, crowd, reply, request } = context;
  const targets = targetsOf(context);
  // One name without a channel has two logs; read by a person they are one text. Which is which is told on request.
  const lines = wantsLines(request) || new Set(targets.map((target) => target.id)).size > 1;
  const positions = flagOf(context.args, 'positions', false);
  const encode = lines ? lineEncoder({ positions, timestamps: flagOf(context.args, 'timestamps', false) }) : rawEncode;
  const contentType = lines ? NDJSON : TEXT;
  const goesOn = flagOf(context.args, 'follow', true);
  const since = sinceOf(context);
  if (!goesOn && since === null) return past(context, targets, contentType, encode);
  const from = positionsOf(context);
  const parts = pastOf(context, targets);
  const sources: ReturnType<LogPlane['follow']>[] = [];
  const { pid, startedAt } = control.snapshot().daemon;
  reply.header(DAEMON_HEADER, `${pid}-${startedAt}`);
  const followed = new Set(targets.map((target) => target.id));
  let full = false;
  const reader = new AbortController();
  const gone = reader.signal;
  let unsubscribe: (() => void) | undefined;
  /** Who gives the past waits for the reader here. */
  let wake: (() => void) | undefined;
  const stream = orRefuse(streams.open(crowd, reply, contentType, {
    onDrain: () => {
      full = false;
      wake?.();
      for (const source of sources) source.resume();
    },
    onClose: () => {
      reader.abort();
      wake?.();
      unsubscribe?.();
      for (const source of sources) source.close();
    },
  }));
  const write = (text: string | Uint8Array): void => {
    if (text.length === 0 || stream.write(text) || full) return;
    full = true;
    for (const source of sources) source.pause();
  };
  const begin = (added: readonly (Target & { readonly from?: number })[]): void => {
    const source = control.logs.follow({
      ...parts, targets: added, onChunk: (id, channel, chunk, end, at) => write(encode(id, channel, chunk, end, at)),
      onEnd: () => {
        sources.splice(sources.indexOf(source), 1);
        // Whoever named a process is told of its end; of a group somebody may come.
        if (sources.length === 0 && unsubscribe === undefined) stream.end();
      },
    });
    sources.push(source);
    // The past may have filled the reader before there was anything to pause.
    if (full) source.pause();
  };
  if (since !== null) {
    const give = async (target: Target, bytes: Uint8Array, end: number): Promise<boolean> => {
      write(encode(target.id, target.channel, bytes, end, null));
      if (full && !gone.aborted) await new Promise<void>((resolve) => (wake = resolve));
      return !gone.aborted;
    };
    recall(control, targets, since, gone, give).then((next) => {
      if (!goesOn) stream.end();
      else if (!gone.aborted && next.length > 0) begin(next);
    }, () => stream.end());
  } else if (positions && lines) for (const target of targets) write(encode(target.id, target.channel, NOTHING, from.get(`${target.id}/${target.channel}`) ?? control.logs.position(target.id, target.channel), null));
  if (since === null && targets.length > 0) begin(targets.map((target) => {
    const position = from.get(`${target.id}/${target.channel}`);
    return position === undefined ? target : { ...target, from: position };
  }));
  if (goesOn && lines && (awaits(context) || namesOf(context.args).some(isWhole))) unsubscribe = comers(context, followed, (added) => begin(added));
  return undefined;
};

/** A name of which there may be more later. */
const isWhole = (name: string): boolean => name === 'all' || name.endsWith(':') || name.endsWith(':*');

/** Calls back with the logs of processes that these names mean and that were not there before, all that they wrote. */
function comers(context: Context, followed: Set<string>, begin: (targets: readonly (Target & { readonly from: number })[]) => void): () => void {
  const { control } = context;
  const wanted = byNames(context, namesOf(context.args));
  const channel = channelOf(context);
  return control.subscribe({
    since: null,
    onFact: (fact) => {
      if (fact.type === 'process.removed') followed.delete(fact.process);
      // Its logs are open by now.
      if (fact.type !== 'process.spawned' || followed.has(fact.process) || !wanted(fact)) return;
      followed.add(fact.process);
      const channels: readonly Channel[] = channel === undefined ? ['stdout', 'stderr'] : [channel];
      const found = channels.map((one) => ({ id: fact.process, channel: one, from: 0 })).filter((target) => hasLog(control, target) && (channel !== undefined || target.channel === 'stdout' || !sharesLog(control, target.id)));
      if (found.length > 0) begin(found);
    },
    onGap: () => undefined,
  });
}

export const mainTail: Handler = (context) => {
  const offset = numberOf(context.args, 'offset');
  const length = numberOf(context.args, 'length');
  if ((length ?? 0) < 0 || ((offset ?? 0) < 0 && (length ?? 0) !== 0)) throw refuse('BAD_RANGE', `cannot read the daemon's log from ${offset}, length ${length}`);
  const begin = offset ?? (length === undefined ? -bytesOf(context) : 0);
  const slice = begin < 0
    ? context.control.mainLog.read(Math.max(begin, -MAX_LOG_BYTES), 0)
    : context.control.mainLog.read(begin, length === undefined || length === 0 ? MAX_LOG_BYTES : Math.min(length, MAX_LOG_BYTES));
  if ('error' in slice) throw refuse('NO_LOG', `cannot read the daemon's log: ${slice.error}`);
  const end = begin < 0 ? slice.offset : begin + slice.bytes.length;
  return sendSlice(context, slice.bytes, end, slice.overflow || end < slice.offset);
};

export const mainFollow: Handler = (context) => {
  const { control, streams, crowd, reply, limits } = context;
  const past = control.mainLog.read(-bytesOf(context), 0);
  let unfollow: (() => void) | undefined;
  const stream = orRefuse(streams.open(crowd, reply, TEXT, { onDrain: () => reader.drained(), onClose: () => unfollow?.() }));
  // The daemon's log cannot wait for a reader.
  const reader = slowReader(stream, limits.streamBytes);
  if (!('error' in past)) stream.write(Buffer.from(past.bytes));
  unfollow = control.mainLog.follow((chunk) => reader.write(Buffer.from(chunk)));
  return undefined;
};
