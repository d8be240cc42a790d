// How long to start 1,000 children, does the API answer meanwhile, and what does each cost in the daemon?
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { nowNs, residentKib, sizeOf, until } from './wait.ts';
import type { Measure, Row } from './subject.ts';

const FEW = 20;
const MANY = 1000;
/** For allocators and collectors to come to rest. */
const SETTLE_MS = 3000;

export const thousand: Measure = async (subject, bench) => {
  const rows: Row[] = [];
  let fewKib = 0;
  for (const copies of [FEW, MANY]) {
    if (copies > subject.maxCopies) continue;
    const folder = bench.folder();
    const file = join(folder, 'started');
    const startedAt = nowNs();
    await using daemon = await subject.launch(folder, [{ name: 'idle', argv: [bench.child, 'idle', file], copies, logfile: join(folder, 'idle.log') }]);
    let worstMs = 0;
    let answers = 0;
    let done = false;
    const pinging = (async () => {
      while (!done && daemon.ping !== null && copies === MANY) {
        const askedAt = performance.now();
        // Before the socket listens a refusal is no answer; what counts is how long an answer takes.
        if (await daemon.ping().then(() => true, () => false)) {
          worstMs = Math.max(worstMs, performance.now() - askedAt);
          answers += 1;
        }
        await delay(10);
      }
    })();
    await until(`${subject.name} starts ${copies} children`, () => sizeOf(file) >= copies, 60_000);
    const ms = Number(nowNs() - startedAt) / 1e6;
    done = true;
    await pinging;
    await delay(SETTLE_MS);
    const kib = residentKib(await daemon.pid());
    if (copies === FEW) {
      fewKib = kib;
      rows.push({ id: 'rss20', label: `resident memory, ${FEW} programs idle`, unit: 'MiB', better: 'less', value: kib / 1024 });
    } else {
      rows.push({ id: 'thousand', label: `${MANY} children started`, unit: 'ms', better: 'less', value: ms });
      if (answers > 0) rows.push({ id: 'thousand-api', label: 'slowest API answer meanwhile', unit: 'ms', better: 'less', value: worstMs });
      rows.push({ id: 'per-child', label: 'memory per idle child in the daemon', unit: 'KiB', better: 'less', value: (kib - fewKib) / (MANY - FEW) });
    }
  }
  return rows;
};
