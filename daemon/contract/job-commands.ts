// What can be asked about jobs, runs, dead letters, breakers and drains: the part of the table of commands (commands.ts) that is theirs.
import type { ArgumentSpec, CommandDefinition } from './commands.ts';
import { RUN_STATES } from './jobs.ts';

const json: ArgumentSpec = { type: 'boolean', client: true, option: '--json', says: 'Print JSON.' };
const job: ArgumentSpec = { type: 'string', of: 'jobs', required: true, says: 'A job.' };
const jobs = (required: boolean, says: string): ArgumentSpec => ({ type: 'names', of: 'jobs', required, says });
const run: ArgumentSpec = { type: 'string', of: 'runs', meta: 'RUN', required: true, says: 'Id of a run, or its beginning.' };
const args: ArgumentSpec = { type: 'words', meta: '-- ARGUMENT...', says: 'Added to the command of the job, word by word.' };
const key: ArgumentSpec = { type: 'string', option: '--key', says: 'Not while a run with this key is scheduled, queued or running (in place of the job\'s unique_key).' };
const unlessExists: ArgumentSpec = { type: 'boolean', option: '--unless-exists', says: 'Not if a run of this job with the same arguments is already scheduled, queued or running; that one is answered then.' };
const waitFlag: ArgumentSpec = { type: 'boolean', option: '--wait', says: 'Wait for its end, also through retries, with its output; the exit code is the run\'s.' };
const quiet: ArgumentSpec = { type: 'boolean', client: true, option: '--quiet', says: 'With --wait: neither output nor progress.' };
const limit = (most: string): ArgumentSpec => ({ type: 'integer', option: '-n', says: `At most so many, newest first (${most}).` });
const since: ArgumentSpec = { type: 'string', meta: 'TIME', option: '--since', says: 'Only from then on: `today`, `2h`, `2026-11-22`, `2026-11-22T08:00`.' };
const whereJob: ArgumentSpec = { type: 'string', of: 'jobs', meta: 'JOB', option: '--job', says: 'Only of this job.' };

/** Commands about jobs, runs, dead letters, breakers and drains. */
export const JOB_COMMANDS = {
  'job list': { says: 'Show jobs: what they do now, how their last run ended, and when the next one is.', role: 'read', route: { method: 'GET', path: '/v1/jobs' }, answer: 'value',
    args: { names: jobs(false, 'Jobs; `*` stands for any characters. None: all.'), json }, examples: ['job list', 'job list \'mail*\''] },
  'job run': { says: 'Start a job now.', role: 'operate', route: { method: 'POST', path: '/v1/jobs/{name}/run' }, answer: 'operation',
    args: { name: job, wait: waitFlag, quiet, key, unless_exists: unlessExists, args, json }, examples: ['job run import', 'job run import --wait -- --since yesterday data.csv'] },
  'job at': { says: 'Start a job once, at a time: after a duration, or at an instant (of the job\'s time zone where it names none).', role: 'operate', route: { method: 'POST', path: '/v1/jobs/{name}/at' }, answer: 'operation',
    args: { when: { type: 'string', meta: 'TIME', required: true, says: '`1w`, `90m`, `2026-12-01 08:00`, `2026-12-01T08:00:00Z`, `tomorrow 08:00`, `08:00` (the next one).' }, name: job, key, unless_exists: unlessExists, args, json },
    examples: ['job at 1w purge', 'job at \'2026-12-01 08:00\' report -- --month november'] },
  'job set': { says: 'Change what a job may do, for runs that start from now on, until the daemon ends; the file is not touched.', role: 'operate', route: { method: 'POST', path: '/v1/jobs/{name}/set' }, answer: 'operation',
    args: {
      name: job, settings: { type: 'names', meta: 'KEY=VALUE...', required: true, says: 'timeout=5m, rate=100/m, max_parallel=2; KEY=default takes it back.' },
      until_restart: { type: 'boolean', client: true, option: '--until-restart', says: 'Said for clarity: it never lasts longer.' },
    }, examples: ['job set import timeout=5m max_parallel=2', 'job set import timeout=default'] },
  'job pause': { says: 'Keep jobs from being started by their schedule; runs that go on are left alone.', role: 'operate', route: { method: 'POST', path: '/v1/jobs/pause' }, answer: 'operation',
    args: { names: jobs(true, 'Jobs, or all.') }, examples: ['job pause import', 'job pause all'] },
  'job resume': { says: 'Undo pause.', role: 'operate', route: { method: 'POST', path: '/v1/jobs/resume' }, answer: 'operation', args: { names: jobs(true, 'Jobs, or all.') }, examples: ['job resume import'] },
  'job cancel': { says: 'End runs, or take them from the queue; they are not tried again.', role: 'operate', route: { method: 'POST', path: '/v1/runs/cancel' }, answer: 'operation',
    args: { names: { type: 'names', of: 'runs_or_jobs', meta: 'RUN|JOB...', required: true, says: 'Ids of runs, or their beginnings; of a job, all that wait or run.' }, signal: { type: 'signal', option: '--signal', says: 'Send only this signal, in place of the stop steps of the job.' } }, examples: ['job cancel 3f2a', 'job cancel 3f2a --signal KILL'] },
  'job undo': { says: 'Run the undo_command of a job for one of its runs.', role: 'operate', route: { method: 'POST', path: '/v1/runs/{run}/undo' }, answer: 'operation',
    args: { run, force: { type: 'boolean', option: '--force', says: 'Also where it was undone before.' }, wait: waitFlag, quiet, json }, examples: ['job undo 3f2a --wait'] },
  'job history': { says: 'Show runs, newest first.', role: 'read', route: { method: 'GET', path: '/v1/runs' }, answer: 'value',
    args: {
      job: { type: 'string', of: 'jobs', meta: 'NAME', says: 'Only of this job.' },
      state: { type: 'names', meta: 'STATE,...', option: '--state', values: Object.keys(RUN_STATES), says: 'Only in these states.' },
      since, until: { type: 'string', meta: 'TIME', option: '--until', says: 'Only until then.' },
      where: { type: 'string', meta: 'FILTER', option: '--where', says: 'Only those for which this filter holds (see ps).' }, limit: limit('default 50, at most 1000'), json,
    }, examples: ['job history import', 'job history --state failed,dead --since today', 'job history --where \'duration>5m && exit!=0\''] },
  'job show': { says: 'Show everything about a run, or about a job.', role: 'read', route: { method: 'GET', path: '/v1/runs/{run}' }, answer: 'value',
    args: { run: { ...run, of: 'runs_or_jobs', meta: 'RUN|JOB', says: 'Id of a run, or its beginning; or a job.' }, json }, examples: ['job show 3f2a', 'job show import'] },
  'job logs': { says: 'Print the output of a run (its last 64 KiB; the log of its job has more), and follow it.', role: 'read', route: { method: 'GET', path: '/v1/runs/{run}/logs' }, answer: 'stream',
    args: { run: { ...run, of: 'runs_or_jobs', meta: 'RUN|JOB', says: 'Id of a run, or its beginning; or a job, for its newest run.' }, follow: { type: 'boolean', option: '-f', says: 'Go on until the run is over.' }, lines: { type: 'integer', option: '-n', says: 'Only so many lines of the past.' },
      files: { type: 'boolean', client: true, option: '--files', says: 'List the files of the log of its job, where all its runs write, with those that were rotated.' },
      file: { type: 'string', client: true, meta: 'FILE', option: '--file', says: 'Print one of them, unpacked: its name, or its number in the list (0 is written to, 1 was rotated last).' } }, examples: ['job logs 3f2a', 'job logs -f -n 20 import', 'job logs --files import', 'job logs --file 1 import'] },
  'job next': { says: 'Show when a job is due.', role: 'read', route: { method: 'GET', path: '/v1/jobs/{name}/next' }, answer: 'value',
    args: { name: job, count: { type: 'integer', option: '-n', says: 'So many times (default 5, at most 1000).' }, json }, examples: ['job next import -n 10'] },
  'job watch': { says: 'Watch runs as they go: progress, rate and time left; until all that go on have ended.', role: 'read', answer: 'local',
    args: { names: { type: 'names', of: 'runs_or_jobs', meta: 'RUN|JOB...', required: false, says: 'Runs or jobs; none: all that run.' }, json: { ...json, says: 'Print the facts about them, one JSON object a line.' } }, examples: ['job watch', 'job watch import'] },
  'dead list': { says: 'Show dead letters: runs that failed for good, newest first.', role: 'read', route: { method: 'GET', path: '/v1/dead' }, answer: 'value',
    args: { job: whereJob, since, pending: { type: 'boolean', option: '--pending', says: 'Only those that were not tried again.' }, limit: limit('default 50, at most 1000'), json }, examples: ['dead list', 'dead list --job import --pending'] },
  'dead show': { says: 'Show everything about a dead letter.', role: 'read', route: { method: 'GET', path: '/v1/dead/{id}' }, answer: 'value',
    args: { id: { type: 'string', of: 'dead', required: true, says: 'Its id, or the beginning of it.' }, json }, examples: ['dead show 3f2a'] },
  'dead retry': { says: 'Try dead letters again, each as a new run with the same arguments.', role: 'operate', route: { method: 'POST', path: '/v1/dead/retry' }, answer: 'operation',
    args: {
      names: { type: 'names', of: 'dead', meta: 'ID...', required: false, says: 'Ids, or their beginnings.' }, all: { type: 'boolean', option: '--all', says: 'All that were not tried again.' }, job: whereJob,
      force: { type: 'boolean', option: '--force', says: 'Also one that was tried again before.' },
    }, examples: ['dead retry 3f2a', 'dead retry --all --job import'] },
  'dead prune': { says: 'Delete old dead letters, and say how many are left.', role: 'operate', route: { method: 'POST', path: '/v1/dead/prune' }, answer: 'operation',
    args: { days: { type: 'integer', option: '--days', says: 'Those older than so many days (default 30); 0 keeps all.' } }, examples: ['dead prune --days 7'] },
  breaker: { says: 'Show circuit breakers, or set one (which takes the role operate).', role: 'read', route: { method: 'GET', path: '/v1/breakers' }, answer: 'value',
    args: {
      name: { type: 'string', of: 'breakers', says: 'A breaker; none: all.' },
      open: { type: 'boolean', client: true, option: '--open', says: 'Hold back what depends on it, until somebody says otherwise.' },
      close: { type: 'boolean', client: true, option: '--close', says: 'Let everything through; the counts stay.' },
      half_open: { type: 'boolean', client: true, option: '--half-open', says: 'Let trials through.' },
      reset: { type: 'boolean', client: true, option: '--reset', says: 'Close it and forget all counts.' }, json,
    }, examples: ['breaker', 'breaker smtp --open'] },
  drain: { says: 'Start no new runs of jobs and tell programs to finish: what goes on may end.', role: 'operate', route: { method: 'POST', path: '/v1/drain' }, answer: 'operation',
    args: {
      names: { type: 'names', of: 'drainable', required: false, says: 'Jobs and programs; none: everything.' }, wait: { type: 'boolean', option: '--wait', says: 'Wait until nothing of it goes on, with exit 1 and the names of what still does after the timeout.' },
      timeout: { type: 'duration', option: '--timeout', says: 'Wait at most this long (default 300s).' }, cancel: { type: 'boolean', option: '--cancel', says: 'End what is left after that; exit 0 then.' },
      expire: { type: 'duration', option: '--expire', says: 'The drain ends by itself after this (default 1h; 0: never).' }, json,
    }, examples: ['drain --wait --timeout 300s', 'drain import mail --wait --cancel'] },
  resume: { says: 'End a drain: runs start again.', role: 'operate', route: { method: 'POST', path: '/v1/resume' }, answer: 'operation',
    args: { names: { type: 'names', of: 'drainable', required: false, says: 'What was drained; none: all.' } }, examples: ['resume'] },
  ps: { says: 'Show processes of programs and runs of jobs together, with what they use and how far they are.', role: 'read', route: { method: 'GET', path: '/v1/ps' }, answer: 'value',
    args: {
      where: { type: 'string', meta: 'FILTER', option: '--where', says: 'Only those for which this holds: fields, = != < <= > >= =~ in, && || ! ( ).' },
      columns: { type: 'names', client: true, meta: 'FIELD,...', option: '--columns', says: 'These fields, in this order.' }, json,
    }, examples: ['ps', 'ps --where \'state=running && rss>500MB && health!=healthy\'', 'ps --where stuck --columns name,silence,missed'] },
  stuck: { says: 'Show what gives no sign of life, or makes no progress, for too long; and end it (which takes the role operate).', role: 'read', answer: 'local',
    args: { kill: { type: 'boolean', option: '--kill', says: 'Kill it: programs go by their restart rules, runs are cancelled.' }, restart: { type: 'boolean', option: '--restart', says: 'Restart the programs; cancel the runs and start them again with the same arguments.' }, json }, examples: ['stuck', 'stuck --restart'] },
} as const satisfies Record<string, CommandDefinition>;
