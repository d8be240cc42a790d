// Jobs in the page: when they are due, how they went, a run as it goes, and every deed of a job, a run and a dead letter.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import type { DeadLetter, RunView } from '../../daemon/contract/jobs.ts';
import type { SnapshotJson } from '../../daemon/contract/snapshot.ts';
import { closeBrowser, NO_BROWSER, pageDaemon, pageOf } from '../support/browser.ts';
import type { Daemon } from '../support/daemon.ts';
import { DEMO_FILES } from '../support/demo-shop.ts';
import { waitFor } from '../support/wait-for.ts';

const options = { skip: NO_BROWSER };
after(closeBrowser);

const CONFIG = `
[jobs.import]
command = "sh import.sh"
directory = "."
timeout = "1h"
[jobs.args]
command = "echo arguments:"
timeout = "1m"
undo_command = "echo undone"
[jobs.nightly]
command = "true"
schedule = "30 2 * * *"
timezone = "Europe/Berlin"
timeout = "1h"
[jobs.often]
command = "true"
every = "30s"
timeout = "10s"
[jobs.failing]
command = "sh -c 'echo no bank >&2; exit 75'"
retries = 1
retry_delay = "100ms"
timeout = "1m"
`;

async function opened(t: TestContext, hash: string): Promise<{ d: Daemon; page: Page; port: number }> {
  const { d, port, open } = await pageDaemon(t, CONFIG, { files: DEMO_FILES });
  const page = await open(hash);
  return { d, page, port };
}

async function choose(page: Page, of: string, entry: string | RegExp): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${of}`, exact: true }).click();
  await page.getByRole('menuitem', typeof entry === 'string' ? { name: entry, exact: true } : { name: entry }).click();
}

const jobOf = async (d: Daemon, name: string) => (await d.get<SnapshotJson>('/v1/status')).jobs.find((job) => job.name === name);

test('jobs are listed with their schedule in words, their zone and their next time; pausing says what it means, and resuming undoes it [B19]', options, async (t) => {
  const { d, page } = await opened(t, '#/jobs');
  const table = page.getByRole('table', { name: 'Jobs' });
  await table.getByRole('row', { name: /nightly.*02:30.*Europe\/Berlin.*in \d+h/ }).waitFor();
  await table.getByRole('row', { name: /often.*30 seconds/ }).waitFor();
  await choose(page, 'nightly', 'Pause');
  await page.getByRole('dialog').getByText(/The schedule does not start it until somebody resumes it/).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
  await waitFor('it is paused', async () => (await jobOf(d, 'nightly'))?.paused === true);
  await table.getByRole('row', { name: /nightly.*paused/ }).waitFor();
  await choose(page, 'nightly', 'Resume');
  await waitFor('it is resumed', async () => (await jobOf(d, 'nightly'))?.paused === false);
  await page.getByRole('searchbox').fill('often');
  await waitFor('one is left', async () => (await table.getByRole('row').count()) === 2);
});

test('the calendar shows when jobs are due in the days to come, and what is due too often for it as a line of its own [B19]', options, async (t) => {
  const { page } = await opened(t, '#/jobs?view=calendar');
  await page.getByText(/every 30 seconds/).first().waitFor();
  await page.getByText('nightly').first().waitFor();
  assert.ok((await page.getByText('nightly').count()) >= 3, 'each of the coming days has it');
  await page.getByRole('button', { name: 'Day', exact: true }).click();
  await page.getByRole('button', { name: /next|›/i }).first().click();
  await page.getByText('nightly').first().waitFor();
});

test('a run is started with arguments, and its view shows it to its end with its output; it can be undone', options, async (t) => {
  const { d, page } = await opened(t, '#/jobs');
  await choose(page, 'args', 'Run now…');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Arguments').fill('"two words" three');
  await dialog.getByRole('button', { name: /Run/ }).click();
  const ended = await d.fact('run.succeeded', (fact) => fact.job === 'args');
  assert.deepEqual(ended.run.args, ['two words', 'three']);
  await page.goto(page.url().replace(/#.*/, `#/runs/${ended.run.id}`));
  await page.getByText('arguments: two words three').first().waitFor();
  await page.getByRole('button', { name: 'Undo…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click();
  await d.fact('run.succeeded', (fact) => fact.run.trigger === 'undo');
});

test('a run that goes on shows its progress as it comes, and is cancelled after a yes', options, async (t) => {
  const { d, page } = await opened(t, '#/jobs');
  assert.equal((await d.ctl('job', 'run', 'import')).code, 0);
  const begun = await d.fact('run.started', (fact) => fact.job === 'import');
  await page.goto(page.url().replace(/#.*/, `#/runs/${begun.run.id}`));
  const bar = page.getByRole('progressbar').first();
  await bar.waitFor();
  const first = Number(await bar.getAttribute('aria-valuenow'));
  await waitFor('it goes on by itself', async () => Number(await bar.getAttribute('aria-valuenow')) > first);
  await page.getByText(/row \d+ of 200/).first().waitFor();
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End the run' }).click();
  await d.fact('run.cancelled', (fact) => fact.job === 'import');
  await page.getByText(/cancelled/).first().waitFor();
});

test('a job shows its runs and why they failed; a dead letter is tried again from the page, and old ones are deleted after a yes', options, async (t) => {
  const { d, page, port } = await opened(t, '#/jobs/failing');
  await d.ctl('job', 'run', 'failing');
  await d.fact('run.dead');
  await page.getByText('exit status 75').first().waitFor();
  await page.goto(pageOf(port, '#/dead'));
  await page.getByRole('row', { name: /failing/ }).first().waitFor();
  const [letter] = await d.get<DeadLetter[]>('/v1/dead');
  await page.goto(pageOf(port, `#/dead/${letter?.id}`));
  await page.getByText('no bank').first().waitFor();
  await page.getByRole('button', { name: /Try again/ }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: /Start 1 run/ }).click();
  await d.fact('dead.retried');
  await waitFor('it was tried again', async () => (await d.get<RunView[]>('/v1/runs?job=failing')).some((run) => run.trigger === 'dead_letter'));
});

test('a drain is begun, seen on every view of jobs, and ended', options, async (t) => {
  const { d, page } = await opened(t, '#/jobs');
  await page.getByRole('button', { name: 'Drain…' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Drain' }).click();
  await d.fact('drain.started');
  await page.getByText('Everything is being drained').waitFor();
  await page.getByRole('button', { name: 'End the drain' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End the drain' }).click();
  await waitFor('nothing is drained any more', async () => (await d.get<SnapshotJson>('/v1/status')).drain === null);
});
