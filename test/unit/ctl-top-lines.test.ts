// `top` in words: who uses what, in which order, and how near a limit that is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sorted, SORTS, topLines, totalLine } from '../../ctl/top-lines.ts';
import type { Sort } from '../../ctl/top-lines.ts';
import type { UsageRow } from '../../daemon/contract/ps.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const MB = 1024 ** 2;
const row = (name: string, over: Partial<UsageRow> = {}): UsageRow => ({
  kind: 'program', name, id: `${name}:${name}`, state: 'RUNNING', health: 'unknown', pid: 10, startedAt: NOW - 65_000, rssBytes: 10 * MB, cpuPercent: 0, processes: 1, files: 3, limits: [], ...over,
});
const ROWS = [
  row('calm'),
  row('burner', { cpuPercent: 98.76, limits: [{ limit: 'cpu', max: 80, percent: 123.5 }, { limit: 'memory', max: 100 * MB, percent: 10 }] }),
  row('eater', { rssBytes: 1536 * MB, processes: 7, files: null, health: 'degraded', limits: [{ limit: 'memory', max: 1600 * MB, percent: 96 }] }),
  row('import', { kind: 'run', id: '3f2a9c0d-0000-4000-8000-000000000000', startedAt: NOW - 400, pid: null }),
];
const PIPE = { now: NOW, columns: null, colour: false } as const;

test('top has one line for each that lives, the greediest first, with the limit that is most used up [C28]', () => {
  assert.deepEqual(topLines(ROWS, 'cpu', PIPE), [
    'NAME             PID    CPU   MEMORY  PROCESSES  FILES  UPTIME  HEALTH    LIMIT',
    'burner            10  98.8%  10.0 MB          1      3   1m 5s  unknown   cpu 124%',
    'calm              10     0%  10.0 MB          1      3   1m 5s  unknown   -',
    'eater             10     0%   1.5 GB          7      -   1m 5s  degraded  memory 96%',
    'import 3f2a9c0d    -     0%  10.0 MB          1      3    0.4s  unknown   -',
  ]);
});

test('it can be sorted by each column, and equals stand by name', () => {
  const first: Readonly<Record<Sort, string>> = { cpu: 'burner', memory: 'eater', processes: 'eater', files: 'burner', name: 'burner', uptime: 'burner' };
  for (const by of Object.keys(SORTS) as Sort[]) assert.equal(sorted(ROWS, by, NOW)[0]?.name, first[by], by);
  assert.equal(sorted(ROWS, 'files', NOW).at(-1)?.name, 'eater', 'what cannot be seen comes last');
  assert.equal(new Set(Object.values(SORTS)).size, Object.keys(SORTS).length, 'each has a key of its own');
});

test('on a narrow terminal columns that matter less give way, and the sum stands above', () => {
  const lines = topLines(ROWS, 'memory', { now: NOW, columns: 50, colour: false });
  for (const line of lines) assert.ok(line.length <= 50, line);
  assert.match(lines[0] ?? '', /^NAME .*CPU .*MEMORY\*/);
  assert.equal(totalLine(ROWS), '4 running: 98.8% of a core, 1.5 GB, 10 processes');
});

test('a limit that is passed is red, one that is near is yellow, on a terminal', () => {
  const lines = topLines(ROWS, 'cpu', { now: NOW, columns: 200, colour: true });
  assert.match(lines[1] ?? '', /\u001B\[31mcpu 124%/);
  assert.match(lines[3] ?? '', /\u001B\[33mmemory 96%/);
});
