// Names that mean something to JavaScript are names as any other: nothing that a person wrote is lost without a word.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { convertIni } from '../../config/convert-ini.ts';
import { importCrontab } from '../../config/import-crontab.ts';
import { importSystemd } from '../../config/import-systemd.ts';
import { readConfig } from '../../config/read.ts';
import type { Config, ProcessSpec } from '../../config/spec.ts';
import { showConfig } from '../../config/show.ts';
import { applyEvent, emptySnapshot, fromJson, toJson } from '../../daemon/contract/snapshot.ts';
import { Tree } from '../../daemon/core/tree.ts';
import { childEnvironment, ownEnvironment } from '../../daemon/runtime/environment.ts';
import { good, memoryPort, places, processes, processNamed, readIni, readToml } from '../support/config-files.ts';

const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__', 'prototype', 'isPrototypeOf'] as const;
const some = fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: NAMES.length });

/** Own variables with these names and values, and no others of such a name. */
function holds(environment: Readonly<Record<string, string>>, names: readonly string[], of = (name: string): string => `${name}!`): void {
  for (const name of NAMES) {
    assert.equal(Object.hasOwn(environment, name), names.includes(name), name);
    if (names.includes(name)) assert.equal(environment[name], of(name));
  }
}

const table = (names: readonly string[]): string => `{ ${names.map((name) => `${name} = "${name}!"`).join(', ')} }`;
const environmentOf = (spec: ProcessSpec, own: Readonly<Record<string, string>> = {}, daemon: Readonly<Record<string, string>> = {}): Record<string, string> =>
  childEnvironment(spec, { own, daemon }, 'id', {});

test('variables of any name reach the child: of the program, of the daemon, of files, and inherited ones', () => {
  fc.assert(fc.property(some, some, (names, others) => {
    holds(environmentOf(processNamed(readToml(`[programs.p]\ncommand = "run"\nenvironment = ${table(names)}\n`), 'p')), names);
    holds(environmentOf(processNamed(readToml(`[programs.p]\ncommand = "run"\n[programs.p.environment]\n${names.map((name) => `"${name}" = "${name}!"`).join('\n')}\n`), 'p')), names);
    const daemon = good(readToml(`[daemon]\nenvironment = ${table(names)}\n[programs.p]\ncommand = "run"\nenvironment = ${table(others)}\n`));
    holds(environmentOf(processes(daemon.tree)[0] as ProcessSpec, {}, daemon.daemon.environment), [...names, ...others]);
    const ini = readIni(`[program:p]\ncommand=run\nenvironment=${names.map((name) => `${name}="${name}!"`).join(',')}\n`);
    holds(environmentOf(processNamed(ini, 'p')), names);
    const files = { '/etc/a.env': names.map((name) => `${name}=${name}!\n`).join(''), '/etc/b.env': others.map((name) => `export ${name}="${name}!"\n`).join('') };
    holds(environmentOf(processNamed(readToml('[programs.p]\ncommand = "run"\nenv_file = ["a.env", "b.env"]\n', undefined, files), 'p')), [...names, ...others]);
    const own = Object.fromEntries(names.map((name) => [name, `${name}!`]));
    holds(environmentOf(processNamed(readToml('[programs.p]\ncommand = "run"\n'), 'p'), own), names);
    holds(environmentOf(processNamed(readToml(`[programs.p]\ncommand = "run"\ninherit = ${JSON.stringify(others)}\n`), 'p'), own), names.filter((name) => others.includes(name)));
    holds(ownEnvironment(own), names);
  }), { numRuns: 25 });
});

test('a variable that is not there is none: neither ${NAME} of an env_file nor %(ENV_NAME)s finds what every object has', () => {
  for (const name of NAMES) {
    const text = readToml('[programs.p]\ncommand = "run"\nenv_file = "a.env"\nenv_file_expand = true\n', undefined, { '/etc/a.env': `A=\${${name}:-none}\n` });
    assert.equal(processNamed(text, 'p').environment['A'], 'none', name);
    const { problems } = readIni(`[program:p]\ncommand=run %(ENV_${name})s\n`);
    assert.ok(problems.some(({ severity, key }) => severity === 'error' && key === 'program:p.command'), name);
  }
});

const EVERYTHING = (name: string): string => `
[programs.${name}]
command = "run"
[programs.other]
command = "run"
depends_on = ["${name}:started"]
[groups.g-${name}]
members = ["${name}"]
[jobs.${name}]
command = "run"
every = "1h"
[checks.${name}]
command = "look"
every = "1h"
[fixes.${name}]
command = "mend"
[breakers.${name}]
failures = 3
[alerts.${name}]
on = ["process.fatal"]
exec = "tell"
`;

function namesIn({ tree, jobs, checks, fixes, breakers, alerts }: Config): object {
  return { programs: processes(tree).map(({ program }) => program).toSorted(), jobs: jobs.map(({ name }) => name), checks: checks.map((one) => one.name), fixes: fixes.map((one) => one.name), breakers: breakers.map((one) => one.name), alerts: alerts.map((one) => one.name) };
}

test('programs, groups, jobs, checks, fixes, breakers and alerts may have any such name, in the file, the tree, the snapshot and JSON', () => {
  for (const name of NAMES) {
    const config = good(readToml(EVERYTHING(name)));
    assert.deepEqual(namesIn(config), { programs: [name, 'other'].toSorted(), jobs: [name, `check:${name}`, `fix:${name}`], checks: [name], fixes: [name], breakers: [name], alerts: [name] });
    assert.deepEqual(JSON.parse(JSON.stringify(showConfig(config))), showConfig(config));
    const snapshot = emptySnapshot();
    let seq = 0;
    for (const fact of new Tree(config.tree).population()) applyEvent(snapshot, { ...fact, seq: (seq += 1), at: 0 });
    const again = fromJson(JSON.parse(JSON.stringify(toJson(snapshot))));
    assert.deepEqual([...again.processes.values()].map(({ program }) => program).toSorted(), [name, 'other'].toSorted());
    assert.deepEqual([...again.groups.keys()].toSorted(), [...snapshot.groups.keys()].toSorted());
  }
});

test('supervisord sections may have such names too, and are converted with their variables', () => {
  for (const name of NAMES) {
    const text = `[supervisord]\n[program:${name}]\ncommand=run\nenvironment=${name}="x"\n[group:g-${name}]\nprograms=${name}\n[program:lone]\ncommand=run\n`;
    const spec = processNamed(readIni(text), name);
    assert.equal(spec.group, `g-${name}`);
    holds(spec.environment, [name], () => 'x');
    const { text: toml } = convertIni('/etc/supervisord.conf', memoryPort({ '/etc/supervisord.conf': text }));
    holds(processNamed(readToml(toml ?? ''), name).environment, [name], () => 'x');
  }
});

test('a program of such a name has as many copies as its file says, whatever others are scaled to', () => {
  for (const name of NAMES) {
    const read = (text: string, options: { numprocs?: Record<string, number>; present?: Record<string, number> }): number => {
      const port = memoryPort({ '/etc/reeve.toml': text });
      return processes(good(readConfig('/etc/reeve.toml', port, { ...options, stateDir: '/state', fragment: true })).tree).filter(({ program }) => program === name).length;
    };
    const toml = `[programs.${name}]\ncommand = "run"\nnumprocs = 2\n`;
    const ini = `[program:${name}]\ncommand=run\nnumprocs=2\nprocess_name=x%(process_num)s\n`;
    for (const text of [toml, ini]) {
      assert.equal(read(text, { numprocs: { another: 7 }, present: { another: 7 } }), 2, name);
      assert.equal(read(text, { numprocs: { [name]: 3 } }), 3, name);
    }
  }
});

test('where such a name cannot be, it is refused with its line and its key', () => {
  const cases: readonly (readonly [toml: (name: string) => string, key: (name: string) => string])[] = [
    [(name) => `[programs.p]\ncommand = "run"\n${name} = 1\n`, (name) => `3 programs.p.${name}`],
    [(name) => `[programs.p]\ncommand = "run"\nrlimits = { ${name} = 1 }\n`, (name) => `3 programs.p.rlimits.${name}`],
    [(name) => `[programs.p]\ncommand = "run"\nlimits = { ${name} = 1 }\n`, (name) => `3 programs.p.limits.${name}`],
    [(name) => `[programs.p]\ncommand = "run"\nhooks = { ${name} = "x" }\n`, (name) => `3 programs.p.hooks.${name}`],
    [(name) => `[programs.p]\ncommand = "run"\nhealth = { http = "http://h/", ${name} = "x" }\n`, (name) => `3 programs.p.health.${name}`],
    [(name) => `[jobs.j]\ncommand = "run"\n${name} = 1\n`, (name) => `3 jobs.j.${name}`],
    [(name) => `[jobs.j]\ncommand = "run"\nexit_codes = { ${name} = "retry" }\n`, (name) => `3 jobs.j.exit_codes.${name}`],
    [(name) => `[jobs.j]\ncommand = "run"\nhistory = { ${name} = 1 }\n`, (name) => `3 jobs.j.history.${name}`],
    [(name) => `[daemon]\n${name} = 1\n`, (name) => `2 daemon.${name}`],
    [(name) => `[${name}]\na = 1\n`, (name) => `1 ${name}`],
    [(name) => `[api]\nusers = [{ name = "a", ${name} = "x" }]\n`, (name) => `2 api.users[0].${name}`],
  ];
  for (const name of NAMES) {
    for (const [text, key] of cases) {
      const { problems } = readToml(text(name));
      assert.ok(places(problems).includes(key(name)), `${text(name)}: ${JSON.stringify(problems)}`);
      for (const { hint } of problems) assert.ok(hint === null || (typeof hint === 'string' && !hint.includes('[native code]')), String(hint));
    }
  }
});

test('headers of a probe and options of its words may have such names, or are refused', () => {
  for (const name of NAMES) {
    const header = processNamed(readToml(`[programs.p]\ncommand = "run"\nhealth = { http = "http://h/", headers = { "${name}" = "x" } }\n`), 'p').health.probes[0];
    assert.ok(header?.kind === 'http' && Object.hasOwn(header.headers, name));
    const words = processNamed(readIni(`[program:p]\ncommand=run\nhealth=http header=${name}:x http://h/\n`), 'p').health.probes[0];
    assert.ok(words?.kind === 'http' && Object.hasOwn(words.headers, name));
    if (/^[a-z_]+$/.test(name)) assert.deepEqual(places(readIni(`[program:p]\ncommand=run\nhealth=http ${name}=x http://h/\n`).problems), ['3 program:p.health']);
  }
});

test('imported crontabs and units keep variables of such names', () => {
  for (const name of NAMES) {
    const cron = importCrontab(`${name}=x\n0 1 * * * /bin/run\n`, 'tab', false).text;
    holds(good(readToml(cron)).jobs[0]?.process.environment ?? {}, [name], () => 'x');
    const unit = importSystemd(`[Service]\nExecStart=/bin/run\nEnvironment=${name}=x\nRestart=${name}\n`, 'p.service', null).text;
    const spec = processNamed(readToml(unit), 'p');
    holds(spec.environment, [name], () => 'x');
    assert.equal(spec.restart, 'temporary');
  }
});
