// What a process used, told with its exit.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openOsWorld } from '../support/os-world.ts';

const MIB = 1_048_576;

test('an exit tells the CPU time and the peak memory of the process and of those it waited for [B22]', async () => {
  await using world = openOsWorld(false);
  const own = process.resourceUsage().maxRSS * 1024;
  const megabytes = Math.ceil(own / MIB) + 100;
  const eats = `use strict; my $x = 'x' x (${megabytes} * 1048576); my $n = 0; $n += $_ for 1 .. 3_000_000; exit 0`;
  // In a child of the main process, which waits for it.
  const report = await world.start(['sh', '-c', `perl -e "${eats.replaceAll('$', '\\$')}"; true`]).exited;
  assert.ok(report.usage);
  const { peakRssBytes, cpuMs } = report.usage;
  assert.ok(peakRssBytes !== null && peakRssBytes > megabytes * MIB && peakRssBytes < 4 * megabytes * MIB, `${String(peakRssBytes)} bytes`);
  assert.ok(cpuMs >= 20 && cpuMs < 60_000, `${cpuMs} ms`);
});

test('a peak below the daemon\'s own cannot be told, and is not made up', async () => {
  await using world = openOsWorld(false);
  const { usage } = await world.start(['true']).exited;
  assert.equal(usage?.peakRssBytes, null);
  assert.ok(usage !== null && usage.cpuMs >= 0 && usage.cpuMs < 10_000);
});

test('portable: nobody measured', async () => {
  await using world = openOsWorld(true);
  assert.equal((await world.start(['true']).exited).usage, null);
});
