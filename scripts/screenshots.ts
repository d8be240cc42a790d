// `npm run screenshots [-- FOLDER]`: every view of the page, at 1280 and 390 px, light and dark, with 30 processes and with 1,000, and what
// axe-core finds in each. The pictures go to screenshots/ (not part of the repository); axe.json beside them. Exit 1 when axe finds something.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { axe, CHROMIUM, CHROMIUM_ARGS, live, navigation, NO_BROWSER, settled } from '../test/support/browser.ts';
import { DEMO_FILES, demoDetails, demoShop } from '../test/support/demo-shop.ts';
import type { Shot } from '../test/support/demo-shop.ts';
import { waitFor } from '../test/support/wait-for.ts';
import { prepare } from './prepare.ts';

const ROOT = join(import.meta.dirname, '..');
const WIDTHS = [1280, 390] as const;
const SCHEMES = ['light', 'dark'] as const;
const PORT = 9471;
const READY_MS = 30_000;

const json = async <T>(path: string): Promise<T> => (await (await fetch(`http://127.0.0.1:${PORT}${path}`)).json()) as T;

/** Runs reeved with this configuration while `work` goes on. */
async function withDaemon(config: string, files: Readonly<Record<string, string>>, work: () => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'reeve-screenshots-'));
  writeFileSync(join(folder, 'reeve.toml'), config);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const daemon = spawn(process.execPath, ['--disable-sigusr1', join(ROOT, 'dist/reeved.mjs'), '-n', '-c', join(folder, 'reeve.toml')], { stdio: 'ignore' });
  const ended = new Promise((resolve) => daemon.on('exit', resolve));
  try {
    // To everybody, also where one must log in.
    await waitFor('the daemon', async () => (await fetch(`http://127.0.0.1:${PORT}/livez`)).ok, READY_MS);
    await work();
  } finally {
    daemon.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the page's own navigation offers, and the views of one thing. */
async function shotsOfShop(browser: Browser): Promise<readonly Shot[]> {
  await fetch(`http://127.0.0.1:${PORT}/v1/jobs/import/run`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
  const details = await waitFor('something of everything', async () => (await demoDetails(json)) ?? false, READY_MS);
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${PORT}/`);
  await live(page);
  const listed = await navigation(page);
  await page.close();
  return [...listed.map((hash) => ({ name: hash.replace(/^#\//, ''), hash })), ...details];
}

async function take(browser: Browser, shots: readonly Shot[], prefix: string, folder: string, report: Record<string, readonly string[]>): Promise<void> {
  for (const width of WIDTHS) {
    for (const colorScheme of SCHEMES) {
      const context = await browser.newContext({ viewport: { width, height: width === 390 ? 844 : 800 }, colorScheme, bypassCSP: true, reducedMotion: 'reduce' });
      for (const shot of shots) {
        const page = await context.newPage();
        await page.goto(`http://127.0.0.1:${PORT}/${shot.hash}`);
        await live(page);
        await settled(page, shot.hash);
        // Two looks at memory make a line of it.
        if (shot.hash === '#/processes') await page.locator('.spark polyline').first().waitFor({ timeout: READY_MS, state: 'attached' }).catch(() => {});
        const name = `${prefix}${shot.name}-${width}${colorScheme === 'dark' ? '-dark' : ''}`;
        await page.screenshot({ path: join(folder, `${name}.png`) });
        report[name] = await axe(page);
        await page.close();
      }
      await context.close();
    }
  }
}

async function main(folder: string): Promise<number> {
  for (const line of prepare()) process.stderr.write(`screenshots: ${line}\n`);
  if (CHROMIUM === undefined) throw new Error(`cannot take screenshots: ${NO_BROWSER || 'no browser'}`);
  await (await import('./build.ts')).build();
  mkdirSync(folder, { recursive: true });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...CHROMIUM_ARGS] });
  const report: Record<string, readonly string[]> = {};
  try {
    for (const [processes, prefix] of [[30, ''], [1000, 'thousand-']] as const) {
      await withDaemon(demoShop(PORT, { processes }), DEMO_FILES, async () => take(browser, await shotsOfShop(browser), prefix, folder, report));
    }
    await withDaemon(demoShop(PORT, { api: '[[api.users]]\nname = "ann"\npassword = "secret"' }), DEMO_FILES, async () => {
      const page = await browser.newPage({ viewport: { width: 390, height: 844 }, bypassCSP: true });
      await page.goto(`http://127.0.0.1:${PORT}/`);
      await page.getByLabel('Password').waitFor();
      await page.screenshot({ path: join(folder, 'login-390.png') });
      report['login-390'] = await axe(page);
      await page.close();
    });
  } finally {
    await browser.close();
  }
  writeFileSync(join(folder, 'axe.json'), `${JSON.stringify(report, null, 2)}\n`);
  const found = Object.entries(report).filter(([, violations]) => violations.length > 0);
  for (const [name, violations] of found) process.stderr.write(`${name}: ${violations.join('; ')}\n`);
  process.stdout.write(`${Object.keys(report).length} screenshots in ${folder}; axe found ${found.length === 0 ? 'nothing' : `something in ${found.length}`}\n`);
  return found.length === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main(process.argv[2] ?? join(ROOT, 'screenshots'));
