// Circuit breakers: which service is held back, since when, until when, and a hand on the switch.
import type { BreakerView } from '../../daemon/contract/jobs.ts';
import { to } from '../address.ts';
import { useDeeds } from '../deeds.tsx';
import { useLive } from '../live/use-live.ts';
import { Badge } from '../parts/badge.tsx';
import { Empty } from '../parts/notice.tsx';
import { Ago } from '../parts/time.tsx';
import { ViewTitle } from '../parts/view-title.tsx';
import { useSession } from '../session.ts';
import { BREAKER_TONES } from '../tones.ts';
import { percent } from '../words.ts';

const MOVES = [
  { to: 'open', label: 'Open', danger: true, says: 'What depends on it is held back from now on, until somebody says otherwise: it does not close by itself.' },
  { to: 'half_open', label: 'Half-open', danger: false, says: 'Trials go through; enough successes close it, one failure opens it.' },
  { to: 'close', label: 'Close', danger: false, says: 'Everything goes through again, whatever the service does; the counts stay.' },
  { to: 'reset', label: 'Reset', danger: false, says: 'It is closed, and all counts are forgotten.' },
] as const;
const STATES: Readonly<Record<BreakerView['state'], string>> = { closed: 'close', open: 'open', half_open: 'half_open' };

function Breaker({ row, jobs }: { readonly row: BreakerView; readonly jobs: readonly string[] }) {
  const deeds = useDeeds();
  const session = useSession();
  const total = row.totalFailures + row.totalSuccesses;
  return (
    <li class="card">
      <div class="title"><h2>{row.name}</h2><Badge tone={BREAKER_TONES[row.state]}>{row.state.replace('_', '-')}</Badge></div>
      {row.why === '' ? null : <p>{row.why}</p>}
      <dl class="facts">
        <dt>In a row</dt><dd>{row.state === 'half_open' ? `${row.successes} successes` : `${row.failures} failures`}</dd>
        <dt>In all</dt><dd>{total === 0 ? 'nothing counted' : `${row.totalFailures} of ${total} failed (${percent((100 * row.totalFailures) / total)})`}</dd>
        {row.state === 'open' ? <><dt>Open since</dt><dd><Ago at={row.openedAt} /></dd><dt>Trials</dt><dd>{row.retryAt === null ? 'when somebody says so' : <Ago at={row.retryAt} />}</dd></> : null}
        {row.state === 'half_open' ? <><dt>Trials</dt><dd>{row.trialsRunning} running</dd></> : null}
        <dt>Last failure</dt><dd><Ago at={row.lastFailureAt} /></dd>
        <dt>Last success</dt><dd><Ago at={row.lastSuccessAt} /></dd>
        <dt>Used by</dt><dd>{jobs.length === 0 ? <span class="faint">no job</span> : jobs.map((job, i) => <>{i > 0 ? ', ' : ''}<a href={to(['jobs', job])}>{job}</a></>)}</dd>
      </dl>
      {session.can('breaker-set') ? (
        <div class="buttons">
          {MOVES.filter((move) => move.to !== STATES[row.state]).map((move) => (
            <button
              key={move.to} type="button" class={move.danger ? 'danger' : ''} aria-label={`${move.label} ${row.name}`}
              onClick={() => deeds.run({ route: 'breaker-set', values: { name: row.name, to: move.to }, title: `${move.label} ${row.name}`, confirm: { says: <p>{move.says}</p>, act: move.label, danger: move.danger } })}
            >{move.label}</button>
          ))}
        </div>
      ) : null}
    </li>
  );
}

export default function Breakers() {
  const { snapshot } = useLive();
  const rank = { open: 0, half_open: 1, closed: 2 } as const;
  const rows = [...snapshot.breakers.values()].toSorted((a, b) => rank[a.state] - rank[b.state] || (a.name < b.name ? -1 : 1));
  const jobs = [...snapshot.jobs.values()];
  return (
    <>
      <ViewTitle title="Breakers" />
      {rows.length === 0 ? <Empty>The file declares no circuit breakers. <code>[breakers.NAME]</code>, and <code>breaker = "NAME"</code> in a job, hold runs back while a service fails.</Empty> : null}
      <ul class="cards plain-list">{rows.map((row) => <Breaker key={row.name} row={row} jobs={jobs.filter((job) => job.breaker === row.name).map((job) => job.name)} />)}</ul>
    </>
  );
}
