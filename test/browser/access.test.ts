// Everybody can use the page: axe-core finds nothing to complain of in any view, no view is wider than a phone, and what is loaded first is small.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { axe, closeBrowser, live, navigation, NO_BROWSER, openPage, pageOf, settled } from '../support/browser.ts';
import { startDaemon } from '../support/daemon.ts';
import { DEMO_FILES, demoDetails, demoShop } from '../support/demo-shop.ts';
import { freePort } from '../support/free-port.ts';
import { waitFor } from '../support/wait-for.ts';

const options = { skip: NO_BROWSER };
after(closeBrowser);

const SIGHTS = [
  ['on a desk, in light', { viewport: { width: 1280, height: 800 }, colorScheme: 'light' }],
  ['on a phone, in the dark', { viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true }],
] as const;

test('axe-core finds no violation in any view, and none is wider than the window', { ...options, concurrency: true }, async (t) => {
  const port = await freePort();
  const d = await startDaemon(t, { config: demoShop(port), files: DEMO_FILES, socket: 'reeve.sock' });
  const asked = await d.ctl('job', 'run', 'import');
  assert.equal(asked.code, 0, asked.stdout + asked.stderr);
  const details = await waitFor('something of everything', async () => (await demoDetails((path) => d.get(path))) ?? false);
  await Promise.all(SIGHTS.map(([what, given]) => t.test(what, async (sight) => {
    const page = await openPage(sight, pageOf(port), { ...given, bypassCSP: true });
    await live(page);
    const listed = await navigation(page);
    assert.ok(listed.length >= 8, `the navigation offers ${listed.join(' ')}`);
    // The description of the API is long, and has a test of its own (api.test.ts).
    const found: string[] = [];
    for (const hash of [...listed, ...details.map((shot) => shot.hash).filter((hash) => hash !== '#/api')]) {
      await page.goto(pageOf(port, hash));
      await settled(page, hash);
      if (listed.includes(hash)) await waitFor(`${hash} to be seen in the navigation`, () => page.evaluate<boolean>('(() => { const at = document.querySelector("nav [aria-current]").getBoundingClientRect(); return at.left >= 0 && at.right <= innerWidth; })()'));
      found.push(...(await axe(page)).map((line) => `${hash}: ${line}`));
    }
    assert.deepEqual(found, []);
  })));
});
