// Checks, issues, breakers and events in the page: what is wrong, and what a hand can do about it.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { BreakerView } from '../../daemon/contract/jobs.ts';
import type { IssueDetails, IssueView } from '../../daemon/contract/issues.ts';
import { closeBrowser, NO_BROWSER, pageDaemon } from '../support/browser.ts';
import { waitFor } from '../support/wait-for.ts';

const options = { skip: NO_BROWSER };
after(closeBrowser);

const CONFIG = `
[programs.web]
command = "sleep 600"
startsecs = 0
[breakers.smtp]
failures = 1
cooldown = "1h"
[jobs.mail]
command = "false"
breaker = "smtp"
timeout = "1m"
[checks.disk]
command = "echo '{\\"message\\": \\"the disk is full\\", \\"code\\": \\"disk-full\\", \\"severity\\": \\"critical\\"}'"
shell = true
every = "1h"
[checks.prices]
command = "true"
every = "1h"
[fixes.disk-full]
command = "sh -c 'echo nothing to delete >&2; exit 1'"
attempts = 1
`;

test('checks show when they looked and what they saw; issues are found by check, code, state and words, and closed by hand [A29][A30]', options, async (t) => {
  const { d, open } = await pageDaemon(t, CONFIG);
  await d.fact('issue.exhausted');
  const page = await open('#/checks');
  const checks = page.getByRole('table', { name: 'Checks', exact: true });
  await checks.getByRole('row', { name: /disk.*1 issue/ }).waitFor();
  await checks.getByRole('row', { name: /prices.*ok.*every 1h/ }).waitFor();
  // The search goes over both.
  await page.getByRole('searchbox').fill('prices');
  assert.equal(await checks.getByRole('row').count(), 2);
  await page.getByRole('searchbox').fill('');
  const issues = page.getByRole('table', { name: 'Issues', exact: true });
  await page.getByLabel('State').selectOption('manual');
  await page.getByText('No issue answers to this.').waitFor();
  await page.getByLabel('State').selectOption('exhausted');
  await page.getByLabel('Code').selectOption('disk-full');
  await page.getByRole('combobox', { name: 'Check', exact: true }).selectOption('disk');
  await issues.getByRole('link', { name: 'the disk is full' }).click();
  await page.getByRole('heading', { name: 'the disk is full' }).waitFor();
  await page.getByRole('table').getByRole('row', { name: /1.*disk-full.*exit status 1: nothing to delete/ }).waitFor();
  // By hand: what it means is said first.
  await page.getByRole('button', { name: 'Mark as fixed' }).click();
  await page.getByRole('dialog').getByText(/If it is seen again, it is opened again/).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Mark as fixed' }).click();
  const [known] = await d.get<IssueView[]>('/v1/issues?all=true');
  await waitFor('the issue is fixed', async () => (await d.get<IssueDetails>(`/v1/issues/${known?.id}`)).state === 'fixed');
});

test('a check looks now when it is asked to, and what it sees is there without a reload of the page', options, async (t) => {
  const { d, open } = await pageDaemon(t, CONFIG);
  await d.fact('issue.exhausted');
  const page = await open('#/checks');
  await page.getByRole('button', { name: 'Actions for check disk' }).click();
  await page.getByRole('menuitem', { name: 'Look now', exact: true }).click();
  await page.getByText('Check disk: done').waitFor();
  const issues = page.getByRole('table', { name: 'Issues', exact: true });
  await issues.getByRole('row', { name: /the disk is full.*disk-full 2/ }).waitFor();
});

test('a breaker is shown open with the reason and the time of its trials, and a hand closes it', options, async (t) => {
  const { d, open } = await pageDaemon(t, CONFIG);
  const page = await open('#/breakers');
  await page.getByText('closed', { exact: false }).first().waitFor();
  await d.ctl('job', 'run', 'mail');
  await d.fact('breaker.opened');
  await page.getByText('Open since').waitFor();
  await page.getByRole('link', { name: 'mail' }).waitFor();
  await page.getByRole('button', { name: 'Reset smtp' }).click();
  await page.getByRole('dialog').getByText(/all counts are forgotten/).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Reset' }).click();
  await waitFor('the breaker is closed', async () => (await d.get<BreakerView[]>('/v1/breakers'))[0]?.state === 'closed');
});

test('events come live, are found by severity, kind and words, and stand still while one reads [E43][C33]', options, async (t) => {
  const { d, open } = await pageDaemon(t, CONFIG);
  const page = await open('#/events');
  const table = page.getByRole('table', { name: 'Events' });
  // Also what was before the page was opened.
  await table.getByRole('row', { name: /process\.running.*web/ }).waitFor();
  await d.ctl('job', 'run', 'mail');
  await table.getByRole('row', { name: /error run\.failed mail/ }).waitFor();
  await page.getByLabel('At least').selectOption('error');
  await waitFor('only errors are left', async () => (await table.getByRole('row', { name: /process\.running/ }).count()) === 0);
  await page.getByLabel('At least').selectOption('debug');
  await page.getByLabel('Kind').selectOption('breaker');
  await table.getByRole('row', { name: /breaker\.opened.*smtp/ }).waitFor();
  await page.getByRole('button', { name: 'Hold still' }).click();
  const before = await table.getByRole('row').count();
  await d.ctl('breaker', 'smtp', '--reset');
  await d.fact('breaker.reset');
  await page.getByRole('button', { name: 'Go on' }).waitFor();
  assert.equal(await table.getByRole('row').count(), before);
  await page.getByRole('button', { name: 'Go on' }).click();
  await table.getByRole('row', { name: /breaker\.reset.*smtp/ }).waitFor();
  await table.getByRole('button', { name: 'breaker.reset' }).click();
  await page.getByRole('region', { name: /^Event \d+/ }).getByText(/"breaker": "smtp"/).waitFor();
});
