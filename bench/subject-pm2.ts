// PM2 from npm, installed by the bench into .cache (it is no dependency of ours), with a PM2_HOME of its own.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gone, run, until } from './wait.ts';
import type { Subject } from './subject.ts';

const VERSION = '7.0.4';
const PREFIX = join(import.meta.dirname, '../.cache/bench-pm2');
const PM2 = join(PREFIX, 'node_modules/.bin/pm2');

async function install(): Promise<boolean> {
  if (existsSync(PM2)) return true;
  mkdirSync(PREFIX, { recursive: true });
  process.stderr.write(`bench: installing pm2@${VERSION} into .cache/bench-pm2\n`);
  return run('npm', ['i', `pm2@${VERSION}`, '--prefix', PREFIX, '--no-audit', '--no-fund', '--ignore-scripts'], process.env, 120_000).then(() => true, () => false);
}

/** Null where it cannot be installed. */
export async function pm2(): Promise<Subject | null> {
  if (!(await install())) return null;
  return {
    name: 'PM2', version: VERSION, maxCopies: 20, asks: false, schedules: false,
    launch(folder, programs) {
      const file = join(folder, 'ecosystem.json');
      const home = join(folder, 'pm2');
      const environment = { ...process.env, PM2_HOME: home, PM2_DISABLE_VERSION_CHECK: 'true', PM2_PROGRAMMATIC: 'false' };
      const apps = programs.flatMap(({ name, argv, copies, logfile }) => Array.from({ length: copies }, (_, n) => ({
        name: copies > 1 ? `${name}_${n}` : name, script: argv[0], args: argv.slice(1), interpreter: 'none', exec_mode: 'fork', autorestart: true,
        max_restarts: 1_000_000, min_uptime: 0, restart_delay: 0, out_file: logfile ?? '/dev/null', error_file: logfile ?? '/dev/null', vizion: false, pmx: false,
      })));
      writeFileSync(file, JSON.stringify({ apps }));
      const starter = spawn(PM2, ['start', file], { env: environment, stdio: 'ignore', cwd: folder });
      const started = new Promise<void>((resolve) => { starter.on('exit', () => { resolve(); }); });
      // The file is there before its content is.
      const pid = (): Promise<number> => until('the pid file of PM2', () => (existsSync(join(home, 'pm2.pid')) ? Number(readFileSync(join(home, 'pm2.pid'), 'utf8')) || null : null), 20_000);
      return Promise.resolve({
        pid,
        status: async () => { await run(PM2, ['list'], environment); },
        ping: null, metrics: null,
        async [Symbol.asyncDispose]() {
          await started;
          const daemon = await pid();
          await run(PM2, ['kill'], environment).catch(() => '');
          await gone(daemon, 30_000);
        },
      });
    },
  };
}
