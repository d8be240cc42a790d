// Limits and recycling with real eaters and burners, on both OS layers. Nothing here depends on how fast the machine is.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../../daemon/contract/answers.ts';
import type { ProcessExplanation } from '../../daemon/contract/explanations.ts';
import type { RunDetails } from '../../daemon/contract/jobs.ts';
import type { UsageRow } from '../../daemon/contract/ps.ts';
import { fixture, onBoth } from '../support/both-layers.ts';
import { atEnd } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { alive, waitFor } from '../support/wait-for.ts';

const EATER = JSON.stringify(['python3', fixture('eats-memory.py')]);
/** Two processes, of which the child burns what it can get. */
const BURNER = JSON.stringify(['sh', '-c', 'python3 -c "while True: pass" & wait']);
const explained = async (d: Daemon, name: string): Promise<ProcessExplanation> => {
  const [one] = await d.get<readonly ProcessExplanation[]>(`/v1/explain?names=${name}`);
  assert.ok(one);
  return one;
};
const usage = (d: Daemon): Promise<readonly UsageRow[]> => d.get('/v1/usage');

onBoth('a program that eats memory is warned of, restarted at its limit as one failure, and explained [C21][C26][C27][C29][C35][C66]', async ({ start }) => {
  const d = await start({ config: `[programs.eater]\ncommand = ${EATER}\nlimits = { memory = "60MB", action = "restart", every = "100ms" }\nrestart_delay = "30s"\n` });
  const exceeded = await d.fact('limit.exceeded', (f) => 'process' in f && f.process === 'eater:eater');
  assert.equal(exceeded.limit, 'memory');
  assert.equal(exceeded.max, 60 * 1024 ** 2);
  assert.ok(exceeded.actual > exceeded.max);
  assert.match(exceeded.why, /^it uses \d+ MiB of memory, and its limit is 60 MiB$/);
  const condemned = await d.fact('process.condemned');
  assert.equal(condemned.why, exceeded.why);
  const waiting = await d.state('eater', 'BACKOFF');
  assert.equal(waiting.health, 'unhealthy');
  assert.deepEqual(waiting.healthSources, [{ source: 'limit memory', value: 'unhealthy', why: exceeded.why }]);
  const { violations } = await explained(d, 'eater');
  assert.deepEqual(violations.map(({ what, limit, action, incarnation }) => ({ what, limit, action, incarnation })), [{ what: 'memory', limit: '60 MiB', action: 'restart', incarnation: 1 }]);
  const said = await d.ctl('explain', 'eater');
  assert.match(said.stdout, /Limits it did not keep:\n.* memory, life 1: it uses \d+ MiB of memory, and its limit is 60 MiB; action: restart/);
});

onBoth('what is over its limit is killed with all it started where the file says so', async ({ start }) => {
  const d = await start({ config: `[programs.eater]\ncommand = ["sh", "-c", "python3 ${fixture('eats-memory.py')} & trap '' TERM; wait"]\nlimits = { memory = "60MB", action = "kill", every = "100ms" }\nrestart = "temporary"\nstop = ["TERM 60s"]\n` });
  const { pid } = await d.fact('process.spawned');
  const exited = await d.fact('process.exited');
  assert.deepEqual([exited.signal, exited.expected], ['KILL', false]);
  assert.match((await d.state('eater', 'EXITED')).why, /^it uses \d+ MiB of memory/);
  assert.equal(alive(pid), false);
  assert.deepEqual((await d.fact('process.stopping')).signal, 'KILL');
});

onBoth('what is over its limit stays down where the file says stop, until somebody starts it', async ({ start }) => {
  const d = await start({ config: `[programs.eater]\ncommand = ${EATER}\nlimits = { memory = "60MB", action = "stop", every = "100ms" }\n` });
  const stopped = await d.state('eater', 'STOPPED');
  assert.equal(stopped.wanted, 'down');
  assert.match(stopped.why, /^it uses \d+ MiB of memory/);
  // It may be over its limit again before it counts as up.
  await d.ctl('start', 'eater');
  await d.fact('process.spawned', (f) => f.incarnation === 2);
});

onBoth('an alert ends nobody: it is over its limit, unhealthy, and goes on [C21][C35]', async ({ start }) => {
  const d = await start({ config: `[programs.eater]\ncommand = ["python3", "${fixture('eats-memory.py')}", "80"]\nlimits = { memory = "60MB", every = "100ms" }\n` });
  const { pid } = await d.fact('process.spawned');
  assert.equal((await d.fact('limit.exceeded')).action, 'alert');
  const view = await waitFor('it to be unhealthy', async () => ((await d.view('eater')).health === 'unhealthy' ? d.view('eater') : null));
  assert.equal(view.pid, pid);
  assert.match((await explained(d, 'eater')).sentences.join(' '), /It is over a limit: it uses \d+ MiB of memory, and its limit is 60 MiB \(action = "alert"\)\./);
});

onBoth('a child that burns a core is found; who does nothing beside it is never blamed for the load of the host (defect 12) [C22]', async ({ start }) => {
  const limits = 'limits = { cpu = "10%", window = "500ms", every = "100ms" }';
  const d = await start({ config: `[programs.burner]\ncommand = ${BURNER}\n${limits}\n[programs.idle]\ncommand = "sleep 600"\n${limits}\n` });
  const exceeded = await d.fact('limit.exceeded', (f) => f.limit === 'cpu');
  assert.ok('process' in exceeded);
  assert.equal(exceeded.process, 'burner:burner');
  assert.match(exceeded.why, /^it used [\d.]+ % of a core over 0\.5 s, and its limit is 10 %$/);
  // The machine has been busy for as long as this one has looked on.
  const rows = await usage(d);
  assert.deepEqual(rows.find((row) => row.name === 'idle')?.limits.map(({ limit, max }) => [limit, max]), [['cpu', 10]]);
  assert.equal(d.facts.some((f) => f.type.startsWith('limit.') && 'process' in f && f.process === 'idle:idle'), false);
  assert.equal((await d.view('idle')).health, 'unknown');
});

onBoth('too many processes are told [C26]', async ({ start }) => {
  const d = await start({
    config: `[programs.forks]\ncommand = ["sh", "-c", "sleep 600 & sleep 600 & sleep 600 & wait"]\nlimits = { processes = 3, every = "100ms" }
`,
  });
  const forks = await d.fact('limit.exceeded', (f) => f.limit === 'processes');
  assert.deepEqual([forks.max, forks.actual >= 4], [3, true]);
});

onBoth('the kernel keeps nofile, and reaching it is told [C24]', async ({ start }) => {
  const d = await start({ config: `[programs.opens]\ncommand = ["python3", "-c", "import time\\nkept = []\\ntry:\\n  while True: kept.append(open('/dev/null'))\\nexcept OSError: time.sleep(600)"]\nlimits = { nofile = 64, every = "100ms" }\n` });
  const opens = await d.fact('limit.exceeded', (f) => f.limit === 'files');
  assert.deepEqual([opens.max, opens.actual], [64, 64]);
}, { only: { layer: 'native', because: 'portable: kernel limits of programs are not set (doctor says so)' } });

onBoth('a runtime that is over ends the program, and a disk that is too full is told [C23][C26]', async ({ start }) => {
  const d = await start({
    config: `[programs.long]\ncommand = "sleep 600"\nlimits = { runtime = "300ms", action = "stop" }\n[programs.writer]\ncommand = "sleep 600"\nlimits = { disk = "8000TB:/tmp", every = "100ms" }\n`,
  });
  assert.match((await d.state('long', 'STOPPED')).why, /^it has run for [\d.]+ s, and its limit is 0\.3 s$/);
  const disk = await d.fact('limit.exceeded', (f) => f.limit === 'disk');
  assert.match(disk.why, /^[\d.]+ [GM]iB are free where \/tmp is, and .* are to stay free$/);
});

onBoth('a life that is old gives way to a new one, which is no failure, one of a group after another [C31][A44]', async ({ start }) => {
  const d = await start({ config: '[programs.web]\ncommand = "sleep 600"\nnumprocs = 3\nstartsecs = 0.2\nmax_age = "1s"\n' });
  const recycled = await waitFor('six lives to have given way', () => {
    const found = d.facts.filter((f) => f.type === 'process.recycled');
    return found.length >= 6 ? found : null;
  });
  assert.ok(recycled.every((f) => f.type === 'process.recycled' && f.why === 'it is older than max_age'));
  // From one recycling to the next, the successor of the first is up.
  let down: string | null = null;
  for (const fact of d.facts) {
    if (fact.type === 'process.recycled') {
      assert.equal(down, null, `${fact.process} gave way while ${down ?? ''} was down`);
      down = fact.process;
    } else if (fact.type === 'process.running' && fact.process === down) down = null;
  }
  assert.equal(d.facts.some((f) => f.type === 'process.backoff' || f.type === 'process.condemned'), false);
  const views = await Promise.all([0, 1, 2].map((n) => d.view(`web:web-${n}`)));
  assert.ok(views.every((view) => view.wanted === 'up' && view.flapping === null));
});

onBoth('a worker that reported its jobs gives way, and reports are what is counted [D46][A40]', async ({ start }) => {
  // curl is not everywhere: the child speaks over its notify socket.
  const worker = 'import os,socket,time\ns=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\nwhile True:\n  s.sendto(b"X_REEVE_RESULT={\\"done\\":1}",os.environ["NOTIFY_SOCKET"])\n  time.sleep(0.05)\n';
  const d = await start({ config: `[programs.worker]\ncommand = ["python3", "worker.py"]\ndirectory = "."\nmax_jobs_per_child = 3\n`, files: { 'worker.py': worker } });
  const recycled = await d.fact('process.recycled');
  assert.match(recycled.why, /^it has done \d+ jobs \(max_jobs_per_child\)$/);
  const results = d.facts.slice(0, d.facts.indexOf(recycled)).filter((f) => f.type === 'result.reported');
  assert.ok(results.length >= 3);
  await d.fact('process.recycled', (f) => f.incarnation === 2);
}, { only: { layer: 'native', because: 'portable: there are no notify sockets' } });

onBoth('a run over its limit is ended, fails by its limit, and keeps the violation [C21][C27]', async ({ start }) => {
  const d = await start({ config: `[jobs.import]\ncommand = ${EATER}\nlimits = { memory = "60MB", every = "100ms" }\n` });
  const answer = await d.ctl('job', 'run', 'import', '--wait', '--quiet');
  assert.notEqual(answer.code, 0);
  const failed = await d.fact('run.failed');
  assert.deepEqual([failed.run?.cause, failed.run?.state], ['limit', 'failed']);
  assert.match(failed.run?.why ?? '', /^it uses \d+ MiB of memory, and its limit is 60 MiB/);
  const details = await d.get<RunDetails>(`/v1/runs/${failed.run?.id ?? ''}`);
  assert.deepEqual(details.violations.map(({ what, limit }) => [what, limit]), [['memory', '60 MiB']]);
});

onBoth('limits come, change and go while the program runs', async ({ start }) => {
  const d = await start({ config: `[programs.eater]\ncommand = ["python3", "${fixture('eats-memory.py')}", "80"]\n` });
  const { pid } = await d.fact('process.spawned');
  await waitFor('80 MiB', async () => ((await usage(d))[0]?.rssBytes ?? 0) > 80 * 1024 ** 2);
  assert.equal(d.facts.some((f) => f.type.startsWith('limit.')), false);
  const rewrite = async (limits: string): Promise<void> => {
    const text = readFileSync(d.configFile, 'utf8').replace(/^limits.*\n/m, '').replace('[programs.eater]\n', `[programs.eater]\n${limits}\n`);
    writeFileSync(d.configFile, text);
    const applied = await d.ctl('apply', '--yes');
    assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  };
  await rewrite('limits = { memory = "60MB", every = "100ms" }');
  await d.fact('limit.exceeded');
  await rewrite('limits = { memory = "900MB", every = "100ms" }');
  await d.fact('limit.cleared');
  await rewrite('limits = { memory = "50MB", every = "100ms" }');
  await waitFor('it to be over that', async () => (await d.view('eater')).health === 'unhealthy');
  await rewrite('');
  await waitFor('nothing to be known of its health', async () => (await d.view('eater')).health === 'unknown');
  assert.equal((await d.view('eater')).pid, pid, 'nobody was restarted for any of it');
});

onBoth('top, status -v, ps and REST say what is used, of the same meter [C16][C28][Sv#1136]', async ({ start }) => {
  const d = await start({ config: `[programs.eater]\ncommand = ["python3", "${fixture('eats-memory.py')}", "80"]\nlimits = { memory = "900MB" }\n[programs.idle]\ncommand = "sleep 600"\n[programs.down]\ncommand = "true"\nautostart = false\n` });
  await waitFor('80 MiB', async () => ((await usage(d)).find((row) => row.name === 'eater')?.rssBytes ?? 0) > 80 * 1024 ** 2);
  const rows = JSON.parse((await d.ctl('top', '--json')).stdout) as readonly UsageRow[];
  assert.deepEqual(rows.map((row) => row.name).toSorted((a, b) => (a < b ? -1 : 1)), ['eater', 'idle']);
  const eater = rows.find((row) => row.name === 'eater');
  assert.ok(eater && eater.processes === 1 && (eater.files ?? 0) >= 3);
  assert.deepEqual(eater.limits.map(({ limit, max }) => [limit, max]), [['memory', 900 * 1024 ** 2]]);
  assert.ok((eater.limits[0]?.percent ?? 0) > 8 && (eater.limits[0]?.percent ?? 0) < 50);
  const top = await d.ctl('top', '--sort', 'memory');
  assert.match(top.stdout, /^NAME +PID +CPU +MEMORY +PROCESSES +FILES +UPTIME +HEALTH +LIMIT\neater +\d+ +[\d.]+% +[\d.]+ MB +1 +\d+ +\S+ +unknown +memory \d+%\nidle /);
  const verbose = await d.ctl('status', '-v');
  assert.match(verbose.stdout, /^eater +RUNNING .* up +[\d.]+% +[\d.]+ MB +unknown/m);
  assert.match(verbose.stdout, /^down +STOPPED .* - +- +unknown/m);
  assert.match((await d.ctl('ps', '--where', 'rss>70MB')).stdout, /^eater/m);
  assert.doesNotMatch((await d.ctl('ps', '--where', 'rss>70MB')).stdout, /^idle/m);
  const unknown = await d.ctl('top', 'nobody');
  assert.notEqual(unknown.code, 0);
});

onBoth('doctor says what is measured, and how', async ({ start }) => {
  const d = await start({ config: '[programs.idle]\ncommand = "sleep 600"\n' });
  const findings = await d.get<readonly Finding[]>('/v1/doctor');
  const limits = findings.find((one) => one.subject === 'limits');
  assert.ok(limits, JSON.stringify(findings.map((one) => one.subject)));
  assert.match(limits.message, /control group|\/proc/);
});

onBoth('descriptors are bounded, and nothing is left of lives that were measured', async ({ start }) => {
  const d = await start({ config: '[programs.short]\ncommand = ["sh", "-c", "sleep 0.05 & sleep 0.15"]\nnumprocs = 5\nstartsecs = 0\nrestart_delay = 0\nrestart_delay_policy = "none"\nlimits = { memory = "500MB", cpu = "5000%", window = "1s", every = "100ms" }\n' });
  const files = (): number => readdirSync(`/proc/${d.pid}/fd`).length;
  const lives = (n: number): Promise<unknown> => waitFor(`${n} lives`, () => d.facts.filter((f) => f.type === 'process.exited').length >= n, 60_000);
  await lives(30);
  const before = files();
  await lives(130);
  const after = files();
  // Five lives at a time, each with its pipes, its group and its processes, whatever is being started at the moment.
  assert.ok(after <= before + 40, `${before} descriptors after 30 lives, ${after} after 130`);
  assert.equal((await d.stop()).code, 0);
});

/** A memory group (version 1) of our own, in which the daemon and its programs have to get by together; null: none can be made. */
function tightGroup(bytes: number): { readonly path: string; remove(): void } | null {
  const path = `/sys/fs/cgroup/memory/reeve-test-${String(process.pid)}-${String(bytes)}`;
  try {
    mkdirSync(path);
    writeFileSync(join(path, 'memory.limit_in_bytes'), String(bytes));
    return { path, remove: () => rmdirSync(path) };
  } catch {
    return null;
  }
}

function cannotTighten(): string | null {
  const group = tightGroup(64 * 1024 ** 2);
  group?.remove();
  return group === null ? 'no memory group (cgroup v1) can be made here, so the kernel cannot be made to run out of memory: the words are tested with files (os-groups.test.ts)' : null;
}

onBoth('an end for want of memory is called that, probably, where only the enclosing group counts', async ({ t, start }) => {
  const group = tightGroup(400 * 1024 ** 2);
  assert.ok(group);
  // Runs after the end of the daemon, which is in it.
  atEnd(t, () => waitFor('the group to be empty', () => {
    try {
      group.remove();
      return true;
    } catch {
      return false;
    }
  }));
  const d = await start({
    config: `[programs.eater]\ncommand = ${EATER}\nrestart = "temporary"\noom_score_adj = 1000\n`,
    wrapper: ['sh', '-c', `echo 0 > ${group.path}/cgroup.procs; exec "$@"`, 'sh'],
  });
  const exited = await d.fact('process.exited', undefined, 60_000);
  assert.deepEqual([exited.signal, exited.oom], ['KILL', 'likely']);
  assert.match((await d.state('eater', 'EXITED')).why, /^probably killed by the kernel: out of memory \(SIGKILL\)$/);
  const said = await d.ctl('explain', 'eater');
  assert.match(said.stdout, /probably killed by the kernel: out of memory/);
}, { cannot: cannotTighten() });

onBoth('a KILL that somebody sent is not put down to want of memory', async ({ start }) => {
  const d = await start({ config: '[programs.idle]\ncommand = "sleep 600"\nrestart = "temporary"\n' });
  const { pid } = await d.fact('process.spawned');
  process.kill(pid, 'SIGKILL');
  assert.equal((await d.fact('process.exited')).oom, undefined);
  assert.equal((await d.state('idle', 'EXITED')).why, 'terminated by SIGKILL');
});
