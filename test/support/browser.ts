// The page in a real browser (Debian's Chromium, by playwright-core), against a real daemon. A page that writes an error to its console,
// throws, breaks its content security policy or asks anybody but the daemon fails its test.
//
//   const { d, open } = await pageDaemon(t, '[programs.web]\ncommand = "sleep 600"');
//   const page = await open('#/processes');
//   await page.getByRole('button', { name: 'Stop' }).click();
import { existsSync, readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import axeCore from 'axe-core';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { accepts, atEnd, startDaemon } from './daemon.ts';
import type { Daemon } from './daemon.ts';
import { freePort } from './free-port.ts';
import { pageConfig } from './page-config.ts';
import type { PageConfig } from './page-config.ts';
import { waitFor, within } from './wait-for.ts';

/** The file of the browser, where there is one. */
export const CHROMIUM: string | undefined = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => existsSync(file));
/** What it is started with: the machine of the tests has no sandbox for it, little shared memory and no screen. */
export const CHROMIUM_ARGS: readonly string[] = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'];
/** Why tests of the page cannot run here; false: they can. */
export const NO_BROWSER: string | false = CHROMIUM === undefined ? 'there is no chromium (Debian: apt-get install chromium)' : false;
/** The longest a control may take to be there. Two cores are shared with other tests. */
const PATIENCE_MS = 15_000;
/** The longest the browser may take for what has no bound of its own: to begin, to open a page, to end. */
const BROWSER_MS = 60_000;

let shared: Promise<Browser> | null = null;
/** What each page complained of so far. */
const told = new WeakMap<Page, string[]>();

// One for all tests of a file: a start costs a second. Node's runner ends the process, and the browser with it, when they are over.
function launch(): Promise<Browser> {
  shared ??= chromium.launch({ executablePath: CHROMIUM ?? '', timeout: BROWSER_MS, args: [...CHROMIUM_ARGS] });
  return shared;
}

/** Ends the browser of this file: call it in `after`. */
export async function closeBrowser(): Promise<void> {
  const browser = shared;
  shared = null;
  if (browser === null) return;
  try {
    await within('the end of the browser', browser.then((one) => one.close()), PATIENCE_MS);
  } catch (error) {
    killBrowser();
    throw error;
  }
}

/** Of a browser that does not end by itself: while it is there, our process is not over. */
function killBrowser(): void {
  for (const pid of readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ')) {
    try {
      if (pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('chromium')) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
}

/** How a page is opened. `allowed`: complaints that are part of the test. `before`: done before it is loaded. */
export type Opening = BrowserContextOptions & { readonly allowed?: RegExp; readonly before?: (page: Page) => Promise<unknown> };

/** A page of a new, empty browser profile. */
export async function openPage(t: TestContext, url: string, options: Opening = {}): Promise<Page> {
  const { allowed, before, ...rest } = options;
  const browser = await launch();
  const context: BrowserContext = await within('a new profile', browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', locale: 'en-GB', ...rest }), BROWSER_MS);
  const complaints: string[] = [];
  atEnd(t, async () => {
    await within('the end of the profile', context.close(), BROWSER_MS);
    const left = complaints.filter((text) => allowed?.test(text) !== true);
    if (left.length > 0) throw new Error(`the page complains:\n${left.join('\n')}`);
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await within('a new page', context.newPage(), BROWSER_MS);
  told.set(page, complaints);
  const { origin, hostname, port } = new URL(url);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.stack ?? error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) complaints.push(`asks ${request.url()}`);
  });
  await before?.(page);
  // The daemon answers on its unix socket already; its TCP listener may come after that.
  await waitFor(`a listener at ${origin}`, () => accepts({ host: hostname, port: Number(port) }));
  await page.goto(url);
  return page;
}

/** The address of the page of a daemon whose file listens on this port. */
export function pageOf(port: number, hash = ''): string {
  return `http://127.0.0.1:${port}/${hash}`;
}

/** A daemon with a page. */
export interface PageDaemon {
  readonly d: Daemon;
  /** Where it serves its page. */
  readonly port: number;
  /** Opens the page at a view, and waits until it is live. */
  open(hash?: string, options?: Opening): Promise<Page>;
}

/** Starts a daemon whose file is that of page-config.ts, followed by `rest`. `files` stand beside it; in `dir` one ran before. */
export async function pageDaemon(t: TestContext, rest: string, more: PageConfig & { readonly files?: Readonly<Record<string, string>>; readonly dir?: string; readonly port?: number } = {}): Promise<PageDaemon> {
  const { files, dir, port = await freePort(), ...above } = more;
  const d = await startDaemon(t, { config: pageConfig(port, rest, above), socket: 'reeve.sock', ...(files === undefined ? {} : { files }), ...(dir === undefined ? {} : { dir }) });
  return {
    d, port,
    async open(hash, options) {
      const page = await openPage(t, pageOf(port, hash), options);
      await live(page);
      return page;
    },
  };
}

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** The addresses that the page's own navigation offers, as hashes. */
export async function navigation(page: Page): Promise<readonly string[]> {
  const hashes: string[] = [];
  for (const link of await page.locator('nav a').all()) hashes.push((await link.getAttribute('href')) ?? '');
  return hashes;
}

/** Waits until the view of this address has its heading, and nothing in it is on its way. */
export async function settled(page: Page, hash: string): Promise<void> {
  await page.locator('main h1').first().waitFor();
  await waitFor(`${hash} has loaded`, async () => (await page.getByText('Loading…').count()) === 0);
}

/**
 * What axe-core finds in the page as it is now (WCAG 2.2 A and AA, and best practices), one line each; [] when nothing. That the page is
 * wider than its window is such a line too. It needs a page that was opened with `bypassCSP`: our policy forbids scripts of others.
 */
export async function axe(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate('typeof axe !== "undefined"'))) await page.addScriptTag({ content: axeCore.source });
  const violations = await within('what axe-core finds', page.evaluate<Violation[]>('axe.run(document, { resultTypes: ["violations"] }).then((result) => result.violations)'), BROWSER_MS);
  const wide = (await page.evaluate('document.documentElement.scrollWidth > innerWidth')) === true ? ['horizontal-scroll: the page is wider than the window'] : [];
  return [...wide, ...violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 200)} (${node.failureSummary?.split('\n')[1]?.trim() ?? ''})`).join(' | ')}`)];
}

/** Waits until the page says that it is live. */
export async function live(page: Page): Promise<void> {
  try {
    await page.getByTitle('Live', { exact: true }).waitFor();
  } catch (error) {
    const text = await page.locator('body').innerText().catch(() => 'nothing');
    throw new Error(`the page is not live; it says: ${text.slice(0, 500)}\n${(told.get(page) ?? []).join('\n')}`, { cause: error });
  }
}
