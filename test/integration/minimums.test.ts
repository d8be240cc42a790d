// minfds and minprocs: the daemon raises its limits, programs have what it was asked for, and what cannot be had is said before anything starts.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasCapability } from '../../daemon/os/capabilities.ts';
import { onBoth } from '../support/both-layers.ts';
import { tempDir } from '../support/daemon.ts';
import { REEVED } from '../support/programs.ts';
import { waitFor } from '../support/wait-for.ts';

const ini = (minimums: string): string =>
  `[supervisord]\nlogfile=%(here)s/main.log\npidfile=%(here)s/main.pid\n${minimums}\n[unix_http_server]\nfile=%(here)s/reeve.sock\n[program:says]\ncommand=sh -c "ulimit -Sn; exec sleep 600"\nstartsecs=0\nstdout_logfile=%(here)s/said.log\n`;
const limits = (pid: number, name: string): readonly string[] => (new RegExp(`^${name} +(\\S+) +(\\S+)`, 'm').exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? []).slice(1);
const under = (limit: string): string[] => ['bash', '-c', `ulimit ${limit}; exec "$@"`, 'bash'];

onBoth('minfds is what programs may open, as with supervisord where that is more than the daemon had, and minprocs is raised', async ({ start }) => {
  const d = await start({ config: ini('minfds=2000\nminprocs=300'), wrapper: under('-Sn 512; ulimit -Hn 4096; ulimit -Su 250') });
  const { pid } = await d.state('says', 'RUNNING');
  const said = Number(await waitFor('its limit', () => readFileSync(join(d.dir, 'said.log'), 'utf8').trim()));
  // Without system calls of our own, programs have the limit that Node gives the daemon: the hard one.
  assert.ok(said === 2000 || said === 4096, String(said));
  assert.deepEqual([limits(d.pid, 'Max processes')[0], limits(pid ?? 0, 'Max processes')[0]], ['300', '300']);
});

for (const [key, limit, what] of [['minfds', '-n', 'open files'], ['minprocs', '-u', 'processes']] as const) {
  onBoth(`${key} that cannot be had refuses the start with status 2, in words`, ({ t, layer }) => {
    const dir = tempDir(t);
    const file = join(dir, 'supervisord.conf');
    writeFileSync(file, ini(`${key}=3000`));
    const { status, stderr } = spawnSync('bash', ['-c', `ulimit ${limit} 1500; exec "$@"`, 'bash', process.execPath, REEVED, '-n', '-c', file], { encoding: 'utf8', env: { ...process.env, REEVE_OS: layer } });
    assert.deepEqual([status, stderr], [2, `cannot start: ${key} asks for 3000 ${what}, and no more than 1500 are allowed here; raise the limit (ulimit ${limit}, Limit${key === 'minfds' ? 'NOFILE' : 'NPROC'}=) or lower ${key}\n`]);
    return Promise.resolve();
  }, { cannot: hasCapability('SYS_RESOURCE') ? 'CAP_SYS_RESOURCE raises any limit here' : null });
}
