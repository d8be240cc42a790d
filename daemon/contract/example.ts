// What an example of a request is. examples.ts has them all; example-request.ts makes requests and curl commands of them. Browser-safe.
import type { ErrorCode } from './errors.ts';
import type { Json } from './reports.ts';
import type { RouteId } from './routes.ts';

/** One request and what to look at in its answer, which is recorded (example-answers.ts). */
export interface Example {
  readonly route: RouteId;
  /** The first example of a route has the route's id; others say what is special, in a word. */
  readonly key?: string;
  readonly says: string;
  /** By name; where each goes (path, query, body) is the route's. `$word` stands for something that an earlier answer told. */
  readonly args?: Readonly<Record<string, Json>>;
  readonly accept?: string;
  /** More headers; `$word` as in `args`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Asked over TCP without credentials, as the page does. */
  readonly page?: true;
  /** It is refused, with this. */
  readonly refused?: ErrorCode;
  /** Name of what later examples use: JSON pointer into the answer, or `cookie` for the one that is set. */
  readonly keep?: Readonly<Record<string, string>>;
  /** Must occur in an answer that is text. */
  readonly shows?: readonly string[];
  /** Lines of an answer without an end that are read; then the reader leaves. */
  readonly lines?: number;
  /** Added to the configuration before. */
  readonly append?: string;
}

export interface Subject {
  readonly title: string;
  readonly says: string;
  readonly examples: readonly Example[];
}

/** Name of an example: `start`, `start/unknown`. */
export const exampleId = (example: Example): string => (example.key === undefined ? example.route : `${example.route}/${example.key}`);
