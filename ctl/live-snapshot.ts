// What is so, kept up to date by the stream of facts with the reducer that the daemon has. A gap, a hole in the numbers or another
// daemon is noticed, and the snapshot read again; a connection that is lost is said, and comes back by itself.
import { COMMANDS } from '../daemon/contract/commands.ts';
import type { Fact } from '../daemon/contract/facts.ts';
import { NDJSON } from '../daemon/contract/rest.ts';
import type { EventLine } from '../daemon/contract/rest.ts';
import { applyEvent, fromJson } from '../daemon/contract/snapshot.ts';
import type { Snapshot } from '../daemon/contract/snapshot.ts';
import type { Client } from './client.ts';
import { lineReader } from './ndjson.ts';
import { pause } from './pause.ts';
import { isPassing } from './persist.ts';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 3000;

export interface LiveHandlers {
  /** Read anew: at first, and after a gap or an absence. `anew`: of another daemon than the one before. */
  readonly onSnapshot: (snapshot: Snapshot, anew: boolean) => void;
  /** Applied already. */
  readonly onFact: (fact: Fact) => void;
  /** Why nothing comes, for a person. */
  readonly onLost: (why: string) => void;
}

export interface Live {
  /** Resolves when the signal is aborted. Rejects where the daemon says no for good. */
  readonly ended: Promise<void>;
  /** Somebody else noticed that the connection is dead: read again. */
  retry(): void;
}

/** Reads and follows until `signal` is aborted. */
export function followSnapshot(client: Client, signal: AbortSignal, handlers: LiveHandlers): Live {
  let again = new AbortController();
  let known: string | null = null;

  const once = async (): Promise<void> => {
    again = new AbortController();
    const ended = AbortSignal.any([signal, again.signal]);
    const snapshot = fromJson(await client.status(true));
    if (ended.aborted) return;
    const identity = `${String(snapshot.daemon.pid)} ${String(snapshot.daemon.startedAt)}`;
    handlers.onSnapshot(snapshot, known !== null && known !== identity);
    known = identity;
    const read = lineReader((value) => {
      const event = value as EventLine;
      if (ended.aborted || event.type === 'gap') return again.abort();
      // Seen already, by the snapshot; or of a kind that a later daemon has and this client does not know.
      if (typeof event.seq !== 'number' || event.seq <= snapshot.seq) return;
      // A hole, or a daemon that counts anew.
      if (event.seq !== snapshot.seq + 1 || event.type === 'daemon.started') return again.abort();
      applyEvent(snapshot, event);
      handlers.onFact(event);
    });
    await client.stream(COMMANDS.events.route.path, { since: snapshot.seq, min_severity: 'debug' }, NDJSON, ended, (piece) => read(piece));
    // It ended by itself: the daemon goes.
    if (!ended.aborted) handlers.onLost('The daemon ended the stream');
  };

  const forever = async (): Promise<void> => {
    for (let wait = FIRST_WAIT_MS; !signal.aborted; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      const began = Date.now();
      try {
        await once();
        // Read again at once, but a daemon that always has a gap must not be asked without end.
        if (again.signal.aborted && Date.now() - began > FIRST_WAIT_MS) wait = FIRST_WAIT_MS / 2;
      } catch (error) {
        if (!isPassing(error)) throw error;
        handlers.onLost(error instanceof Error ? error.message : String(error));
      }
      if (Date.now() - began > LONGEST_WAIT_MS) wait = FIRST_WAIT_MS;
      await pause(wait, signal);
    }
  };
  return { ended: forever(), retry: () => again.abort() };
}
