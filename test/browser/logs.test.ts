// Logs of several in one, and of a run: in which order the past stands, and what a lost connection leaves.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { SnapshotJson } from '../../daemon/contract/snapshot.ts';
import { closeBrowser, freePort, live, NO_BROWSER, openPage, pageOf } from '../support/browser.ts';
import { cutProxy } from '../support/cut-proxy.ts';
import { startDaemon } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';

const options = { skip: NO_BROWSER };
after(closeBrowser);

const daemon = (port: number): string => `
[daemon]
state_dir = "state"
runtime_dir = "run"
[api]
listen = ["unix:reeve.sock", "127.0.0.1:${port}"]
auth = "none"
`;
const echo = (name: string, stamped: boolean): string => `
[programs.${name}]
command = "sh -c 'while read -r line; do echo $line; done'"
stdin = "pipe"
startsecs = 0
log_timestamp = ${stamped}
`;

for (const stamped of [true, false]) {
  const how = stamped ? 'in the order it was written, by the times of its lines' : 'log by log where lines have no times, and is said to';
  test(`the past of several logs stands ${how}; what comes stands as it comes`, options, async (t) => {
    const port = await freePort();
    const d = await startDaemon(t, { config: daemon(port) + echo('p', stamped) + echo('q', stamped), socket: 'reeve.sock' });
    const at = `http://127.0.0.1:${port}/v1`;
    const say = async (name: string, text: string): Promise<void> => {
      await fetch(`${at}/stdin`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name, text: `${text}\n` }) });
      await waitFor(`${text} in the log`, async () => (await (await fetch(`${at}/logs?name=${name}&channel=stdout`)).text()).includes(`${text}\n`));
    };
    await d.state('p', 'RUNNING');
    await d.state('q', 'RUNNING');
    for (const [name, text] of [['q', 'w1'], ['p', 'w2'], ['q', 'w3'], ['p', 'w4']] as const) await say(name, text);
    const page = await openPage(t, pageOf(port, '#/logs?names=p,q'));
    const log = page.getByRole('log');
    await log.getByText('w4').waitFor();
    await say('q', 'w5');
    await log.getByText('w5').waitFor();
    await say('p', 'w6');
    await log.getByText('w6').waitFor();
    const words = [...(await log.innerText()).matchAll(/w\d/g)].map(([word]) => word);
    assert.deepEqual(words, stamped ? ['w1', 'w2', 'w3', 'w4', 'w5', 'w6'] : ['w2', 'w4', 'w1', 'w3', 'w5', 'w6']);
    assert.equal(await log.getByText(/log by log/).count(), stamped ? 0 : 1);
  });
}

test('the output of a run that was cut off is shown anew, no line twice', options, async (t) => {
  const port = await freePort();
  const wait = (file: string): string => `while [ ! -e ${file} ]; do sleep 0.05; done`;
  const d = await startDaemon(t, {
    config: `${daemon(port)}[jobs.import]\ncommand = "sh run.sh"\ndirectory = "."\ntimeout = "5m"\n`,
    files: { 'run.sh': `echo begins; ${wait('go')}; echo meanwhile; ${wait('end')}; echo ends\n` }, socket: 'reeve.sock',
  });
  assert.equal((await d.ctl('job', 'run', 'import')).code, 0);
  const run = await waitFor('the run', async () => (await d.get<SnapshotJson>('/v1/status')).runs.find(({ startedAt }) => startedAt !== null));
  const proxy = await cutProxy(t, port);
  const page = await openPage(t, pageOf(proxy.port, `#/runs/${run.id}`), { allowed: /ERR_EMPTY_RESPONSE|ERR_CONNECTION|ERR_SOCKET|ERR_INCOMPLETE/ });
  await live(page);
  const log = page.getByRole('log');
  await log.getByText('begins').waitFor();
  proxy.cut();
  await page.getByText(/Not connected/).first().waitFor();
  writeFileSync(join(d.dir, 'go'), '');
  await waitFor('its words', async () => (await (await fetch(`http://127.0.0.1:${port}/v1/runs/${run.id}/logs?follow=false`)).text()).includes('meanwhile'));
  proxy.mend();
  await log.getByText('meanwhile', { exact: true }).waitFor();
  await log.getByText(/shown anew/).first().waitFor();
  await live(page);
  writeFileSync(join(d.dir, 'end'), '');
  await log.getByText('ends', { exact: true }).waitFor();
  for (const word of ['begins', 'meanwhile', 'ends']) assert.equal(await log.getByText(word, { exact: true }).count(), 1, word);
});
