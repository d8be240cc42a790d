// `limits` and recycling in a file: what they mean in both dialects, and what is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_LIMITS, NO_RECYCLING } from '../../config/limits-spec.ts';
import { limits } from '../../config/limits.ts';
import { good, processNamed, readIni, readToml } from '../support/config-files.ts';

const program = (body: string): string => `[programs.p]\ncommand = "run"\n${body}\n`;
const specOf = (body: string) => processNamed(readToml(program(body)), 'p');

test('limits of every kind are read, in the words of a file [C21][C22][C23][C24][C26]', () => {
  const spec = specOf(
    'directory = "/srv/p"\nlimits = { memory = "512MB", cpu = "80%", nofile = 4096, core = 0, processes = 100, runtime = "1h", disk = ["1GB:/data", "5MB"], action = "restart", warn_at = "75%", window = "10s", every = "1s", grace = "finish", throttle = true }',
  );
  assert.deepEqual(spec.limits, {
    memoryBytes: 512 * 1024 ** 2, cpuPercent: 80, files: 4096, processes: 100, runtimeMs: 3_600_000, disk: [{ path: '/data', bytes: 1024 ** 3 }, { path: '/srv/p', bytes: 5 * 1024 ** 2 }],
    action: 'restart', warnAt: 0.75, windowMs: 10_000, everyMs: 1000, grace: 'finish', throttle: true,
  });
  assert.deepEqual(spec.rlimits, { nofile: { soft: 4096, hard: 4096 }, core: { soft: 0, hard: 0 } });
});

test('without limits nothing is watched, and a violation alone is only recorded [C21][C29]', () => {
  assert.deepEqual(specOf('').limits, NO_LIMITS);
  assert.deepEqual(specOf('').recycle, NO_RECYCLING);
  assert.deepEqual(specOf('limits = { memory = "470MB" }').limits, { ...NO_LIMITS, memoryBytes: 470 * 1024 ** 2 });
  assert.equal(NO_LIMITS.action, 'alert');
  assert.equal(NO_LIMITS.warnAt, 0.9);
});

test('a share of the processor is percent of one core, and may be more than one [C22]', () => {
  for (const [written, percent] of [['"250%"', 250], ['"12.5%"', 12.5], ['80', 80], ['"80"', 80]] as const) assert.equal(specOf(`limits = { cpu = ${written} }`).limits.cpuPercent, percent);
});

test('the same limits can be written in an INI file', () => {
  const spec = processNamed(readIni('[program:p]\ncommand=run\nlimits=memory=512MB, cpu=80%%, nofile=10:20, processes=5, disk=1GB:/data, action=kill\nmax_age=6h\nmax_age_jitter=30m\nmax_jobs_per_child=1000\n'), 'p');
  assert.deepEqual(spec.limits, { ...NO_LIMITS, memoryBytes: 512 * 1024 ** 2, cpuPercent: 80, files: 10, processes: 5, disk: [{ path: '/data', bytes: 1024 ** 3 }], action: 'kill' });
  assert.deepEqual(spec.rlimits, { nofile: { soft: 10, hard: 20 } });
  assert.deepEqual(spec.recycle, { maxAgeMs: 21_600_000, jitterMs: 1_800_000, maxJobs: 1000, together: false });
});

test('recycling by age with jitter and by jobs is read, and gives a program the means to report them [A40][A44][C31][D46]', () => {
  const spec = specOf('max_age = "6h"\nmax_age_jitter = "30m"\nmax_jobs_per_child = 1000\nrecycle_together = true');
  assert.deepEqual(spec.recycle, { maxAgeMs: 21_600_000, jitterMs: 1_800_000, maxJobs: 1000, together: true });
  assert.equal(spec.notify, true);
  assert.equal(specOf('max_age = "6h"').notify, false);
});

test('a run that is over a limit is ended unless the file says otherwise [C21]', () => {
  const job = (body: string) => good(readToml(`[jobs.j]\ncommand = "run"\n${body}\n`)).jobs[0]?.process.limits;
  assert.equal(job('limits = { memory = "512MB" }')?.action, 'stop');
  assert.equal(job('limits = { memory = "512MB", action = "alert" }')?.action, 'alert');
  assert.equal(job('limits = { memory = "512MB", action = "kill" }')?.action, 'kill');
});

test('what cannot be meant is refused with its place, and what to do', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['limits = { memory = "a lot" }', /limits\.memory: expected a size .* got "a lot"/],
    ['limits = { memory = "1KB" }', /limits\.memory: expected .* at least 1MB/],
    ['limits = { cpu = "0%" }', /limits\.cpu: expected a percentage from 1%/],
    ['limits = { memory = "1GB", warn_at = "110%" }', /limits\.warn_at: expected a percentage from 1% to 100%/],
    ['limits = { memory = "1GB", action = "throw" }', /limits\.action: expected "alert" or "restart" or "stop" or "kill"/],
    ['limits = { memori = "1GB" }', /limits\.memori: "memori" is not a limit; known are memory, cpu, .* nofile/],
    ['limits = { action = "restart" }', /limits: "action" of limits does nothing without a limit/],
    ['limits = { memory = "1GB", window = "1m" }', /limits: "window" of limits does nothing without cpu/],
    ['limits = { cpu = "80%", window = "1s", every = "5s" }', /limits: "every" of limits is longer than "window"/],
    ['limits = { nofile = 1 }\nrlimits = { nofile = 1 }', /limits: "nofile" is also written in rlimits/],
    ['max_age_jitter = "5m"', /max_age_jitter: max_age_jitter does nothing without max_age/],
    ['recycle_together = true', /recycle_together: recycle_together does nothing without max_age or max_jobs_per_child/],
    ['max_age = "10ms"', /max_age: expected .* at least 1s/],
    ['limits = 1', /limits: expected a table of limits .* got 1/],
  ];
  for (const [body, expected] of cases) {
    const { problems } = readToml(program(body));
    const said = problems.map((p) => `${(p.key ?? '').replace('programs.p.', '')}: ${p.message}`);
    assert.equal(problems.filter((p) => p.severity === 'error').length, 1, `${body} -> ${said.join('; ')}`);
    assert.match(said[0] ?? '', expected);
  }
});

test('limits printed as text are read back as they were', () => {
  const written = limits.read({ memory: '512MB', cpu: '80%', nofile: 4096, disk: '1GB:/data', action: 'restart' }, assert.fail);
  assert.ok(written);
  assert.match(limits.print(written), /"memory":536870912/);
});
