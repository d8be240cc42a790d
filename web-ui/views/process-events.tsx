// What happened to one process: what the daemon still has of it, and what comes.
import { useMemo } from 'preact/hooks';
import type { Fact } from '../../daemon/contract/facts.ts';
import { severityOf } from '../../daemon/contract/severities.ts';
import { to } from '../address.ts';
import { useFacts } from '../live/use-facts.ts';
import { factClass, SEVERITY, TIME, WHAT } from '../parts/fact-columns.tsx';
import { Problem } from '../parts/notice.tsx';
import { Table } from '../parts/table.tsx';
import type { Column } from '../parts/table.tsx';
import { useQuery } from '../router.ts';
import type { ProcessTabProps } from './process.tsx';

const COLUMNS: readonly Column<Fact>[] = [
  TIME,
  SEVERITY,
  { id: 'type', title: 'Event', width: 'minmax(9rem, 1fr)', cell: (fact) => <strong>{fact.type}</strong> },
  { ...WHAT, width: 'minmax(10rem, 4fr)' },
];

export function ProcessEvents({ row }: ProcessTabProps) {
  const [quiet, setQuiet] = useQuery('quiet');
  const { facts, loading, error } = useFacts(row);
  const rows = useMemo(() => facts.filter((fact) => quiet === '' || severityOf(fact) !== 'debug').toReversed(), [facts, quiet]);
  return (
    <>
      <div class="tools">
        <label class="check"><input type="checkbox" checked={quiet === ''} onChange={(event) => setQuiet(event.currentTarget.checked ? '' : 'yes')} /> Also of severity debug</label>
        <a href={to(['events'], { q: row.id })}>All events</a>
      </div>
      {error === null ? null : <Problem error={error} />}
      <Table class="events" label={`Events of ${row.id}`} columns={COLUMNS} rows={rows} keyOf={(fact) => String(fact.seq)} classOf={factClass} empty={loading ? 'Loading…' : 'Nothing happened to it that is still kept.'} />
    </>
  );
}
