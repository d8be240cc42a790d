// /logtail/NAME[/stdout|/stderr] and /mainlogtail: the last bytes of a log and then all that is written, for supervisorctl's
// `tail -f`, `maintail -f` and `fg`.
import { statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import type { Channel } from '../os/ports/output.ts';
import { logPlace } from './log-place.ts';
import { orRefuse } from './context.ts';
import type { Context } from './context.ts';
import { refuse } from './error-answer.ts';
import type { OpenStream } from './streams.ts';

const TEXT = 'text/plain;charset=utf-8';
/** Of the past, as supervisord. */
const HEAD_BYTES = 1024;
const TRUNCATED = '==> File truncated <==\n';

type Following = Pick<Context, 'control' | 'limits' | 'streams' | 'crowd' | 'reply'>;

function statOf(path: string | null): Stats | null {
  return path === null ? null : (statSync(path, { throwIfNoEntry: false }) ?? null);
}

const notFound = (what: string): Error => refuse('NO_LOG', `cannot follow ${what}: there is no such log`);

/** Says so when the same file is shorter than what was written to it makes it: somebody emptied it. After a rotation it is another file. */
class TruncationWatch {
  #last: Stats | null;
  readonly #path: string | null;

  constructor(path: string | null) {
    this.#path = path;
    this.#last = statOf(path);
  }

  /** Call when so many bytes were written. */
  shrank(bytes: number): boolean {
    const before = this.#last;
    this.#last = statOf(this.#path);
    return before !== null && this.#last !== null && this.#last.ino === before.ino && this.#last.size < before.size + bytes;
  }
}

function open({ streams, crowd, reply }: Following, stat: Stats | null, source: { onDrain?: () => void; onClose: () => void }): OpenStream {
  if (stat !== null) reply.header('last-modified', stat.mtime.toUTCString());
  return orRefuse(streams.open(crowd, reply, TEXT, source));
}

/** `rest` is what follows /logtail/ in the address. */
export function followProcess(context: Following, rest: string): undefined {
  const { control } = context;
  const [name = '', channel = 'stdout', ...more] = rest.split('/');
  const colon = name.indexOf(':');
  const id = colon < 0 ? `${name}:${name}` : name;
  if (more.length > 0 || (channel !== 'stdout' && channel !== 'stderr') || !control.snapshot().processes.has(id)) throw notFound(rest.slice(0, 100));
  const place = logPlace(control, id, channel);
  if (!place.readable) throw notFound(`${id} ${channel}`);
  return stream(context, { id, channel }, place.path);
}

function stream(context: Following, target: { readonly id: string; readonly channel: Channel }, path: string | null): undefined {
  const watch = new TruncationWatch(path);
  let source: { pause(): void; resume(): void; close(): void } | undefined;
  let full = false;
  const out = open(context, statOf(path), {
    onDrain: () => {
      full = false;
      source?.resume();
    },
    onClose: () => source?.close(),
  });
  const past = context.control.logs.read(target.id, target.channel, -HEAD_BYTES, 0);
  if (!('error' in past) && past.length > 0) out.write(Buffer.from(past));
  source = context.control.logs.follow({
    targets: [target], bytes: 0,
    onChunk: (_id, _channel, chunk) => {
      if (watch.shrank(chunk.length)) out.write(TRUNCATED);
      // A copy: the plane may use its buffer again.
      if (out.write(Buffer.from(chunk)) || full) return;
      full = true;
      source?.pause();
    },
    onEnd: () => out.end(),
  });
  return undefined;
}

export function followMain(context: Following): undefined {
  const { mainLog } = context.control;
  const stat = statOf(mainLog.path);
  if (mainLog.path !== null && stat === null) throw notFound("the daemon's log");
  const watch = new TruncationWatch(mainLog.path);
  const past = mainLog.read(-HEAD_BYTES, 0);
  let unfollow: (() => void) | undefined;
  const out = open(context, stat, { onClose: () => unfollow?.() });
  if (!('error' in past)) out.write(Buffer.from(past.bytes));
  unfollow = mainLog.follow((chunk) => {
    if (watch.shrank(chunk.length)) out.write(TRUNCATED);
    // The daemon's log cannot wait for a reader: one that is too slow is let go and may come again.
    if (out.waiting() > context.limits.streamBytes) out.end();
    else out.write(Buffer.from(chunk));
  });
  return undefined;
}
