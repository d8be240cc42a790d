// The text that Prometheus reads, in its classic form and as OpenMetrics: families in the order they are written, each with its
// samples. A few samples at a time as a string, the rest as bytes already: megabytes of strings that grow are what the collector of
// garbage takes longest for.
import { METRICS, openMetricsFamily } from '../contract/metrics.ts';
import type { MetricDefinition, MetricName } from '../contract/metrics.ts';

export type TextFormat = 'classic' | 'openmetrics';

export const CONTENT_TYPES: Readonly<Record<TextFormat, string>> = {
  classic: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** Names of metrics by type of their family, so that a histogram is not written as a gauge. */
type Of<T extends MetricDefinition['type']> = { [N in MetricName]: (typeof METRICS)[N] extends { readonly type: T } ? N : never }[MetricName];

/** Samples of one family. `labels` as `labelText` makes them. */
export type Sample = (labels: string, value: number) => void;

/** Cumulative over time; `counts` are not cumulative over buckets. */
export interface Distribution {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

const NEEDS_ESCAPE = /["\\\n]/;

function escaped(value: string): string {
  return NEEDS_ESCAPE.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : value;
}

/** `a="x",b="y"`, with what must be escaped escaped. */
export function labelText(names: readonly string[], values: readonly string[]): string {
  let text = '';
  for (const [at, name] of names.entries()) text += `${at === 0 ? '' : ','}${name}="${escaped(values[at] ?? '')}"`;
  return text;
}

/** A bound as both forms take it: OpenMetrics wants a decimal point. */
function boundText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

/** Most histograms are as they were at the scrape before, and their many lines are too. */
const written = new WeakMap<Distribution, { readonly labels: string; readonly count: number; readonly text: string }>();

function histogramLines(sample: string, labels: string, { bounds, counts, count, sum }: Distribution): string {
  const lines: string[] = [];
  let total = 0;
  for (const [at, bound] of bounds.entries()) {
    total += counts[at] ?? 0;
    lines.push(`${sample}_bucket{${labels},le="${boundText(bound)}"} ${total}\n`);
  }
  lines.push(`${sample}_bucket{${labels},le="+Inf"} ${count}\n`, `${sample}_sum{${labels}} ${numberText(sum)}\n`, `${sample}_count{${labels}} ${count}\n`);
  return lines.join('');
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** Characters that are a string before they become bytes. They die young, and so cost next to nothing. */
const CHUNK_CHARS = 32 * 1024;
/** A character of a string takes so many bytes at most. */
const BYTES_PER_CHAR = 3;
/** Room to begin with: twice a chunk, or what the answer before needed and a little more. */
const ROOM_BYTES = 2 * BYTES_PER_CHAR * CHUNK_CHARS;
const MORE = 1.1;
let lastBytes = 0;

export class MetricsText {
  private readonly format: TextFormat;
  private text = '';
  private bytes = Buffer.allocUnsafeSlow(ROOM_BYTES + Math.ceil(lastBytes * MORE));
  private length = 0;

  constructor(format: TextFormat) {
    this.format = format;
  }

  /** Begins a family of plain numbers; its samples follow before the next family begins. */
  family(name: Of<'gauge' | 'counter' | 'info'>): Sample {
    const sample = this.head(name);
    return (labels, value) => {
      this.add(labels === '' ? `${sample} ${numberText(value)}\n` : `${sample}{${labels}} ${numberText(value)}\n`);
    };
  }

  /** A family of one number of each row. null: there is nothing to say of this one. */
  each<R extends { readonly labels: string }>(name: Of<'gauge' | 'counter' | 'info'>, rows: readonly R[], of: (row: R) => number | null | undefined): void {
    const sample = this.family(name);
    for (const row of rows) {
      const value = of(row);
      if (value != null) sample(row.labels, value);
    }
  }

  /** A family of one number. */
  single(name: Of<'gauge' | 'counter'>, value: number): void {
    this.family(name)('', value);
  }

  summary(name: Of<'summary'>): (labels: string, of: { readonly count: number; readonly sum: number }) => void {
    const sample = this.head(name);
    return (labels, { count, sum }) => {
      this.add(`${sample}_sum{${labels}} ${numberText(sum)}\n${sample}_count{${labels}} ${count}\n`);
    };
  }

  histogram(name: Of<'histogram'>): (labels: string, of: Distribution) => void {
    const sample = this.head(name);
    return (labels, of) => {
      const last = written.get(of);
      if (last?.count === of.count && last.labels === labels) this.add(last.text);
      else {
        const lines = histogramLines(sample, labels, of);
        written.set(of, { labels, count: of.count, text: lines });
        this.add(lines);
      }
    };
  }

  /** All of it, in UTF-8. */
  end(): Buffer {
    if (this.format === 'openmetrics') this.text += '# EOF\n';
    this.flush();
    lastBytes = this.length;
    return this.bytes.subarray(0, this.length);
  }

  private add(lines: string): void {
    this.text += lines;
    if (this.text.length >= CHUNK_CHARS) this.flush();
  }

  private flush(): void {
    const needed = this.length + BYTES_PER_CHAR * this.text.length;
    if (needed > this.bytes.length) {
      const more = Buffer.allocUnsafeSlow(2 * needed);
      this.bytes.copy(more, 0, 0, this.length);
      this.bytes = more;
    }
    this.length += this.bytes.write(this.text, this.length);
    this.text = '';
  }

  private head(name: MetricName): string {
    const { type, says, unit }: MetricDefinition = METRICS[name];
    const help = says.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
    if (this.format === 'classic') {
      this.add(`# HELP ${name} ${help}\n# TYPE ${name} ${type === 'info' ? 'gauge' : type}\n`);
      return name;
    }
    const { family, type: open } = openMetricsFamily(name);
    // The unit is the end of the name of its family, so one that ends in _total has none.
    this.add(`# TYPE ${family} ${open}\n${unit !== undefined && family.endsWith(`_${unit}`) ? `# UNIT ${family} ${unit}\n` : ''}# HELP ${family} ${help.replaceAll('"', '\\"')}\n`);
    return name;
  }
}

/** The form that an Accept header asks for: OpenMetrics where it is named and not less wanted than text. */
export function formatOf(accept: string | undefined): TextFormat {
  let open = 0;
  let classic = 0;
  for (const part of (accept ?? '').toLowerCase().split(',')) {
    const [media = '', ...parameters] = part.split(';').map((word) => word.trim());
    const asked = parameters.find((word) => word.startsWith('q='))?.slice(2);
    const quality = asked === undefined ? 1 : Number(asked);
    if (media === 'application/openmetrics-text' && parameters.every((word) => !word.startsWith('version=') || word === 'version=1.0.0')) open = Math.max(open, quality);
    else if (media === 'text/plain') classic = Math.max(classic, quality);
  }
  return open > 0 && open >= classic ? 'openmetrics' : 'classic';
}
