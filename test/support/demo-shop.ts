// A small shop with something of everything the page shows: groups in groups, health, flapping, FATAL, jobs of all kinds, progress,
// checks, fixes, issues, breakers, dead letters. Needs a shell, sleep and curl.
import { pageConfig } from './page-config.ts';

/** Says how far it is by the child's own channel (docs/reports.md), then ends well. */
const IMPORT = `#!/bin/sh
i=0
while [ $i -lt 200 ]; do
  i=$((i + 1))
  curl -s --unix-socket "$REEVE_SOCKET" -H "Authorization: Bearer $REEVE_TOKEN" -H 'Content-Type: application/json' \\
    -d "{\\"current\\": $i, \\"total\\": 200, \\"phase\\": \\"load\\"}" "http://localhost/v1/supervised/$SUPERVISION_ID/progress" >/dev/null
  printf 'row %d of 200 \\033[32mloaded\\033[0m\\n' $i
  sleep 0.5
done
`;

const CHATTER = `#!/bin/sh
i=0
while :; do
  i=$((i + 1))
  printf '\\033[2m%s\\033[0m \\033[32mGET\\033[0m /orders/%d \\033[1m200\\033[0m in 12 ms\\n' "$(date +%T)" $i
  [ $((i % 7)) -eq 0 ] && printf '\\033[33mslow query\\033[0m: select * from orders where id = %d\\n' $i >&2
  sleep 0.3
done
`;

/** Files beside the configuration. */
export const DEMO_FILES: Readonly<Record<string, string>> = { 'import.sh': IMPORT, 'chatter.sh': CHATTER };

const program = (name: string, keys: string): string => `[programs.${name}]\n${keys}\n`;
const SLEEP = 'command = "sleep 100000"\nstartsecs = 0';

/** Processes of the shop beside its workers. */
const OTHERS = 15;

/** So many processes, 30 by default, and all the rest. `api` is what stands below [api], after listen. */
export function demoShop(port: number, { processes = 30, api }: { readonly processes?: number; readonly api?: string } = {}): string {
  return pageConfig(port, `${program('db', `${SLEEP}\npriority = 10\nhealth = [{ exec = "true", interval = "5s" }]`)}
${program('cache', `${SLEEP}\npriority = 20`)}
${program('web', `${SLEEP}\nnumprocs = 4\ndepends_on = ["db:ready"]\nhealth = [{ exec = "true", interval = "5s" }]`)}
${program('api', 'command = "sh chatter.sh"\ndirectory = "."\nstartsecs = 0\ndepends_on = ["db", "cache"]\nlimits = { memory = "512MB" }')}
${program('worker', `${SLEEP}\nnumprocs = ${processes - OTHERS}\ndepends_on = ["cache"]`)}
${program('search', `${SLEEP}\nhealth = [{ exec = "sh -c 'echo index is locked >&2; exit 1'", interval = "2s", failures = 2, successes = 1 }]\non_unhealthy = "alert"`)}
${program('ingest', SLEEP)}
${program('validate', SLEEP)}
${program('store', SLEEP)}
${program('mailer', 'command = "sh -c \'echo cannot reach smtp.example: connection refused >&2; sleep 0.1; exit 111\'"\nstartretries = 2')}
${program('thumbnails', 'command = "sh -c \'sleep 3; exit 1\'"\nstartsecs = 1')}
${program('reports', `${SLEEP}\nautostart = false`)}
${program('migrate', 'command = "true"\nrestart = "temporary"\nstartsecs = 0')}
[groups.pipeline]
members = ["ingest", "validate", "store"]
strategy = "rest_for_one"
[groups.front]
members = ["web", "api"]
strategy = "one_for_all"
[groups.shop]
members = ["front", "pipeline"]

[breakers.smtp]
failures = 2
cooldown = "1h"
[breakers.bank]

[jobs.import]
command = "sh import.sh"
directory = "."
every = "10m"
timeout = "1h"
[jobs.newsletter]
command = "sh -c 'echo smtp is down >&2; exit 1'"
every = "2s"
breaker = "smtp"
timeout = "1m"
[jobs.invoices]
command = "sh -c 'echo no bank >&2; exit 75'"
every = "4s"
retries = 1
retry_delay = "100ms"
timeout = "1m"
[jobs.heartbeats]
command = "sh -c 'echo fine'"
every = "3s"
breaker = "bank"
timeout = "1m"
[jobs.nightly-backup]
command = "sh -c 'echo saved'"
schedule = "30 2 * * *"
timezone = "Europe/Berlin"
timeout = "2h"
[jobs.weekly-report]
command = "true"
schedule = "0 8 * * 1"
timezone = "America/New_York"
timeout = "1h"
[jobs.cleanup]
command = "true"
schedule = "*/15 * * * *"
timeout = "5m"
[jobs.adhoc]
command = "echo done"
timeout = "5m"

[checks.disk]
command = "echo '{\\"message\\": \\"the disk of orders is 95 percent full\\", \\"code\\": \\"disk-full\\", \\"severity\\": \\"critical\\"}'"
shell = true
every = "5s"
[checks.late-orders]
command = "echo '{\\"message\\": \\"order 17 is late\\", \\"code\\": \\"late-order\\", \\"params\\": {\\"order\\": 17}}'"
shell = true
every = "5s"
[checks.prices]
command = "true"
every = "7s"
[checks.bank-answers]
command = "sh -c 'echo no route to bank >&2; exit 1'"
every = "9s"
[fixes.disk-full]
command = "sh -c 'echo nothing left to delete >&2; exit 1'"
attempts = 2
retry_delay = "1s"
`, { identifier: 'shop', ...(api === undefined ? {} : { api }) });
}

/** One program with so many processes, and as little else as possible. */
export function demoCrowd(port: number, processes: number): string {
  return pageConfig(port, `[programs.worker]
command = "sleep 100000"
startsecs = 0
numprocs = ${processes}
`, { identifier: 'crowd' });
}

/** A view: its name and its address. */
export interface Shot {
  readonly name: string;
  readonly hash: string;
}

interface Row {
  readonly id: string;
  readonly state: string;
  readonly progress?: unknown;
}

/** The views of one thing, once the shop has one of each; null: not yet. Somebody must have asked for a run of `import`. */
export async function demoDetails(get: <T>(path: string) => Promise<T>): Promise<readonly Shot[] | null> {
  const issue = (await get<Row[]>('/v1/issues')).find((one) => one.state === 'exhausted');
  const dead = (await get<Row[]>('/v1/dead'))[0];
  const run = (await get<Row[]>('/v1/runs?job=import')).find((one) => one.progress !== null);
  const breaker = (await get<Row[]>('/v1/breakers')).find((one) => one.state === 'open');
  if (issue === undefined || dead === undefined || run === undefined || breaker === undefined) return null;
  return [
    { name: 'process', hash: '#/processes/front:api' }, { name: 'process-lives', hash: '#/processes/thumbnails:thumbnails?tab=lives' }, { name: 'process-log', hash: '#/processes/front:api?tab=log' },
    { name: 'process-config', hash: '#/processes/front:api?tab=config' }, { name: 'process-events', hash: '#/processes/front:api?tab=events' }, { name: 'calendar', hash: '#/jobs?view=calendar' }, { name: 'job', hash: '#/jobs/invoices' }, { name: 'run', hash: `#/runs/${run.id}` },
    { name: 'issue', hash: `#/issues/${issue.id}` }, { name: 'dead-letter', hash: `#/dead/${dead.id}` }, { name: 'api', hash: '#/api' },
  ];
}
