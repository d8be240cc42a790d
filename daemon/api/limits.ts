// The bounds of the control API. Each is a named number; tests pass smaller ones.

export interface ApiLimits {
  /** Request bodies. */
  readonly bodyBytes: number;
  /** A client must have sent its headers, and its whole request, within these; and take something of its answer within the latter. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** How often late clients are looked for; runs only while somebody is connected. */
  readonly checkMs: number;
  readonly keepAliveMs: number;
  /** Open connections and open streams, each per listener: a crowd on TCP does not lock out the unix socket. */
  readonly connections: number;
  readonly streams: number;
  /** Requests that wait for something, per listener. Who goes away while waiting gives the place back. */
  readonly waits: number;
  /** Bytes buffered for one slow reader before its source is paused. */
  readonly streamBytes: number;
  /** A comment on an idle event stream, so that proxies keep it. */
  readonly heartbeatMs: number;
  /** Wrong credentials per address within a minute, and how long each such answer is held back. */
  readonly failures: number;
  readonly failureDelayMs: number;
  /** How long a closing server waits for answers under way. */
  readonly closeMs: number;
}

export const LIMITS: ApiLimits = {
  bodyBytes: 256 * 1024,
  headersMs: 10_000,
  requestMs: 30_000,
  checkMs: 2_000,
  keepAliveMs: 10_000,
  connections: 256,
  streams: 64,
  waits: 128,
  streamBytes: 256 * 1024,
  heartbeatMs: 15_000,
  failures: 10,
  failureDelayMs: 250,
  closeMs: 500,
};
