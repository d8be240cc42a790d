// Logs of several in one, and of a run: in which order the past stands, and what a lost connection leaves.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { SnapshotJson } from '../../daemon/contract/snapshot.ts';
import { closeBrowser, live, NO_BROWSER, openPage, pageDaemon, pageOf } from '../support/browser.ts';
import { cutProxy } from '../support/cut-proxy.ts';
import { waitFor } from '../support/wait-for.ts';

const options = { skip: NO_BROWSER };
after(closeBrowser);

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
    const { d, port } = await pageDaemon(t, echo('p', stamped) + echo('q', stamped));
    const at = `http://127.0.0.1:${port}/v1`;
    await d.state('p', 'RUNNING');
    await d.state('q', 'RUNNING');
    for (const [name, text] of [['q', 'w1'], ['p', 'w2'], ['q', 'w3'], ['p', 'w4']] as const) await say(at, name, text);
    const page = await openPage(t, pageOf(port, '#/logs?names=p,q'));
    const log = page.getByRole('log');
    await log.getByText('w4').waitFor();
    await say(at, 'q', 'w5');
    await log.getByText('w5').waitFor();
    await say(at, 'p', 'w6');
    await log.getByText('w6').waitFor();
    const words = [...(await log.innerText()).matchAll(/w\d/g)].map(([word]) => word);
    assert.deepEqual(words, stamped ? ['w1', 'w2', 'w3', 'w4', 'w5', 'w6'] : ['w2', 'w4', 'w1', 'w3', 'w5', 'w6']);
    assert.equal(await log.getByText(/log by log/).count(), stamped ? 0 : 1);
  });
}

const say = async (at: string, name: string, text: string): Promise<void> => {
  await fetch(`${at}/stdin`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name, text: `${text}\n` }) });
  await waitFor(`${text} in the log`, async () => (await (await fetch(`${at}/logs?name=${name}&channel=stdout`)).text()).includes(`${text}\n`));
};

const ask = async (at: string, path: string, body: object): Promise<void> => {
  const answer = await fetch(`${at}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ...body, wait: '10s' }) });
  assert.equal(answer.status, 200, await answer.text());
};

test('the files of a log are listed with those that were rotated; one is read, also compressed, and saved as it is', options, async (t) => {
  const { d, port } = await pageDaemon(t, `${echo('p', false)}stdout_logfile = "p.log"\nlog_gzip = true\n[jobs.import]\ncommand = "echo imported"\nstdout_logfile = "import.log"\n`);
  const at = `http://127.0.0.1:${port}/v1`;
  await d.state('p', 'RUNNING');
  await say(at, 'p', 'of last night');
  await ask(at, '/logs/rotate', { names: ['p'] });
  await say(at, 'p', 'of today');
  await waitFor('the compressed file', () => existsSync(join(d.dir, 'p.log.1.gz')));
  const page = await openPage(t, pageOf(port, '#/processes/p:p?tab=log'));
  const log = page.getByRole('log');
  await log.getByText('of today').waitFor();
  await page.getByText(/^In 3 files, 1 rotated/).click();
  const files = page.getByRole('list', { name: 'Files of the log of p' });
  const [saved] = await Promise.all([page.waitForEvent('download'), files.getByRole('link', { name: 'Download p.log.1.gz' }).click()]);
  assert.equal(saved.suggestedFilename(), 'p.log.1.gz');
  assert.equal(gunzipSync(readFileSync(await saved.path())).toString(), 'of last night\n');
  await files.getByRole('button', { name: 'Read p.log.1.gz' }).click();
  await log.getByText('of last night').waitFor();
  assert.equal(await log.getByText('of today').count(), 0);
  // Another file has its name then: what is read stays.
  await ask(at, '/logs/rotate', { names: ['p'] });
  await page.getByText('p.log.2.gz').first().waitFor();
  assert.equal(await log.getByText('of last night').count(), 1);
  await page.getByRole('button', { name: 'Back to the live log' }).click();
  await log.getByText('of today').waitFor();
  await ask(at, '/jobs/import/run', {});
  await page.goto(pageOf(port, '#/jobs/import?tab=log'));
  await page.getByText(/^In 2 files/).click();
  await page.getByRole('button', { name: 'Read import.log' }).click();
  await page.getByRole('log', { name: /import\.log/ }).getByText('imported').waitFor();
});

test('the output of a run that was cut off goes on with the next byte: no line is lost or comes twice, also when the run ended meanwhile', options, async (t) => {
  const wait = (file: string): string => `while [ ! -e ${file} ]; do sleep 0.05; done`;
  const { d, port } = await pageDaemon(t, '[jobs.import]\ncommand = "sh run.sh"\ndirectory = "."\ntimeout = "5m"\n', {
    files: { 'run.sh': `echo the same line; ${wait('go')}; echo the same line; printf 'half '; ${wait('end')}; echo a line; echo the same line; echo ends\n` },
  });
  assert.equal((await d.ctl('job', 'run', 'import')).code, 0);
  const run = await waitFor('the run', async () => (await d.get<SnapshotJson>('/v1/status')).runs.find(({ startedAt }) => startedAt !== null));
  const proxy = await cutProxy(t, port);
  const page = await openPage(t, pageOf(proxy.port, `#/runs/${run.id}`), { allowed: /ERR_EMPTY_RESPONSE|ERR_CONNECTION|ERR_SOCKET|ERR_INCOMPLETE/ });
  await live(page);
  const log = page.getByRole('log');
  const said = async (text: string): Promise<unknown> => waitFor(text, async () => (await (await fetch(`http://127.0.0.1:${port}/v1/runs/${run.id}/logs?follow=false`)).text()).endsWith(text));
  const lines = async (): Promise<string[]> => (await log.locator('.log-line').allInnerTexts()).map((line) => line.trim());
  await log.getByText('the same line').waitFor();
  const cut = async (file: string, until: string): Promise<void> => {
    proxy.cut();
    await page.getByText(/Not connected/).first().waitFor();
    writeFileSync(join(d.dir, file), '');
    await said(until);
    proxy.mend();
  };
  await cut('go', 'half ');
  await log.getByText('half').waitFor();
  assert.deepEqual(await lines(), ['the same line', 'the same line', 'half']);
  await cut('end', 'ends\n');
  await log.getByText('ends', { exact: true }).waitFor();
  await page.getByText(/Ended: \d+ lines/).waitFor();
  assert.deepEqual(await lines(), ['the same line', 'the same line', 'half a line', 'the same line', 'ends']);
});
