// Processes in the page: found, filtered, sorted, marked, and every deed of one, of many, of a group.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { closeBrowser, live, NO_BROWSER, openPage, pageDaemon, pageOf } from '../support/browser.ts';
import { startDaemon } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { demoCrowd } from '../support/demo-shop.ts';
import { freePort } from '../support/free-port.ts';
import { waitFor } from '../support/wait-for.ts';

const options = { skip: NO_BROWSER };
after(closeBrowser);

const CONFIG = `
[programs.db]
command = "sleep 600"
startsecs = 0
[programs.web]
command = "sh -c 'trap \\"echo got HUP\\" HUP; while :; do sleep 0.1; done'"
startsecs = 0
numprocs = 3
depends_on = ["db"]
[programs.broken]
command = "sh -c 'exit 3'"
startretries = 0
[programs.off]
command = "sleep 600"
autostart = false
startsecs = 0
[programs.one]
command = "sleep 600"
startsecs = 0
[programs.two]
command = "sleep 600"
startsecs = 0
[groups.pair]
members = ["one", "two"]
strategy = "one_for_all"
`;

async function opened(t: TestContext): Promise<{ d: Daemon; page: Page; port: number }> {
  const { d, port, open } = await pageDaemon(t, CONFIG);
  await d.state('broken', 'FATAL');
  const page = await open('#/processes');
  return { d, page, port };
}

const rowsOf = (page: Page): Promise<string[]> => page.getByRole('table', { name: 'Processes' }).getByRole('link').allTextContents();

/** Chooses an entry of the menu of a row. */
async function choose(page: Page, of: string, entry: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${of}`, exact: true }).click();
  await page.getByRole('menuitem', { name: entry, exact: true }).click();
}

async function agree(page: Page, act: string, says: RegExp): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByText(says).first().waitFor();
  await dialog.getByRole('button', { name: act, exact: true }).click();
}

test('processes stand below their groups, and are found by words, state and trouble; an address says what is shown', options, async (t) => {
  const { page, port } = await opened(t);
  const table = page.getByRole('table', { name: 'Processes' });
  await table.getByRole('row', { name: /pair one_for_all.*2 running/ }).waitFor();
  assert.deepEqual(new Set(await rowsOf(page)), new Set(['db', 'web-0', 'web-1', 'web-2', 'broken', 'off', 'one', 'two']));
  await page.getByRole('button', { name: /^FATAL 1/ }).click();
  await waitFor('only the broken one is shown', async () => (await rowsOf(page)).join() === 'broken');
  await page.getByRole('button', { name: /^All/ }).click();
  await page.keyboard.press('/');
  await page.keyboard.type('web-1');
  await waitFor('only web-1 is shown', async () => (await rowsOf(page)).join() === 'web-1');
  // Somebody else opens the same address.
  const other = await openPage(t, page.url());
  await live(other);
  assert.ok(page.url().startsWith(pageOf(port)));
  await waitFor('the other one sees the same', async () => (await rowsOf(other)).join() === 'web-1');
  await page.getByRole('searchbox').fill('nobody at all');
  await page.getByText('No process answers to this.').waitFor();
  await page.getByRole('searchbox').fill('');
  await table.getByRole('button', { name: /^State/ }).click();
  await waitFor('what deserves a look comes first', async () => (await rowsOf(page))[0] === 'broken');
  await table.getByRole('button', { name: /^State/ }).click();
  await waitFor('and last when sorted the other way', async () => (await rowsOf(page)).at(-1) === 'broken');
});

test('start, restart, stop, signal, scale, disable and enable are asked for in the page, and happen', options, async (t) => {
  const { d, page } = await opened(t);
  await choose(page, 'off', 'Start');
  await d.state('off', 'RUNNING');
  await page.getByText('Start off: done').waitFor();

  const before = await d.view('db');
  await choose(page, 'db', 'Restart');
  await agree(page, 'Restart', /1 process with all they started: db \(pid \d+\)/);
  await page.getByText('Restart db: done').waitFor();
  assert.notEqual((await d.view('db')).pid, before.pid);

  await choose(page, 'web:web-0', 'Send a signal…');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Signal').fill('HUP');
  await dialog.getByRole('button', { name: 'Send' }).click();
  await page.getByText('Send HUP to web:web-0: done').waitFor();
  await waitFor('it got the signal', async () => (await d.ctl('tail', 'web:web-0')).stdout.includes('got HUP'));

  await choose(page, 'web:web-0', 'Scale… now 3');
  await page.getByRole('dialog').getByLabel('Instances').fill('4');
  await page.getByRole('dialog').getByRole('button', { name: 'Scale' }).click();
  await page.getByRole('link', { name: 'web-3' }).waitFor();

  await choose(page, 'db', 'Stop');
  // Who depends on it is said.
  await agree(page, 'Stop', /Depends on it: web/);
  await d.state('db', 'STOPPED');

  await choose(page, 'pair:one', 'Disable');
  await agree(page, 'Disable', /Until it is enabled, nothing starts it/);
  await waitFor('it is disabled', async () => (await d.view('pair:one')).disabled);
  await choose(page, 'pair:one', 'Enable');
  await waitFor('it is enabled', async () => !(await d.view('pair:one')).disabled);
});

test('a group and what is marked are dealt with as one; a no in the dialog does nothing', options, async (t) => {
  const { d, page } = await opened(t);
  const pids = async (): Promise<(number | null)[]> => [(await d.view('pair:one')).pid, (await d.view('pair:two')).pid];
  const before = await pids();
  await choose(page, 'group pair', 'Restart');
  await page.getByRole('dialog').getByText(/2 processes with all they started/).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  // So does going to another view.
  await choose(page, 'db', 'Stop');
  await page.getByRole('dialog').waitFor();
  await page.evaluate("location.hash = '#/about'");
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.evaluate("location.hash = '#/processes'");
  assert.deepEqual(await pids(), before);
  await choose(page, 'group pair', 'Restart');
  await agree(page, 'Restart', /2 processes/);
  await page.getByText('Restart group pair: done').waitFor();
  assert.ok((await pids()).every((pid, i) => pid !== null && pid !== before[i]));

  await page.getByRole('checkbox', { name: 'Mark db' }).check();
  await page.getByRole('checkbox', { name: 'Mark group pair' }).check();
  const bar = page.getByRole('region', { name: 'Marked processes' });
  await bar.getByText('3 processes marked').waitFor();
  await bar.getByRole('button', { name: 'Stop' }).click();
  await agree(page, 'Stop', /3 processes/);
  for (const name of ['db', 'pair:one', 'pair:two']) await d.state(name, 'STOPPED');
  await bar.getByRole('button', { name: 'Unmark all' }).click();
  assert.equal(await bar.count(), 0);
});

test('the table is used by keys alone: arrows move, Space marks, Enter opens, Escape leaves a menu', options, async (t) => {
  const { page } = await opened(t);
  const focused = (): Promise<string | null> => page.evaluate('document.activeElement?.dataset?.key ?? null');
  await page.locator('[role=row][tabindex="0"]').focus();
  await page.keyboard.press('Home');
  const first = await waitFor('the first row has the focus', async () => (await focused()) ?? false);
  await page.keyboard.press('ArrowDown');
  await waitFor('the next row has the focus', async () => (await focused()) !== first && (await focused()) !== null);
  await page.keyboard.press('Space');
  await page.getByRole('region', { name: 'Marked processes' }).waitFor();
  const button = page.getByRole('button', { name: 'Actions for db', exact: true });
  await button.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menu').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  assert.equal(await page.evaluate('document.activeElement?.getAttribute("aria-label")'), 'Actions for db');
  await page.locator('[data-key="db:db"]').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /db/ }).waitFor();
});

test('of 1,000 processes a few dozen rows are drawn, the last one is one key away, and a restart of all is followed to its end', options, async (t) => {
  const port = await freePort();
  const d = await startDaemon(t, { config: demoCrowd(port, 1000), socket: 'reeve.sock' });
  await d.state('worker:worker-999', 'RUNNING', 60_000);
  const page = await openPage(t, pageOf(port));
  await live(page);
  await page.getByRole('link', { name: 'worker-0', exact: true }).waitFor();
  const drawn = await page.locator('.table-body .row').count();
  assert.ok(drawn > 10 && drawn < 100, `${drawn} rows are drawn`);
  await page.locator('[role=row][tabindex="0"]').focus();
  await page.keyboard.press('End');
  await page.getByRole('link', { name: 'worker-999', exact: true }).waitFor();
  assert.ok((await page.locator('.table-body .row').count()) < 100);
  const { pid } = await d.view('worker:worker-999');
  await d.ctl('signal', 'KILL', 'worker:*');
  await waitFor('the page has all of them up again', async () => (await d.view('worker:worker-999')).pid !== pid && /RUNNING 1000/.test(await page.getByRole('group', { name: 'Only these' }).innerText()), 60_000);
});
