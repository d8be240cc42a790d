// What do jobs cost while none is due, and how soon does each of a hundred start that are due in the same second?
import { setTimeout as delay } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpuSeconds, marks, median, nowNs, residentKib, until } from './wait.ts';
import type { Bench, Measure, Row, Subject } from './subject.ts';

const IDLE_JOBS = 2000;
const IDLE_MS = 10_000;
const SETTLE_MS = 3000;
const CROWD = 100;
const CROWDS = 3;

/** Times that a process gave up the processor by itself: it slept, and was woken. */
function wakeUps(pid: number): number {
  return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN);
}

/** Memory with so many jobs of which none is due soon; and what the daemon does meanwhile. */
async function idle(subject: Subject, bench: Bench, copies: number): Promise<{ readonly kib: number; readonly cpuMs: number; readonly wakeUps: number }> {
  const folder = bench.folder();
  const file = join(folder, 'marks');
  await using daemon = await subject.launch(folder, [{ name: 'first', argv: [bench.child, 'mark', file], copies: 1, logfile: null }], { argv: [bench.child, 'once', file], copies, schedule: '0 0 0 1 1 *' });
  await until(`${subject.name} starts a child`, () => marks(file).length > 0, 20_000);
  const pid = await daemon.pid();
  await delay(SETTLE_MS);
  const [cpu, woken] = [cpuSeconds(pid), wakeUps(pid)];
  await delay(IDLE_MS);
  return { kib: residentKib(pid), cpuMs: (cpuSeconds(pid) - cpu) * 1000, wakeUps: wakeUps(pid) - woken };
}

/** ms from the beginning of a second in which so many jobs are due to the first instruction of the last of their children. */
async function crowd(subject: Subject, bench: Bench): Promise<number> {
  const folder = bench.folder();
  const file = join(folder, 'marks');
  await using daemon = await subject.launch(folder, [], { argv: [bench.child, 'once', file], copies: CROWD, schedule: '*/5 * * * * *' });
  await daemon.pid();
  const lasts: number[] = [];
  for (let round = 1; round <= CROWDS; round += 1) {
    await until(`${CROWD} jobs run, round ${round}`, () => marks(file).length >= round * CROWD, 30_000, 20);
    const [wall, mono] = [Date.now(), nowNs()];
    const started = marks(file).slice((round - 1) * CROWD, round * CROWD).map((mark) => wall - Number(mono - (mark[1] ?? 0n)) / 1e6);
    lasts.push(Math.max(...started) % 5000);
  }
  return median(lasts);
}

export const jobs: Measure = async (subject, bench) => {
  if (!subject.schedules) return [];
  const none = await idle(subject, bench, 0);
  const many = await idle(subject, bench, IDLE_JOBS);
  const rows: Row[] = [
    { id: 'jobs-memory', label: 'memory per job that waits', unit: 'KiB', better: 'less', value: (many.kib - none.kib) / IDLE_JOBS },
    { id: 'jobs-cpu', label: `CPU of ${IDLE_JOBS} jobs in 10 s without one due`, unit: 'ms', better: 'less', value: many.cpuMs },
    { id: 'jobs-wake', label: 'times it was woken meanwhile', unit: '', better: 'less', value: many.wakeUps },
    { id: 'jobs-crowd', label: `the last of ${CROWD} due in one second starts after`, unit: 'ms', better: 'less', value: await crowd(subject, bench) },
  ];
  return rows;
};
