// The view of the API: the description that the daemon serves, found, unfolded and copied from.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ROUTES } from '../../daemon/contract/routes.ts';
import { startShop } from '../support/api-examples.ts';
import { axe, closeBrowser, NO_BROWSER, openPage, pageOf } from '../support/browser.ts';
import type { Page } from 'playwright-core';

const options = { skip: NO_BROWSER };
after(closeBrowser);

async function logIn(page: Page): Promise<void> {
  await page.getByLabel('User').fill('ann');
  await page.getByLabel('Password').fill('secret');
  await page.getByRole('button', { name: 'Log in' }).click();
}

test('the API is shown whole and without anybody else\'s help: every route, found by words, unfolded with arguments, answers and examples', options, async (t) => {
  const { port, daemon } = await startShop(t);
  const page = await openPage(t, pageOf(port, '#/api'), { bypassCSP: true });
  await logIn(page);
  await page.getByText(`${ROUTES.length} routes`).waitFor();

  await page.getByRole('searchbox').fill('stdin post');
  await page.getByText('1 route', { exact: true }).waitFor();
  const route = page.locator('#api-stdin');
  await route.locator('summary').click();
  await route.getByText('for the role operate').waitFor();
  await route.getByRole('cell', { name: 'text (needed)' }).waitFor();
  await route.getByRole('button', { name: 'closed 409' }).click();
  await route.getByText('"NO_STDIN"').waitFor();
  assert.deepEqual(await axe(page), []);

  // The command is one that a shell runs; over TCP it is at the address of the page, and as who looks at it.
  await route.getByRole('button', { name: 'usual 200' }).click();
  const shown = route.getByRole('region', { name: 'curl for stdin, usual' });
  const unix = (await shown.textContent()) ?? '';
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', unix.replace('/run/reeve/reeve.sock', daemon.socket)]);
  assert.deepEqual(JSON.parse(stdout), { name: 'web:web', bytes: 6 });
  await route.getByLabel('By').selectOption('TCP');
  assert.match((await shown.textContent()) ?? '', new RegExp(`^curl -sS -u ann -H .* http://127\\.0\\.0\\.1:${port}/v1/stdin$`));
});

test('an address of the API leads to its route, and a type to its shape', options, async (t) => {
  const { port } = await startShop(t);
  const page = await openPage(t, pageOf(port, '#/api/restart'), { viewport: { width: 390, height: 844 }, colorScheme: 'dark', bypassCSP: true });
  await logIn(page);
  const route = page.locator('#api-restart');
  await route.getByRole('region', { name: 'Answers of restart' }).waitFor();
  await page.waitForFunction('scrollY > 0 && document.getElementById("api-restart").getBoundingClientRect().top < innerHeight / 2');
  await route.getByRole('link', { name: 'Operation' }).first().click();
  await page.getByRole('region', { name: 'Properties of Operation' }).getByRole('cell', { name: 'endedAt' }).waitFor();
  await page.getByRole('region', { name: 'Properties of Operation' }).getByRole('link', { name: 'TargetResult' }).waitFor();
  assert.deepEqual(await axe(page), []);
});

test('a command is copied, and the button says so', options, async (t) => {
  const { port } = await startShop(t);
  const page = await openPage(t, pageOf(port, '#/api/version'), { permissions: ['clipboard-read', 'clipboard-write'] });
  await logIn(page);
  const route = page.locator('#api-version');
  const button = route.getByRole('button', { name: 'Copy: curl for version, usual' });
  await button.click();
  await button.getByText('Copied').waitFor();
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), 'curl -sS --unix-socket /run/reeve/reeve.sock http://localhost/v1/version');
});
