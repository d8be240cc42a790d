// The daemon itself: what it is, what of the machine is missing, limited or open, who asked for what, and its own log.
import type { Finding } from '../../daemon/contract/answers.ts';
import { useDeeds } from '../deeds.tsx';
import { useAnswer } from '../live/use-answer.ts';
import { useLive } from '../live/use-live.ts';
import { addressOf } from '../ask.ts';
import { Badge } from '../parts/badge.tsx';
import { Typed } from '../parts/explained.tsx';
import { Empty, Loading, Problem } from '../parts/notice.tsx';
import { Clock, Since } from '../parts/time.tsx';
import { ViewTitle } from '../parts/view-title.tsx';
import { useSession } from '../session.ts';
import type { Tone } from '../tones.ts';
import { count } from '../words.ts';

const TONES: Readonly<Record<Finding['level'], Tone>> = { ok: 'good', note: 'busy', warning: 'warn', problem: 'bad' };
const ORDER: readonly Finding['level'][] = ['problem', 'warning', 'note', 'ok'];

function Doctor() {
  const { value, error, loading, again } = useAnswer('doctor', {});
  return (
    <section aria-labelledby="doctor">
      <div class="title"><h2 id="doctor">Doctor</h2><span class="spring" /><button type="button" onClick={again} disabled={loading}>Look again</button></div>
      {error === null ? null : <Problem error={error} again={again} />}
      {value === null && error === null ? <Loading /> : null}
      <ul class="plan">
        {(value ?? []).toSorted((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level)).map((finding) => (
          <li key={`${finding.subject} ${finding.message}`} class="card">
            <p><Badge tone={TONES[finding.level]}>{finding.level}</Badge> <strong>{finding.subject}</strong> <Typed text={finding.message} /></p>
            {finding.advice === undefined ? null : <p class="faint"><Typed text={finding.advice} /></p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Audit() {
  const { value, error, again } = useAnswer('audit', { limit: 50 });
  return (
    <section aria-labelledby="audit">
      <h2 id="audit">Who asked for what</h2>
      {error === null ? null : <Problem error={error} again={again} />}
      {value === null ? null : value.length === 0 ? <Empty>Nobody has asked for anything yet.</Empty> : (
        <div class="scroll" tabIndex={0} role="region" aria-label="Latest first">
          <table class="plain-table">
            <thead><tr><th scope="col">Time</th><th scope="col">Who</th><th scope="col">Role</th><th scope="col">What</th><th scope="col">Of</th><th scope="col">Result</th></tr></thead>
            <tbody>{value.map((entry, i) => <tr key={i}><td><Clock at={entry.at} /></td><td>{entry.who}</td><td>{entry.role}</td><td>{entry.action}</td><td>{entry.targets.join(', ')}</td><td>{entry.result}</td></tr>)}</tbody>
          </table>
        </div>
      )}
    </section>
  );
}

export default function About() {
  const { snapshot } = useLive();
  const session = useSession();
  const deeds = useDeeds();
  const { daemon } = snapshot;
  const stop = (): void => deeds.run({
    route: 'shutdown', values: { mode: 'warm' }, title: 'Shut reeved down',
    confirm: { act: 'Shut down', danger: true, says: <><p>Every program gets its stop signal and its own time to finish; runs of jobs may end first. Then reeved ends, and this page with it.</p><p>{count([...snapshot.processes.values()].filter((row) => row.pid !== null).length, 'process', 'processes')} and {count(snapshot.runs.size, 'run')} go on now. Whatever started reeved (a container, systemd) may start it again.</p></> },
  });
  return (
    <>
      <ViewTitle title="About" actions={session.can('shutdown') ? <button type="button" class="danger" onClick={stop}>Shut down…</button> : null} />
      <div class="cards">
        <section class="card" aria-labelledby="daemon">
          <h2 id="daemon">Daemon</h2>
          <dl class="facts">
            <dt>Version</dt><dd>reeve {daemon.version}</dd>
            <dt>Identifier</dt><dd>{daemon.identifier}</dd>
            <dt>State</dt><dd>{daemon.state}</dd>
            <dt>Pid</dt><dd>{daemon.pid}</dd>
            <dt>Up</dt><dd><Since at={daemon.startedAt} /></dd>
            <dt>File</dt><dd><code>{daemon.file}</code></dd>
            <dt>OS layer</dt><dd>{daemon.implementation}</dd>
            <dt>You</dt><dd>{session.who ?? 'nobody'} <span class="faint">({session.role})</span></dd>
          </dl>
        </section>
        <section class="card" aria-labelledby="doors">
          <h2 id="doors">For programs</h2>
          <ul>
            <li><a href="#/api">The control API</a>, described by <a href={addressOf('openapi', {})}>OpenAPI</a></li>
            <li><a href={addressOf('metrics', {})}>Figures for Prometheus</a></li>
            <li><a href="./readyz">Is everything ready?</a></li>
            <li>In a shell: <code>reevectl status</code>, <code>reevectl monitor</code>, <code>reevectl explain NAME</code></li>
          </ul>
        </section>
      </div>
      <Doctor />
      {session.can('audit') ? <Audit /> : null}
    </>
  );
}
