// The language of filters: what it finds, what it refuses and where, and that nothing typed can make it run away.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RunView } from '../../daemon/contract/jobs.ts';
import { compilePattern } from '../../daemon/contract/pattern.ts';
import { rowOfRun } from '../../daemon/contract/ps.ts';
import type { PsRow } from '../../daemon/contract/ps.ts';
import { compileWhere } from '../../daemon/contract/where.ts';
import { WHERE_FIELDS } from '../../daemon/contract/where-fields.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const ZONE = 'Africa/Nairobi';

const RUN: RunView = {
  id: '3f2a9c0d-11e4-4b7a-8c1d-000000000001', job: 'debt_reminders', number: 7, state: 'running', trigger: 'schedule', initiator: 'schedule', args: [], key: null, attempt: 1, first: null, parent: null,
  scheduledAt: null, createdAt: NOW - 7_200_000, dueAt: null, startedAt: NOW - 3_600_000, endedAt: null, pid: 4711, code: null, signal: null, cause: null, why: 'due', fallback: false,
  peakRssBytes: null, cpuMs: null, heartbeat: null, progress: null, result: null, status: '',
};

const row = (over: Partial<PsRow> = {}): PsRow => ({ ...rowOfRun(RUN), ...over });

function finds(text: string, over: Partial<PsRow> = {}): boolean {
  const where = compileWhere(text, NOW, ZONE);
  assert.ok(!('problem' in where), `${text}: ${'problem' in where ? where.problem : ''}`);
  return where.matches(row(over), NOW);
}

function refused(text: string): { problem: string; at: number } {
  const where = compileWhere(text, NOW, ZONE);
  assert.ok('problem' in where, `${text} was accepted`);
  return where;
}

test('a filter compares states, memory and health in one expression [C16]', () => {
  const text = 'state=running && rss>500MB && health!=healthy';
  assert.equal(finds(text, { rssBytes: 600 * 1024 ** 2, health: 'degraded' }), true);
  assert.equal(finds(text, { rssBytes: 500 * 1024 ** 2, health: 'degraded' }), false);
  assert.equal(finds(text, { rssBytes: 600 * 1024 ** 2, health: 'healthy' }), false);
  assert.equal(finds(text, { rssBytes: 600 * 1024 ** 2, health: 'degraded', state: 'RUNNING' }), true);
});

test('not, or and parentheses bind as in C, and their words mean the same [C16]', () => {
  assert.equal(finds('stuck || ready && pid=1'), false);
  assert.equal(finds('(stuck || ready) && pid=4711'), true);
  assert.equal(finds('not stuck and (pid=1 or pid=4711)'), true);
  assert.equal(finds('!(state=running)'), false);
});

test('values have the units of their field [C16]', () => {
  assert.equal(finds('duration>=1h && duration<61m'), true);
  assert.equal(finds('age>1h59m'), true);
  assert.equal(finds('cpu>80%', { cpuPercent: 80.5 }), true);
  assert.equal(finds('cpu>80', { cpuPercent: 79 }), false);
  assert.equal(finds('progress<50%', { percent: 12.5 }), true);
  assert.equal(finds('rss<1GB', { rssBytes: 1024 ** 3 - 1 }), true);
  assert.equal(finds('missed>=3', { missed: 3 }), true);
});

test('today is the day of the zone, and a day is a span: from its begin, to its end, within it [C16]', () => {
  // Noon UTC is 15:00 in Nairobi; its day began at 21:00 UTC of the day before.
  const began = Date.parse('2026-11-21T21:00:00Z');
  assert.equal(finds('started>today', { startedAt: began }), true);
  assert.equal(finds('started>today', { startedAt: began - 1 }), false);
  assert.equal(finds('started=today', { startedAt: NOW }), true);
  assert.equal(finds('started=yesterday', { startedAt: began - 1 }), true);
  assert.equal(finds('started<=2026-11-22', { startedAt: began + 86_400_000 - 1 }), true);
  assert.equal(finds('started<2026-11-22', { startedAt: began }), false);
  assert.equal(finds('started>=2026-11-22T08:00 && started<2026-11-22T09:00', { startedAt: Date.parse('2026-11-22T05:30:00Z') }), true);
  assert.equal(finds('started>=2026-11-22T08:00Z', { startedAt: Date.parse('2026-11-22T07:59:59Z') }), false);
  assert.equal(finds("started>='2026-11-22 08:00:00+03:00'", { startedAt: Date.parse('2026-11-22T05:00:00Z') }), true);
  assert.equal(finds('started>now-30m', { startedAt: NOW - 1_799_000 }), true);
});

test('lists, wildcards, patterns and quotes [C16]', () => {
  assert.equal(finds('job in (credits, debt_reminders)'), true);
  assert.equal(finds('job not in (credits, mail*)'), true);
  assert.equal(finds('job=debt_*'), true);
  assert.equal(finds('job="debt_*"'), false);
  assert.equal(finds('job=~^debt_(reminders|notices)$ && state=running'), true);
  assert.equal(finds('job!~reminder'), false);
  assert.equal(finds("why='due'"), true);
});

test('what is not there is equal to none and to nothing else [C16]', () => {
  assert.equal(finds('exit=none'), true);
  assert.equal(finds('exit!=none', { code: 0 }), true);
  assert.equal(finds('exit=0'), false);
  assert.equal(finds('exit!=0'), true);
  assert.equal(finds('exit>0'), false);
  assert.equal(finds('ended<now'), false);
});

test('a mistake is told with its place and the nearest word', () => {
  const cases: readonly (readonly [string, number, RegExp])[] = [
    ['state=running && rs>1', 18, /no field "rs": did you mean rss/],
    ['mem>1MB', 1, /did you mean rss/],
    ['state=runing', 7, /never "runing": did you mean running/],
    ['rss>lots', 5, /a size such as 500MB/],
    ['cpu>much', 5, /a percentage such as 80%/],
    ['age>soon', 5, /a duration such as/],
    ['started>2026-02-31', 9, /a time such as today/],
    ['name>web', 6, /compare it with =, !=, =~ or in/],
    ['rss=~5', 4, /=~ does not go with it/],
    ['name=~[a', 7, /a \[ is not closed/],
    ['(stuck', 1, /a \( is not closed/],
    ['stuck)', 6, /a \) closes nothing/],
    ['stuck ready', 7, /expected && or \|\|/],
    ['stuck &&', 9, /it ends where a field was expected/],
    ['rss', 4, /wants a comparison, such as rss>500MB/],
    ['name=', 6, /a value is missing/],
    ['name="web', 6, /is not closed/],
    ['job in a', 8, /wants a list in parentheses/],
    ['job in (a', 10, /not closed with \)/],
    ['stuck=maybe', 7, /write stuck or !stuck/],
    ['', 1, /nothing to compare/],
    ['   ', 1, /nothing to compare/],
  ];
  for (const [text, at, what] of cases) {
    const found = refused(text);
    assert.match(found.problem, what, text);
    assert.equal(found.at, at, `${text}: ${found.problem}`);
  }
});

test('length, nesting and number of comparisons are bounded', () => {
  assert.match(refused('x'.repeat(1001)).problem, /longer than 1000/);
  assert.match(refused(`${'('.repeat(400)}stuck${')'.repeat(400)}`).problem, /nested deeper than 50/);
  assert.match(refused(`${'!'.repeat(400)}stuck`).problem, /nested deeper than 50/);
  assert.match(refused(Array.from({ length: 101 }, () => 'stuck').join('||')).problem, /more than 100/);
  assert.match(refused(`job in (${'a,'.repeat(200)}a)`).problem, /more than 100/);
});

test('every field can be compared in its own way, and says what it means', () => {
  const values = { text: '=web', word: '=*', number: '>=0', size: '>1KB', percent: '<100%', duration: '<1d', time: '>yesterday', flag: '' } as const;
  for (const [name, field] of Object.entries(WHERE_FIELDS)) {
    assert.equal(typeof finds(`${name}${values[field.kind]}`), 'boolean');
    assert.match(field.says, /^[A-Z`].*\.$/s, name);
  }
});

test('whatever is typed is answered, never thrown', () => {
  const words = [...Object.keys(WHERE_FIELDS), '=', '==', '!=', '=~', '!~', '<', '>=', '&&', '||', '!', '(', ')', 'and', 'or', 'not', 'in', ',', '"', "'", '500MB', '80%', 'today', 'now-1h', '*', '[', ']', '\\', '+', ' ', 'none', '2026-11-22'];
  const typed = fc.oneof(fc.string({ maxLength: 60 }), fc.string({ unit: 'binary', maxLength: 60 }), fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((list) => list.join('')), fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((list) => list.join(' ')));
  fc.assert(fc.property(typed, (text) => {
    const where = compileWhere(text, NOW, ZONE);
    if ('problem' in where) {
      assert.ok(where.at >= 1 && where.at <= text.length + 1, `${where.at} in ${text.length}`);
      assert.ok(where.problem.length > 0 && where.problem.length < 1000);
    } else assert.equal(typeof where.matches(row(), NOW), 'boolean');
  }), { numRuns: 3000 });
});

test('a pattern finds what a regular expression of the same form finds', () => {
  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(a|b)', '(ab)', '\\d', '\\w', '^', '$', '-');
  const form = fc.array(fc.tuple(atom, fc.constantFrom('', '', '*', '+', '?')), { minLength: 1, maxLength: 6 }).map((parts) => parts.map(([one, sign]) => (one === '^' || one === '$' ? one : one + sign)).join(''));
  fc.assert(fc.property(form, fc.string({ unit: fc.constantFrom('a', 'b', '1', '-', 'c'), maxLength: 8 }), (pattern, text) => {
    const ours = compilePattern(pattern);
    assert.ok(!('problem' in ours), pattern);
    assert.equal(ours.test(text), new RegExp(pattern, 'is').test(text), `${pattern} in ${text}`);
  }), { numRuns: 3000 });
});

test('a pattern that would take other engines for ever takes no time (PM2: CVE-2025-5891)', () => {
  const pattern = compilePattern('(a*)*(a+)+(a|a)*b');
  assert.ok(!('problem' in pattern));
  assert.equal(pattern.test('a'.repeat(100_000)), false);
  assert.equal(finds('args=*a*a*a*a*a*a*a*a*b', { args: ['a'.repeat(1000)] }), false);
});
