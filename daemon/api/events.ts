// Facts as a stream: SSE for browsers, one JSON object a line for others. A reader that is slow is unsubscribed and, when it
// can take more, subscribed again from where it was: the ring of the bus is the buffer, and memory stays bounded.
import { FACTS } from '../contract/facts.ts';
import type { Fact, Severity } from '../contract/facts.ts';
import type { GapNotice } from '../contract/rest.ts';
import { NDJSON } from '../contract/rest.ts';
import type { Context, Handler } from './context.ts';
import { flagOf, namesOf, numberOf, orRefuse, textOf, wantsLines } from './context.ts';
import { refuse } from './error-answer.ts';
import { oneJob } from './job-names.ts';

const RANK: Readonly<Record<Severity, number>> = { debug: 0, info: 1, warning: 2, error: 3, critical: 4 };

type Wanted = (fact: Fact) => boolean;

interface Format {
  readonly contentType: string;
  fact(fact: Fact): string;
  gap(notice: GapNotice): string;
  /** Keeps proxies awake; null where nothing may be said. The id moves the point of resumption past filtered facts. */
  idle(seq: number): string | null;
}

const SSE: Format = {
  contentType: 'text/event-stream; charset=utf-8',
  fact: (fact) => `id: ${fact.seq}\nevent: ${fact.type}\ndata: ${JSON.stringify(fact)}\n\n`,
  gap: (notice) => `event: gap\ndata: ${JSON.stringify(notice)}\n\n`,
  idle: (seq) => `: keep-alive\nid: ${seq}\n\n`,
};

const LINES: Format = {
  contentType: NDJSON,
  fact: (fact) => `${JSON.stringify(fact)}\n`,
  gap: (notice) => `${JSON.stringify(notice)}\n`,
  idle: () => null,
};

/** The processes and groups that names mean, also those that come later. O(depth of the group) per fact, whatever exists. */
function byNames(context: Context, names: readonly string[]): Wanted {
  orRefuse(context.control.resolve(names));
  if (names.includes('all')) return (fact) => 'process' in fact || 'group' in fact;
  const ids = new Set<string>();
  const whole = new Set<string>();
  for (const name of names) {
    const colon = name.indexOf(':');
    if (colon < 0) ids.add(`${name}:${name}`);
    else if (name.endsWith(':') || name.endsWith(':*')) whole.add(name.slice(0, colon));
    else ids.add(name);
  }
  const groups = new Set([...ids].map(groupOf));
  const within = (group: string): boolean => {
    for (let at: string | null | undefined = group; at; at = context.control.snapshot().groups.get(at)?.parent) if (whole.has(at)) return true;
    return false;
  };
  return (fact) => {
    if ('process' in fact) return ids.has(fact.process) || (whole.size > 0 && within(groupOf(fact.process)));
    return 'group' in fact && (groups.has(fact.group) || within(fact.group));
  };
}

function groupOf(id: string): string {
  return id.slice(0, id.indexOf(':'));
}

function filterOf(context: Context): Wanted {
  const names = namesOf(context.args);
  const least = RANK[(textOf(context.args, 'min_severity') ?? 'info') as Severity];
  const named = names.length === 0 ? null : byNames(context, names);
  const job = textOf(context.args, 'job');
  if (job !== undefined) oneJob(context.control.snapshot(), job);
  return (fact) => {
    if (RANK[FACTS[fact.type].severity] < least) return false;
    if (named === null && job === undefined) return true;
    return (named !== null && named(fact)) || (job !== undefined && 'job' in fact && fact.job === job);
  };
}

function sinceOf(context: Context): number | null {
  const header = context.request.headers['last-event-id'];
  const since = typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : numberOf(context.args, 'since');
  if (since !== undefined && since < 0) throw refuse('BAD_ARGUMENT', `cannot use since = ${since}: expected 0 or more`);
  return since ?? null;
}

// What is kept now, then the end. Whoever does not say since when is not told of a gap.
function past(context: Context, format: Format, wanted: Wanted, since: number | null): undefined {
  const parts: string[] = [];
  const unsubscribe = context.control.subscribe({
    since: since ?? 0,
    onFact: (fact) => {
      if (wanted(fact)) parts.push(format.fact(fact));
    },
    onGap: (oldest) => {
      if (since !== null) parts.push(format.gap({ type: 'gap', oldest }));
    },
  });
  unsubscribe();
  context.reply.type(format.contentType);
  void context.reply.send(parts.join(''));
  return undefined;
}

export const events: Handler = (context) => {
  const { control, streams, crowd, reply, limits } = context;
  const format = wantsLines(context.request) ? LINES : SSE;
  const wanted = filterOf(context);
  const since = sinceOf(context);
  if (!flagOf(context.args, 'follow', true)) return past(context, format, wanted, since);

  let last = since ?? control.snapshot().seq;
  let unsubscribe: (() => void) | undefined;
  let full = false;
  let open = true;
  const stop = (): void => {
    unsubscribe?.();
    unsubscribe = undefined;
  };
  const write = (text: string): void => {
    if (!stream.write(text) && open) {
      full = true;
      stop();
    }
  };
  const subscribe = (): void => {
    const cancel = control.subscribe({
      since: last,
      onFact: (fact) => {
        if (full || !open) return;
        last = fact.seq;
        if (wanted(fact)) write(format.fact(fact));
      },
      onGap: (oldest) => {
        // Counted by an earlier daemon: from here on our numbers hold.
        last = Math.min(last, control.snapshot().seq);
        if (!full && open) write(format.gap({ type: 'gap', oldest }));
      },
    });
    // The past alone may have filled the reader, or it left meanwhile.
    if (full || !open) cancel();
    else unsubscribe = cancel;
  };
  const stream = orRefuse(streams.open(crowd, reply, format.contentType, {
    onDrain: () => {
      if (!full) return;
      full = false;
      subscribe();
    },
    onClose: () => {
      open = false;
      clearInterval(heartbeat);
      stop();
    },
  }));
  const heartbeat = setInterval(() => {
    const text = full ? null : format.idle(last);
    if (text !== null) write(text);
  }, limits.heartbeatMs);
  subscribe();
  return undefined;
};
