// supervisord's way to take a changed file: reread, update, add and remove by whole groups, with supervisorctl's words.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { onBoth } from '../support/both-layers.ts';

const ini = (programs: Readonly<Record<string, string>>): string =>
  `[supervisord]\nlogfile=%(here)s/d.log\npidfile=%(here)s/d.pid\n[unix_http_server]\nfile=%(here)s/reeve.sock\n[supervisorctl]\nserverurl=unix://%(here)s/reeve.sock\n[group:pair]\nprograms=left,right\n${Object.entries(programs)
    .map(([name, command]) => `[program:${name}]\ncommand=${command}\nstartsecs=0\n`)
    .join('')}`;
const FIRST = { left: 'sleep 300', right: 'sleep 300', old: 'sleep 300', same: 'sleep 300' };

onBoth('reread says what changed and applies nothing; update ends, begins anew and adds whole groups, in that order [B10, compat §13]', async ({ start }) => {
  const d = await start({ config: ini(FIRST) });
  const [left, same] = [await d.state('pair:left', 'RUNNING'), await d.state('same', 'RUNNING')];
  assert.equal((await d.ctl('reread')).stdout, 'No config updates to processes\n');
  writeFileSync(d.configFile, ini({ left: 'sleep 300', right: 'sleep 301', same: 'sleep 300', fresh: 'sleep 300' }));
  assert.deepEqual(await d.ctl('reread').then(({ code, stdout }) => [code, stdout]), [0, 'fresh: available\nold: disappeared\npair: changed\n']);
  assert.equal((await d.view('pair:left')).pid, left.pid);
  assert.equal((await d.ctl('update', 'fresh', 'nobody')).stdout, 'ERROR: no such group: nobody\nfresh: added process group\n');
  const updated = await d.ctl('update');
  assert.deepEqual([updated.code, updated.stdout], [0, 'old: stopped\nold: removed process group\npair: stopped\npair: updated process group\n']);
  const again = await d.state('pair:left', 'RUNNING');
  assert.notEqual(again.pid, left.pid, 'the group is restarted as a whole');
  assert.ok(again.incarnation > left.incarnation);
  assert.equal((await d.view('same')).pid, same.pid);
  assert.deepEqual(await d.ctl('update').then(({ code, stdout }) => [code, stdout]), [0, '']);
});

onBoth('add and remove take single groups: not twice, not unknown ones, not while somebody runs [E28, compat §13]', async ({ start }) => {
  const d = await start({ config: ini(FIRST) });
  await d.state('old', 'RUNNING');
  const said = async (...args: string[]): Promise<unknown[]> => d.ctl(...args).then(({ code, stdout }) => [code, stdout]);
  assert.deepEqual(await said('remove', 'old'), [1, 'ERROR: process/group still running: old\n']);
  assert.deepEqual(await said('add', 'old'), [0, 'ERROR: process group already active\n']);
  assert.deepEqual(await said('add', 'nobody'), [1, 'ERROR: no such process/group: nobody\n']);
  assert.deepEqual(await said('stop', 'old'), [0, 'old: stopped\n']);
  assert.deepEqual(await said('remove', 'old'), [0, 'old: removed process group\n']);
  assert.deepEqual(await said('remove', 'old'), [1, 'ERROR: no such process/group: old\n']);
  assert.deepEqual(await said('add', 'old'), [0, 'old: added process group\n']);
  await d.state('old', 'RUNNING');
});

onBoth('apply works on an INI file too, program by program [Sv#1154]', async ({ start }) => {
  const d = await start({ config: ini(FIRST) });
  const left = await d.state('pair:left', 'RUNNING');
  writeFileSync(d.configFile, ini({ ...FIRST, right: 'sleep 301' }));
  const done = await d.ctl('apply', '--yes');
  assert.deepEqual([done.code, /^pair:right: restarted$/m.test(done.stdout)], [0, true], done.stdout + done.stderr);
  assert.equal((await d.state('pair:left', 'RUNNING')).pid, left.pid);
});
