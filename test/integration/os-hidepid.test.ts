// A machine whose /proc hides the processes of others.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { hidepidOf } from '../../daemon/os/machine.ts';
import type { MachineFacts } from '../../daemon/os/ports/machine.ts';
import { AS_PID_1, missingCommands, whyNoPid1 } from '../support/namespaces.ts';
import { fixture } from '../support/os-world.ts';

test('hidepid is read from the mount of /proc that is seen', () => {
  const line = (options: string, at = '/proc'): string => `23 28 0:21 / ${at} rw,nosuid shared:12 - proc proc ${options}`;
  assert.equal(hidepidOf(line('rw')), null);
  assert.equal(hidepidOf(line('rw,hidepid=0')), null);
  assert.equal(hidepidOf(line('rw,gid=27,hidepid=invisible')), 'invisible');
  assert.equal(hidepidOf([line('rw,hidepid=2'), line('rw')].join('\n')), null);
  assert.equal(hidepidOf([line('rw'), line('rw,hidepid=2', '/chroot/proc')].join('\n')), null);
  assert.equal(hidepidOf(''), null);
});

test('doctor names a /proc with hidepid=2 and what it costs', { skip: whyNoPid1() ?? (missingCommands(['setpriv', 'mount']).length > 0 ? 'needs setpriv and mount' : false) }, () => {
  const say = 'mount -o remount,hidepid=2 /proc && exec setpriv --reuid=12345 --regid=12345 --clear-groups "$@"';
  const [command, ...words] = [...AS_PID_1, 'sh', '-c', say, 'sh', process.execPath, fixture('says-machine.ts')];
  const facts = JSON.parse(execFileSync(command, words, { encoding: 'utf8' })) as MachineFacts;
  const row = facts.limits.find(({ name }) => name === 'processes of others in /proc');
  assert.equal(row?.ok, false);
  assert.match(row?.detail ?? '', /hidepid=(2|invisible)\): what programs of other users start is not found/);
});
