// What does a scrape of /metrics cost with 1,000 programs that sleep, asked for as Prometheus asks, and what would a library of metrics cost in place of our own writer?
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { Counter, Gauge, Histogram as LibraryHistogram, Registry } from 'prom-client';
import { LIFE_BUCKETS } from '../daemon/contract/metric-buckets.ts';
import { plainOf } from '../daemon/api/metrics-bytes.ts';
import { MetricsText } from '../daemon/api/metrics-text.ts';
import { cpuSeconds, median, sizeOf, until } from './wait.ts';
import type { BenchProgram, Measure, Row } from './subject.ts';

const PROGRAMS = 1000;
const SCRAPES = 40;
/** The first ones are slow: code is compiled, and the meter has no account yet. */
const WARM_UP = 15;
const SETTLE_MS = 2000;
/** An answer that was dear serves for some times as long as it took: ask when it does no longer. */
const GAP_TIMES = 6;
const GAP_MS = 100;
/** Of the last scrape, as /metrics says it. */
const TOOK = /^reeve_scrape_duration_seconds (\S+)$/m;

/** The same families by ours and by prom-client, made anew as a scrape makes them: ten gauges, five counters, one histogram, for each of so many programs. */
const GAUGES = ['reeve_process_up', 'reeve_process_state', 'reeve_process_wanted', 'reeve_process_ready', 'reeve_process_disabled', 'reeve_process_flapping', 'reeve_process_health', 'reeve_process_start_time_seconds', 'reeve_process_resident_memory_bytes', 'reeve_process_open_fds'] as const;
const COUNTERS = ['reeve_process_restarts_total', 'reeve_process_cpu_seconds_total', 'reeve_process_log_bytes_total', 'reeve_process_log_lines_total', 'reeve_process_log_rotations_total'] as const;
const LABELS = ['process', 'group', 'program'] as const;
const HISTOGRAM = 'reeve_program_start_seconds';

const names = Array.from({ length: PROGRAMS }, (_, at) => `program-${at}`);

async function byOurs(): Promise<number> {
  const text = new MetricsText('classic');
  const labels = names.map((name) => `process="${name}:${name}",group="${name}",program="${name}"`);
  for (const name of [...GAUGES, ...COUNTERS]) {
    const sample = text.family(name);
    for (const [at, label] of labels.entries()) sample(label, at * 1.5);
  }
  const histogram = text.histogram(HISTOGRAM);
  const counts = LIFE_BUCKETS.map(() => 1);
  for (const label of labels) histogram(label, { bounds: LIFE_BUCKETS, counts, count: LIFE_BUCKETS.length, sum: 9 });
  return (await plainOf(text.end())).length;
}

async function byLibrary(): Promise<number> {
  const registry = new Registry();
  const registers = [registry];
  const labelled = names.map((name) => ({ process: `${name}:${name}`, group: name, program: name }));
  for (const name of GAUGES) {
    const gauge = new Gauge({ name, help: 'x', labelNames: LABELS, registers });
    for (const [at, labels] of labelled.entries()) gauge.set(labels, at * 1.5);
  }
  for (const name of COUNTERS) {
    const counter = new Counter({ name, help: 'x', labelNames: LABELS, registers });
    for (const [at, labels] of labelled.entries()) counter.inc(labels, at * 1.5);
  }
  const histogram = new LibraryHistogram({ name: HISTOGRAM, help: 'x', labelNames: LABELS, buckets: [...LIFE_BUCKETS], registers });
  for (const labels of labelled) histogram.observe(labels, 1);
  return Buffer.byteLength(await registry.metrics());
}

async function medianOf(rounds: number, once: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const begun = performance.now();
    await once();
    times.push(performance.now() - begun);
  }
  return median(times.slice(Math.floor(rounds / 3)));
}

export const scrape: Measure = async (subject, bench) => {
  const folder = bench.folder();
  const file = join(folder, 'started');
  // Each a program of its own: the most there is to tell.
  const programs = names.map((name): BenchProgram => ({ name, argv: [bench.child, 'idle', file], copies: 1, logfile: null }));
  if (!subject.asks) return [];
  await using daemon = await subject.launch(folder, programs);
  if (daemon.metrics === null) return [];
  await until(`${subject.name} starts ${PROGRAMS} children`, () => sizeOf(file) >= PROGRAMS, 60_000);
  const { metrics } = daemon;
  const pid = await daemon.pid();
  await delay(SETTLE_MS);
  const inside: number[] = [];
  const outside: number[] = [];
  let bytes = 0;
  let sentBytes = 0;
  let used = 0;
  for (let round = 0; round < WARM_UP + SCRAPES; round += 1) {
    if (round === WARM_UP) used = cpuSeconds(pid);
    const begun = performance.now();
    const sent = await metrics();
    const tookMs = performance.now() - begun;
    const text = gunzipSync(sent).toString();
    if (round >= WARM_UP) outside.push(tookMs);
    const took = TOOK.exec(text)?.[1];
    if (round > WARM_UP && took !== undefined) inside.push(Number(took) * 1000);
    bytes = Buffer.byteLength(text);
    sentBytes = sent.length;
    await delay(Math.max(GAP_MS, GAP_TIMES * tookMs));
  }
  const cpuMs = ((cpuSeconds(pid) - used) * 1000) / SCRAPES;
  const rows: Row[] = [
    { id: 'scrape', label: `a scrape of ${PROGRAMS} programs, in the daemon`, unit: 'ms', better: 'less', value: median(inside) },
    { id: 'scrape-answer', label: 'its answer, at the client', unit: 'ms', better: 'less', value: median(outside) },
    { id: 'scrape-cpu', label: 'processor time of the daemon for it', unit: 'ms', better: 'less', value: cpuMs },
    { id: 'scrape-size', label: 'its size, not compressed', unit: 'KiB', better: 'less', value: bytes / 1024 },
    { id: 'scrape-sent', label: 'its size as it is sent', unit: 'KiB', better: 'less', value: sentBytes / 1024 },
    { id: 'scrape-text', label: `text of ${PROGRAMS} programs, 16 families, by our writer`, unit: 'ms', better: 'less', value: await medianOf(30, byOurs) },
    { id: 'scrape-text-library', label: 'the same by prom-client', unit: 'ms', better: 'less', value: await medianOf(12, byLibrary) },
  ];
  return rows;
};
