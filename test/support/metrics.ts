// What /metrics says, read by the rules of the text and not by those of who wrote it; and a real Prometheus to read it too.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { isPresent, NEEDS } from '../../scripts/prepare.ts';
import { atEnd, tempDir } from './daemon.ts';
import { httpGet } from './examples.ts';
import { freePort } from './free-port.ts';
import { waitFor } from './wait-for.ts';

export interface ReadSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ReadMetrics {
  /** Names and types of families, in order. */
  readonly families: readonly { readonly name: string; readonly type: string; readonly help: string }[];
  readonly samples: readonly ReadSample[];
  /** Samples of this name whose labels are (at least) these. */
  of(name: string, labels?: Readonly<Record<string, string>>): readonly ReadSample[];
  /** Value of the one sample of this name and these labels; undefined: there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/gy;

function labelsIn(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let at = 0;
  for (const match of text.matchAll(LABEL)) {
    const [whole, name = '', value = ''] = match;
    if (name in labels) throw new Error(`label ${name} twice: ${line}`);
    labels[name] = value.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
    at += whole.length;
  }
  if (at !== text.length) throw new Error(`cannot read the labels of ${line}`);
  return labels;
}

function valueOf(text: string): number {
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : text === 'NaN' ? NaN : Number(text);
}

/** Reads classic or OpenMetrics text. Throws for a line that is none, and for a series that comes twice. */
export function readMetrics(text: string): ReadMetrics {
  const families: { name: string; type: string; help: string }[] = [];
  const samples: ReadSample[] = [];
  const seen = new Set<string>();
  const family = (name: string): { name: string; type: string; help: string } => {
    const last = families.at(-1);
    if (last?.name === name) return last;
    const made = { name, type: '', help: '' };
    families.push(made);
    return made;
  };
  for (const line of text.split('\n')) {
    const head = /^# (HELP|TYPE|UNIT) (\S+) (.+)$/.exec(line);
    if (head !== null) {
      const [, kind = '', name = '', rest = ''] = head;
      if (kind === 'TYPE') family(name).type = rest;
      if (kind === 'HELP') family(name).help = rest;
      continue;
    }
    if (line === '' || line === '# EOF') continue;
    const sample = SAMPLE.exec(line);
    if (sample === null) throw new Error(`no line of metrics: ${line}`);
    const [, name = '', labels = '', value = ''] = sample;
    if (!name.startsWith(families.at(-1)?.name ?? '?')) throw new Error(`a sample outside of its family: ${line}`);
    const series = `${name}{${labels}}`;
    if (seen.has(series)) throw new Error(`a series that comes twice: ${line}`);
    seen.add(series);
    samples.push({ name, labels: labelsIn(labels, line), value: valueOf(value) });
  }
  const of = (name: string, labels: Readonly<Record<string, string>> = {}): readonly ReadSample[] =>
    samples.filter((one) => one.name === name && Object.entries(labels).every(([label, value]) => one.labels[label] === value));
  return { families, samples, of, value: (name, labels) => of(name, labels)[0]?.value };
}

const need = NEEDS.find((one) => one.package === 'prometheus');
/** Why no real Prometheus can be asked; null: it can. */
export const NO_PROMETHEUS = need !== undefined && isPresent(need) ? null : 'prometheus is not installed (Debian: prometheus)';

/** Passes requests on without what they say they accept, as a scraper of the classic text does. */
export async function classicProxy(t: TestContext, port: number): Promise<number> {
  const server = createServer((request, response) => {
    const { accept: _accept, ...headers } = request.headers;
    ask({ host: '127.0.0.1', port, path: request.url, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    }).once('error', () => response.destroy()).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(t, () => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

export interface Prometheus {
  /** Answers of an instant query. */
  query(expression: string): Promise<readonly { readonly metric: Readonly<Record<string, string>>; readonly value: number }[]>;
  get<T>(path: string): Promise<T>;
}

/** A Prometheus on the loopback that scrapes these ports every second, one job for each; with rule files by absolute path. */
export async function startPrometheus(t: TestContext, targets: Readonly<Record<string, number>>, rules: readonly string[] = []): Promise<Prometheus> {
  const dir = tempDir(t, 'reeve-prometheus-');
  const port = await freePort();
  // JSON is YAML.
  writeFileSync(join(dir, 'prometheus.yml'), JSON.stringify({
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' }, rule_files: rules,
    scrape_configs: Object.entries(targets).map(([name, at]) => ({ job_name: name, static_configs: [{ targets: [`127.0.0.1:${at}`] }] })),
  }));
  const child = spawn('prometheus', [`--config.file=${join(dir, 'prometheus.yml')}`, `--storage.tsdb.path=${join(dir, 'data')}`, `--web.listen-address=127.0.0.1:${port}`], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-20_000)));
  let ended = false;
  child.once('error', (error) => (said += error.message));
  child.once('exit', () => (ended = true));
  atEnd(t, async () => {
    child.kill('SIGTERM');
    await waitFor('the end of prometheus', () => ended).catch(() => child.kill('SIGKILL'));
    if (!t.passed) t.diagnostic(`prometheus said:\n${said}`);
  });
  const get = async <T>(path: string): Promise<T> => {
    const { status, body } = await httpGet(port, path);
    if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
    return (JSON.parse(body) as { data: T }).data;
  };
  await waitFor('prometheus to be ready', async () => ended || (await httpGet(port, '/-/ready')).status === 200, 60_000);
  if (ended) throw new Error(`prometheus ended at once:\n${said}`);
  return {
    get,
    async query(expression) {
      const { result } = await get<{ result: readonly { metric: Record<string, string>; value: readonly [number, string] }[] }>(`/api/v1/query?query=${encodeURIComponent(expression)}`);
      return result.map(({ metric, value }) => ({ metric, value: valueOf(value[1]) }));
    },
  };
}
