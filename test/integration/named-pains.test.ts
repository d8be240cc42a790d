// Old complaints about supervisord, by their number there, that no other test shows to be gone. docs/from-supervisord.md lists them all.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { onBoth } from '../support/both-layers.ts';
import { numbersOf } from '../support/log-world.ts';
import { waitFor } from '../support/wait-for.ts';

/** An INI file with its socket and its logs in DIR. */
const ini = (sections: string, daemon = '', server = ''): string =>
  `[supervisord]\nlogfile=%(here)s/main.log\npidfile=%(here)s/main.pid\nchildlogdir=%(here)s\n${daemon}\n[unix_http_server]\nfile=%(here)s/reeve.sock\n${server}\n${sections}`;
/** So many copies of a program that only waits. */
const copies = (count: number): string => `[program:many]\ncommand=sleep 600\nprocess_name=%(program_name)s_%(process_num)d\nnumprocs=${count}\nstartsecs=0\nstdout_logfile=NONE\nstderr_logfile=NONE\n`;

onBoth('Sv#322: rotated logs are compressed, and a daemon that is killed meanwhile leaves a chain that the next one goes on with', async ({ start }) => {
  const lines = 120_000;
  // 100 bytes a line: twelve files of 1 MB. The second time it has nothing to say.
  const once = `if [ -e said ]; then exec sleep 600; fi; touch said; seq -f '%012.0f ${'x'.repeat(86)}' 0 ${lines - 1}; exec sleep 600`;
  const first = await start({ config: `[programs.web]\ncommand = ["sh", "-c", "${once}"]\ndirectory = "."\nstdout_logfile = "logs/web.log"\nstdout_logfile_maxbytes = 1000000\nstdout_logfile_backups = 20\nlog_gzip = true\n` });
  const logs = join(first.dir, 'logs');
  const names = (): string[] => readdirSync(logs);
  const place = (name: string): number => Number(/\.log\.(\d+)/.exec(name)?.[1] ?? 0);
  const text = (name: string): string => (name.endsWith('.gz') ? gunzipSync(readFileSync(join(logs, name))) : readFileSync(join(logs, name))).toString('latin1');
  // Killed between its two last steps, a compression leaves both.
  const numbers = (): number[] => numbersOf(names().filter((name) => name.startsWith('web.log') && !names().includes(`${name}.gz`)).toSorted((a, b) => place(b) - place(a)).map(text).join(''));
  const isCompressing = (): boolean => names().some((name) => name.startsWith('.reeve-trash'));
  const isDone = (): boolean => names().every((name) => name === 'web.log' || /^web\.log\.\d+\.gz$/.test(name));
  await waitFor('all lines to be written', () => existsSync(join(logs, 'web.log')) && names().filter((name) => place(name) > 0).length === 12, 60_000);
  let d = first;
  for (let kill = 0; kill < 3; kill += 1) {
    await waitFor('a compression to be under way', () => isCompressing() || isDone(), 60_000);
    d.kill('SIGKILL');
    await d.ended();
    assert.equal(numbers().length, lines, 'no line is lost or there twice, whatever was under way');
    d = await start({ config: first.configFile, dir: first.dir });
  }
  await waitFor('all old files to be compressed', isDone, 60_000);
  assert.deepEqual(numbers(), Array.from({ length: lines }, (_, i) => i));
});

onBoth('Sv#480: the socket that a killed daemon left is no obstacle, and has its mode again', async ({ start }) => {
  const config = ini('', '', 'chmod=0770');
  const first = await start({ config });
  const inode = statSync(first.socket).ino;
  first.kill('SIGKILL');
  await first.ended();
  assert.equal(statSync(first.socket).ino, inode, 'the dead daemon left its socket');
  const second = await start({ config: first.configFile, dir: first.dir });
  assert.equal(statSync(second.socket).mode & 0o777, 0o770);
  assert.equal((await second.ctl('pid')).stdout.trim(), String(second.pid));
});

onBoth('Sv#487: the pause before a restart grows, up to a cap, also after RUNNING', async ({ start }) => {
  const d = await start({ config: `[programs.web]\ncommand = "sh -c 'sleep 0.2; exit 1'"\nstartsecs = 0.05\nrestart_delay = "100ms"\nrestart_backoff = 2\nrestart_max_delay = "300ms"\nrestart_jitter = 0\nmax_restarts = 50\n` });
  const delays = (): number[] => d.facts.flatMap((f) => (f.type === 'process.backoff' ? [f.delayMs] : []));
  await waitFor('four pauses', () => delays().length >= 4);
  assert.deepEqual(delays().slice(0, 4), [100, 200, 300, 300]);
  assert.ok(d.facts.some((f) => f.type === 'process.running'));
});

onBoth('Sv#489: more processes and pipes than the soft limit of open files allows', async ({ start }) => {
  // 400 processes have 800 pipes; the daemon begins with 512 descriptors and raises its own limit.
  const d = await start({ config: ini(copies(400)), wrapper: ['sh', '-c', 'ulimit -S -n 512; exec "$@"', 'sh'] });
  const { stdout } = await waitFor('400 processes to run', async () => {
    const status = await d.ctl('status');
    return status.stdout.split('\n').filter((line) => line.includes('RUNNING')).length === 400 && status;
  }, 60_000);
  assert.ok(!/BACKOFF|FATAL/.test(stdout));
  assert.ok(readdirSync(`/proc/${d.pid}/fd`).length > 512, 'it has more files open than it was given');
  assert.equal((await d.ctl('stop', 'many:*')).code, 0);
});

onBoth('Sv#536: stops that race with the exit end in STOPPED, and the daemon lives', async ({ start }) => {
  const d = await start({ config: '[programs.web]\ncommand = "sleep 300"\nstartsecs = 0\nrestart = "permanent"\nrestart_delay = "10ms"\nmax_restarts = 1000\n' });
  for (let round = 0; round < 8; round++) {
    const { pid } = await d.state('web', 'RUNNING');
    process.kill(pid ?? 0, 'SIGKILL');
    const [one, two] = await Promise.all([d.ctl('stop', 'web'), d.ctl('stop', 'web')]);
    assert.ok([one, two].every((said) => said.code === 0), one.stderr + two.stderr);
    await d.state('web', 'STOPPED');
    assert.equal((await d.ctl('start', 'web')).code, 0);
  }
});

onBoth('Sv#553: lines of a log with the time in front, where that is wanted, else the bytes as they are', async ({ start }) => {
  const program = (name: string, more: string): string => `[programs.${name}]\ncommand = "sh -c 'echo hello; exec sleep 300'"\nstdout_logfile = "${name}.log"\n${more}\n`;
  const d = await start({ config: program('raw', '') + program('timed', 'log_timestamp = true') + program('rows', 'log_format = "json"') });
  const read = (name: string): Promise<string> => waitFor(`${name}.log`, () => readFileSync(join(d.dir, `${name}.log`), 'utf8'));
  assert.equal(await read('raw'), 'hello\n');
  assert.match(await read('timed'), /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S* hello\n$/);
  assert.ok(Object.values(JSON.parse(await read('rows')) as object).includes('hello'));
});

onBoth('Sv#734: a process that is STOPPING can be sent a signal, also the last one', async ({ start }) => {
  const d = await start({ config: ini('[program:deaf]\ncommand=sh -c "trap : TERM; trap \'echo usr1\' USR1; while :; do sleep 0.05; done"\nstopwaitsecs=60\nstartsecs=0\nstdout_logfile=%(here)s/deaf.log\n') });
  await d.state('deaf', 'RUNNING');
  const stopping = d.ctl('stop', 'deaf');
  await d.state('deaf', 'STOPPING');
  assert.deepEqual([(await d.ctl('signal', 'USR1', 'deaf')).stdout, (await d.ctl('signal', 'KILL', 'deaf')).stdout], ['deaf: signalled\n', 'deaf: signalled\n']);
  assert.equal((await stopping).stdout, 'deaf: stopped\n');
  await d.state('deaf', 'STOPPED');
});

onBoth('Sv#1511: a high minfds does not slow down a start', async ({ start }) => {
  const spawned = async (minfds: number): Promise<number> => {
    const d = await start({ config: ini(copies(60), `minfds=${minfds}`) });
    await waitFor('60 spawns', () => d.facts.filter((f) => f.type === 'process.spawned').length === 60, 60_000);
    const times = d.facts.flatMap((f) => (f.type === 'process.spawned' ? [f.at] : []));
    await d.stop();
    return (times.at(-1) ?? 0) - (times[0] ?? 0);
  };
  const [few, many] = [await spawned(1024), await spawned(8192)];
  // supervisord closes 8,192 descriptors one by one in each child: about 6 ms more for each. A busy machine may take double.
  assert.ok(many < few * 3 + 1000, `${many} ms with minfds=8192, ${few} ms with 1024`);
});
