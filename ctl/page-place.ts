// Where the web page is by the configuration, or what must be written so that there is one. Pure.
import { addressUrl, isLoopback } from '../config/api.ts';
import type { Config, Origin } from '../config/spec.ts';
import type { ListenSpec } from '../config/api-spec.ts';
import type { FindWritten } from '../config/written.ts';

/** What to write into which file. */
export interface ToWrite {
  readonly file: string;
  /** The line that this text replaces, or below which it goes; null: anywhere in the file. */
  readonly line: number | null;
  readonly replaces: boolean;
  readonly text: readonly string[];
}

/** `listen`: where the page is served. Otherwise why there is none, and what mends it. */
export type PagePlace = { readonly listen: ListenSpec & { readonly address: { readonly host: string; readonly port: number } } } | { readonly why: string; readonly write: ToWrite };

const PAGE_PORT = 9001;
const DEFAULT_SOCKET = '/run/reeve/reeve.sock';

type TcpListen = ListenSpec & { readonly address: { readonly host: string; readonly port: number } };

const isTcp = (one: ListenSpec): one is TcpListen => 'host' in one.address;

/** The page's address for a browser on this machine. */
export function pageUrl({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${addressUrl({ host: host === '0.0.0.0' || host === '::' ? '' : host, port })}/`;
}

/** Other machines reach it. */
export function isForOthers(host: string): boolean {
  return !isLoopback(host);
}

function written(listen: ListenSpec): string {
  return 'unix' in listen.address ? `unix:${listen.address.unix}` : `${listen.address.host}:${listen.address.port}`;
}

/** In TOML the socket must be named beside the port: `listen` replaces the default. */
function tomlListen(config: Pick<Config, 'api' | 'daemon'>, socket: string | null): string {
  const { listen } = config.api;
  const own = config.daemon.runtimeDir === null ? DEFAULT_SOCKET : `${config.daemon.runtimeDir}/reeve.sock`;
  const now = listen.length > 0 ? listen.map(written) : [`unix:${socket ?? own}`];
  return `listen = [${[...now, `127.0.0.1:${PAGE_PORT}`].map((one) => JSON.stringify(one)).join(', ')}]`;
}

function toWrite(config: Pick<Config, 'file'>, find: FindWritten, key: 'listen' | 'ui', line: string): ToWrite {
  const at: Origin | null = find(['api', key]);
  if (at !== null) return { file: at.file, line: at.line, replaces: true, text: [line] };
  const table = find(['api']);
  return table === null ? { file: config.file, line: null, replaces: false, text: ['[api]', line] } : { file: table.file, line: table.line, replaces: false, text: [line] };
}

/** `socket`: the unix socket at which the daemon answers, if it does. `find` looks into the file of the configuration. */
export function pagePlace(config: Pick<Config, 'dialect' | 'file' | 'api' | 'daemon'>, find: FindWritten, socket: string | null): PagePlace {
  const { api, dialect, file } = config;
  const tcp = api.listen.filter(isTcp);
  // One that this machine reaches for certain comes first.
  const listen = tcp.find((one) => isLoopback(one.address.host) || one.address.host === '') ?? tcp[0];
  if (dialect === 'ini') {
    if (listen !== undefined) return { listen };
    const text = ['[inet_http_server]', `port = 127.0.0.1:${PAGE_PORT}`, 'username = admin', 'password = (one of your own)'];
    return { why: `${file} has no [inet_http_server]: nothing listens on TCP`, write: { file, line: null, replaces: false, text } };
  }
  if (listen === undefined) return { why: `${file} configures no TCP listener: nothing listens for a browser`, write: toWrite(config, find, 'listen', tomlListen(config, socket)) };
  if (!api.ui) return { why: `${file} turns the web page off: ui = false`, write: toWrite(config, find, 'ui', 'ui = true') };
  return { listen };
}
