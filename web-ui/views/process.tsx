// One process: how it is and why, its lives, what it writes, how it is configured, what happened to it.
import type { ComponentChildren, ComponentType } from 'preact';
import { useState } from 'preact/hooks';
import { shortName } from '../../daemon/contract/names.ts';
import type { LimitUse, UsageRow } from '../../daemon/contract/ps.ts';
import type { ProcessView } from '../../daemon/contract/snapshot.ts';
import { to } from '../address.ts';
import { useDeeds } from '../deeds.tsx';
import { daemonNow } from '../live/daemon-clock.ts';
import { useLive } from '../live/use-live.ts';
import { useUsage } from '../live/usage.ts';
import { Badge } from '../parts/badge.tsx';
import { Config } from '../parts/config-table.tsx';
import { ItemButtons } from '../parts/item-buttons.tsx';
import { LogFiles } from '../parts/log-files.tsx';
import { LogView } from '../parts/log-view.tsx';
import { Menu } from '../parts/menu.tsx';
import { Empty } from '../parts/notice.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { Since } from '../parts/time.tsx';
import { ViewTitle } from '../parts/view-title.tsx';
import { processItems } from '../process-deeds.tsx';
import { usePlace } from '../router.ts';
import { useSession } from '../session.ts';
import { healthTone, PROCESS_TONES } from '../tones.ts';
import type { Tone } from '../tones.ts';
import { bytes, percent } from '../words.ts';
import { ProcessEvents } from './process-events.tsx';
import { ProcessLives } from './process-lives.tsx';
import { ProcessOverview } from './process-overview.tsx';

export interface ProcessTabProps {
  readonly row: ProcessView;
}

function ProcessLog({ row }: ProcessTabProps) {
  return <LogFiles key={row.id} owner={{ name: row.id }} label={shortName(row.id)}><LogView source={{ kind: 'processes', names: [row.id] }} label={shortName(row.id)} /></LogFiles>;
}

function ProcessConfig({ row }: ProcessTabProps) {
  return <Config route="process-config" name={row.id} />;
}

const TABS: Readonly<Record<string, { readonly title: string; readonly component: ComponentType<ProcessTabProps> }>> = {
  overview: { title: 'Overview', component: ProcessOverview },
  lives: { title: 'Lives', component: ProcessLives },
  log: { title: 'Log', component: ProcessLog },
  config: { title: 'Config', component: ProcessConfig },
  events: { title: 'Events', component: ProcessEvents },
};

function Figure({ title, children, tone }: { readonly title: string; readonly children: ComponentChildren; readonly tone?: Tone }) {
  return <div class="figure"><dt>{title}</dt><dd class={tone ?? ''}>{children}</dd></div>;
}

/** ` of 256 MB`, where a limit says how much it may use. */
function Limit({ usage, of, words }: { readonly usage: UsageRow | undefined; readonly of: LimitUse['limit']; readonly words: (value: number) => string }) {
  const found = usage?.limits.find(({ limit }) => limit === of);
  return found === undefined ? null : <span class="faint limit"> of {words(found.max)}</span>;
}

function Head({ row, atLog }: ProcessTabProps & { readonly atLog: boolean }) {
  const live = useLive();
  const session = useSession();
  const deeds = useDeeds();
  const [ids] = useState(() => [row.id]);
  const usage = useUsage(row.pid === null ? [] : ids).get(row.id);
  const items = processItems({ names: [row.id], rows: [row] }, deeds, session, live.snapshot);
  const up = row.pid !== null;
  return (
    <>
      <ViewTitle
        title={shortName(row.id)} above={[['Processes', to(['processes'])]]}
        marks={<>
          <Badge tone={PROCESS_TONES[row.state]}>{row.state}</Badge>
          {row.health === 'unknown' ? null : <Badge tone={healthTone(row, daemonNow())}>{row.health}</Badge>}
          {row.disabled ? <Badge tone="warn">disabled</Badge> : null}
          {row.flapping === null ? null : <Badge tone="warn">flapping</Badge>}
        </>}
        actions={<>
          <ItemButtons items={items.filter((item) => item.often)} />
          <Menu label={`More for ${shortName(row.id)}`} items={items.filter((item) => !item.often)} />
        </>}
      />
      <dl class={`figures${atLog ? ' at-log' : ''}`}>
        <Figure title="Ready" tone={row.state === 'RUNNING' && !row.ready ? 'warn' : 'plain'}>{row.state === 'RUNNING' || row.state === 'STARTING' ? (row.ready ? 'yes' : 'not yet') : '–'}</Figure>
        <Figure title="Wanted" tone={row.wanted === 'up' && !up ? 'warn' : 'plain'}>{row.wanted}</Figure>
        <Figure title="Pid">{row.pid ?? '–'}</Figure>
        <Figure title={up ? 'Up for' : 'Down for'}>{up ? <Since at={row.startedAt} /> : <Since at={row.stoppedAt ?? row.changedAt} />}</Figure>
        <Figure title="Restarts">{row.restarts}</Figure>
        {up ? <Figure title="CPU"><span class="with-spark"><span>{usage === undefined ? '…' : percent(usage.last.cpuPercent)}<Limit usage={usage?.last} of="cpu" words={percent} /></span> <Sparkline values={usage?.cpu ?? []} width={120} height={28} /></span></Figure> : null}
        {up ? <Figure title="Memory"><span class="with-spark"><span>{usage === undefined ? '…' : bytes(usage.last.rssBytes)}<Limit usage={usage?.last} of="memory" words={bytes} /></span> <Sparkline values={usage?.rss ?? []} width={120} height={28} /></span></Figure> : null}
        {up && usage !== undefined && usage.last.processes > 1 ? <Figure title="Processes">{usage.last.processes}</Figure> : null}
      </dl>
    </>
  );
}

export default function Process({ id }: { readonly id: string }) {
  const live = useLive();
  const { query } = usePlace();
  const row = live.snapshot.processes.get(id) ?? live.snapshot.processes.get(`${id}:${id}`);
  const at = Object.hasOwn(TABS, query.get('tab') ?? '') ? (query.get('tab') as string) : 'overview';
  if (row === undefined) {
    return live.snapshot.seq === 0 ? null : <Empty>There is no process {id}: it may have been removed, or its program renamed. <a href={to(['processes'])}>All processes</a></Empty>;
  }
  const Tab = TABS[at]?.component ?? ProcessOverview;
  return (
    <>
      <Head key={row.id} row={row} atLog={at === 'log'} />
      <nav class="tabs" aria-label={`About ${shortName(row.id)}`}>
        {Object.entries(TABS).map(([name, { title }]) => <a key={name} href={to(['processes', row.id], { tab: name === 'overview' ? undefined : name })} aria-current={name === at ? 'page' : undefined}>{title}</a>)}
      </nav>
      <Tab key={`${row.id} ${at}`} row={row} />
    </>
  );
}
