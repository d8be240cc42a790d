// A reporter for `node --test` that writes, as JSON lines, what scripts/test.ts sums up: skipped tests and the final counts.
import type { TestEvent } from 'node:test/reporters';

/** One line of the report. `counts` comes last and once. */
export type TotalsLine =
  | { readonly type: 'skip'; readonly name: string; readonly file: string; readonly reason: string }
  | { readonly type: 'fail'; readonly name: string; readonly file: string }
  | { readonly type: 'counts'; readonly counts: Readonly<Record<string, number>>; readonly ms: number };

export default async function* totals(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    let line: TotalsLine | null = null;
    if (event.type === 'test:pass' && event.data.skip !== undefined && event.data.skip !== false) {
      const { name, file, skip } = event.data;
      line = { type: 'skip', name, file: file ?? '', reason: typeof skip === 'string' && skip !== '' ? skip : 'no reason given' };
    } else if (event.type === 'test:fail' && event.data.details.type !== 'suite' && event.data.todo === undefined) {
      line = { type: 'fail', name: event.data.name, file: event.data.file ?? '' };
    } else if (event.type === 'test:summary' && event.data.file === undefined) {
      line = { type: 'counts', counts: { ...event.data.counts }, ms: event.data.duration_ms };
    }
    if (line !== null) yield `${JSON.stringify(line)}\n`;
  }
}
