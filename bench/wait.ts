// Waiting for what a child does, with a deadline, and reading what the kernel knows of a daemon.
import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Clock ticks per second of /proc/PID/stat; 100 on every Linux of today. */
const TICKS = 100;

/** Nanoseconds of the monotonic clock, the same clock as the children's. */
export const nowNs = (): bigint => process.hrtime.bigint();

/** Asks every `everyMs` until the answer is neither null nor false; throws after `deadlineMs`. */
export async function until<T>(what: string, ask: () => T | null | false | Promise<T | null | false>, deadlineMs: number, everyMs = 2): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await delay(everyMs);
  }
}

/** Size of a file in bytes, 0 when there is none. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Lines of numbers that children appended. */
export function marks(file: string): bigint[][] {
  if (sizeOf(file) === 0) return [];
  return readFileSync(file, 'utf8').split('\n').slice(0, -1).map((line) => line.split(' ').map(BigInt));
}

/** CPU seconds (user and system) that a process has used. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Resident memory in KiB. */
export function residentKib(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN);
}

/** Runs a command to its end; rejects with its output on a failure. A code in `accept` is no failure. */
export function run(file: string, args: readonly string[], environment: Readonly<Record<string, string | undefined>> = process.env, timeoutMs = 60_000): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, [...args], { env: environment as NodeJS.ProcessEnv, timeout: timeoutMs, maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`cannot run ${file} ${args.join(' ')}: ${error.message} ${stderr.slice(0, 2000)}`));
    });
  });
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Waits until a process is gone. */
export async function gone(pid: number, deadlineMs: number): Promise<void> {
  await until(`the end of ${pid}`, () => { try { process.kill(pid, 0); return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')); } catch { return true; } }, deadlineMs, 10);
}
