// ui: where the web page is, who may log in there, or what to write so that there is one.
import { readFileSync } from 'node:fs';
import type { Config } from '../../config/spec.ts';
import type { SessionAnswer } from '../../daemon/contract/page.ts';
import { findWritten } from '../../config/written.ts';
import { readForClient } from '../config-file.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { configFile, UsageError } from '../find-daemon.ts';
import { ConnectionError, send } from '../http.ts';
import { Refusal } from '../client.ts';
import { isForOthers, pagePlace, pageUrl } from '../page-place.ts';
import type { ToWrite } from '../page-place.ts';
import { paint, printable } from '../screen.ts';
import { parseAddress, tcpAddress } from '../server-address.ts';
import type { ServerAddress } from '../server-address.ts';

/** What `--json` prints. */
export interface UiAnswer {
  /** The page is served there; null: there is none. */
  readonly url: string | null;
  /** required: one must log in. read_only: everybody sees everything and changes nothing. everybody: everybody may start and stop programs. null: not known. */
  readonly login: 'required' | 'read_only' | 'everybody' | null;
  /** Other machines reach the address. */
  readonly forOthers: boolean;
  /** Why there is none; '' where there is one. */
  readonly why: string;
  readonly write: ToWrite | null;
  /** What to do next; '' where nothing is to be done. */
  readonly advice: string;
}

const ASK_MS = 5000;
const NONE = { url: null, login: null, forOthers: false, write: null } as const;

/** Two questions over TCP, without credentials: as a browser would begin. */
async function look(address: ServerAddress): Promise<{ readonly login: UiAnswer['login'] } | { readonly why: string; readonly advice: string }> {
  const ask = (path: string, accept: string) => send(address, { method: 'GET', path, headers: { Accept: accept }, timeoutMs: ASK_MS });
  let session: SessionAnswer;
  try {
    const answer = await ask('/v1/session', 'application/json');
    session = JSON.parse(answer.body.toString()) as SessionAnswer;
    if (answer.status !== 200 || typeof session.login !== 'object') throw new SyntaxError('no session');
  } catch (error) {
    if (error instanceof ConnectionError) {
      return { why: `nobody answers there: ${error.message}`, advice: 'Start reeved; if it runs, it was started with an earlier file: `reevectl apply` takes the new one.' };
    }
    if (error instanceof SyntaxError) return { why: 'another program answers there', advice: 'Choose another port in the file, then `reevectl apply`.' };
    throw error;
  }
  const page = await ask('/', 'text/html');
  if (page.status === 404) return { why: 'the daemon that runs serves no web page there', advice: 'It was started with ui = false: `reevectl apply` takes the new file.' };
  if (!(page.headers.get('content-type') ?? '').startsWith('text/html')) {
    const words = page.body.toString().trim().split('\n').at(-1) ?? '';
    return { why: 'the daemon has no web page to send', advice: words };
  }
  const { login, role } = session;
  return { login: login.users || login.tokens ? 'required' : role === 'admin' ? 'everybody' : 'read_only' };
}

async function at(address: ServerAddress, host: string, url: string): Promise<UiAnswer> {
  const seen = await look(address);
  const forOthers = isForOthers(host);
  if ('why' in seen) return { ...NONE, forOthers, why: `${url}: ${seen.why}`, advice: seen.advice };
  return { url, login: seen.login, forOthers, why: '', write: null, advice: '' };
}

/** The file of the daemon that answers, else the one that would be its; and the unix socket at which it answers. */
async function sources(context: Context): Promise<{ readonly file: string | null; readonly socket: string | null }> {
  try {
    const client = await context.client();
    const { connect } = client.address;
    return { file: (await client.status()).daemon.file, socket: 'path' in connect ? connect.path : null };
  } catch (error) {
    if (!(error instanceof ConnectionError) && !(error instanceof Refusal)) throw error;
    return { file: configFile(context.options, process.env, process.cwd(), process.argv[1] ?? ''), socket: null };
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot say where the web page is: ${(error as Error).message}`);
  }
}

function configOf(file: string): Config {
  const reading = readForClient(file);
  if ('config' in reading) return reading.config;
  throw new UsageError(`cannot say where the web page is: ${reading.problem}`);
}

async function answerOf(context: Context): Promise<UiAnswer> {
  const asked = context.options.server === null ? null : parseAddress(context.options.server);
  if (asked !== null && !('path' in asked.connect)) return at(asked, asked.connect.host, `${asked.url}/`);
  const { file, socket } = await sources(context);
  if (file === null) return { ...NONE, why: 'no daemon answers, and no configuration was found', advice: 'Name the file with -c FILE, or start reeved.' };
  const config = configOf(file);
  const place = pagePlace(config, findWritten([{ file, text: textOf(file) }]), socket);
  if ('why' in place) return { ...NONE, ...place, advice: socket === null ? 'Then start reeved.' : 'Then `reevectl apply`.' };
  const { host, port } = place.listen.address;
  return at(tcpAddress(host, port), host, pageUrl(place.listen.address));
}

function whereLine({ file, line, replaces }: ToWrite): string {
  if (line === null) return `Write into ${file}:`;
  return replaces ? `Write in place of line ${line} of ${file}:` : `Write below line ${line} of ${file}:`;
}

const LOGIN_NOTES: Readonly<Record<Exclude<UiAnswer['login'], null>, string>> = {
  required: 'It asks for a user and password, or a token, of the configuration.',
  read_only: 'It shows everything and changes nothing: no users are configured. [[api.users]] with name, password and role lets somebody act.',
  everybody: 'Everybody who reaches it may start and stop programs: it asks for no password.',
};

function print({ screen }: Context, answer: UiAnswer): void {
  if (answer.url === null) {
    screen.line(`There is no web page: ${printable(answer.why)}.`);
    if (answer.write !== null) {
      screen.line(printable(whereLine(answer.write)));
      for (const line of answer.write.text) screen.line(`  ${printable(line)}`);
    }
    if (answer.advice !== '') screen.line(printable(answer.advice));
    return;
  }
  // The address alone on stdout, for `xdg-open "$(reevectl ui)"`.
  screen.line(answer.url);
  const open = answer.login === 'everybody';
  if (answer.login !== null) screen.note(paint(LOGIN_NOTES[answer.login], open ? 'yellow' : null, screen.colour));
  if (answer.forOthers) screen.note(paint(`Other machines reach it${open ? ', and so may everybody there: write users, or listen on 127.0.0.1' : ''}; passwords cross the network in the clear without a TLS proxy.`, open ? 'red' : null, screen.colour));
}

/** Exit 1 when there is no page. */
export const ui: Command = async (context, values) => {
  const answer = await answerOf(context);
  if (wantsJson(context, values)) printJson(context, answer);
  else print(context, answer);
  return answer.url === null ? EXIT.generic : EXIT.ok;
};
