// What the files of daemons with a page begin with.

/** What may differ above the programs. */
export interface PageConfig {
  /** What stands below [api], after `listen`; default: nobody needs to log in. */
  readonly api?: string;
  /** The name of the daemon; default: none. */
  readonly identifier?: string;
}

/** A configuration whose daemon listens on reeve.sock and on this port of the loopback, followed by `rest`. */
export function pageConfig(port: number, rest: string, { api = 'auth = "none"', identifier }: PageConfig = {}): string {
  return `
[daemon]
state_dir = "state"
runtime_dir = "run"
${identifier === undefined ? '' : `identifier = ${JSON.stringify(identifier)}\n`}[api]
listen = ["unix:reeve.sock", "127.0.0.1:${port}"]
${api}
${rest}`;
}
