// How long does the client take to print the status of 20 programs?
import { join } from 'node:path';
import { median, sizeOf, until } from './wait.ts';
import type { Measure } from './subject.ts';

const COPIES = 20;
const ROUNDS = 9;

export const status: Measure = async (subject, bench) => {
  const folder = bench.folder();
  const file = join(folder, 'started');
  await using daemon = await subject.launch(folder, [{ name: 'idle', argv: [bench.child, 'idle', file], copies: COPIES, logfile: null }]);
  await until(`${subject.name} starts ${COPIES} children`, () => sizeOf(file) >= COPIES, 30_000);
  await until(`${subject.name} answers`, () => daemon.status().then(() => true, () => false), 20_000, 50);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const askedAt = performance.now();
    await daemon.status();
    times.push(performance.now() - askedAt);
  }
  return [{ id: 'status', label: `status of ${COPIES} in the client`, unit: 'ms', better: 'less', value: median(times) }];
};
