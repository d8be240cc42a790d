// The text that Prometheus reads, in its classic form and as OpenMetrics: families in the order they are written, each with its samples.
import { METRICS, openMetricsFamily } from '../contract/metrics.ts';
import type { MetricDefinition, MetricName } from '../contract/metrics.ts';
import type { Piece } from './metrics-bytes.ts';
import { addLines } from './metrics-lines.ts';
import { Gathering, isLarge, KeptSamples } from './metrics-samples.ts';
import type { Shape } from './metrics-samples.ts';

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

const ONE: Shape = { lines: 'one' };
const SUMMARY: Shape = { lines: 'summary' };
/** Until the first of a family comes. */
const NO_BOUNDS: Shape = { lines: 'histogram', bounds: [] };

export class MetricsText {
  /** Texts of labels that were made before. */
  readonly labels: KeptSamples['labels'];
  private readonly format: TextFormat;
  private readonly kept: KeptSamples;
  private readonly pieces: Piece[] = [];
  private text = '';
  private gathering: Gathering | null = null;

  /** kept: what the scrape before left. */
  constructor(format: TextFormat, kept = new KeptSamples()) {
    this.format = format;
    this.kept = kept;
    this.labels = kept.labels;
  }

  /** Begins a family of plain numbers; its samples follow before the next family begins. */
  family(name: Of<'gauge' | 'counter' | 'info'>): Sample {
    const gathering = this.begin(name, ONE);
    return (labels, value) => gathering.one(labels, value);
  }

  /** A family of one number of each row. null: there is nothing to say of this one. */
  each<R extends { readonly labels: string }>(name: Of<'gauge' | 'counter' | 'info'>, rows: readonly R[], of: (row: R) => number | null | undefined): void {
    const gathering = this.begin(name, ONE);
    // Twenty times a thousand: by number, as each step of an iterator is an object.
    for (let at = 0; at < rows.length; at += 1) {
      const row = rows[at]!;
      const value = of(row);
      if (value != null) gathering.one(row.labels, value);
    }
  }

  /** A family of one number. */
  single(name: Of<'gauge' | 'counter'>, value: number): void {
    this.begin(name, ONE).one('', value);
  }

  summary(name: Of<'summary'>): (labels: string, of: { readonly count: number; readonly sum: number }) => void {
    const gathering = this.begin(name, SUMMARY);
    return (labels, { count, sum }) => gathering.row(labels, (at) => (at === 0 ? sum : count));
  }

  /** All of a family have the same bounds. */
  histogram(name: Of<'histogram'>): (labels: string, of: Distribution) => void {
    let gathering: Gathering | null = null;
    this.begin(name, NO_BOUNDS);
    return (labels, { bounds, counts, count, sum }) => {
      gathering ??= this.gathering = new Gathering(name, { lines: 'histogram', bounds }, this.kept);
      gathering.row(labels, (at) => counts[at] ?? (at === bounds.length ? sum : count));
    };
  }

  /** All of it, in order; metrics-bytes.ts makes bytes of it. */
  end(): readonly Piece[] {
    this.close();
    if (this.format === 'openmetrics') this.text += '# EOF\n';
    return [...this.pieces, this.text];
  }

  private begin(name: MetricName, shape: Shape): Gathering {
    this.close();
    this.head(name);
    return (this.gathering = new Gathering(name, shape, this.kept));
  }

  /** Small families are text at once. */
  private close(): void {
    const samples = this.gathering?.end();
    this.gathering = null;
    if (samples === undefined) return;
    if (isLarge(samples)) {
      this.pieces.push(this.text, samples);
      this.text = '';
    } else addLines(samples, { add: (lines) => (this.text += lines) });
  }

  private head(name: MetricName): void {
    const { type, says, unit }: MetricDefinition = METRICS[name];
    const help = says.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
    if (this.format === 'classic') {
      this.text += `# HELP ${name} ${help}\n# TYPE ${name} ${type === 'info' ? 'gauge' : type}\n`;
      return;
    }
    const { family, type: open } = openMetricsFamily(name);
    // The unit is the end of the name of its family, so one that ends in _total has none.
    this.text += `# TYPE ${family} ${open}\n${unit !== undefined && family.endsWith(`_${unit}`) ? `# UNIT ${family} ${unit}\n` : ''}# HELP ${family} ${help.replaceAll('"', '\\"')}\n`;
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
