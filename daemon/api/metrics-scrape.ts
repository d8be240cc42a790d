// One answer of /metrics: made anew at each scrape from the snapshot, the tally of facts and what is measured for it.
import type { Control } from '../runtime/control.ts';
import type { Answer, Context } from './context.ts';
import { gzipOf, plainOf } from './metrics-bytes.ts';
import type { Piece } from './metrics-bytes.ts';
import { writeDaemon } from './metrics-daemon.ts';
import { writeProcesses } from './metrics-processes.ts';
import { KeptSamples } from './metrics-samples.ts';
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
  /** null: nobody asked for long. */
  kept: KeptSamples | null;
  release: NodeJS.Timeout | null;
}

type Coding = 'gzip' | 'identity';

interface Made {
  readonly pieces: readonly Piece[];
  /** Each made for the first who takes it so. */
  readonly bytes: Map<Coding, Promise<Buffer>>;
}

/** An answer that was dear serves so many times as long as it took: however often it is asked for, a fifth of the loop goes into it. */
const SERVES = 4;
const DEAR_MS = 25;

const GZIP_FROM = 8 * 1024;
/** What is kept for the next scrape is given up when none comes for so long. Prometheus asks at least every two minutes. */
const KEPT_MS = 150_000;

const records = new WeakMap<Control, Scraped>();

/** From here on until nobody asks for long. */
function keptOf(record: Scraped): KeptSamples {
  record.release?.refresh();
  record.release ??= setTimeout(() => {
    record.kept = null;
    record.release = null;
  }, KEPT_MS).unref();
  return (record.kept ??= new KeptSamples());
}

/** `gzip`, unless it is said that it is not wanted. */
function takesGzip(header: string): boolean {
  return /(?:^|,)\s*gzip\s*(?:$|,|;\s*q=(?!0(?:\.0*)?\s*(?:$|,)))/i.test(header);
}

function recordOf(control: Control): Scraped {
  const found = records.get(control);
  if (found) return found;
  const made: Scraped = { count: 0, lastMs: null, open: new Map(), kept: null, release: null };
  records.set(control, made);
  return made;
}

function isSmall(pieces: readonly Piece[]): boolean {
  return pieces.every((piece) => typeof piece === 'string') && pieces.reduce((sum, { length }) => sum + length, 0) < GZIP_FROM;
}

function bytesOf({ pieces, bytes }: Made, coding: Coding): Promise<Buffer> {
  const known = bytes.get(coding);
  if (known !== undefined) return known;
  const made = coding === 'gzip' ? gzipOf(pieces) : plainOf(pieces);
  bytes.set(coding, made);
  return made;
}

async function piecesOf(control: Control, format: TextFormat, record: Scraped): Promise<readonly Piece[]> {
  control.logs.countLines();
  const snapshot = control.snapshot();
  const living: string[] = [];
  for (const { id, pid } of snapshot.processes.values()) if (pid !== null) living.push(id);
  const usage = await measureAll(control, living, true);
  const text = new MetricsText(format, keptOf(record));
  const { meters, logs, version, wellness } = control;
  const now = Date.now();
  // In one turn of the loop: what one sample says goes with what the others say.
  writeProcesses(text, { snapshot, tally: meters.tally, usage, probes: (id) => wellness.probes(id), logs, now });
  writeWork(text, { snapshot, meters, now });
  writeDaemon(text, { snapshot, meters, facts: control.factCounts(), version, requests: requestCountsOf(control), scrapes: record, alerts: control.alerts.list() });
  return text.end();
}

async function scrape(control: Control, format: TextFormat, coding: Coding, record: Scraped): Promise<Made> {
  // Who asked in this turn of the loop, on other connections, is heard first and gets the same.
  await new Promise((resolve) => void setImmediate(resolve));
  const began = performance.now();
  let serves = 0;
  try {
    const made: Made = { pieces: await piecesOf(control, format, record), bytes: new Map() };
    await bytesOf(made, isSmall(made.pieces) ? 'identity' : coding);
    const tookMs = performance.now() - began;
    serves = tookMs < DEAR_MS ? 0 : SERVES * tookMs;
    return made;
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
  const coding = takesGzip(request.headers['accept-encoding'] ?? '') ? 'gzip' : 'identity';
  let answer = record.open.get(format);
  if (!answer) record.open.set(format, answer = scrape(control, format, coding, record));
  const made = await answer;
  reply.type(CONTENT_TYPES[format]).header('vary', 'accept, accept-encoding');
  if (coding === 'identity' || isSmall(made.pieces)) return bytesOf(made, 'identity');
  reply.header('content-encoding', 'gzip');
  return bytesOf(made, 'gzip');
}
