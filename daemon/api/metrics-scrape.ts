// One answer of /metrics: made anew at each scrape from the snapshot, the tally of facts and what is measured for it.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Control } from '../runtime/control.ts';
import type { Answer, Context } from './context.ts';
import { writeDaemon } from './metrics-daemon.ts';
import { writeProcesses } from './metrics-processes.ts';
import { CONTENT_TYPES, formatOf, MetricsText } from './metrics-text.ts';
import type { TextFormat } from './metrics-text.ts';
import { writeWork } from './metrics-work.ts';
import { measureAll } from './ps.ts';
import { requestCountsOf } from './request-counts.ts';

/** What is kept of scrapes of a daemon. */
interface Scraped {
  count: number;
  lastMs: number | null;
  /** Under way or just made, by form: who comes meanwhile gets the same. */
  readonly open: Map<TextFormat, Promise<Made>>;
}

interface Made {
  readonly text: Buffer;
  /** Asked for by the first who takes it. */
  squeezed: Promise<Buffer> | null;
}

/** An answer that was dear serves so many times as long as it took: however often it is asked for, a fifth of the loop goes into it. */
const SERVES = 4;
const DEAR_MS = 25;

const GZIP_FROM = 8 * 1024;
/** The fastest: the text repeats itself so much that more effort saves little. */
const GZIP_LEVEL = 1;

const squeeze = promisify(gzip);
const records = new WeakMap<Control, Scraped>();

/** `gzip`, unless it is said that it is not wanted. */
function takesGzip(header: string): boolean {
  return /(?:^|,)\s*gzip\s*(?:$|,|;\s*q=(?!0(?:\.0*)?\s*(?:$|,)))/i.test(header);
}

function recordOf(control: Control): Scraped {
  const found = records.get(control);
  if (found) return found;
  const made: Scraped = { count: 0, lastMs: null, open: new Map() };
  records.set(control, made);
  return made;
}

async function textOf(control: Control, format: TextFormat, record: Scraped): Promise<Buffer> {
  control.logs.countLines();
  const snapshot = control.snapshot();
  const living = [...snapshot.processes.values()].flatMap(({ id, pid }) => (pid === null ? [] : [id]));
  const usage = await measureAll(control, living, true);
  const text = new MetricsText(format);
  const { meters, logs, version } = control;
  const now = Date.now();
  writeProcesses(text, { snapshot, tally: meters.tally, usage, health: control.wellness.rows([...snapshot.processes.keys()], false), logs, now });
  writeWork(text, { snapshot, meters, now });
  writeDaemon(text, { snapshot, meters, facts: control.factCounts(), version, requests: requestCountsOf(control), scrapes: record, alerts: control.alerts.list() });
  return text.end();
}

async function scrape(control: Control, format: TextFormat, record: Scraped): Promise<Made> {
  // Who asked in this turn of the loop, on other connections, is heard first and gets the same.
  await new Promise((resolve) => void setImmediate(resolve));
  const began = performance.now();
  let serves = 0;
  try {
    const text = await textOf(control, format, record);
    const tookMs = performance.now() - began;
    serves = tookMs < DEAR_MS ? 0 : SERVES * tookMs;
    return { text, squeezed: null };
  } finally {
    if (serves === 0) record.open.delete(format);
    else setTimeout(() => record.open.delete(format), serves).unref();
    record.count += 1;
    record.lastMs = performance.now() - began;
  }
}

/** Answers a request in the form it asks for. */
export async function answerMetrics({ control, request, reply }: Context): Promise<Answer> {
  const record = recordOf(control);
  const format = formatOf(request.headers.accept);
  let answer = record.open.get(format);
  if (!answer) record.open.set(format, answer = scrape(control, format, record));
  const made = await answer;
  const { text } = made;
  reply.type(CONTENT_TYPES[format]).header('vary', 'accept, accept-encoding');
  if (text.length < GZIP_FROM || !takesGzip(request.headers['accept-encoding'] ?? '')) return text;
  reply.header('content-encoding', 'gzip');
  return (made.squeezed ??= squeeze(text, { level: GZIP_LEVEL }));
}
