// A page shows what programs, jobs and files say, and whoever sends an address chooses what stands in it: all of it is text, whatever it looks like.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import type { JobView, RunView } from '../../daemon/contract/jobs.ts';
import type { AuditEntry } from '../../daemon/contract/rest.ts';
import type { IssueView } from '../../daemon/contract/issues.ts';
import { closeBrowser, live, NO_BROWSER, openPage, pageDaemon, pageOf } from '../support/browser.ts';
import type { PageDaemon } from '../support/browser.ts';
import { atEnd } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';

const options = { skip: NO_BROWSER };
after(closeBrowser);

/** What would run if it were markup anywhere: in content, in an attribute, in a script, in a style. */
const EVIL = `"><img src=x onerror=window.pwned=1><script>window.pwned=1</script>'-window.pwned-'\\u202e\\u200b{{7*7}}\${7*7}`;
/** No blanks, slashes and colons, as names have it; from the right to the left, and with an emoji of several characters. */
const NAME = `"><svg\u{1F469}\u200D\u{1F4BB}onload=window.pwned=1>\u05E9\u05DD`;
const OSC = String.raw`\033]8;;javascript:window.pwned=1\033\\link\033]8;;\033\\ \033[31m<img src=x onerror=window.pwned=1>\033[0m \033]0;title\007`;
const TELL = String.raw`tell() { curl -sS --unix-socket "$REEVE_SOCKET" -H "Authorization: Bearer $REEVE_TOKEN" -H 'Content-Type: application/json' -d "$2" "http://x/v1/supervised/$SUPERVISION_ID/$1" >&2; }
`;
const body = (value: unknown): string => `'${JSON.stringify(value).replaceAll("'", String.raw`'\''`)}'`;

const PROGRAM = `#!/bin/sh
${TELL}
printf '${OSC}\\n'
tell status ${body({ text: EVIL })}
tell progress ${body({ current: 3, total: 10, phase: EVIL, meta: { __proto__x: EVIL, [EVIL]: EVIL } })}
head -c 1000000 /dev/zero | tr '\\0' A; echo
printf '${OSC}\\n'
exec sleep 600
`;
const JOB = `#!/bin/sh
${TELL}
tell progress ${body({ current: 1, total: 2, phase: EVIL })}
tell status ${body({ text: EVIL })}
tell result ${body({ [EVIL]: EVIL, constructor: EVIL })}
printf '${OSC}\\n' >&2
exit 3
`;
const CHECK = `#!/bin/sh
cat <<'EOF'
${JSON.stringify({ message: EVIL, code: 'constructor', severity: 'critical', params: { [EVIL]: EVIL, toString: EVIL } })}
EOF
`;

const quoted = (text: string): string => JSON.stringify(text);
const CONFIG = `
[programs.evil]
command = "sh program.sh"
directory = "."
startsecs = 0
progress_timeout = "1h"
environment = { CONSTRUCTOR = ${quoted(EVIL)} }
[programs.${quoted(NAME)}]
command = ${quoted(`sh -c 'sleep 600' ${EVIL.replaceAll(/["']/g, '')}`)}
startsecs = 0
[programs.constructor]
command = "sleep 600"
[programs.__proto__]
command = "sleep 600"
[programs.toString]
command = "false"
startretries = 0
[jobs.${quoted(NAME)}]
command = "sh job.sh"
directory = "."
every = "1h"
timeout = "1m"
dead_letters = true
[jobs.constructor]
command = "true"
schedule = "0 4 * * *"
timeout = "1m"
[checks.__proto__]
command = "sh check.sh"
directory = "."
every = "1h"
[breakers.constructor]
failures = 1
cooldown = "1h"
`;

const evilDaemon = (t: TestContext): Promise<PageDaemon> => pageDaemon(t, CONFIG, { identifier: 'evil<b>x', files: { 'program.sh': PROGRAM, 'job.sh': JOB, 'check.sh': CHECK } });

/** What was asked for until now has been drawn. */
const drawn = (page: Page): Promise<unknown> => page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');

/** Nothing of what was said has become an element, a handler, an address or a dialog. */
async function isHarmless(page: Page, where: string): Promise<void> {
  const found = await page.evaluate<readonly string[]>(`[
    ...(window.pwned === undefined ? [] : ['a script ran']),
    ...[...document.querySelectorAll('img:not([src="./assets/icon.svg"]), svg [onload], svg[onload], iframe, object, embed, base, form[action], script:not([src])')].map((one) => one.outerHTML.slice(0, 200)),
    ...[...document.querySelectorAll('*')].filter((one) => [...one.attributes].some(({ name }) => name.startsWith('on'))).map((one) => one.outerHTML.slice(0, 200)),
    ...[...document.querySelectorAll('a[href]')].filter((one) => !['http:', 'blob:'].includes(one.protocol) || one.origin !== location.origin).map((one) => one.outerHTML.slice(0, 200)),
  ]`);
  assert.deepEqual(found, [], where);
}

test('names, logs, reports, results, issues and reasons that are written as markup are text in every view', options, async (t) => {
  const { d, open } = await evilDaemon(t);
  await d.fact('issue.opened');
  await d.ctl('job', 'run', NAME);
  await d.fact('run.failed');
  await d.state('toString', 'FATAL');
  const job = (await d.get<JobView[]>('/v1/jobs')).find(({ name }) => name === NAME);
  assert.ok(job);
  const [run] = (await d.get<RunView[]>('/v1/runs')).filter((one) => one.job === NAME);
  const [issue] = await d.get<IssueView[]>('/v1/issues');
  assert.ok(run && issue);
  const page = await open();
  page.on('dialog', (dialog) => void dialog.dismiss().then(() => assert.fail('a dialog')));
  const at = encodeURIComponent;
  const places = [
    'processes', `processes?q=${at(EVIL)}`, `processes/evil:evil`, ...['lives', 'log', 'config', 'events'].map((tab) => `processes/evil:evil?tab=${tab}`), `processes/${at(`${NAME}:${NAME}`)}?tab=config`,
    'processes/constructor:constructor', 'processes/__proto__:__proto__?tab=config', 'processes/toString:toString?tab=lives', `logs?names=evil,${at(NAME)}`,
    'jobs', 'jobs?view=calendar', `jobs/${at(NAME)}`, `jobs/${at(NAME)}?tab=runs`, `jobs/${at(NAME)}?tab=config`, 'jobs/constructor', 'runs', `runs/${run.id}`, 'dead', `dead/${run.id}`,
    'checks', `issues/${issue.id}`, 'breakers', 'events', 'reload', 'about', 'api',
  ];
  for (const place of places) {
    await page.evaluate(`location.hash = ${JSON.stringify(`#/${place}`)}`);
    await page.locator('main h1, main h2, main table, main [role=log], main p').first().waitFor();
    await waitFor(`${place} is loaded`, async () => !/Loading/.test(await page.locator('main').innerText()));
    await drawn(page);
    await isHarmless(page, place);
    const text = await page.locator('body').innerText();
    assert.doesNotMatch(text, /undefined is not|TypeError|\[object Object\]|is not a function/, place);
  }
  await page.evaluate(`location.hash = '#/processes/evil:evil'`);
  await page.getByText('<img src=x onerror=window.pwned=1>').first().waitFor();
  await page.evaluate(`location.hash = '#/processes/evil:evil?tab=log'`);
  await page.getByRole('log').getByText('<img src=x onerror=window.pwned=1>').first().waitFor();
  assert.equal(await page.getByRole('log').locator('a').count(), 0, 'a link of a terminal is no link of the page');
});

test('whatever stands in the address of a view is text, and no request leaves the routes for it', options, async (t) => {
  const { open } = await evilDaemon(t);
  const page = await open('', { allowed: /status of 4\d\d/ });
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const evil = [EVIL, 'javascript:window.pwned=1', '..', '.', '../..', '%2e%2e', '..%2f..%2fv1%2fshutdown', '__proto__', 'constructor', 'toString', '%', '%00', '\u202e', 'x'.repeat(200_000), '$&', '$`'];
  for (const word of evil) {
    for (const address of [word, `${word}/${word}`, `processes/${encodeURIComponent(word)}`, `processes/${encodeURIComponent(word)}?tab=${encodeURIComponent(word)}`, `jobs/${encodeURIComponent(word)}?tab=config`, `runs/${encodeURIComponent(word)}`, `dead/${encodeURIComponent(word)}`, `issues/${encodeURIComponent(word)}`, `api/${encodeURIComponent(word)}`, `api/shapes/${encodeURIComponent(word)}`, `jobs?view=${encodeURIComponent(word)}&span=${encodeURIComponent(word)}&on=${encodeURIComponent(word)}`, `events?type=${encodeURIComponent(word)}&q=${encodeURIComponent(word)}`]) {
      await page.evaluate((hash) => void ((globalThis as unknown as { location: { hash: string } }).location.hash = hash), `#/${address}`);
      await drawn(page);
    }
    await isHarmless(page, word.slice(0, 40));
  }
  const known = /^\/(?:$|assets\/|v1\/(?:status|session|events|usage|config\/|jobs|runs|dead|issues|checks|explain|logs|calendar|breakers|openapi\.json|doctor|info|ps|health|audit|plan|alerts|silences|operations))/;
  assert.deepEqual([...new Set(asked)].filter((path) => !known.test(path) || path.includes('/../')), []);
  await page.evaluate(`location.hash = '#/processes'`);
  await waitFor('the page is still there', async () => (await page.getByRole('heading', { name: /Processes/ }).count()) > 0);
});

/** What a page of somebody else does to `target`: everything that a browser lets it. Resolves with what it could read. */
const ATTACK = `async (target, port) => {
  const read = [];
  const json = JSON.stringify({ names: ['web'] });
  const take = async (what, asked) => { try { const answer = await asked; const text = await answer.text(); if (answer.type !== 'opaque' && text !== '') read.push(what + ': ' + text.slice(0, 80)); } catch {} };
  for (const mode of ['cors', 'no-cors']) for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'text/xml']) {
    for (const path of ['/v1/stop', '/v1/shutdown', '/v1/logout', '/RPC2']) await take(mode + ' ' + type + ' ' + path, fetch(target + path, { method: 'POST', mode, credentials: 'include', headers: { 'content-type': type }, body: json }));
    await take('login ' + type, fetch(target + '/v1/login', { method: 'POST', mode, credentials: 'include', headers: { 'content-type': type }, body: JSON.stringify({ name: 'cy', password: 'c' }) }));
  }
  for (const path of ['/v1/session', '/v1/status', '/v1/audit', '/metrics', '/v1/logs?name=web']) for (const mode of ['cors', 'no-cors']) await take(path, fetch(target + path, { mode, credentials: 'include' }));
  navigator.sendBeacon(target + '/v1/stop', json);
  const done = (element) => new Promise((resolve) => { element.onload = element.onerror = () => resolve(); setTimeout(resolve, 2000); document.body.append(element); });
  for (const path of ['/v1/status', '/v1/session', '/assets/icon.svg']) {
    const script = document.createElement('script'); script.src = target + path; await done(script);
    const image = document.createElement('img'); image.src = target + path; await done(image);
  }
  for (const sandbox of [null, 'allow-forms allow-scripts']) {
    const frame = document.createElement('iframe'); frame.name = 'sink'; if (sandbox !== null) frame.setAttribute('sandbox', sandbox);
    frame.srcdoc = '<form method=post enctype=text/plain action="' + target + '/v1/stop"><input name=\\'{"names":["web"],"x":"\\' value=\\'"}\\'></form><script>document.forms[0].submit()</' + 'script>';
    await done(frame);
  }
  const page = document.createElement('iframe'); page.src = target + '/'; await done(page);
  try { if (page.contentDocument?.body?.innerText) read.push('a frame: ' + page.contentDocument.body.innerText); } catch {}
  for (const path of ['/v1', '/v1/session', '/', '/assets']) { document.cookie = 'reeve_session_' + port + '=tossed; path=' + path; document.cookie = '__Host-reeve_session_' + port + '=tossed; path=' + path; }
  return read;
}`;

test('a page of another port or another host does nothing and reads nothing by the session of who looks at it', options, async (t) => {
  const { d, port } = await pageDaemon(t, `
[programs.web]
command = "sleep 600"
startsecs = 0
`, {
    api: `
[[api.users]]
name = "ann"
password = "a"
role = "admin"
[[api.users]]
name = "cy"
password = "c"
role = "read"`,
  });
  const server = createServer((_request, answer) => void answer.setHeader('content-type', 'text/html').end('<!doctype html><body>evil')).listen(0, '127.0.0.1');
  atEnd(t, () => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const evil = (server.address() as AddressInfo).port;
  const page = await openPage(t, pageOf(port), { allowed: /status of 401/ });
  await page.getByLabel('User').fill('ann');
  await page.getByLabel('Password').fill('a');
  await page.getByRole('button', { name: 'Log in' }).click();
  await live(page);
  // 127.0.0.1 is the same site, and has the same cookies; localhost is another one, and a name of this server all the same.
  for (const [host, target] of [['127.0.0.1', '127.0.0.1'], ['localhost', '127.0.0.1'], ['localhost', 'localhost']]) {
    const foreign = await page.context().newPage();
    await foreign.goto(`http://${host ?? ''}:${evil}/`);
    assert.deepEqual(await foreign.evaluate(`(${ATTACK})('http://${target ?? ''}:${port}', ${port})`), [], `${host ?? ''} to ${target ?? ''}`);
    await foreign.close();
  }
  assert.equal((await d.view('web')).state, 'RUNNING');
  const trail = await d.get<AuditEntry[]>('/v1/audit?limit=1000');
  assert.deepEqual(trail.filter(({ result }) => !result.startsWith('refused:')).map(({ who, action }) => `${who} ${action}`), ['ann login']);
  await page.reload();
  await live(page);
  await page.getByRole('button', { name: /Log out/ }).getByText('ann').waitFor();
  const over = page.getByText('Your session is over');
  await page.context().clearCookies();
  await page.getByRole('link', { name: 'About' }).click();
  await over.waitFor();
  await page.getByLabel('User').fill('ann');
  await page.getByLabel('Password').fill('a');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'About' }).waitFor();
  await page.getByRole('button', { name: /Log out/ }).click();
  await page.getByLabel('Password').waitFor();
  assert.equal(await over.count(), 0);
});
