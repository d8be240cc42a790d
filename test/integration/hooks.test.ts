// Hooks of programs under a real daemon: in order, in time, and gone with all they started.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startDaemon } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';

const linesOf = (file: string): string[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);

test('hooks come in their order, with the environment of the program and what they are about [E53]', async (t) => {
  const d = await startDaemon(t, {
    config: `[programs.web]
command = ["sh", "-c", "trap 'echo TERM >> story; exit 0' TERM; echo run >> story; while :; do sleep 0.05; done"]
directory = "."
startsecs = "100ms"
environment = { SHOP = "tea" }
[programs.web.hooks]
pre_start = ["sh", "-c", "echo $HOOK $PROCESS_NAME $PROCESS_INCARNATION $SHOP >> story"]
post_start = ["sh", "-c", "echo $HOOK >> story"]
pre_stop = ["sh", "-c", "echo $HOOK >> story; sleep 0.2; echo saved >> story"]
post_stop = ["sh", "-c", "echo $HOOK $PROCESS_EXIT_CODE >> story"]
on_crash = ["sh", "-c", "echo $HOOK >> story"]
`,
  });
  const story = join(d.dir, 'story');
  await waitFor('post_start', () => linesOf(story).includes('post_start'));
  assert.equal((await d.ctl('stop', 'web')).code, 0);
  await waitFor('post_stop', () => linesOf(story).length === 7);
  assert.deepEqual(linesOf(story), ['pre_start web:web 1 tea', 'run', 'post_start', 'pre_stop', 'saved', 'TERM', 'post_stop 0']);
});

test('a pre_start that fails is a failed start with its reason; the next one tries again, and others do not wait', async (t) => {
  const d = await startDaemon(t, {
    config: `[programs.web]
command = "sleep 600"
directory = "."
restart_delay = "200ms"
hooks = { pre_start = ["sh", "-c", "test -e ok || { printf 'the \\u202Edatabase\\u001b[31m is away'; exit 7; }"] }
[programs.other]
command = "sleep 600"
startsecs = 0
`,
  });
  const failed = await d.fact('process.spawn_failed');
  assert.deepEqual([failed.kind, failed.message], ['hook', 'pre_start failed: exit status 7: the \uFFFDdatabase [31m is away']);
  await d.fact('process.backoff');
  await d.state('other', 'RUNNING');
  writeFileSync(join(d.dir, 'ok'), '');
  await d.state('web', 'RUNNING');
  assert.match((await d.fact('process.hook_failed')).output, /is away/);
});

test('a stop during pre_start ends the hook, and nothing is started', async (t) => {
  const d = await startDaemon(t, { config: '[programs.web]\ncommand = ["sh", "-c", "echo no > started; sleep 600"]\ndirectory = "."\nhooks = { pre_start = ["sh", "-c", "echo $$ > pid; sleep 600"] }\n' });
  const pid = Number(await waitFor('the hook', () => existsSync(join(d.dir, 'pid')) && readFileSync(join(d.dir, 'pid'), 'utf8').trim()));
  assert.equal((await d.ctl('stop', 'web')).code, 0);
  await d.state('web', 'STOPPED');
  await waitFor('the end of the hook', () => !existsSync(`/proc/${pid}`));
  assert.equal(existsSync(join(d.dir, 'started')), false);
});

/** Who has this word in the command line. */
function running(word: string): number[] {
  return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word);
    } catch {
      return false; // it ended meanwhile
    }
  });
}

test('on_crash hears of each crash, never of a stop; past its time it is ended with all it started [C65]', async (t) => {
  const mark = `61${process.pid}`;
  const d = await startDaemon(t, {
    config: `[programs.web]
command = ["sh", "-c", "test -e ok && exec sleep 600; kill -9 $$"]
directory = "."
restart_delay = "100ms"
startsecs = 0
[programs.web.hooks.on_crash]
command = ["sh", "-c", "echo $PROCESS_EXIT_SIGNAL $PROCESS_EXPECTED >> crashes; touch ok; setsid sleep ${mark} & sleep ${mark}"]
timeout = "500ms"
`,
  });
  const failed = await d.fact('process.hook_failed');
  assert.deepEqual([failed.hook, failed.why], ['on_crash', 'no end within 0.5 s']);
  await d.state('web', 'RUNNING');
  assert.deepEqual(running(mark), []);
  const before = linesOf(join(d.dir, 'crashes'));
  assert.equal(before[0], 'KILL false');
  assert.equal((await d.ctl('restart', 'web')).code, 0);
  assert.equal((await d.ctl('stop', 'web')).code, 0);
  assert.deepEqual(linesOf(join(d.dir, 'crashes')), before, 'asked for is no crash');
});

test('pre_stop delays the first signal and no later one; the stop steps have all their time after it', async (t) => {
  const d = await startDaemon(t, {
    config: `[programs.slow]
command = ["sh", "-c", "trap 'echo TERM >> story' TERM; while :; do sleep 0.05; done"]
directory = "."
startsecs = 0
stopwaitsecs = "300ms"
hooks = { pre_stop = { command = ["sh", "-c", "echo begun >> story; sleep 600"], timeout = "700ms" } }
`,
  });
  await d.state('slow', 'RUNNING');
  assert.equal((await d.ctl('stop', 'slow')).code, 0);
  const [stopping, escalated, hook] = await Promise.all([d.fact('process.stopping'), d.fact('process.escalated'), d.fact('process.hook_failed')]);
  assert.equal(hook.hook, 'pre_stop');
  assert.deepEqual(linesOf(join(d.dir, 'story')), ['begun', 'TERM']);
  assert.equal(escalated.signal, 'KILL');
  assert.ok(hook.seq < escalated.seq && escalated.waitedMs >= 1000, `KILL came ${escalated.waitedMs} ms after the stop began`);
  assert.ok(stopping.seq < hook.seq);
});
