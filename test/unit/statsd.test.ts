import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fact, FactBody } from '../../daemon/contract/facts.ts';
import { statsdLines } from '../../daemon/contract/statsd-lines.ts';
import { StatsdEcho } from '../../daemon/runtime/statsd.ts';
import { good, readIni, readToml } from '../support/config-files.ts';
import { runView } from '../support/jobs.ts';

const fact = (body: FactBody): Fact => ({ ...body, seq: 1, at: 1 });
const said = (body: FactBody): readonly string[] => statsdLines(fact(body));
const started: FactBody = { type: 'process.starting', process: 'web:web', incarnation: 1, from: 'STOPPED', tries: 0 };

test('what happens is counts and times with tags: starts, ends with their duration, heartbeats, stuck, breakers that open [C92]', () => {
  assert.deepEqual(said(started), ['reeve.process.started:1|c|#process:web:web']);
  const exited: FactBody = { type: 'process.exited', process: 'web:web', incarnation: 1, pid: 7, code: null, signal: 'KILL', coreDumped: false, expected: false, ranMs: 1500.4, from: 'RUNNING', left: [] };
  assert.deepEqual(said(exited), ['reeve.process.ended:1|c|#process:web:web,signal:KILL,expected:false', 'reeve.process.lived:1500|ms|#process:web:web']);
  assert.deepEqual(said({ type: 'run.dead', job: 'import', run: runView('import', { state: 'dead', cause: 'timeout' }), durationMs: 90_000 }), ['reeve.job.ended:1|c|#job:import,result:dead,cause:timeout', 'reeve.job.duration:90000|ms|#job:import,result:dead']);
  assert.deepEqual(said({ type: 'run.missed', job: 'import', run: runView('import', { state: 'missed', cause: 'late' }), durationMs: null, times: 7 }), ['reeve.job.ended:7|c|#job:import,result:missed,cause:late']);
  assert.deepEqual(said({ type: 'heartbeat.received', supervisionId: 's', job: 'import', run: 'r', meta: null }), ['reeve.heartbeat:1|c|#job:import']);
  assert.deepEqual(said({ type: 'heartbeat.stuck', supervisionId: 's', process: 'web:web', incarnation: 1, why: '', action: 'none' }), ['reeve.stuck:1|c|#process:web:web']);
  assert.deepEqual(said({ type: 'group.gave_up', group: 'pipeline', failed: 'x', restarts: 5, windowMs: 1 }), ['reeve.group.gave_up:1|c|#group:pipeline']);
  assert.deepEqual(said({ type: 'daemon.warning', what: 'x', message: 'y' }), []);
});

test('a name cannot break out of its tag, nor a tag out of its line', () => {
  assert.deepEqual(said({ ...started, process: 'a,b|c#d@e\nreeve.evil:1|c' } as FactBody), ['reeve.process.started:1|c|#process:a_b_c_d_e_reeve.evil:1_c']);
});

test('every name is in the docs, and no other', () => {
  const source = readFileSync(join(import.meta.dirname, '../../daemon/contract/statsd-lines.ts'), 'utf8');
  const names = new Set([...source.matchAll(/(?:count|time)\('([a-z_.]+)'/g)].map(([, name]) => `reeve.${name}`));
  const page = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
  const told = new Set([...page.matchAll(/`(reeve\.[a-z_.]+)`/g)].flatMap(([, name = '']) => (name.endsWith('.yml') ? [] : [name])));
  assert.deepEqual([...names].toSorted((a, b) => a.localeCompare(b)), [...told].toSorted((a, b) => a.localeCompare(b)));
});

test('the file names a host and a port, in both dialects; anything else is refused', () => {
  assert.equal(good(readToml('[daemon]\nstatsd = "127.0.0.1:8125"\n')).daemon.statsd, '127.0.0.1:8125');
  assert.equal(good(readToml('[daemon]\nstatsd = "[::1]:8125"\n')).daemon.statsd, '[::1]:8125');
  assert.equal(good(readToml('[daemon]\n')).daemon.statsd, null);
  assert.equal(good(readIni('[supervisord]\nstatsd = metrics.example.com:8125\n')).daemon.statsd, 'metrics.example.com:8125');
  for (const wrong of ['8125', ':8125', 'host', 'host:0', 'host:70000', 'unix:/x']) assert.match(readToml(`[daemon]\nstatsd = "${wrong}"\n`).problems[0]?.message ?? '', /expected host:port/, wrong);
});

test('facts that come while the code is loaded are not lost; another place, or none, is taken at once', async () => {
  let to: string | null = 'a:1';
  const sent: string[] = [];
  const closed: string[] = [];
  const echo = new StatsdEcho({
    to: () => to, warn: (message) => assert.fail(message),
    open: () => Promise.resolve((where: string) => ({ send: (lines: readonly string[]) => void sent.push(...lines.map((line) => `${where} ${line.split(':')[0]}`)), close: () => void closed.push(where) })),
  });
  echo.heard(fact(started));
  echo.heard(fact({ type: 'process.flapping', process: 'web:web', failures: 5, windowMs: 1 }));
  assert.deepEqual(sent, []);
  for (let turn = 0; turn < 1000 && sent.length < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(sent, ['a:1 reeve.process.started', 'a:1 reeve.process.flapping']);
  to = 'b:2';
  echo.heard(fact(started));
  to = null;
  echo.heard(fact(started));
  assert.deepEqual([sent.slice(2), closed], [['b:2 reeve.process.started'], ['a:1', 'b:2']]);
});
