// Circumstances that are not the usual ones: a clock that is wrong, a phone, names as long as they may be, rows that go while one reads.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { closeBrowser, NO_BROWSER, pageDaemon, pageOf } from '../support/browser.ts';
import { waitFor } from '../support/wait-for.ts';

const options = { skip: NO_BROWSER };
after(closeBrowser);

const LONG = `${'x'.repeat(180)}_the_end_of_it`;
const PHONE = { viewport: { width: 390, height: 844 } };

const focusedKey = (page: Page): Promise<string> => page.evaluate<string>('document.activeElement?.dataset?.key ?? ""');

test('a browser whose clock is an hour slow shows times by the daemon\'s clock', options, async (t) => {
  const { d, port, open } = await pageDaemon(t, '[programs.web]\ncommand = "sleep 600"\nstartsecs = 0\n[jobs.later]\ncommand = "true"\nevery = "30m"\n');
  await d.state('web', 'RUNNING');
  const slow = '{ const D = Date; const now = D.now.bind(D); globalThis.Date = class extends D { constructor(...all) { if (all.length === 0) super(now() - 3600000); else super(...all); } static now() { return now() - 3600000; } }; }';
  const page = await open('', { before: (one) => one.addInitScript(slow) });
  const up = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'web', exact: true }) }).locator('.c-uptime');
  await waitFor('it to be up for seconds, as it is', async () => /^[1-9]\d*(?:\.\d)?s$|^\dm/.test(await up.innerText()));
  await page.goto(pageOf(port, '#/jobs'));
  await page.getByText(/^in (?:29m|30m)/).first().waitFor();
});

test('whoever sorts by memory finds the greatest of all, not of those that were seen', options, async (t) => {
  const eater = `['${process.execPath}', '-e', 'const b = Buffer.alloc(60e6, 1); setInterval(() => b, 1e6)']`;
  const { d, open } = await pageDaemon(t, `[programs.a]\ncommand = "sleep 600"\nnumprocs = 90\nstartsecs = 0\n[programs.zzz]\ncommand = ${eater}\nstartsecs = 0\n`);
  await d.state('zzz', 'RUNNING');
  const page = await open('', { viewport: { width: 1280, height: 500 } });
  await page.getByRole('button', { name: 'Memory' }).click();
  await waitFor('it to be the first', async () => (await page.locator('.table-body .row').first().innerText()).includes('zzz'));
});

test('the focus goes to the row in the place of one that is gone, and the keys go on', options, async (t) => {
  const { d, open } = await pageDaemon(t, '[programs.w]\ncommand = "sleep 600"\nnumprocs = 5\nstartsecs = 0\n');
  await d.state('w:w-4', 'RUNNING');
  const page = await open();
  await page.locator('[data-key="w:w-4"]').focus();
  assert.equal((await d.ctl('scale', 'w', '3')).code, 0);
  await waitFor('the last row to have the focus', async () => (await focusedKey(page)) === 'w:w-2');
  await page.keyboard.press('ArrowUp');
  assert.equal(await focusedKey(page), 'w:w-1');
});

test('a phone shows of a process, an issue and an event what they are, and no name widens a view', options, async (t) => {
  const { port, open } = await pageDaemon(t, `[programs.${LONG}]\ncommand = "sleep 600"\n[programs."プロセス"]\ncommand = "sleep 600"\n[jobs.j${LONG.slice(1)}]\ncommand = "true"\nevery = "1h"\n[checks.disk]\ncommand = "echo {}"\nevery = "1h"\n`);
  const page = await open('', PHONE);
  for (const view of ['processes', `processes/${LONG}`, `processes/${LONG}?tab=log`, `processes/${LONG}?tab=config`, 'logs', 'jobs', `jobs/j${LONG.slice(1)}`, 'checks', 'events', 'reload', 'about']) {
    await page.goto(pageOf(port, `#/${view}`));
    await page.getByRole('heading', { level: 1 }).waitFor();
    await waitFor(`${view.slice(0, 40)} to be as wide as the window`, async () => (await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')) === 0);
  }
  await page.goto(pageOf(port, '#/processes'));
  const card = page.locator('.processes .row').filter({ has: page.getByRole('link', { name: 'プロセス' }) });
  for (const column of ['state', 'ready', 'uptime', 'cpu', 'memory', 'restarts']) await card.locator(`.c-${column}`).waitFor();
  assert.deepEqual(await page.evaluate("[...document.querySelectorAll('.processes .table-body .row')].filter((row) => [...row.children].some((cell) => cell.getBoundingClientRect().bottom > row.getBoundingClientRect().bottom)).length"), 0, 'no card has more lines than it has room for');
  await page.goto(pageOf(port, '#/checks'));
  const issue = page.locator('.issues .row').filter({ hasText: 'check disk failed' });
  for (const column of ['state', 'severity', 'check', 'last']) await issue.locator(`.c-${column}`).waitFor();
  await page.goto(pageOf(port, '#/events'));
  const event = page.locator('.events .table-body .row').first();
  for (const column of ['severity', 'at', 'type', 'subject']) await event.locator(`.c-${column}`).waitFor();
});

test('a file without programs has something to say in every view, and no empty figures', options, async (t) => {
  const { open } = await pageDaemon(t, '[jobs.nightly]\ncommand = "true"\nschedule = "0 4 * * *"\ntimeout = "1m"\n');
  const page = await open();
  await page.getByText('The file declares no programs. One takes two lines').waitFor();
  await page.getByRole('link', { name: '1 job', exact: true }).click();
  await page.getByRole('link', { name: 'nightly' }).first().waitFor();
  for (const [view, says] of [['logs', 'there is nothing to follow'], ['checks', 'Nobody reported an issue, and no check looks for any.'], ['breakers', 'The file declares no circuit breakers.'], ['dead', 'Nothing is pending.'], ['reload', 'Nothing to do: what runs is what the file says.']] as const) {
    await page.evaluate(`location.hash = '#/${view}'`);
    await page.getByText(says).waitFor();
    assert.equal(await page.locator('.chip').filter({ hasText: /^All 0$/ }).count(), 0, view);
  }
});

test('the details of an event are gone to, and Escape leads back to its row', options, async (t) => {
  const { open } = await pageDaemon(t, '[programs.w]\ncommand = "sleep 600"\nnumprocs = 20\nstartsecs = 0\n');
  const page = await open('#/events');
  const row = page.locator('.events .table-body .row').nth(12);
  await row.focus();
  const key = await focusedKey(page);
  await page.keyboard.press('Enter');
  const details = page.getByRole('region', { name: `Event ${key}` });
  await details.waitFor();
  assert.equal(await page.evaluate<string>('document.activeElement.getAttribute("aria-label")'), `Event ${key}`);
  await page.keyboard.press('Escape');
  await details.waitFor({ state: 'detached' });
  assert.equal(await focusedKey(page), key);
});

test('the focus stays on its event while others push it out of the window, and comes back to it from its details', options, async (t) => {
  const { d, open } = await pageDaemon(t, '[programs.w]\ncommand = "sleep 600"\nnumprocs = 20\nstartsecs = 0\n');
  await d.state('w:w-19', 'RUNNING');
  const page = await open('#/events');
  const row = page.locator('.events .table-body .row').nth(5);
  const key = String(await row.getAttribute('data-key'));
  await row.focus();
  const own = page.locator(`[data-key="${key}"]`);
  // A whole restart: its last event is the first row.
  const push = async (): Promise<void> => {
    assert.equal((await d.ctl('restart', 'w:*')).code, 0);
    const last = JSON.parse((await d.ctl('events', '-n', '1', '--json')).stdout.trim()) as { seq: number };
    await waitFor('the last event of the restart', async () => Number(await page.locator('.events .table-body .row').first().getAttribute('data-key')) >= last.seq);
    assert.ok(Number(await own.getAttribute('aria-rowindex')) > 60);
  };
  await push();
  assert.equal(await focusedKey(page), key);
  await page.keyboard.press('Enter');
  const details = page.getByRole('region', { name: `Event ${key}` });
  await details.waitFor();
  await push();
  await page.keyboard.press('Escape');
  await details.waitFor({ state: 'detached' });
  assert.equal(await focusedKey(page), key);
  await waitFor('it to be seen', async () => (await own.boundingBox().then((box) => box !== null && box.y >= 0 && box.y < 800)));
  await page.keyboard.press('ArrowDown');
  assert.equal(await focusedKey(page), String(Number(key) - 1));
});

test('events of a daemon that is gone do not stand among those of the next', options, async (t) => {
  const { d: first, port, open } = await pageDaemon(t, '[programs.before]\ncommand = "sleep 600"\nstartsecs = 0\n');
  const page = await open('#/events', { allowed: /ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE_CHUNKED/ });
  await first.ctl('restart', 'before');
  await page.getByText('process.stopped').first().waitFor();
  await first.stop();
  await pageDaemon(t, '[programs.newcomer]\ncommand = "sleep 600"\nstartsecs = 0\n', { dir: first.dir, port });
  await page.getByRole('link', { name: 'newcomer' }).first().waitFor();
  await waitFor('nothing of the time before to be left', async () => (await page.getByRole('link', { name: 'before', exact: true }).count()) === 0);
});
