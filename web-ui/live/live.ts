// What is so, kept up to date: the daemon's snapshot once, then its facts by the same reducer that the daemon uses. A gap, a new daemon
// and a dropped connection all end in the same thing: the snapshot is read again. Who draws is told at most once a frame.
import { applyEvent, emptySnapshot, fromJson } from '../../daemon/contract/snapshot.ts';
import type { Snapshot } from '../../daemon/contract/snapshot.ts';
import type { Fact } from '../../daemon/contract/facts.ts';
import { addressOf, ask, AskError, send } from '../ask.ts';
import { daemonNow } from './daemon-clock.ts';
import { createSseReader } from './sse.ts';
import type { SseMessage } from './sse.ts';

/** How it stands with the daemon. `retryAt`: wall clock ms of the next try. */
export type Link =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  | { readonly state: 'lost'; readonly why: string; readonly retryAt: number }
  /** Somebody must log in first. */
  | { readonly state: 'stranger' };

export interface Live {
  /** Changes in place; rows in it are replaced, never changed. */
  readonly snapshot: Snapshot;
  readonly link: Link;
  /** Newest last, without a hole, at most 2 KEPT_FACTS: what was heard since the snapshot was read. */
  readonly facts: readonly Fact[];
  /** Counts up each time the snapshot was read, and `facts` begins anew: who shows the past asks the daemon for it again. */
  readonly epoch: number;
  /** Counts up each time something that is drawn may have changed. */
  readonly version: number;
  /** Begins, or begins anew at once. */
  connect(): void;
  disconnect(): void;
  /** Called at most once a frame. */
  subscribe(listener: () => void): () => void;
  /** Called with each fact, after it was applied. */
  onFact(listener: (fact: Fact) => void): () => void;
}

export const KEPT_FACTS = 2000;
/** Somebody waits for a daemon to come back: the last goes on, and costs next to nothing. */
const RETRY_MS = [500, 1000, 2000, 3000] as const;
/** The daemon says something each 15 s; after this long without a byte the connection is dead, whatever TCP thinks. */
const SILENCE_MS = 40_000;
/** While the page is hidden there are no frames; what is drawn then is the title. */
const HIDDEN_MS = 1000;

/** Where the page is drawn, and when. Tests pass their own. */
export interface Frames {
  next(draw: () => void): void;
}

const FRAMES: Frames = {
  next(draw) {
    if (document.visibilityState === 'visible') requestAnimationFrame(draw);
    else setTimeout(draw, HIDDEN_MS);
  },
};

/** A link to the daemon that serves this page. It does nothing before `connect`. */
export function createLive(frames: Frames = FRAMES): Live {
  const listeners = new Set<() => void>();
  const ears = new Set<(fact: Fact) => void>();
  let snapshot = emptySnapshot();
  let link: Link = { state: 'connecting' };
  let facts: Fact[] = [];
  let version = 0;
  let epoch = 0;
  let asked = false;
  let attempt = 0;
  let current: AbortController | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const changed = (): void => {
    if (asked) return;
    asked = true;
    frames.next(() => {
      asked = false;
      version++;
      for (const listener of listeners) listener();
    });
  };
  const become = (next: Link): void => {
    link = next;
    changed();
  };

  const hear = (fact: Fact): void => {
    applyEvent(snapshot, fact);
    facts.push(fact);
    // Cut in halves, so that a storm of facts moves each at most twice.
    if (facts.length > 2 * KEPT_FACTS) facts = facts.slice(-KEPT_FACTS);
    for (const ear of ears) ear(fact);
    changed();
  };

  /** Reads until the stream ends; returns why the snapshot must be read again. */
  const listen = async (signal: AbortSignal): Promise<string> => {
    const silent = new AbortController();
    let watch = setTimeout(() => silent.abort(), SILENCE_MS);
    try {
      const response = await send(addressOf('events', { since: snapshot.seq, min_severity: 'debug' }), { signal: AbortSignal.any([signal, silent.signal]), headers: { accept: 'text/event-stream' } });
      let why = '';
      const take = (message: SseMessage): void => {
        if (message.event === 'gap') {
          why = 'events were missed';
          return;
        }
        if (message.event === 'daemon') {
          const { pid, startedAt } = JSON.parse(message.data) as { pid: number; startedAt: number };
          if (pid !== snapshot.daemon.pid || startedAt !== snapshot.daemon.startedAt) why = 'the daemon was started anew';
          return;
        }
        if (why === '') hear(JSON.parse(message.data) as Fact);
      };
      const read = createSseReader(take);
      if (response.body === null) return 'the event stream has no body';
      become({ state: 'live' });
      attempt = 0;
      const decoder = new TextDecoder();
      const reader = response.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return '';
        clearTimeout(watch);
        watch = setTimeout(() => silent.abort(), SILENCE_MS);
        read(decoder.decode(value, { stream: true }));
        if (why !== '') {
          void reader.cancel().catch(() => {});
          return why;
        }
      }
    } finally {
      clearTimeout(watch);
    }
  };

  const again = (why: string): void => {
    const delay = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] ?? 3000;
    attempt++;
    become({ state: 'lost', why, retryAt: daemonNow() + delay });
    retry = setTimeout(() => connect(), delay);
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    try {
      for (;;) {
        snapshot = fromJson(await ask('status', {}, signal));
        // What was heard before has a hole now, or is of another daemon, whose numbers were others.
        if (facts.length > 0) facts = [];
        epoch++;
        changed();
        const why = await listen(signal);
        if (signal.aborted) return;
        if (why === '') return again('reeved closed the connection');
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof AskError && error.code === 'UNAUTHENTICATED') return become({ state: 'stranger' });
      again(error instanceof AskError && error.code !== 'UNREACHABLE' ? error.message : 'reeved cannot be reached');
    }
  };

  const disconnect = (): void => {
    clearTimeout(retry);
    current?.abort();
    current = null;
  };
  const connect = (): void => {
    disconnect();
    current = new AbortController();
    void run(current.signal);
  };
  const hurry = (): void => {
    if (link.state === 'lost' && document.visibilityState === 'visible') connect();
  };
  if (typeof document !== 'undefined') {
    document.addEventListener('visibilitychange', hurry);
    addEventListener('online', hurry);
  }

  return {
    get snapshot() { return snapshot; },
    get link() { return link; },
    get facts() { return facts; },
    get epoch() { return epoch; },
    get version() { return version; },
    connect,
    disconnect,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onFact(listener) {
      ears.add(listener);
      return () => ears.delete(listener);
    },
  };
}
