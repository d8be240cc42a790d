// Samples of a family as labels and numbers. Those of a large family are kept from one scrape to the next: while nothing of it changes
// it is the same object, and so is what was made of it.
import type { MetricName } from '../contract/metrics.ts';

/** How many lines one row of labels has; a histogram has a number for each bound, then the sum and the count. */
export type Shape = { readonly lines: 'one' } | { readonly lines: 'summary' } | { readonly lines: 'histogram'; readonly bounds: readonly number[] };

/** What it says is never changed once it is made. */
export interface Samples {
  readonly name: MetricName;
  readonly shape: Shape;
  readonly labels: readonly string[];
  /** In the order of `labels`, for each as many as `widthOf` says. */
  readonly values: readonly number[];
  /** It was part of an answer before. */
  again: boolean;
  packed: Promise<Packed> | null;
}

/** Lines of samples, compressed so that they can be put together with others. */
export interface Packed {
  readonly bytes: Buffer;
  /** Of the lines as they are. */
  readonly crc: number;
  readonly length: number;
}

/** Families with fewer samples are made anew: it costs less than looking after them. */
const KEPT_FROM = 64;

/** How many numbers belong to one row of labels. */
export function widthOf(shape: Shape): number {
  return shape.lines === 'one' ? 1 : shape.lines === 'summary' ? 2 : shape.bounds.length + 2;
}

function isSame(one: Shape, other: Shape): boolean {
  if (one.lines !== 'histogram' || other.lines !== 'histogram') return one.lines === other.lines;
  return one.bounds.length === other.bounds.length && one.bounds.every((bound, at) => bound === other.bounds[at]);
}

/** Texts of labels of things that keep theirs as long as they are. */
class LabelTexts {
  private readonly texts = new WeakMap<object, string>();

  of(owner: object, make: () => string): string {
    let text = this.texts.get(owner);
    if (text === undefined) this.texts.set(owner, (text = make()));
    return text;
  }
}

/** What a scrape leaves for the next one. */
export class KeptSamples {
  private lastLabels: readonly string[] = [];
  readonly families = new Map<MetricName, Samples>();
  readonly labels = { processes: new LabelTexts(), programs: new LabelTexts(), exits: new LabelTexts(), groups: new LabelTexts(), vitals: new LabelTexts() };

  /** Families of the same rows have one list of labels. What has grown is longer than what is in it, and so is not kept itself. */
  sharedLabels(labels: readonly string[]): readonly string[] {
    const { lastLabels } = this;
    if (labels.length !== lastLabels.length || labels.some((text, at) => text !== lastLabels[at])) this.lastLabels = labels.slice();
    return this.lastLabels;
  }
}

/** Takes the samples of one family, one after the other, and finds out whether they are those of the scrape before. */
export class Gathering {
  private readonly name: MetricName;
  private readonly shape: Shape;
  private readonly kept: KeptSamples;
  private readonly width: number;
  /** Null once something differs. */
  private before: Samples | null;
  /** Samples that were the same. */
  private same = 0;
  private labels: string[] = [];
  private values: number[] = [];

  constructor(name: MetricName, shape: Shape, kept: KeptSamples) {
    this.name = name;
    this.shape = shape;
    this.kept = kept;
    this.width = widthOf(shape);
    const before = kept.families.get(name);
    this.before = before !== undefined && isSame(before.shape, shape) ? before : null;
  }

  one(labels: string, value: number): void {
    if (this.before !== null) {
      if (this.before.labels[this.same] === labels && Object.is(this.before.values[this.same], value)) {
        this.same += 1;
        return;
      }
      this.differ(this.before);
    }
    this.labels.push(labels);
    this.values.push(value);
  }

  /** value: the number at this place. */
  row(labels: string, value: (at: number) => number): void {
    const { before, width } = this;
    if (before !== null) {
      let at = before.labels[this.same] === labels ? 0 : -1;
      while (at >= 0 && at < width) at = Object.is(before.values[this.same * width + at], value(at)) ? at + 1 : -1;
      if (at === width) {
        this.same += 1;
        return;
      }
      this.differ(before);
    }
    this.labels.push(labels);
    for (let at = 0; at < width; at += 1) this.values.push(value(at));
  }

  end(): Samples {
    const { before, name, shape, kept } = this;
    if (before !== null) {
      if (before.labels.length === this.same) {
        before.again = true;
        return before;
      }
      this.differ(before);
    }
    const samples: Samples = { name, shape, labels: kept.sharedLabels(this.labels), values: this.values.slice(), again: false, packed: null };
    if (isLarge(samples)) kept.families.set(name, samples);
    else kept.families.delete(name);
    return samples;
  }

  private differ(before: Samples): void {
    this.before = null;
    this.labels = before.labels.slice(0, this.same);
    this.values = before.values.slice(0, this.same * this.width);
  }
}

/** Is it worth keeping from one scrape to the next? */
export function isLarge({ labels }: Samples): boolean {
  return labels.length >= KEPT_FROM;
}
