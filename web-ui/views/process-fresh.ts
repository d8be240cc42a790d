// When what is asked about a process is asked anew.
import { useEffect, useRef } from 'preact/hooks';
import type { ProcessView } from '../../daemon/contract/snapshot.ts';

/** Asks again when something about the process changed. */
export function useFresh(again: () => void, row: ProcessView): void {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) first.current = false;
    else again();
  }, [row.state, row.pid, row.health, row.incarnation, row.ready, row.wanted, row.why]);
}
