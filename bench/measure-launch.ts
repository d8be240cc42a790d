// How long from the command to the first instruction of the first child?
import { join } from 'node:path';
import { marks, median, nowNs, until } from './wait.ts';
import type { Measure } from './subject.ts';

const ROUNDS = 5;

export const launch: Measure = async (subject, bench) => {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const folder = bench.folder();
    const file = join(folder, 'marks');
    const startedAt = nowNs();
    await using daemon = await subject.launch(folder, [{ name: 'first', argv: [bench.child, 'mark', file], copies: 1, logfile: null }]);
    const [mark] = await until(`${subject.name} starts a child`, () => { const seen = marks(file); return seen.length > 0 && seen; }, 20_000);
    times.push(Number((mark?.[1] ?? 0n) - startedAt) / 1e6);
    await daemon.pid();
  }
  return [{ id: 'launch', label: 'launch to first child running', unit: 'ms', better: 'less', value: median(times) }];
};
