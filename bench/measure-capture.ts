// How fast does output go through the daemon into a file that rotates at 50 MiB x 10, and what does it cost?
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cpuSeconds, marks, until } from './wait.ts';
import type { Bench, Measure, Row, Subject } from './subject.ts';

const GIB = 1024 ** 3;
const IDLE_MS = 700;

/** `line` is slow everywhere, so it gets fewer bytes. */
const FORMS = [
  { form: 'block', bytes: GIB, label: 'capture, blocks of 64 KiB' },
  { form: 'line', bytes: GIB / 8, label: 'capture, one write per line' },
] as const;

async function one(subject: Subject, bench: Bench, { form, bytes, label }: (typeof FORMS)[number]): Promise<Row[]> {
  const folder = bench.folder();
  const file = join(folder, 'marks');
  const go = join(folder, 'go');
  await using daemon = await subject.launch(folder, [{ name: 'writer', argv: [bench.child, form, file, go, String(bytes)], copies: 1, logfile: join(folder, 'out.log') }]);
  const pid = await daemon.pid();
  await delay(IDLE_MS * 2);
  const before = cpuSeconds(pid);
  writeFileSync(go, '');
  const [mark] = await until(`${subject.name} takes ${bytes} bytes`, () => { const seen = marks(file); return seen.length > 0 && seen; }, 60_000);
  // The writer is done when the pipe has its last bytes; the daemon's work goes on a little.
  await delay(IDLE_MS);
  const cpu = cpuSeconds(pid) - before;
  const seconds = Number((mark?.[2] ?? 0n) - (mark?.[1] ?? 0n)) / 1e9;
  return [
    { id: `capture-${form}`, label, unit: 'MB/s', better: 'more', value: bytes / 1e6 / seconds },
    { id: `capture-${form}-cpu`, label: `${label}, daemon`, unit: 'CPU s/GiB', better: 'less', value: cpu * GIB / bytes },
  ];
}

export const capture: Measure = async (subject, bench) => {
  const rows: Row[] = [];
  for (const form of FORMS) rows.push(...await one(subject, bench, form));
  return rows;
};
