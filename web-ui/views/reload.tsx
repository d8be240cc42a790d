// What the changed file would do, before it is done: per program, group, job and setting, and a yes to just that plan.
import { shortName } from '../../daemon/contract/names.ts';
import { changeLine } from '../../daemon/contract/plan.ts';
import type { Plan, PlanChange } from '../../daemon/contract/plan.ts';
import { useState } from 'preact/hooks';
import { useDeeds } from '../deeds.tsx';
import { useAnswer } from '../live/use-answer.ts';
import { Badge } from '../parts/badge.tsx';
import { Empty, Loading, Problem } from '../parts/notice.tsx';
import { ViewTitle } from '../parts/view-title.tsx';
import { useSession } from '../session.ts';
import type { Tone } from '../tones.ts';
import { count } from '../words.ts';

interface Item {
  readonly kind: string;
  readonly name: string;
  readonly action: string;
  readonly note: string;
  readonly changes: readonly PlanChange[];
}

const TONES: Readonly<Record<string, Tone>> = { keep: 'muted', live: 'busy', restart: 'warn', replace: 'warn', add: 'good', remove: 'bad', daemon: 'muted' };
const SAYS: Readonly<Record<string, string>> = {
  live: 'taken while it runs', restart: 'gets a new life', replace: 'ended as a whole, and begun anew', add: 'is new', remove: 'is ended and forgotten', daemon: 'not applied: needs a restart of the daemon',
};

function itemsOf(plan: Plan): readonly Item[] {
  return [
    // A group that comes or goes is said by its programs.
    ...plan.groups.filter(({ action }) => action === 'live' || action === 'replace').map(({ group, action, changes }) => ({ kind: 'group', name: group, action, note: '', changes })),
    ...plan.processes.filter(({ action }) => action !== 'keep').map(({ process, action, staysDown, changes }) => ({
      kind: 'process', name: shortName(process), action, note: staysDown && (action === 'restart' || action === 'add') ? 'it is down and stays down' : '', changes,
    })),
    ...plan.jobs.filter(({ action }) => action !== 'keep').map(({ job, action, changes }) => ({ kind: 'job', name: job, action, note: '', changes })),
    ...plan.breakers.filter(({ action }) => action !== 'keep').map(({ breaker, action, changes }) => ({ kind: 'breaker', name: breaker, action, note: '', changes })),
    ...plan.settings.map((change) => ({ kind: 'setting', name: change.key, action: change.takes, note: '', changes: [change] })),
  ];
}

/** `1 restarts, 2 are added`: what approval means. */
function summary(items: readonly Item[]): string {
  const words: readonly (readonly [string, string])[] = [['live', 'changed live'], ['restart', 'restarted'], ['replace', 'begun anew as a group'], ['add', 'added'], ['remove', 'removed']];
  return words.flatMap(([action, word]) => {
    const n = items.filter((item) => item.action === action).length;
    return n === 0 ? [] : [`${n} ${word}`];
  }).join(', ');
}

export default function Reload() {
  const deeds = useDeeds();
  const session = useSession();
  const { value: plan, error, loading, again } = useAnswer('plan', {});
  const [rolling, setRolling] = useState(true);
  const items = plan === null ? [] : itemsOf(plan);
  const kept = plan === null ? 0 : [...plan.processes, ...plan.jobs].filter(({ action }) => action === 'keep').length;
  const apply = (): void => {
    if (plan === null) return;
    deeds.run({
      route: 'apply', values: { plan: plan.id, ...(rolling ? { rolling: true } : {}) }, title: 'Apply the file', onEnd: again,
      confirm: {
        act: 'Apply', danger: items.some(({ action }) => action === 'restart' || action === 'remove' || action === 'replace'),
        says: <><p>{summary(items)}. {count(kept, 'other')} {kept === 1 ? 'stays' : 'stay'} as {kept === 1 ? 'it is' : 'they are'}.</p><p>{rolling ? 'One at a time, each RUNNING, ready and, where it has probes, healthy before the next; it ends at the first that is not.' : 'All at once, in order.'} If the file or what runs has changed since this plan was made, nothing is done.</p></>,
      },
    });
  };
  const reload = (): void => deeds.run({
    route: 'reload', values: {}, title: 'Restart everything with the file', onEnd: again,
    confirm: { act: 'Restart everything', danger: true, says: <p>Every program is stopped, the file is read again, and everything it declares is started: supervisord's reload. A file with errors changes nothing. To touch only what changed, apply the plan instead.</p> },
  });
  return (
    <>
      <ViewTitle
        title="Reload"
        marks={plan === null ? null : <span class="faint">{plan.file}</span>}
        actions={<>
          <button type="button" onClick={again} disabled={loading}>Read the file again</button>
          {session.can('reload') ? <button type="button" class="danger" onClick={reload}>Restart everything…</button> : null}
        </>}
      />
      {error === null ? null : <Problem error={error} again={again} />}
      {plan === null && error === null ? <Loading /> : null}
      {plan !== null && items.length === 0 ? <Empty>Nothing to do: what runs is what the file says. Change {plan.file}, then read it again here.</Empty> : null}
      {plan === null || items.length === 0 ? null : (
        <>
          <p>{plan.changes ? <>Applying this: <strong>{summary(items)}</strong>. {count(kept, 'other')} {kept === 1 ? 'stays as it is' : 'stay as they are'}.</> : 'Nothing of this is applied by a reload.'} <span class="faint">Plan <code>{plan.id}</code></span></p>
          <ul class="plan">
            {items.map((item) => (
              <li key={`${item.kind} ${item.name}`} class="card">
                <p><Badge tone={TONES[item.action] ?? 'plain'}>{item.action === 'daemon' ? 'not applied' : item.action}</Badge> <span class="faint">{item.kind}</span> <strong>{item.name}</strong> <span class="faint">{SAYS[item.action] ?? ''}{item.note === '' ? '' : `; ${item.note}`}</span></p>
                {item.changes.length === 0 ? null : <ul class="changes">{item.changes.map((change) => <li key={change.key}><code>{changeLine(change)}</code></li>)}</ul>}
              </li>
            ))}
          </ul>
          {plan.changes && session.can('apply') ? (
            <div class="buttons">
              <label class="check"><input type="checkbox" checked={rolling} onChange={(event) => setRolling(event.currentTarget.checked)} /> One program at a time</label>
              <button type="button" class="solid" onClick={apply}>Apply this plan…</button>
            </div>
          ) : null}
        </>
      )}
    </>
  );
}
