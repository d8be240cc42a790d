// The files of logs by a real daemon: listed, fetched, printed and searched by time, with those that were rotated.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { LogFile } from '../../daemon/contract/rest.ts';
import { startDaemon } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { launchCtl, runHere } from '../support/run-ctl.ts';
import { waitFor } from '../support/wait-for.ts';

function fetched(d: Daemon, path: string): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    request({ socketPath: d.socket, path, headers: { host: 'localhost' }, agent: false }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part)).on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) })).on('error', reject);
    }).on('error', reject).end();
  });
}

test('logs -f --since reaches through all rotated files, compressed while it reads, and goes on live: each line once, in order [B5][B10]', async (t) => {
  const lines = 1200;
  const d = await startDaemon(t, {
    config: `[programs.p]\ncommand = "sh -c 'i=0; while [ $i -lt ${lines} ]; do echo n-$i; i=$((i+1)); [ $((i % 50)) = 0 ] && sleep 0.02; done; exec sleep 600'"\nlog_timestamp = true\nlog_gzip = true\nstdout_logfile_maxbytes = "1KB"\nstdout_logfile_backups = 100\n`,
  });
  await waitFor('some were rotated', async () => (await d.get<readonly LogFile[]>('/v1/logs/files?name=p&channel=stdout')).length > 5);
  const running = launchCtl(['-s', `unix:${d.socket}`, 'logs', '-f', '--since', '1h', 'p', 'stdout'], {}, null);
  await running.said(`n-${lines - 1}\n`);
  running.child.kill('SIGINT');
  const { out, err } = await running.ended;
  assert.deepEqual([...out.matchAll(/ n-(\d+)$/gm)].map((match) => Number(match[1])), Array.from({ length: lines }, (_, i) => i), `${err} ${out.split("\n").filter((line) => line.includes("reeve:")).join("; ")}`);
  const files = await d.get<readonly LogFile[]>('/v1/logs/files?name=p&channel=stdout');
  const youngest = (files.at(2)?.from ?? 0).toString();
  // Only files that may have something of that time are looked into, and of them only what is of that time.
  const since = await fetched(d, `/v1/logs/follow?name=p&channel=stdout&follow=false&since=${youngest}`);
  assert.equal(since.body.toString().split('\n')[0]?.slice(0, 24), new Date(Number(youngest)).toISOString());
});

test('the files of a log are fetched as they are or unpacked, under a name that harms nobody, by who may read logs; those of a job too, and of a program that did not run under this daemon', async (t) => {
  const d = await startDaemon(t, {
    config: `[programs.p]\ncommand = "sh -c 'echo first; exec sleep 600'"\nstartsecs = 0\nstdout_logfile = "a\\"b é.log"\nlog_gzip = true\n[programs.old]\ncommand = "sleep 600"\nautostart = false\nstdout_logfile = "old.log"\n[jobs.import]\ncommand = "echo imported"\nstdout_logfile = "import.log"\n`,
    files: { 'old.log': 'of the daemon before\n', 'old.log.1': 'and before that\n', 'old.log.2.gz': 'no gzip at all', 'secret': 'secret\n' },
  });
  await d.state('p', 'RUNNING');
  await waitFor('it said something', async () => (await d.get<readonly LogFile[]>('/v1/logs/files?name=p'))[0]?.bytes === 6);
  assert.equal((await runHere(`unix://${d.socket}`, ['rotate', 'p'])).code, 0);
  const [, packed] = await waitFor('it is compressed', async () => {
    const found = await d.get<readonly LogFile[]>('/v1/logs/files?name=p&channel=stdout');
    return found[1]?.compressed === true ? found : undefined;
  });
  assert.deepEqual([packed?.file, packed?.plainBytes], ['a"b é.log.1.gz', 6]);
  const as = await fetched(d, `/v1/logs/file?name=p&file=${packed?.id}`);
  assert.deepEqual([as.status, as.headers['content-type'], as.headers['content-length']], [200, 'application/gzip', String(packed?.bytes)]);
  assert.equal(as.headers['content-disposition'], `attachment; filename="a_b _.log.1.gz"; filename*=UTF-8''a%22b%20%C3%A9.log.1.gz`);
  assert.equal(gunzipSync(as.body).toString(), 'first\n');
  const plain = await fetched(d, `/v1/logs/file?name=p&file=${encodeURIComponent(packed?.file ?? '')}&unpack=true`);
  assert.deepEqual([plain.body.toString(), plain.headers['content-type']], ['first\n', 'text/plain; charset=utf-8']);
  for (const file of ['../secret', 'secret', '%2e%2e/secret', `${d.dir}/secret`]) assert.equal((await fetched(d, `/v1/logs/file?name=p&file=${encodeURIComponent(file)}`)).status, 404, file);
  for (const bad of ['name=nobody&file=x', 'job=nobody&file=x']) assert.equal((await fetched(d, `/v1/logs/file?${bad}`)).status, 404, bad);
  for (const bad of ['file=x', 'name=p&job=import&file=x', 'name=all&file=x', 'name=p']) assert.equal((await fetched(d, `/v1/logs/file?${bad}`)).status, 400, bad);
  const damaged = await fetched(d, '/v1/logs/file?name=old&file=old.log.2.gz&unpack=true');
  assert.match(`${damaged.status} ${damaged.body.toString()}`, /^500 \{"error":\{"code":"FAILED","message":"cannot read old\.log\.2\.gz of old:old: incorrect header check"/);
  assert.equal((await fetched(d, '/v1/logs/file?name=old&file=old.log.2.gz')).body.toString(), 'no gzip at all', 'as it is, it can be had');
  const said = async (...args: string[]): Promise<string> => {
    const ran = await runHere(`unix://${d.socket}`, args);
    return `${ran.code} ${ran.out}${ran.err}`;
  };
  assert.match(await said('logs', '--files', 'old'), /^0 #.*\n0 {2}old\.log {2,}\S+ B .*\n1 {2}old\.log\.1 /);
  assert.equal(await said('logs', '--file', '1', 'old'), '0 and before that\n');
  assert.match(await said('logs', 'old'), /of the daemon before\n$/, 'it need not run to be read');
  assert.match(await said('logs', '--file', 'old.log.7', 'old'), /^1 .*cannot read "old\.log\.7": the log has no such file\nIt has old\.log, old\.log\.1, old\.log\.2\.gz, old\.err\.log; --files lists them\.\n$/);
  assert.match(await said('logs', '--files', 'old', 'p'), /^2 /);
  assert.equal((await runHere(`unix://${d.socket}`, ['job', 'run', 'import', '--wait'])).code, 0);
  assert.match(await said('job', 'logs', '--files', 'import'), /\n0 {2}import\.log /);
  assert.equal(await said('job', 'logs', '--file', '0', 'import'), '0 imported\n');
  assert.equal((JSON.parse((await runHere(`unix://${d.socket}`, ['job', 'logs', '--files', '--json', 'import'])).out) as LogFile[])[0]?.name, 'job:import');
});
