// How long to start 1,000 children, does the API answer meanwhile, and what does each cost in the daemon?
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { nowNs, residentKib, sizeOf, until } from './wait.ts';
import type { Bench, Measure, Row, Subject } from './subject.ts';

const FEW = 20;
const MANY = 1000;
/** For allocators and collectors to come to rest. */
const SETTLE_MS = 3000;

interface Run {
  readonly ms: number;
  readonly kib: number;
  /** Of the answers after the first, which loads the HTTP stack. */
  readonly worstMs: number;
  readonly firstMs: number;
}

/** One launch with this many children; `ask`: its API is asked for everything, every 10 ms, until they run. */
async function once(subject: Subject, bench: Bench, copies: number, ask: boolean): Promise<Run> {
  const folder = bench.folder();
  const file = join(folder, 'started');
  const startedAt = nowNs();
  await using daemon = await subject.launch(folder, [{ name: 'idle', argv: [bench.child, 'idle', file], copies, logfile: join(folder, 'idle.log') }]);
  const answersMs: number[] = [];
  let done = false;
  const pinging = (async () => {
    while (!done && ask && daemon.ping !== null) {
      const askedAt = performance.now();
      // Before the socket listens a refusal is no answer; what counts is how long an answer takes.
      if (await daemon.ping().then(() => true, () => false)) answersMs.push(performance.now() - askedAt);
      await delay(10);
    }
  })();
  await until(`${subject.name} starts ${copies} children`, () => sizeOf(file) >= copies, 60_000);
  const ms = Number(nowNs() - startedAt) / 1e6;
  done = true;
  await pinging;
  await delay(SETTLE_MS);
  return { ms, kib: residentKib(await daemon.pid()), firstMs: answersMs[0] ?? 0, worstMs: Math.max(0, ...answersMs.slice(1)) };
}

export const thousand: Measure = async (subject, bench) => {
  const few = await once(subject, bench, FEW, false);
  const rows: Row[] = [{ id: 'rss20', label: `resident memory, ${FEW} programs idle`, unit: 'MiB', better: 'less', value: few.kib / 1024 }];
  if (subject.maxCopies < MANY) return rows;
  const many = await once(subject, bench, MANY, false);
  rows.push({ id: 'thousand', label: `${MANY} children started`, unit: 'ms', better: 'less', value: many.ms });
  rows.push({ id: 'per-child', label: 'memory per idle child in the daemon', unit: 'KiB', better: 'less', value: (many.kib - few.kib) / (MANY - FEW) });
  if (!subject.asks) return rows;
  const asked = await once(subject, bench, MANY, true);
  rows.push({ id: 'thousand-api', label: 'slowest API answer meanwhile', unit: 'ms', better: 'less', value: asked.worstMs });
  rows.push({ id: 'thousand-first', label: 'first API answer meanwhile', unit: 'ms', better: 'less', value: asked.firstMs });
  return rows;
};
