// A changed file in the page: the plan is shown, approved, and done; and the daemon looks at itself.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { closeBrowser, NO_BROWSER, pageDaemon } from '../support/browser.ts';
import { pageConfig } from '../support/page-config.ts';

const options = { skip: NO_BROWSER };
after(closeBrowser);

const CONFIG = `
[programs.web]
command = "sleep 600"
startsecs = 0
[programs.worker]
command = "sleep 600"
startsecs = 0
`;

test('what a changed file would do is shown before it is done; approving does just that, and what did not change keeps its pid [E41]', options, async (t) => {
  const { d, open } = await pageDaemon(t, CONFIG);
  const before = await d.state('worker', 'RUNNING');
  const page = await open('#/reload');
  await page.getByText(/Nothing to do: what runs is what the file says/).waitFor();
  const file = join(d.dir, 'reeve.toml');
  writeFileSync(file, `${readFileSync(file, 'utf8').replace('command = "sleep 600"', 'command = "sleep 601"')}\n[programs.newcomer]\ncommand = "sleep 600"\nstartsecs = 0\n`);
  await page.getByRole('button', { name: 'Read the file again' }).click();
  const plan = page.getByRole('listitem');
  await plan.filter({ hasText: /restart.*process.*web/s }).getByText('command: "sleep 600" -> "sleep 601"').waitFor();
  await plan.filter({ hasText: /add.*process.*newcomer/s }).first().waitFor();
  await page.getByRole('button', { name: 'Apply this plan…' }).click();
  await page.getByRole('dialog').getByText(/1 restarted, 1 added/).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
  await page.getByText('Apply the file: done').waitFor();
  await page.getByText(/Nothing to do/).waitFor();
  await d.state('newcomer', 'RUNNING');
  assert.equal((await d.view('worker')).pid, before.pid);
});

test('a file with errors is refused with its lines, and nothing can be approved', options, async (t) => {
  const { d, port, open } = await pageDaemon(t, CONFIG);
  const page = await open('', { allowed: /status of 4\d\d/ });
  writeFileSync(join(d.dir, 'reeve.toml'), `${pageConfig(port, CONFIG)}\n[programs.bad]\ncomand = "x"\n`);
  await page.getByRole('link', { name: 'Reload' }).click();
  await page.getByRole('alert').getByText(/comand.*unknown key/).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Apply this plan…' }).count(), 0);
});

test('about says what the daemon is, what the doctor finds, and who asked for what', options, async (t) => {
  const { d, open } = await pageDaemon(t, CONFIG);
  await d.ctl('restart', 'web');
  const page = await open('#/about');
  await page.getByRole('region', { name: 'Daemon' }).getByText(String(d.pid)).waitFor();
  await page.getByRole('region', { name: 'Doctor' }).getByRole('listitem').first().waitFor();
  await page.getByRole('region', { name: 'Who asked for what' }).getByRole('row', { name: /unix.*restart.*web/ }).first().waitFor();
  // The end of everything asks first, and Escape means no.
  await page.getByRole('button', { name: 'Shut down…' }).click();
  await page.getByRole('dialog').getByText(/2 processes/).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal((await d.view('web')).state, 'RUNNING');
});
