// Installs what the tests need from Debian, where that is possible, and says what is missing and what that costs.
// Quick when everything is there: it only looks for files. REEVE_TEST_INSTALL=0 forbids installing.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** Something a test uses beside Node. */
export interface Need {
  /** Debian's package. */
  readonly package: string;
  /** A command in the path, or an absolute file or pattern; present means installed. */
  readonly probe: string;
  /** What is not tested without it. */
  readonly without: string;
}

export const NEEDS: readonly Need[] = [
  { package: 'procps', probe: 'ps', without: 'tests that look at process trees from outside' },
  { package: 'util-linux', probe: 'unshare', without: 'tests as PID 1 in namespaces, users by setpriv, limits by prlimit' },
  { package: 'supervisor', probe: 'supervisord', without: "conformance with supervisord's own client and reader, and the bench against it" },
  { package: 'systemd', probe: 'systemd-notify', without: 'reports of children by the real systemd-notify' },
  { package: 'prometheus', probe: 'promtool', without: 'a scrape by a real Prometheus, promtool\'s look at /metrics, and the tests of the alert rules' },
  { package: 'curl', probe: 'curl', without: 'reports of children by curl' },
  { package: 'chromium', probe: 'chromium', without: 'tests of the web page in a browser, and its screenshots' },
  { package: 'nginx-light', probe: 'nginx', without: 'the nginx + redis + worker example' },
  { package: 'redis-server', probe: 'redis-server', without: 'the nginx + redis + worker example, and that of orders with PostgreSQL and redis' },
  { package: 'postgresql', probe: '/usr/lib/postgresql/*/bin/initdb', without: 'the example of orders with PostgreSQL and redis' },
  { package: 'python3-redis', probe: '/usr/lib/python3/dist-packages/redis/__init__.py', without: 'the worker of the nginx + redis example' },
];

const APT_TIMEOUT_MS = 240_000;
/** While packages are installed: Debian starts what it installs, and 101 says "not here", for a test must not leave an nginx on port 80; and PostgreSQL makes a database of its own, which takes seconds and stays. */
const GUARDS = [
  { file: '/usr/sbin/policy-rc.d', text: '#!/bin/sh\nexit 101\n', mode: 0o755 },
  { file: '/etc/postgresql-common/createcluster.d/reeve.conf', text: 'create_main_cluster = false\n', mode: 0o644 },
] as const;

/** True when the probe of a need is there. System commands may live in sbin, which is not in everybody's path. */
export function isPresent(need: Need, path: string = process.env['PATH'] ?? ''): boolean {
  if (need.probe.startsWith('/')) return globSync(need.probe).length > 0;
  return [...path.split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin'].some((folder) => {
    try {
      accessSync(join(folder, need.probe), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function apt(...words: string[]): { ok: boolean; why: string } {
  const result = spawnSync('apt-get', ['-q', '-y', '-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=60', ...words], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, encoding: 'utf8', timeout: APT_TIMEOUT_MS,
  });
  if (result.error) return { ok: false, why: result.error.message };
  const complaint = (result.stderr || result.stdout).split('\n').find((line) => line.startsWith('E:')) ?? `apt-get ${words[0]} ended with ${result.status}`;
  return { ok: result.status === 0, why: complaint };
}

/** Installs packages without starting the services they bring. Returns null, or why it was not possible. */
function install(packages: readonly string[]): string | null {
  if (process.env['REEVE_TEST_INSTALL'] === '0') return 'REEVE_TEST_INSTALL=0';
  if (process.getuid?.() !== 0) return `not root; "apt-get install ${packages.join(' ')}" would help`;
  if (!existsSync('/usr/bin/apt-get')) return 'no apt-get on this system';
  const ours = GUARDS.filter(({ file }) => !existsSync(file));
  for (const { file, text, mode } of ours) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode });
  }
  try {
    const first = apt('install', '--no-install-recommends', ...packages);
    if (first.ok) return null;
    const update = apt('update');
    if (!update.ok) return update.why;
    const second = apt('install', '--no-install-recommends', ...packages);
    return second.ok ? null : second.why;
  } finally {
    for (const { file } of ours) rmSync(file, { force: true });
  }
}

/** What is still missing after installing what can be installed, as lines for the closing summary of `npm test`. */
export function prepare(): string[] {
  const missing = NEEDS.filter((need) => !isPresent(need));
  if (missing.length === 0) return [];
  process.stderr.write(`prepare: installing ${missing.map((need) => need.package).join(' ')} (Debian)\n`);
  const why = install(missing.map((need) => need.package));
  const left = missing.filter((need) => !isPresent(need));
  return left.map((need) => `${need.package} is missing (${why ?? 'installed, but its files are not where they should be'}): no ${need.without}`);
}

if (import.meta.main) {
  const lines = prepare();
  for (const line of lines) process.stdout.write(`prepare: ${line}\n`);
  if (lines.length === 0) process.stdout.write('prepare: everything the tests need is installed\n');
}
