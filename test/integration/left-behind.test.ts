// Who outlives programs and daemon is named, and does not freeze while the daemon lives.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onBoth, type World } from '../support/both-layers.ts';
import { alive, waitFor } from '../support/wait-for.ts';

const onlyNative = { layer: 'native', because: 'orphans that drop their environment are not found in portable mode (doctor says so)' } as const;

/** Pids whose command line is this. */
function running(...words: readonly string[]): number[] {
  const wanted = `${words.join('\0')}\0`;
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'latin1') === wanted;
    } catch {
      return false;
    }
  }).map(Number);
}

/** Ends them with the test: they carry no mark that the daemon's own end would find. */
function reapLater(t: World['t'], ...words: readonly string[]): void {
  t.after(() => {
    for (const pid of running(...words)) process.kill(pid, 'SIGKILL');
  });
}

onBoth('an orphan without session, environment or pipe of its program is warned of once and named when the daemon ends', async ({ t, start }) => {
  const seconds = `98765.${process.pid}`;
  reapLater(t, 'sleep', seconds);
  const d = await start({
    config: `[programs.web]\ncommand = ["sh", "-c", "env -i PATH=$PATH setsid sh -c 'sleep ${seconds} </dev/null >/dev/null 2>&1 & exit'; exec sleep 300"]\nstartsecs = 0\n`,
  });
  await d.state('web', 'RUNNING');
  const pid = await waitFor('the orphan', () => running('sleep', seconds)[0]);
  await waitFor('its adoption', () => readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')[1] === String(d.pid));
  assert.equal((await d.ctl('stop', 'web')).code, 0);
  const warning = await d.fact('daemon.warning', (fact) => fact.message.includes(`pid ${pid} `));
  assert.match(warning.message, new RegExp(`sleep ${seconds}.*nothing tells which program left it`));
  assert.equal((await d.stop()).code, 0);
  const { left } = await d.fact('daemon.stopped');
  assert.deepEqual(left, [{ pid, process: null, command: `sleep ${seconds}` }]);
  assert.equal(d.facts.filter((fact) => fact.type === 'daemon.warning' && fact.message.startsWith('adopted')).length, 1);
  assert.match(d.output(), new RegExp(`left behind: unknown origin pid ${pid} \\(sleep ${seconds}\\)`));
}, { only: onlyNative });

onBoth('a leftover of an INI program is named when the daemon ends, with its program and command', async ({ t, start }) => {
  const seconds = `98764.${process.pid}`;
  reapLater(t, 'sleep', seconds);
  const d = await start({ config: `[supervisord]\nnodaemon=true\n[unix_http_server]\nfile=reeve.sock\n[program:web]\ncommand=sh -c "sleep ${seconds} & exec sleep 300"\nstartsecs=0\n` });
  await d.state('web', 'RUNNING');
  const pid = await waitFor('the leftover', () => running('sleep', seconds)[0]);
  assert.equal((await d.stop()).code, 0);
  const { left } = await d.fact('daemon.stopped');
  assert.deepEqual(left, [{ pid, process: 'web:web', command: `sleep ${seconds}` }]);
  assert.ok(d.facts.some((fact) => fact.type === 'daemon.warning' && fact.message.startsWith(`left behind: web:web pid ${pid} (sleep ${seconds})`)));
});

onBoth('a leftover of an INI program that was removed is named and writes on: it does not freeze in a full pipe', async ({ t, start }) => {
  const mark = `left-${process.pid}`;
  const conf = (name: string): string => `[supervisord]\nnodaemon=true\n[unix_http_server]\nfile=reeve.sock\n[program:${name}]\ncommand=sh -c "sh writer.sh ${mark} & exec sleep 300"\nstartsecs=0\nautorestart=false\n`;
  reapLater(t, 'sh', 'writer.sh', mark);
  // Counts what it got rid of: more than any pipe holds.
  const writer = 'i=0; while [ $i -lt 300 ]; do seq 1 2000; i=$((i+1)); echo $i > wrote; done; exec sleep 300\n';
  const gate = 'while ! [ -e go ]; do sleep 0.02; done; ';
  const d = await start({ config: conf('web'), files: { 'writer.sh': gate + writer } });
  await d.state('web', 'RUNNING');
  const pid = await waitFor('the leftover', () => running('sh', 'writer.sh', mark)[0]);
  t.after(() => alive(pid) && process.kill(pid, 'SIGKILL'));
  assert.equal((await d.ctl('stop', 'web')).code, 0);
  writeFileSync(d.configFile, readFileSync(d.configFile, 'utf8').replace(/\[program:web\][^[]*/, '[program:other]\ncommand=sleep 300\nstartsecs=0\n'));
  assert.equal((await d.ctl('update')).code, 0);
  const warning = await d.fact('daemon.warning', (fact) => fact.message.startsWith('left behind: '));
  assert.match(warning.message, new RegExp(`web:web pid ${pid} \\(sh writer.sh ${mark}\\)`));
  writeFileSync(join(d.dir, 'go'), '');
  await waitFor('all that it has to say', () => {
    try {
      return readFileSync(join(d.dir, 'wrote'), 'utf8').trim() === '300';
    } catch {
      return false;
    }
  });
  assert.equal((await d.stop()).code, 0);
});
