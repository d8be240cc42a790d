// One issue: what is wrong, what was tried, and what happens next.
import { useEffect } from 'preact/hooks';
import type { FixAttempt } from '../../daemon/contract/issues.ts';
import { shortId } from '../../daemon/contract/names.ts';
import { to } from '../address.ts';
import { useDeeds } from '../deeds.tsx';
import { issueItems } from '../issue-deeds.tsx';
import { useAnswer } from '../live/use-answer.ts';
import { useLive } from '../live/use-live.ts';
import { Badge } from '../parts/badge.tsx';
import { ItemButtons } from '../parts/item-buttons.tsx';
import { Empty, Loading, Problem } from '../parts/notice.tsx';
import { Ago, Clock } from '../parts/time.tsx';
import { ViewTitle } from '../parts/view-title.tsx';
import { useSession } from '../session.ts';
import { ISSUE_TONES, SEVERITY_TONES } from '../tones.ts';
import type { Tone } from '../tones.ts';
import type { ViewProps } from '../views.ts';
import { count, duration } from '../words.ts';

const ABOVE = [['Checks and issues', to(['checks'])]] as const;

const OUTCOME_TONES: Readonly<Record<NonNullable<FixAttempt['outcome']>, Tone>> = { fixed: 'good', unfixable: 'bad', retry: 'warn', unverified: 'warn', not_started: 'muted' };

function Attempts({ history }: { readonly history: readonly FixAttempt[] }) {
  if (history.length === 0) return <Empty>Nothing was tried yet.</Empty>;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Attempts">
      <table class="plain-table">
        <thead><tr><th scope="col">Try</th><th scope="col">Began</th><th scope="col">Fix</th><th scope="col">Outcome</th><th scope="col">Took</th><th scope="col">Run</th><th scope="col">By</th><th scope="col">Why</th></tr></thead>
        <tbody>
          {history.map((one) => (
            <tr key={one.number}>
              <td>{one.number}</td><td><Clock at={one.startedAt} /></td><td>{one.fix}</td>
              <td>{one.outcome === null ? <Badge tone="busy">going on</Badge> : <Badge tone={OUTCOME_TONES[one.outcome]}>{one.outcome.replace('_', ' ')}</Badge>}</td>
              <td>{one.endedAt === null ? '' : duration(one.endedAt - one.startedAt)}</td><td>{one.run === null ? '' : <a href={to(['runs', one.run])}>{shortId(one.run)}</a>}</td><td>{one.by}</td><td>{one.why}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export default function Issue({ rest }: ViewProps) {
  const [id = ''] = rest;
  const live = useLive();
  const deeds = useDeeds();
  const session = useSession();
  // The row in the snapshot changes with each fact about it: the history is asked for again then.
  const row = live.snapshot.issues.get(id);
  const { value, error, again } = useAnswer('issue show', { issue: id });
  const stale = row !== undefined && value !== null && (row.changedAt !== value.changedAt || row.occurrences !== value.occurrences || row.tries !== value.tries || row.state !== value.state);
  useEffect(() => {
    if (stale) again();
  }, [stale]);
  const issue = value === null ? null : { ...value, ...row };
  return (
    <>
      {error === null ? null : <Problem error={error} again={again} />}
      {issue === null ? <><ViewTitle title="Issue" above={ABOVE} />{error === null ? <Loading /> : null}</> : (
        <>
          <ViewTitle
            title={issue.message} above={[...ABOVE, [issue.check, to(['checks'], { check: issue.check })]]}
            marks={<>
              <Badge tone={ISSUE_TONES[issue.state]}>{issue.state}</Badge>
              <Badge tone={SEVERITY_TONES[issue.severity]}>{issue.severity}</Badge>
            </>}
            actions={<ItemButtons items={issueItems([issue], deeds, session)} />}
          />
          {issue.why === '' ? null : <p>{issue.why}</p>}
          {value === null ? null : <p><strong>Next:</strong> {value.next}</p>}
          <div class="cards">
            <section class="card" aria-label="Issue">
              <dl class="facts">
                <dt>Check</dt><dd><a href={to(['checks'], { check: issue.check })}>{issue.check}</a></dd>
                <dt>Code</dt><dd>{issue.code ?? <span class="faint">none</span>}</dd>
                <dt>Fix</dt><dd>{issue.fix === null ? <span class="faint">nobody handles it</span> : `${issue.fix}, ${issue.attempts} of ${issue.maxAttempts} attempts (${issue.tries} in all)`}</dd>
                {issue.nextTryAt === null ? null : <><dt>Next try</dt><dd><Ago at={issue.nextTryAt} /></dd></>}
                {issue.run === null ? null : <><dt>Run</dt><dd><a href={to(['runs', issue.run])}>{shortId(issue.run)}</a></dd></>}
                {issue.error === '' ? null : <><dt>Last error</dt><dd class="bad">{issue.error}</dd></>}
              </dl>
            </section>
            <section class="card" aria-label="When">
              <dl class="facts">
                <dt>Seen</dt><dd>{count(issue.occurrences, 'time')}{issue.reopened > 0 ? `, came back ${count(issue.reopened, 'time')}` : ''}</dd>
                <dt>First</dt><dd><Ago at={issue.firstSeenAt} /></dd>
                <dt>Last</dt><dd><Ago at={issue.lastSeenAt} /></dd>
                <dt>Changed</dt><dd><Ago at={issue.changedAt} /></dd>
                <dt>Id</dt><dd><code>{issue.id}</code></dd>
              </dl>
            </section>
          </div>
          {issue.params === null ? null : <><h2>Parameters</h2><pre class="card" tabIndex={0}>{JSON.stringify(issue.params, null, 2)}</pre></>}
          <h2>Attempts</h2>
          <Attempts history={value?.history ?? []} />
        </>
      )}
    </>
  );
}
