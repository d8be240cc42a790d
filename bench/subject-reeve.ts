// reeve as it is built: dist/reeved.mjs and dist/reevectl.mjs. REEVE_OS=portable measures the portable layer.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { gone, run } from './wait.ts';
import type { BenchJobs, BenchProgram, Subject } from './subject.ts';

const ROOT = join(import.meta.dirname, '..');
const DAEMON = join(ROOT, 'dist/reeved.mjs');
const CLIENT = join(ROOT, 'dist/reevectl.mjs');

function section({ name, argv, copies, logfile }: BenchProgram): string {
  return `[programs.${name}]
command = ${JSON.stringify(argv)}
numprocs = ${copies}
startsecs = 0
restart = "permanent"
restart_delay_policy = "none"
redirect_stderr = true
stdout_logfile = ${JSON.stringify(logfile ?? 'none')}
stdout_logfile_maxbytes = "50MB"
stdout_logfile_backups = 10
`;
}

function timed({ argv, copies, schedule }: BenchJobs): string {
  return Array.from({ length: copies }, (_, at) => `[jobs.job-${at}]
command = ${JSON.stringify(argv)}
schedule = ${JSON.stringify(schedule)}
timezone = "UTC"
timeout = "1m"
redirect_stderr = true
stdout_logfile = "none"
`).join('\n');
}

/** What Prometheus says that it accepts. */
const AS_PROMETHEUS = { accept: 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1', 'accept-encoding': 'gzip' };

function ask(socket: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: socket, path, headers: { host: 'localhost', ...headers } }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => { parts.push(part); });
      answer.on('end', () => { resolve(Buffer.concat(parts)); });
    });
    asked.setTimeout(10_000, () => { asked.destroy(new Error('no answer within 10 s')); });
    asked.on('error', reject);
    asked.end();
  });
}

/** Null where it is not built. */
export function reeve(): Promise<Subject | null> {
  if (!existsSync(DAEMON)) return Promise.resolve(null);
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  return Promise.resolve({
    name: 'reeve', version, maxCopies: 1000, asks: true, schedules: true,
    launch(folder, programs, jobs) {
      const file = join(folder, 'reeve.toml');
      const socket = join(folder, 'r.sock');
      writeFileSync(file, `[daemon]
state_dir = ${JSON.stringify(join(folder, 'state'))}
runtime_dir = ${JSON.stringify(join(folder, 'run'))}
logfile = ${JSON.stringify(join(folder, 'reeved.log'))}
[api]
listen = [${JSON.stringify(`unix:${socket}`)}]
${programs.map(section).join('\n')}${jobs === undefined ? '' : timed(jobs)}`);
      const daemon = spawn(process.execPath, ['--disable-sigusr1', '--max-semi-space-size=1', DAEMON, '-n', '-c', file], { stdio: 'ignore', cwd: folder });
      const pid = daemon.pid ?? 0;
      return Promise.resolve({
        pid: () => Promise.resolve(pid),
        status: async () => { await run(process.execPath, [CLIENT, '-c', file, 'status']); },
        ping: async () => { await ask(socket, '/v1/status'); },
        metrics: () => ask(socket, '/metrics', AS_PROMETHEUS),
        async [Symbol.asyncDispose]() {
          daemon.kill('SIGTERM');
          await gone(pid, 60_000);
        },
      });
    },
  });
}
