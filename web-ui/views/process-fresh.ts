// When what is asked about a process is asked anew.
import type { ProcessView } from '../../daemon/contract/snapshot.ts';
import { useAgain } from '../live/use-answer.ts';

/** Asks again when something about the process changed. */
export function useFresh(again: () => void, row: ProcessView): void {
  useAgain(again, JSON.stringify([row.state, row.pid, row.health, row.incarnation, row.ready, row.wanted, row.why]));
}
