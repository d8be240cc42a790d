// Where a server listens, as people write it: unix:///path, http://host:port, host:port.

export interface ServerAddress {
  /** As messages say it (without credentials). */
  readonly url: string;
  readonly connect: { readonly path: string } | { readonly host: string; readonly port: number };
  /** Value of the Host header. */
  readonly host: string;
}

const DEFAULT_PORT = 9001;

export function unixAddress(path: string): ServerAddress {
  return { url: `unix://${path}`, connect: { path }, host: 'localhost' };
}

export function tcpAddress(host: string, port: number): ServerAddress {
  // An address to listen on that means "everywhere" is reached by loopback.
  const target = host === '' || host === '*' || host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const shown = target.includes(':') ? `[${target}]` : target;
  return { url: `http://${shown}:${port}`, connect: { host: target, port }, host: `${shown}:${port}` };
}

/** Null when the text is no address. `http://` may be left out for host:port, `unix://` or `unix:` stand before a path. */
export function parseAddress(text: string): ServerAddress | null {
  const unix = /^unix:(?:\/\/)?(\/?.+)$/.exec(text);
  if (unix) return unixAddress(unix[1]!);
  if (text.startsWith('/')) return unixAddress(text);
  const tcp = /^(http:\/\/)?(?:[^@/]*@)?(?:\[([0-9a-f:.]+)\]|([^:/@\s]+))(?::(\d{1,5}))?\/?$/i.exec(text);
  if (!tcp) return null;
  const [, scheme, v6, name, digits] = tcp;
  // A bare word is more likely a slip than a host.
  if (scheme === undefined && digits === undefined) return null;
  const port = digits === undefined ? DEFAULT_PORT : Number(digits);
  if (port < 1 || port > 65535) return null;
  return tcpAddress((v6 ?? name)!, port);
}
