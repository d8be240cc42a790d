// Facts in a component: what the daemon still has of the time before this page listened, and what came since.
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Fact } from '../../daemon/contract/facts.ts';
import { NDJSON } from '../../daemon/contract/rest.ts';
import type { ProcessView } from '../../daemon/contract/snapshot.ts';
import { addressOf, send } from '../ask.ts';
import type { Values } from '../ask.ts';
import { hearFacts, MOST_FACTS } from './heard-facts.ts';
import { useLive } from './use-live.ts';

type Whose = Pick<ProcessView, 'id' | 'group'>;

/** Facts of all severities that the daemon has kept, oldest first. */
async function past(which: Values, signal: AbortSignal): Promise<readonly Fact[]> {
  const response = await send(addressOf('events', { ...which, follow: false, min_severity: 'debug' }), { signal, headers: { accept: NDJSON } });
  return (await response.text()).split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Fact]));
}

/** As the daemon takes a name: facts of the process, and those of its group that are about no single one. */
const isOf = (fact: Fact, { id, group }: Whose): boolean => ('process' in fact ? fact.process === id : 'group' in fact && fact.group === group);

/** Oldest first; of one process, or of everything. `loading`: the past is on its way. `error`: it could not be had; what comes is there all the same. */
export function useFacts(process?: Whose): { readonly facts: readonly Fact[]; readonly loading: boolean; readonly error: Error | null } {
  const live = useLive();
  const [before, setBefore] = useState<readonly Fact[] | null>(null);
  const [error, setError] = useState<Error | null>(null);
  /** Counts up each time facts were missed here: the past has them. */
  const [holes, setHoles] = useState(0);
  const id = process?.id;
  const heard = useMemo(() => hearFacts(process === undefined ? undefined : (fact) => isOf(fact, process)), [id, live.epoch]);
  useEffect(() => {
    const gone = new AbortController();
    past(id === undefined ? {} : { names: [id] }, gone.signal).then(
      (found) => {
        setBefore(found);
        setError(null);
      },
      (problem: Error) => {
        if (!gone.signal.aborted) setError(problem);
      },
    );
    return () => gone.abort();
  }, [id, live.epoch, holes]);
  // Not in an effect: what is drawn now has what came until now.
  const whole = heard.hear(live.facts);
  useEffect(() => {
    if (!whole) setHoles((n) => n + 1);
  });
  const { rows } = heard;
  const facts = useMemo(() => {
    const first = rows[0]?.seq ?? Number.POSITIVE_INFINITY;
    // Where there is enough of what came, the past is not wanted any more.
    return rows.length >= MOST_FACTS ? rows : [...(before ?? []).filter((fact) => fact.seq < first), ...rows];
  }, [before, rows]);
  return { facts, loading: before === null && error === null, error };
}
