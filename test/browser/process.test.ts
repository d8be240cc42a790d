// One process in the page: why it is as it is, its lives, its live log, its configuration with file and line, what happened to it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { closeBrowser, freePort, live, NO_BROWSER, openPage, pageOf } from '../support/browser.ts';
import { cutProxy } from '../support/cut-proxy.ts';
import { startDaemon } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';

const options = { skip: NO_BROWSER };
after(closeBrowser);

/** Says a line for each that it reads: the test decides when. */
const ECHO = `#!/bin/sh
printf 'begin \\033[31mred\\033[0m \\033[1;32mbold\\033[0m <b>no markup</b>\\n'
echo 'on the error channel' >&2
while read -r line; do echo "said: $line"; done
`;

const config = (port: number): string => `
[daemon]
state_dir = "state"
runtime_dir = "run"
[api]
listen = ["unix:reeve.sock", "127.0.0.1:${port}"]
auth = "none"
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
[programs.dying]
command = "sh -c 'echo last words; exit 3'"
startretries = 1
`;

async function opened(t: TestContext, hash: string): Promise<{ d: Daemon; page: Page; port: number }> {
  const port = await freePort();
  const d = await startDaemon(t, { config: config(port), files: { 'echo.sh': ECHO }, socket: 'reeve.sock' });
  await d.state('echo', 'RUNNING');
  const page = await openPage(t, pageOf(port, hash));
  await live(page);
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
  const text = readFileSync(await (await coming).path(), 'utf8');
  assert.match(text, /^begin /);
  await page.getByRole('button', { name: 'More for this log' }).click();
  await page.getByRole('menuitem', { name: 'Clear the log files…' }).click();
  await page.getByRole('dialog').getByText(/cannot be had back/).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Clear' }).click();
  await d.fact('log.cleared', (fact) => fact.process === 'echo:echo');
  await waitFor('the view is empty', async () => !(await log.innerText()).includes('begin'));
});

test('a log that was cut off says so and goes on by itself, without a line lost or doubled', options, async (t) => {
  const port = await freePort();
  const d = await startDaemon(t, { config: config(port), files: { 'echo.sh': ECHO }, socket: 'reeve.sock' });
  await d.state('echo', 'RUNNING');
  const proxy = await cutProxy(t, port);
  const page = await openPage(t, pageOf(proxy.port, '#/processes/echo:echo?tab=log'), { allowed: /ERR_EMPTY_RESPONSE|ERR_CONNECTION|ERR_SOCKET|ERR_INCOMPLETE/ });
  await live(page);
  const log = page.getByRole('log');
  await log.getByText('<b>no markup</b>').waitFor();
  const tell = (text: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/v1/stdin`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'echo', text: `${text}\n` }) });
  await tell('before');
  await log.getByText('said: before').waitFor();
  proxy.cut();
  await page.getByText(/Not connected/).first().waitFor();
  await tell('meanwhile');
  proxy.mend();
  await log.getByText('said: meanwhile').waitFor();
  await live(page);
  assert.equal(await log.getByText('said: before').count(), 1);
  assert.equal(await log.getByText('said: meanwhile').count(), 1);
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
