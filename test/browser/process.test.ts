// One process in the page: why it is as it is, its lives, its live log, its configuration with file and line, what happened to it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { closeBrowser, live, NO_BROWSER, openPage, pageDaemon, pageOf } from '../support/browser.ts';
import { cutProxy } from '../support/cut-proxy.ts';
import type { CutProxy } from '../support/cut-proxy.ts';
import { startDaemon } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { waitFor, within } from '../support/wait-for.ts';

const options = { skip: NO_BROWSER };
after(closeBrowser);

/** Says a line for each that it reads: the test decides when. */
const ECHO = `#!/bin/sh
printf 'begin \\033[31mred\\033[0m \\033[1;32mbold\\033[0m <b>no markup</b>\\n'
echo 'on the error channel' >&2
while read -r line; do
  echo "said: $line"
  i=0
  [ "$line" = many ] && while [ $i -lt 1000 ]; do echo 'the same line'; i=$((i + 1)); done
done
`;

const CONFIG = `
[programs.db]
command = "sleep 600"
startsecs = 0
health = [{ exec = "sh -c 'echo index is locked >&2; exit 1'", interval = "1s", failures = 1 }]
on_unhealthy = "alert"
[programs.echo]
command = "sh echo.sh"
directory = "."
stdin = "pipe"
startsecs = 0
depends_on = ["db"]
environment = { PASSWORD = "hidden from everybody" }
[programs.later]
command = "sh -c 'echo it is here; exec sleep 600'"
autostart = false
startsecs = 0
[programs.dying]
command = "sh -c 'echo last words; exit 3'"
startretries = 1
`;

async function opened(t: TestContext, hash: string): Promise<{ d: Daemon; page: Page; port: number }> {
  const { d, port, open } = await pageDaemon(t, CONFIG, { files: { 'echo.sh': ECHO } });
  await d.state('echo', 'RUNNING');
  const page = await open(hash);
  return { d, page, port };
}

const say = (page: Page, text: string): Promise<unknown> => page.request.post(new URL('/v1/stdin', page.url()).href, { data: { name: 'echo', text: `${text}\n` } });

test('a process says why it is as it is, what it needs and who needs it, and what its probes answered', options, async (t) => {
  const { d, page, port } = await opened(t, '#/processes/echo:echo');
  await page.getByText(/echo is running as pid \d+/).waitFor();
  await page.getByRole('link', { name: 'db' }).click();
  await page.getByRole('heading', { name: /db/ }).first().waitFor();
  await d.fact('health.changed', (fact) => fact.process === 'db:db' && fact.value === 'unhealthy');
  await page.getByText(/index is locked/).first().waitFor();
  await page.getByRole('link', { name: 'echo' }).first().waitFor();
  await page.goto(pageOf(port, '#/processes/nobody:nobody'));
  await page.getByText(/There is no process nobody/).waitFor();
});

test('its lives are there with their ends and last words', options, async (t) => {
  const { d, page } = await opened(t, '#/processes/dying:dying?tab=lives');
  await d.state('dying', 'FATAL');
  await page.getByText('exit status 3').first().waitFor();
  await page.getByText('last words').first().waitFor();
  await page.getByText(/Life 2/).first().waitFor();
});

test('the log comes live and in colour, is searched, held still and taken up again without a loss, and markup in it is text', options, async (t) => {
  const { page } = await opened(t, '#/processes/echo:echo?tab=log');
  const log = page.getByRole('log');
  await log.getByText('<b>no markup</b>').waitFor();
  const inks = await page.evaluate<string[]>('[...document.querySelectorAll(".log-line:first-child, .log-line:first-child span")].map((element) => getComputedStyle(element).color)');
  assert.ok(new Set(inks).size >= 3, `the line, what is red and what is green: ${inks.join(', ')}`);
  await log.getByText('on the error channel').waitFor();
  await say(page, 'hello');
  await log.getByText('said: hello').waitFor();
  // One channel alone.
  await page.getByRole('button', { name: 'stderr', exact: true }).click();
  await waitFor('only errors are left', async () => !(await log.innerText()).includes('said: hello'));
  await page.getByRole('button', { name: 'stderr', exact: true }).click();
  await page.getByRole('button', { name: 'Pause' }).click();
  await say(page, 'while it was held');
  await page.getByText(/Paused: 1 line waits/).waitFor();
  assert.equal(await log.getByText('while it was held').count(), 0);
  await page.getByRole('button', { name: 'Go on' }).click();
  await log.getByText('said: while it was held').waitFor();
  await page.getByLabel('Search the log').fill('HELD');
  await page.getByText('1 line', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Only these' }).click();
  await waitFor('only what was looked for is left', async () => !(await log.innerText()).includes('hello'));
});

test('a log is downloaded whole, and cleared after a yes', options, async (t) => {
  const { d, page } = await opened(t, '#/processes/echo:echo?tab=log');
  const log = page.getByRole('log');
  await log.getByText('<b>no markup</b>').waitFor();
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'More for this log' }).click();
  await page.getByRole('menuitem', { name: /Download stdout/ }).click();
  const text = readFileSync(await within('the download', (await coming).path()), 'utf8');
  assert.match(text, /^begin /);
  await page.getByRole('button', { name: 'More for this log' }).click();
  await page.getByRole('menuitem', { name: 'Clear the log files…' }).click();
  await page.getByRole('dialog').getByText(/cannot be had back/).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Clear' }).click();
  await d.fact('log.cleared', (fact) => fact.process === 'echo:echo');
  await waitFor('the view is empty', async () => !(await log.innerText()).includes('begin'));
});

const CUT_OFF = /ERR_EMPTY_RESPONSE|ERR_CONNECTION|ERR_SOCKET|ERR_INCOMPLETE/;

interface Cut {
  readonly d: Daemon;
  readonly page: Page;
  readonly proxy: CutProxy;
  /** Says it to the program, past what is cut, and waits until its answer is in the log. */
  say(text: string): Promise<void>;
  /** Cuts the page off, and waits until it says so. */
  cut(): Promise<void>;
}

async function behindProxy(t: TestContext): Promise<Cut> {
  const { d, port } = await pageDaemon(t, CONFIG, { files: { 'echo.sh': ECHO } });
  await d.state('echo', 'RUNNING');
  const proxy = await cutProxy(t, port);
  const page = await openPage(t, pageOf(proxy.port, '#/processes/echo:echo?tab=log'), { allowed: CUT_OFF });
  await live(page);
  await page.getByRole('log').getByText('<b>no markup</b>').waitFor();
  const at = `http://127.0.0.1:${port}/v1`;
  return {
    d, page, proxy,
    async say(text) {
      await fetch(`${at}/stdin`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'echo', text: `${text}\nend of ${text}\n` }) });
      await waitFor(`an answer to ${text}`, async () => (await (await fetch(`${at}/logs?name=echo&channel=stdout`)).text()).includes(`said: end of ${text}\n`));
    },
    async cut() {
      proxy.cut();
      await page.getByText(/Not connected/).first().waitFor();
    },
  };
}

test('a log that was cut off says so and goes on by itself, without a line lost or doubled', options, async (t) => {
  const { page, proxy, say: tell, cut } = await behindProxy(t);
  const log = page.getByRole('log');
  await tell('before');
  await log.getByText('said: before').waitFor();
  await cut();
  await tell('meanwhile');
  proxy.mend();
  await log.getByText('said: meanwhile').waitFor();
  await live(page);
  assert.equal(await log.getByText('said: before').count(), 1);
  assert.equal(await log.getByText('said: meanwhile').count(), 1);
});

test('a program that repeats one line a thousand times, before the connection is cut and while it is, is counted to the line', options, async (t) => {
  const { page, proxy, say: tell, cut } = await behindProxy(t);
  const log = page.getByRole('log');
  await page.getByLabel('Search the log').fill('the same line');
  await tell('many');
  await page.getByText('1000 lines', { exact: true }).first().waitFor();
  await cut();
  await tell('many');
  await tell('last');
  proxy.mend();
  await log.getByText('said: end of last').waitFor();
  await page.getByText('2000 lines', { exact: true }).waitFor();
  await live(page);
  assert.equal(await page.getByText('2000 lines', { exact: true }).count(), 1);
});

test('a log that is rotated twice while the page is cut off goes on without a loss, and says how much is gone when it was cleared', options, async (t) => {
  const { d, page, proxy, say: tell, cut } = await behindProxy(t);
  const log = page.getByRole('log');
  const rotate = async (): Promise<void> => assert.equal((await d.ctl('rotate', 'echo')).code, 0);
  await cut();
  await tell('one');
  await rotate();
  await tell('two');
  await rotate();
  await tell('three');
  proxy.mend();
  await log.getByText('said: end of three').waitFor();
  for (const text of ['one', 'end of one', 'two', 'end of two', 'three']) assert.equal(await log.getByText(`said: ${text}`, { exact: true }).count(), 1, text);
  assert.equal(await log.getByText(/no longer kept/).count(), 0);
  await cut();
  await tell('four');
  assert.equal((await d.ctl('clear', 'echo')).code, 0);
  await tell('five');
  proxy.mend();
  await log.getByText('said: end of five').waitFor();
  await log.getByText(/^— echo, stdout: \d+ bytes that were written meanwhile are no longer kept —$/).waitFor();
  for (const [text, times] of [['three', 1], ['four', 0], ['five', 1]] as const) assert.equal(await log.getByText(`said: ${text}`, { exact: true }).count(), times, text);
});

test('a log goes on with another daemon: all that this one wrote, once, and that lines may be missing', options, async (t) => {
  const { d, page, proxy } = await behindProxy(t);
  const log = page.getByRole('log');
  await d.stop();
  proxy.cut();
  await page.getByText(/Not connected/).first().waitFor();
  const next = await startDaemon(t, { config: 'reeve.toml', dir: d.dir, socket: 'reeve.sock' });
  await next.state('echo', 'RUNNING');
  proxy.mend();
  await log.getByText(/connected again after \d+ s to another daemon; the last lines of the one before it may be missing here/).waitFor();
  await log.getByText('<b>no markup</b>').nth(1).waitFor();
  await live(page);
  assert.equal(await log.getByText('<b>no markup</b>').count(), 2);
  await page.request.post(new URL('/v1/stdin', page.url()).href, { data: { name: 'echo', text: 'to the second\n' } });
  await log.getByText('said: to the second').waitFor();
  assert.equal(await log.getByText('<b>no markup</b>').count(), 2);
});

test('the log of who was never started is waited for, without an error in the console; lines that come have their times, where asked for', options, async (t) => {
  const { d, page } = await opened(t, '#/processes/later:later?tab=log');
  const log = page.getByRole('log');
  await log.getByText(/Nothing was written yet/).waitFor();
  await page.getByRole('button', { name: 'Times' }).click();
  assert.equal((await d.ctl('start', 'later')).code, 0);
  await log.getByText('it is here').waitFor();
  await page.reload();
  await log.getByText('it is here').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Times' }).getAttribute('aria-pressed'), 'true');
  assert.equal((await d.ctl('restart', 'later')).code, 0);
  await log.getByText('it is here').nth(1).waitFor();
  // What was there before has no time; what comes has one.
  assert.match(await log.getByRole('time').innerText(), /^\d\d:\d\d:\d\d\.\d{3}$/);
});

test('its configuration is every setting in force, with file and line where it is written, and no secret', options, async (t) => {
  const { d, page } = await opened(t, '#/processes/echo:echo?tab=config');
  await page.getByText('sh echo.sh').first().waitFor();
  const lines = readFileSync(d.configFile, 'utf8').split('\n');
  const line = lines.findIndex((text) => text.includes('sh echo.sh')) + 1;
  await page.getByText(new RegExp(`reeve\\.toml:${line}$`)).first().waitFor();
  assert.ok(!(await page.content()).includes('hidden from everybody'));
});

test('several logs are followed in one, each line with the name of its process', options, async (t) => {
  const { page } = await opened(t, '#/logs?names=echo,dying');
  const log = page.getByRole('log');
  await log.getByText(/no markup/).waitFor();
  await log.getByText(/last words/).first().waitFor();
  await log.getByText('dying').first().waitFor();
});
