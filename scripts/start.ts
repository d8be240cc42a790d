// `npm start`: builds if needed, then becomes reeved in the foreground with the example configuration.
// `npm start -- -c my.toml` takes reeved's own options in place of the example.
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { build, isCurrent } from './build.ts';

const ROOT = join(import.meta.dirname, '..');

if (!isCurrent()) {
  process.stderr.write('building dist/ (npm run build)\n');
  await build();
}
const daemon = join(ROOT, 'dist/reeved.mjs');
accessSync(daemon, constants.R_OK);
const asked = process.argv.slice(2);
const options = asked.length > 0 ? asked : ['-n', '-c', join(ROOT, 'config/examples/default/reeve.toml')];
// npm's own variables would be inherited by every program.
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_') && name !== 'INIT_CWD'));
const argv = [process.execPath, '--disable-sigusr1', '--max-semi-space-size=1', daemon, ...options];
if (process.execve === undefined) throw new Error('cannot become reeved: this system has no execve; run node dist/reeved.mjs instead');
// The same process goes on as the daemon, so that Ctrl-C and signals from npm reach it directly.
process.execve(process.execPath, argv, environment as Record<string, string>);
