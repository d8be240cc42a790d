// Configurations in memory: a file system of a few texts, and the readers over it.
import { readConfig } from '../../config/read.ts';
import type { Config, GroupSpec, MemberSpec, Problem, ProcessSpec } from '../../config/spec.ts';
import type { ConfigPort, ReadOptions } from '../../config/port.ts';
import type { Reading } from '../../config/read.ts';

/** A port over texts: paths are absolute, `cpus` is 4, the host is called box. */
export function memoryPort(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = { HOME: '/home/ann', PATH: '/bin' },
): ConfigPort {
  return {
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
      return text;
    },
    glob: (pattern) => {
      const source = pattern
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replaceAll('*', '[^/]*')
        .replaceAll('?', '[^/]');
      return Object.keys(files)
        .filter((path) => new RegExp(`^${source}$`).test(path))
        .toSorted();
    },
    env,
    cpus: 4,
    hostname: 'box',
    cwd: '/srv',
  };
}

/** Reads one TOML text as /etc/reeve.toml; more files may stand beside it. */
export function readToml(
  text: string,
  options: ReadOptions = { stateDir: '/state' },
  more: Readonly<Record<string, string>> = {},
): Reading {
  return readConfig('/etc/reeve.toml', memoryPort({ ...more, '/etc/reeve.toml': text }), options);
}

/** Reads one INI text as /etc/supervisord.conf; [supervisord] is added where it is missing. */
export function readIni(text: string, more: Readonly<Record<string, string>> = {}, env?: Readonly<Record<string, string>>): Reading {
  return readConfig('/etc/supervisord.conf', memoryPort({ ...more, '/etc/supervisord.conf': text }, env), { fragment: true });
}

/** The config of a reading that must be good. */
export function good(reading: Reading): Config {
  if (reading.config === null) throw new Error(reading.problems.map((one) => `${one.line} ${one.key}: ${one.message}`).join('\n'));
  return reading.config;
}

/** Every process of a tree. */
export function processes(node: MemberSpec): ProcessSpec[] {
  return node.kind === 'process' ? [node] : node.members.flatMap(processes);
}

/** The process `name` of a reading that must be good. */
export function processNamed(reading: Reading, name: string): ProcessSpec {
  const found = processes(good(reading).tree).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no process ${name}`);
  return found;
}

/** The top-level group `name` of a reading that must be good. */
export function groupNamed(reading: Reading, name: string): GroupSpec {
  const found = good(reading).tree.members.find((one) => one.name === name);
  if (found?.kind !== 'group') throw new Error(`no group ${name}`);
  return found;
}

/** `line key` of each problem of a severity. */
export function places(problems: readonly Problem[], severity: Problem['severity'] = 'error'): string[] {
  return problems.filter((one) => one.severity === severity).map((one) => `${one.line} ${one.key}`);
}
