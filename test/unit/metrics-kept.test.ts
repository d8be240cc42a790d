// What a scrape keeps for the next one never shows: the answer is what it would be without.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { crc32, gunzipSync } from 'node:zlib';
import { joinCrc } from '../../daemon/api/crc-join.ts';
import { gzipOf, plainOf } from '../../daemon/api/metrics-bytes.ts';
import { writeProcesses } from '../../daemon/api/metrics-processes.ts';
import type { ProcessSources } from '../../daemon/api/metrics-processes.ts';
import { KeptSamples } from '../../daemon/api/metrics-samples.ts';
import { MetricsText } from '../../daemon/api/metrics-text.ts';
import type { TextFormat } from '../../daemon/api/metrics-text.ts';
import { writeWork } from '../../daemon/api/metrics-work.ts';
import type { Fact, FactBody } from '../../daemon/contract/facts.ts';
import { applyEvent, emptySnapshot } from '../../daemon/contract/snapshot.ts';
import { Tally } from '../../daemon/runtime/tally.ts';

/** The same numbers in [0, 1) each time. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const GROUPS = ['g', 'h"q\\', 'ü'];

/** Programs that come and go, live and end, move and change their names; some use more than at the scrape before. */
class House {
  readonly snapshot = emptySnapshot();
  readonly tally = new Tally({ mono: () => this.now });
  private readonly usage = new Map<string, { rssBytes: number; cpuPercent: number; cpuMs: number; processes: number; files: number | null }>();
  private readonly bytes = new Map<string, number>();
  private readonly chance: () => number;
  private now = 0;
  private seq = 0;
  private lives = 0;

  constructor(seed: number) {
    this.chance = chances(seed);
  }

  private says(body: FactBody): void {
    const fact = { ...body, seq: (this.seq += 1), at: 1_000_000 + this.now } as Fact;
    applyEvent(this.snapshot, fact);
    this.tally.heard(fact);
  }

  pick(many: number): number {
    return Math.floor(this.chance() * many);
  }

  step(): void {
    this.now += 500;
    const num = this.pick(150);
    const process = `g:web-${num}`;
    const view = this.snapshot.processes.get(process);
    const group = GROUPS[this.pick(GROUPS.length)] ?? 'g';
    const program = `program-${this.pick(90)}`;
    if (!this.snapshot.groups.has(group)) this.says({ type: 'group.added', group, parent: null, strategy: 'one_for_one', members: [] });
    if (view === undefined) {
      this.says({ type: 'process.added', process, group, program, num, autostart: true, priority: 1, incarnation: 0 });
      return;
    }
    const incarnation = (this.lives += 1);
    switch (this.pick(8)) {
      case 0: this.says({ type: 'process.removed', process }); return;
      case 1: this.says({ type: 'process.changed', process, program, num, autostart: true, priority: 1 }); return;
      case 2: this.says({ type: 'process.added', process, group, program, num, autostart: true, priority: 1, incarnation }); return;
      case 3: this.says({ type: 'process.exited', process, incarnation, pid: 7, code: this.pick(30), signal: null, coreDumped: false, expected: false, ranMs: 5, from: 'RUNNING', left: [] }); return;
      case 4: this.bytes.set(process, this.pick(1000)); return;
      case 5: if (this.chance() < 0.05) this.says({ type: 'group.removed', group }); return;
      default:
        this.says({ type: 'process.starting', process, incarnation, from: 'STOPPED', tries: 0 });
        this.says({ type: 'process.spawned', process, incarnation, pid: 1000 + num, supervisionId: `id-${incarnation}` });
        this.says({ type: 'process.running', process, incarnation, pid: 1000 + num, ready: this.chance() < 0.5, startMs: this.pick(5000) });
        this.usage.set(process, { rssBytes: this.pick(1e9), cpuPercent: 1, cpuMs: this.pick(1e6), processes: 1, files: this.chance() < 0.2 ? null : this.pick(50) });
    }
  }

  private sources(): ProcessSources {
    const { snapshot, tally, usage, bytes } = this;
    const stats = (id: string) => ({ bytes: bytes.get(id) ?? 0, lines: 0, dropped: 0, rotations: 0, blocked: false, paths: { stdout: null, stderr: null } });
    return { snapshot, tally, usage, probes: () => [], logs: { stats }, now: this.now };
  }

  pieces(format: TextFormat, kept?: KeptSamples): ReturnType<MetricsText['end']> {
    const text = new MetricsText(format, kept);
    const idle = { waiting: 0, steps: 0 };
    writeProcesses(text, this.sources());
    writeWork(text, { snapshot: this.snapshot, meters: { tally: this.tally, loops: { programs: idle, jobs: idle, issues: idle }, deadLetters: () => new Map() }, now: this.now });
    return text.end();
  }
}

test('over a random walk the answer made of what was kept is the one made anew, compressed and not, in both forms', async () => {
  const house = new House(20_261_122);
  const kept = new KeptSamples();
  for (let step = 0; step < 200; step += 1) house.step();
  let reused = 0;
  for (let scrape = 0; scrape < 60; scrape += 1) {
    for (let steps = house.pick(4); steps > 0; steps -= 1) house.step();
    const format = house.pick(2) === 0 ? 'classic' : 'openmetrics';
    const expected = (await plainOf(house.pieces(format))).toString();
    const pieces = house.pieces(format, kept);
    for (const piece of pieces) if (typeof piece !== 'string' && piece.again) reused += 1;
    // Asked for one way, or both, or in the other order: what is kept is made when it is wanted.
    const answers = [gzipOf(pieces).then((bytes) => gunzipSync(bytes)), plainOf(pieces)];
    for (const answer of house.pick(2) === 0 ? answers : answers.toReversed()) assert.equal((await answer).toString(), expected, `scrape ${scrape}`);
  }
  assert.ok(reused > 200, `${reused} families as they were`);
  assert.ok(kept.families.size > 10 && kept.families.size < 40, `${kept.families.size} families kept`);
});

test('a family that got small, or is told no more, is not kept', () => {
  const kept = new KeptSamples();
  const write = (rows: number): void => {
    const text = new MetricsText('classic', kept);
    text.each('reeve_process_up', Array.from({ length: rows }, (_, at) => ({ labels: `process="${at}"` })), () => 1);
    const starts = text.histogram('reeve_program_start_seconds');
    for (let at = 0; at < rows; at += 1) starts(`program="${at}"`, { bounds: [1, 2], counts: [1, 0], count: 1, sum: 1 });
    text.end();
  };
  write(100);
  assert.deepEqual([...kept.families.keys()], ['reeve_process_up', 'reeve_program_start_seconds']);
  write(3);
  assert.equal(kept.families.size, 0);
  write(100);
  write(0);
  assert.equal(kept.families.size, 0);
});

test('an answer under way is not changed by the scrape after it', async () => {
  const kept = new KeptSamples();
  const pieces = (value: number): ReturnType<MetricsText['end']> => {
    const text = new MetricsText('classic', kept);
    text.each('reeve_process_up', Array.from({ length: 100 }, (_, at) => ({ labels: `process="${at}"` })), () => value);
    return text.end();
  };
  const first = pieces(1);
  const second = pieces(0);
  const [one, other] = [await plainOf(first), gunzipSync(await gzipOf(second))];
  assert.equal(one.toString().match(/ 1\n/g)?.length, 100);
  assert.equal(other.toString().match(/ 0\n/g)?.length, 100);
});

test('the check sum of two texts is made of that of each', () => {
  const chance = chances(7);
  for (const [a, b] of [[0, 0], [0, 5], [5, 0], [1, 1], [70_000, 3], [3, 70_000], [65_536, 65_535]] as const) {
    const [one, other] = [Buffer.alloc(a), Buffer.alloc(b)].map((bytes) => bytes.map(() => chance() * 256));
    assert.equal(joinCrc(crc32(one ?? ''), crc32(other ?? ''), b), crc32(Buffer.concat([one ?? Buffer.alloc(0), other ?? Buffer.alloc(0)])), `${a} and ${b} bytes`);
  }
});

test('text of any size is packed: nothing, a little, and more than a block that is not compressed holds', async () => {
  for (const text of ['', 'a', 'ü'.repeat(511), 'ü'.repeat(512), 'b'.repeat(200_000)]) assert.equal(gunzipSync(await gzipOf([text, text, ''])).toString(), text + text);
});
