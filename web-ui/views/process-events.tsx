// What happened to one process: what the daemon still has of it, and what comes.
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Fact } from '../../daemon/contract/facts.ts';
import { NDJSON } from '../../daemon/contract/rest.ts';
import { severityOf } from '../../daemon/contract/severities.ts';
import { addressOf, send } from '../ask.ts';
import { wordsOf } from '../fact-words.ts';
import { useLive } from '../live/use-live.ts';
import { Badge } from '../parts/badge.tsx';
import { Problem } from '../parts/notice.tsx';
import { Table } from '../parts/table.tsx';
import type { Column } from '../parts/table.tsx';
import { Clock } from '../parts/time.tsx';
import { to, useQuery } from '../router.ts';
import { SEVERITY_TONES } from '../tones.ts';
import type { ProcessTabProps } from './process.tsx';

async function past(name: string, signal: AbortSignal): Promise<readonly Fact[]> {
  const response = await send(addressOf('events', { names: [name], follow: false, min_severity: 'debug' }), { signal, headers: { accept: NDJSON } });
  return (await response.text()).split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Fact]));
}

const isOf = (fact: Fact, { id, group }: { readonly id: string; readonly group: string }): boolean => ('process' in fact ? fact.process === id : 'group' in fact && fact.group === group);

const COLUMNS: readonly Column<Fact>[] = [
  { id: 'at', title: 'Time', width: '8.5rem', cell: (fact) => <Clock at={fact.at} /> },
  { id: 'severity', title: 'Severity', width: '6.8rem', drop: 3, cell: (fact) => <Badge tone={SEVERITY_TONES[severityOf(fact)]}>{severityOf(fact)}</Badge> },
  { id: 'type', title: 'Event', width: 'minmax(9rem, 1fr)', cell: (fact) => <strong>{fact.type}</strong> },
  { id: 'words', title: 'What', width: 'minmax(10rem, 4fr)', cell: (fact) => <span title={wordsOf(fact)}>{wordsOf(fact)}</span> },
];

export function ProcessEvents({ row }: ProcessTabProps) {
  const live = useLive();
  const [quiet, setQuiet] = useQuery('quiet');
  const [before, setBefore] = useState<readonly Fact[]>([]);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    const gone = new AbortController();
    past(row.id, gone.signal).then((found) => { setBefore(found); setError(null); }, (problem: Error) => { if (!gone.signal.aborted) setError(problem); });
    return () => gone.abort();
  }, [row.id, live.epoch]);
  const rows = useMemo(() => {
    const last = before.at(-1)?.seq ?? 0;
    return [...before, ...live.facts.filter((fact) => fact.seq > last && isOf(fact, row))].filter((fact) => quiet === '' || severityOf(fact) !== 'debug').toReversed();
  }, [before, live.version, quiet, row.id]);
  return (
    <>
      <div class="tools">
        <label class="check"><input type="checkbox" checked={quiet === ''} onChange={(event) => setQuiet(event.currentTarget.checked ? '' : 'yes')} /> Also of severity debug</label>
        <a href={to(['events'], { q: row.id })}>All events</a>
      </div>
      {error === null ? null : <Problem error={error} />}
      <Table class="events" label={`Events of ${row.id}`} columns={COLUMNS} rows={rows} keyOf={(fact) => String(fact.seq)} classOf={(fact) => `event${severityOf(fact) === 'error' || severityOf(fact) === 'critical' ? ' bad-edge' : severityOf(fact) === 'warning' ? ' warn-edge' : ''}`} empty="Nothing happened to it that is still kept." />
    </>
  );
}
