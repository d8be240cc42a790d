// Logs over HTTP: the last bytes, any range, and what is being written. Only names and channels lead to a log, never a path.
import type { LogLine } from '../contract/rest.ts';
import { DAEMON_HEADER, DEFAULT_TAIL_BYTES, LOG_OFFSET_HEADER, LOG_OVERFLOW_HEADER, MAX_LOG_BYTES, NDJSON } from '../contract/rest.ts';
import type { LogPlane } from '../os/ports/logs.ts';
import type { Channel } from '../os/ports/output.ts';
import type { Context, Handler } from './context.ts';
import { flagOf, namesOf, numberOf, orRefuse, textOf, wantsLines } from './context.ts';
import { refuse } from './error-answer.ts';
import { byNames } from './event-filter.ts';

const TEXT = 'text/plain; charset=utf-8';
/** Logs followed by one request. */
const MAX_TARGETS = 4096;

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

function tailOf(logs: LogPlane, target: Target, bytes: number): { bytes: Uint8Array; offset: number; overflow: boolean } {
  const slice = logs.tail(target.id, target.channel, 0, bytes);
  if ('error' in slice) throw noLog(target);
  return slice;
}

function readRange(context: Context, target: Target, offset: number, length: number): undefined {
  const { logs } = context.control;
  if (length < 0) throw refuse('BAD_RANGE', `cannot read from ${offset}, length ${length}: a length is 0 or more`);
  const size = tailOf(logs, target, 0).offset;
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
  const slice = tailOf(context.control.logs, target, bytesOf(context));
  return sendSlice(context, slice.bytes, slice.offset, slice.overflow);
};

function hasLog(logs: LogPlane, target: Target): boolean {
  return !('error' in logs.tail(target.id, target.channel, 0, 0));
}

// redirect_stderr: both names lead to one log, which is read once.
function sharesLog(logs: LogPlane, id: string): boolean {
  const { stdout, stderr } = logs.stats(id).paths;
  return stdout !== null && stdout === stderr && hasLog(logs, { id, channel: 'stdout' });
}

/** Logs that are not there yet are waited for; those who wait are told by JSON lines. */
const awaits = (context: Context): boolean => flagOf(context.args, 'await', false) && wantsLines(context.request) && flagOf(context.args, 'follow', true);

function targetsOf(context: Context): readonly Target[] {
  const names = namesOf(context.args);
  if (names.length === 0) throw refuse('BAD_ARGUMENT', 'cannot follow logs: argument names is missing (p, g:p, g:*, all)');
  const ids = orRefuse(context.control.resolve(names));
  const channel = channelOf(context);
  const channels: readonly Channel[] = channel === undefined ? ['stdout', 'stderr'] : [channel];
  const { logs } = context.control;
  const targets = ids.flatMap((id) => channels.map((one) => ({ id, channel: one })))
    .filter((target) => hasLog(logs, target) && (channel !== undefined || target.channel === 'stdout' || !sharesLog(logs, target.id)));
  if (targets.length === 0 && !awaits(context)) throw refuse('NO_LOG', `cannot follow logs: ${ids.join(', ').slice(0, 200)} keep none${channel === undefined ? '' : ` for ${channel}`}`);
  if (targets.length > MAX_TARGETS) throw refuse('TOO_LARGE', `cannot follow ${targets.length} logs at once: at most ${MAX_TARGETS}`);
  return targets;
}

/** `end` and `at`: see FollowRequest. */
type Encode = (id: string, channel: Channel, bytes: Uint8Array, end: number, at: number | null) => string | Uint8Array;

interface LineOptions {
  /** Say where each text ends, so that a reader can come back and go on. */
  readonly positions: boolean;
  /** Say when each text was written. */
  readonly timestamps: boolean;
}

/** Bytes at the end that are the beginning of a character whose rest is still to come. */
function beginnings(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

// Text is decoded per log, so that a character cut in two by a read is not broken.
function lineEncoder({ positions, timestamps }: LineOptions): Encode {
  const decoders = new Map<string, { readonly decoder: TextDecoder; held: number }>();
  return (id, channel, bytes, end, at) => {
    const key = `${channel} ${id}`;
    const own = decoders.get(key) ?? { decoder: new TextDecoder(), held: 0 };
    decoders.set(key, own);
    const text = own.decoder.decode(bytes, { stream: true });
    // What waits in the decoder was not said: who comes back must be given it again.
    own.held = text === '' ? own.held + bytes.length : beginnings(bytes);
    const line: LogLine = { name: id, channel, text, ...(positions ? { end: end - own.held } : {}), ...(timestamps && at !== null ? { at } : {}) };
    return line.text === '' && !positions ? '' : `${JSON.stringify(line)}\n`;
  };
}

// Bytes are copied: the plane may use its buffer again.
const rawEncode: Encode = (_id, _channel, bytes) => Buffer.from(bytes);

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
  const wanted = { bytes: bytesOf(context), ...linesPart(context) };
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

function linesPart(context: Context): { readonly lines?: number } {
  const lines = linesOf(context);
  return lines === undefined ? {} : { lines };
}

export const follow: Handler = (context) => {
  const { control, streams, crowd, reply, request } = context;
  const targets = targetsOf(context);
  // One name without a channel has two logs; read by a person they are one text. Which is which is told on request.
  const lines = wantsLines(request) || new Set(targets.map((target) => target.id)).size > 1;
  const positions = flagOf(context.args, 'positions', false);
  const encode = lines ? lineEncoder({ positions, timestamps: flagOf(context.args, 'timestamps', false) }) : rawEncode;
  const contentType = lines ? NDJSON : TEXT;
  if (!flagOf(context.args, 'follow', true)) return past(context, targets, contentType, encode);
  const from = positionsOf(context);
  const parts = { bytes: bytesOf(context), ...linesPart(context) };
  const sources: ReturnType<LogPlane['follow']>[] = [];
  const { pid, startedAt } = control.snapshot().daemon;
  reply.header(DAEMON_HEADER, `${pid}-${startedAt}`);
  const followed = new Set(targets.map((target) => target.id));
  let full = false;
  let unsubscribe: (() => void) | undefined;
  const stream = orRefuse(streams.open(crowd, reply, contentType, {
    onDrain: () => {
      full = false;
      for (const source of sources) source.resume();
    },
    onClose: () => {
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
  if (positions && lines) for (const target of targets) write(encode(target.id, target.channel, NOTHING, from.get(`${target.id}/${target.channel}`) ?? control.logs.position(target.id, target.channel), null));
  if (targets.length > 0) begin(targets.map((target) => {
    const position = from.get(`${target.id}/${target.channel}`);
    return position === undefined ? target : { ...target, from: position };
  }));
  if (lines && (awaits(context) || namesOf(context.args).some(isWhole))) unsubscribe = comers(context, followed, (added) => begin(added));
  return undefined;
};

const NOTHING = new Uint8Array();

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
      const found = channels.map((one) => ({ id: fact.process, channel: one, from: 0 })).filter((target) => hasLog(control.logs, target) && (channel !== undefined || target.channel === 'stdout' || !sharesLog(control.logs, target.id)));
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
  const stream = orRefuse(streams.open(crowd, reply, TEXT, { onClose: () => unfollow?.() }));
  if (!('error' in past)) stream.write(Buffer.from(past.bytes));
  unfollow = control.mainLog.follow((chunk) => {
    // The daemon's log cannot wait for a reader: one that is too slow is let go and may come again.
    if (stream.waiting() > limits.streamBytes) stream.end();
    else stream.write(Buffer.from(chunk));
  });
  return undefined;
};
