// A child is killed: how long until the first instruction of the next one?
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { marks, median, nowNs, until } from './wait.ts';
import type { Measure } from './subject.ts';

const ROUNDS = 11;
/** Between a birth and the next death, so that no supervisor takes it for a failed start. */
const LIFE_MS = 250;
/** A slow one is asked less often. */
const BUDGET_MS = 8000;

export const respawn: Measure = async (subject, bench) => {
  const folder = bench.folder();
  const file = join(folder, 'marks');
  await using daemon = await subject.launch(folder, [{ name: 'mortal', argv: [bench.child, 'mark', file], copies: 1, logfile: null }]);
  const times: number[] = [];
  const begunAt = performance.now();
  for (let round = 1; round <= ROUNDS && (round <= 3 || performance.now() - begunAt < BUDGET_MS); round += 1) {
    const seen = await until(`life ${round} under ${subject.name}`, () => { const all = marks(file); return all.length >= round && all; }, 20_000);
    await delay(LIFE_MS);
    const killedAt = nowNs();
    process.kill(Number(seen.at(-1)?.[0]), 'SIGKILL');
    const next = await until(`life ${round + 1} under ${subject.name}`, () => { const all = marks(file); return all.length > round && all; }, 20_000, 1);
    times.push(Number((next[round]?.[1] ?? 0n) - killedAt) / 1e6);
  }
  await daemon.pid();
  return [{ id: 'respawn', label: 'crash to respawn, median', unit: 'ms', better: 'less', value: median(times) }];
};
