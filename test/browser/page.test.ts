// The frame of the page: it is live, says when it is not, comes back, lets nobody in who may not, and asks nobody but the daemon.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { cutProxy } from '../support/cut-proxy.ts';
import { waitFor } from '../support/wait-for.ts';
import { closeBrowser, live, NO_BROWSER, openPage, pageDaemon, pageOf } from '../support/browser.ts';

const options = { skip: NO_BROWSER };
after(closeBrowser);

const CONFIG = `
[programs.web]
command = "sleep 600"
startsecs = 0
[programs.worker]
command = "sleep 600"
numprocs = 3
startsecs = 0
`;

test('the page shows what is so, and what changes without being asked again [B12][C95]', options, async (t) => {
  const { d, open } = await pageDaemon(t, CONFIG, { identifier: 'shop' });
  const page = await open();
  assert.match(await page.title(), /Processes · shop/);
  const row = page.getByRole('row', { name: /^.*\bweb\b/ }).first();
  await row.getByText(/RUNNING$/).waitFor();
  assert.equal((await d.ctl('stop', 'web')).code, 0);
  await row.getByText(/STOPPED$/).waitFor();
});

test('a view that fails while it is drawn says so, and the rest of the page goes on', options, async (t) => {
  const { open } = await pageDaemon(t, CONFIG, { identifier: 'shop' });
  const broken = (page: Page): Promise<unknown> => page.route(/breakers-[^/]*\.js$/, (route) => route.fulfill({ contentType: 'text/javascript', body: 'export default () => { throw new Error("a slip"); };' }));
  const page = await open('#/breakers', { before: broken, allowed: /a slip/ });
  await page.getByRole('alert').getByText('cannot show this part of Breakers: a slip').waitFor();
  await page.getByRole('link', { name: 'Processes', exact: true }).click();
  await page.getByRole('link', { name: 'web', exact: true }).waitFor();
});

test('a daemon that goes is said to be gone, and when another one comes the page shows that one by itself', options, async (t) => {
  const { d: first, port, open } = await pageDaemon(t, CONFIG, { identifier: 'shop' });
  const page = await open('', { allowed: /ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE_CHUNKED/ });
  await first.stop();
  await page.getByRole('alert').getByText(/Not connected/).waitFor();
  await pageDaemon(t, `${CONFIG}[programs.newcomer]\ncommand = "sleep 600"`, { identifier: 'shop', dir: first.dir, port });
  await page.getByRole('link', { name: 'newcomer' }).waitFor();
  await live(page);
});

test('who has no credentials sees the door alone; a wrong password is refused in words; a right one opens, with what its role may do', options, async (t) => {
  const { port } = await pageDaemon(t, CONFIG, { api: '[[api.users]]\nname = "ann"\npassword = "open sesame"\nrole = "read"\n[[api.users]]\nname = "bob"\npassword = "let me in"\nrole = "operate"', identifier: 'shop' });
  const page = await openPage(t, pageOf(port), { allowed: /401/ });
  await page.getByLabel('User').fill('ann');
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('alert').waitFor();
  assert.equal(await page.getByText('worker-0').count(), 0);
  await page.getByLabel('Password').fill('open sesame');
  await page.getByRole('button', { name: 'Log in' }).click();
  await live(page);
  await page.getByText('worker-0').waitFor();
  // She may only look: nothing else is offered.
  assert.equal(await page.getByRole('button', { name: /^Actions for/ }).count(), 0);
  assert.equal(await page.getByRole('link', { name: 'Reload' }).count(), 0);
  // The session lives in a cookie: a reload of the page needs no password.
  await page.reload();
  await live(page);
  await page.getByRole('button', { name: /Log out/ }).click();
  await page.getByLabel('User').fill('bob');
  await page.getByLabel('Password').fill('let me in');
  await page.getByRole('button', { name: 'Log in' }).click();
  await live(page);
  await page.getByRole('button', { name: 'Actions for web' }).click();
  await page.getByRole('menuitem', { name: 'Restart' }).click();
  await page.getByRole('dialog').getByText(/Each gets its stop signal first/).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Restart' }).click();
  await page.getByText('Restart web: done').waitFor();
});

test('when events were missed the page takes the snapshot again, and goes on from there', options, async (t) => {
  const { d, port } = await pageDaemon(t, CONFIG, { identifier: 'shop' });
  let snapshots = 0;
  let streams = 0;
  const page = await openPage(t, pageOf(port), {
    before: async (fresh) => {
      fresh.on('request', (request) => {
        if (new URL(request.url()).pathname === '/v1/status') snapshots++;
      });
      // The first stream says that events are gone, as a daemon does whose ring was too short.
      await fresh.route('**/v1/events*', (route) => (streams++ === 0 ? route.fulfill({ contentType: 'text/event-stream', body: 'event: gap\ndata: {"type":"gap","oldest":900}\n\n' }) : route.continue()));
    },
  });
  await live(page);
  await waitFor('the snapshot was taken again', () => snapshots >= 2 && streams >= 2);
  assert.equal((await d.ctl('stop', 'web')).code, 0);
  await page.getByRole('row', { name: /^.*\bweb\b/ }).first().getByText(/STOPPED$/).waitFor();
});

test('a connection that is open and silent for too long is dead: the page says so, and connects anew', options, async (t) => {
  const { port } = await pageDaemon(t, CONFIG, { identifier: 'shop' });
  const proxy = await cutProxy(t, port);
  const page = await openPage(t, pageOf(proxy.port), { allowed: /net::ERR/, before: (fresh) => fresh.clock.install() });
  await live(page);
  proxy.freeze();
  await page.clock.fastForward(41_000);
  await page.getByRole('alert').getByText(/Not connected/).waitFor();
  await page.clock.fastForward(2000);
  await live(page);
});
