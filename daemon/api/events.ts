// Facts as a stream: SSE for browsers, one JSON object a line for others. A reader that is slow is unsubscribed and, when it
// can take more, subscribed again from where it was: the ring of the bus is the buffer, and memory stays bounded.
import { FACTS } from '../contract/facts.ts';
import type { Fact, Severity } from '../contract/facts.ts';
import type { DaemonNotice, EventCounts, GapNotice } from '../contract/rest.ts';
import { NDJSON } from '../contract/rest.ts';
import type { Context, Handler } from './context.ts';
import { flagOf, orRefuse, wantsLines } from './context.ts';
import { filterOf, limitOf, sinceOf, untilOf } from './event-filter.ts';
import type { Since, Wanted } from './event-filter.ts';

interface Format {
  readonly contentType: string;
  /** The first thing that is said; null: nothing. */
  hello(notice: DaemonNotice): string | null;
  fact(fact: Fact): string;
  gap(notice: GapNotice): string;
  /** Keeps proxies awake; null where nothing may be said. The id moves the point of resumption past filtered facts. */
  idle(seq: number): string | null;
}

const SSE: Format = {
  contentType: 'text/event-stream; charset=utf-8',
  hello: (notice) => `event: daemon\ndata: ${JSON.stringify(notice)}\n\n`,
  fact: (fact) => `id: ${fact.seq}\nevent: ${fact.type}\ndata: ${JSON.stringify(fact)}\n\n`,
  gap: (notice) => `event: gap\ndata: ${JSON.stringify(notice)}\n\n`,
  idle: (seq) => `: keep-alive\nid: ${seq}\n\n`,
};

const LINES: Format = {
  contentType: NDJSON,
  hello: () => null,
  fact: (fact) => `${JSON.stringify(fact)}\n`,
  gap: (notice) => `${JSON.stringify(notice)}\n`,
  idle: () => null,
};

interface Past {
  readonly facts: readonly Fact[];
  /** Facts before this one are gone; null: none is that should be there. */
  readonly gap: number | null;
}

/** What is kept of what is wanted. Whoever does not say since which number is not told of a gap. */
function recall({ control }: Context, wanted: Wanted, since: Since | null, until: Since | null, limit: number | null): Past {
  const facts: Fact[] = [];
  let gap: number | null = null;
  control.subscribe({
    since: since?.seq ?? 0,
    onFact: (fact) => {
      if (fact.at < (since?.at ?? -Infinity) || (until !== null && (fact.seq > until.seq || fact.at > until.at))) return;
      if (wanted(fact)) facts.push(fact);
    },
    onGap: (oldest) => {
      if (since !== null && since.at === -Infinity) gap = oldest;
    },
  })();
  return { facts: limit === null ? facts : limit === 0 ? [] : facts.slice(-limit), gap };
}

/** What is kept now, then the end. */
function past(context: Context, format: Format, { facts, gap }: Past): undefined {
  context.reply.type(format.contentType);
  void context.reply.send([...(gap === null ? [] : [format.gap({ type: 'gap', oldest: gap })]), ...facts.map((fact) => format.fact(fact))].join(''));
  return undefined;
}

/** How often each event happened since the daemon began. */
export const eventCounts: Handler = ({ control }): EventCounts => {
  const severities: Record<Severity, number> = { debug: 0, info: 0, warning: 0, error: 0, critical: 0 };
  const types: Record<string, number> = {};
  for (const [type, count] of [...control.factCounts()].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    types[type] = count;
    severities[FACTS[type].severity] += count;
  }
  return { since: control.snapshot().daemon.startedAt, last: control.snapshot().seq, severities, types };
};

export const events: Handler = (context) => {
  const { control, streams, crowd, reply, limits } = context;
  const format = wantsLines(context.request) ? LINES : SSE;
  const wanted = filterOf(context);
  const since = sinceOf(context);
  const until = untilOf(context);
  const limit = limitOf(context);
  // What has an end is not waited for.
  if (until !== null || !flagOf(context.args, 'follow', true)) return past(context, format, recall(context, wanted, since, until, limit));

  // A time, or a number of facts, is turned into where they begin.
  const begin = limit !== null || (since !== null && since.at !== -Infinity) ? recall(context, wanted, since, null, limit) : null;
  let last = begin === null ? (since?.seq ?? control.snapshot().seq) : (begin.facts[0]?.seq ?? control.snapshot().seq + 1) - 1;
  const gap = begin?.gap ?? null;
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
  const { pid, startedAt } = control.snapshot().daemon;
  const hello = format.hello({ type: 'daemon', pid, startedAt, seq: control.snapshot().seq });
  if (hello !== null) write(hello);
  if (gap !== null) write(format.gap({ type: 'gap', oldest: gap }));
  subscribe();
  return undefined;
};
