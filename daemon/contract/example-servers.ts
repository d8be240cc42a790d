// How the printed examples reach the daemon. Browser-safe.

/** How curl reaches the daemon. `user`: NAME:PASSWORD; null: as nobody. */
export type CurlServer = { readonly unix: string } | { readonly url: string; readonly user: string | null };

/** As the printed examples have it. */
export const UNIX_SERVER: CurlServer = { unix: '/run/reeve/reeve.sock' };
/** The listener of the examples, and who asks: NAME:PASSWORD. */
export const TCP_SERVER = { url: 'http://127.0.0.1:9001', user: 'ann:secret' } as const;
