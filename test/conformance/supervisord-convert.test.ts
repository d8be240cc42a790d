// Real supervisord files converted to TOML: read back, each is the same configuration field by field.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { convertIni } from '../../config/convert-ini.ts';
import { nodeConfigPort } from '../../daemon/os/config-port.ts';
import { arbitraryIni } from '../support/ini-files.ts';
import { memoryPort } from '../support/config-files.ts';

const files = join(import.meta.dirname, '../../../shared/corpus/supervisord');
const missing = existsSync(files) ? false : `no corpus beside the repository (${files}): real files are not converted`;
if (missing !== false) console.error(`SKIPPED: ${missing}`);

/** Any variable a file asks for is "1". */
function anyEnvironment(): Readonly<Record<string, string>> {
  const known: Readonly<Record<string, string>> = { PATH: '/usr/bin:/bin', HOME: '/root', TMPDIR: '/tmp' };
  return new Proxy(known, {
    get: (target, name) => (typeof name === 'string' ? (target[name] ?? '1') : undefined),
    getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: '1' }),
  });
}

test('every real file that supervisord accepts becomes TOML that means the same', { skip: missing }, () => {
  const refused: string[] = [];
  for (const name of readdirSync(files).toSorted()) {
    const made = convertIni(join(files, name), { ...nodeConfigPort(), env: anyEnvironment(), cwd: '/' });
    if (made.text === null) refused.push(name);
    else assert.deepEqual(made.differences, [], name);
  }
  assert.deepEqual(refused, ['031.conf', '104.conf', '116.conf', '139.conf', '157.conf'], 'those that supervisord refuses');
});

/** What TOML refuses to say: masks and counts below zero, names with blanks. Converting tells them. */
const UNSAYABLE = /umask|\.mode|minprocs|minfds|process_name a name|identifier expected/;

test('generated files become TOML that means the same, or the difference is told', () => {
  let same = 0;
  for (const text of fc.sample(arbitraryIni, { numRuns: 300, seed: 5 })) {
    const port = memoryPort({ '/etc/s.conf': text }, { HOME: '/h', SET: 'value', NUM: '3', PATH: '/bin' });
    const made = convertIni('/etc/s.conf', port);
    if (made.text === null) continue;
    const odd = made.differences.filter((difference) => !UNSAYABLE.test(difference));
    assert.deepEqual(odd, [], `${text}\n---\n${made.text}`);
    same += 1;
  }
  assert.ok(same > 60, `only ${same} files were converted`);
});
