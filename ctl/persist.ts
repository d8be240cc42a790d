// A stream that outlives its connection: what is lost is said, and tried again for a while.
import { COMMANDS } from '../daemon/contract/commands.ts';
import type { VersionAnswer } from '../daemon/contract/rest.ts';
import { Refusal } from './client.ts';
import type { Client } from './client.ts';
import { ConnectionError } from './http.ts';
import { pause } from './pause.ts';

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 2000;
/** A daemon that is not back after this is not about to be. */
const PATIENCE_MS = 60_000;

export interface Persistence {
  readonly client: Client;
  /** Aborted: the normal end. */
  readonly signal: AbortSignal;
  /** One connection: resolves when the daemon ended the stream. `anew`: another daemon answers than before. */
  readonly attempt: (anew: boolean) => Promise<void>;
  /** The first connection said something before it broke: it is no failure to begin. */
  readonly begun: () => boolean;
  /** A sentence for a person. */
  readonly note: (text: string) => void;
  readonly patienceMs?: number;
}

/** It may be well in a moment: the daemon is away, ends, or has its hands full. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionError) return error.trouble !== 'garbage' && error.trouble !== 'denied' && error.trouble !== 'unknown_host';
  return error instanceof Refusal && (error.code === 'SHUTTING_DOWN' || error.code === 'BUSY');
}

/** Until the signal is aborted. Rejects with what is wrong when the first connection fails, and when nothing came back for too long. */
export async function persist({ client, signal, attempt, begun, note, patienceMs = PATIENCE_MS }: Persistence): Promise<void> {
  const who = (): Promise<VersionAnswer> => client.get<VersionAnswer>(COMMANDS.version.route.path, {}, patienceMs);
  const first = attempt(false);
  // Asked beside the first connection, so that nothing is later for it; who cannot say is taken for the same.
  let pid = await Promise.race([who().then(({ pid: one }) => one).catch(() => null), first.then(() => null, () => null)]);
  let failure: unknown = await first.then(() => null, (error: unknown) => error ?? null);
  // It may break before the daemon has said who it is: then the next to answer is taken for the same.
  if (failure !== null && pid === null && !begun()) throw failure;
  while (!signal.aborted) {
    if (failure !== null && !isPassing(failure)) throw failure;
    note(`${failure instanceof Error ? failure.message : 'The daemon ended the stream'}; trying again until Ctrl-C.`);
    const until = Date.now() + patienceMs;
    let now: VersionAnswer | null = null;
    for (let wait = FIRST_WAIT_MS; now === null && !signal.aborted; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      await pause(wait, signal);
      if (signal.aborted) return;
      try {
        now = await who();
      } catch (error) {
        if (!isPassing(error) || Date.now() > until) throw error;
      }
    }
    if (now === null) return;
    const anew = pid !== null && now.pid !== pid;
    pid = now.pid;
    note(anew ? `Connected again: another daemon answers, pid ${String(pid)}.` : 'Connected again.');
    failure = await attempt(anew).then(() => null, (error: unknown) => error ?? null);
  }
}
