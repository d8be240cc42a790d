// A wall clock that is set: who is told, by which means, and what wakes up meanwhile. The clock of the machine is never touched: its
// readings are handed in, and the kernel's timer is made to come by asking for a time far ago. That the kernel cancels such a timer when
// the clock is set or the machine resumes is not tried here (it would change the clock of the machine): it was measured, once.
import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { after, before, describe, mock, test } from 'node:test';
import { openNative, type OpenedOs } from '../../daemon/os/open.ts';
import type { Clock } from '../../daemon/os/ports/clock.ts';
import { openSys, type Sys } from '../../daemon/os/sys.ts';
import { createWallClockWatch, FAR_MS, LOOK_MS, openWallClockWatch } from '../../daemon/os/wall-clock.ts';
import { until } from '../support/os-world.ts';

/** Clocks that go on by hand. */
function handClock(): Clock & { advance(ms: number): void; set(ms: number): void } {
  let [mono, wall] = [1000, 1_800_000_000_000];
  return {
    mono: () => mono,
    wall: () => wall,
    advance(ms) { mono += ms; wall += ms; },
    set(ms) { wall += ms; },
  };
}

const timerFds = (): number => readdirSync('/proc/self/fd').filter((fd) => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:[timerfd]';
  } catch {
    return false;
  }
}).length;

describe('the wall clock, looked at now and then', () => {
  before(() => mock.timers.enable({ apis: ['setInterval'] }));
  after(() => mock.timers.reset());

  test('a clock that is set forward or back, or a machine that slept, is told within 30 s, and once [D19]', () => {
    const clock = handClock();
    const watch = createWallClockWatch(clock, null);
    const told: number[] = [];
    const pass = (): void => {
      clock.advance(LOOK_MS);
      mock.timers.tick(LOOK_MS);
    };
    watch.onChange((jumpMs) => told.push(jumpMs));
    pass();
    assert.deepEqual(told, []);
    clock.set(3_600_000);
    pass();
    pass();
    clock.set(-7_200_000);
    pass();
    assert.deepEqual(told, [3_600_000, -7_200_000]);
    watch.dispose();
    clock.set(60_000);
    pass();
    assert.equal(told.length, 2);
  });

  test('what reading two clocks makes of one moment is no jump, and small steps are told when they are one', () => {
    const clock = handClock();
    const watch = createWallClockWatch(clock, null);
    const told: number[] = [];
    watch.onChange((jumpMs) => told.push(jumpMs));
    for (const step of [1, -1, 2, 2, 2]) {
      clock.set(step);
      mock.timers.tick(LOOK_MS);
    }
    assert.deepEqual(told, [6]);
    watch.dispose();
  });
});

describe('the wall clock, told by the kernel', () => {
  let sys: Sys;
  let os: OpenedOs;
  before(() => {
    const opened = openSys();
    assert.ok(!('problem' in opened));
    sys = opened;
    os = openNative(sys, (message) => assert.fail(message));
  });
  after(() => os.dispose());

  test('no timer of ours runs, nobody is told while nothing jumps, and the end gives the descriptor back [D19]', async () => {
    const before = timerFds();
    const watch = openWallClockWatch(os);
    assert.equal(timerFds(), before);
    const told: number[] = [];
    watch.onChange((jumpMs) => told.push(jumpMs));
    assert.equal(timerFds(), before + 1);
    assert.deepEqual(process.getActiveResourcesInfo().filter((name) => name === 'Timeout'), []);
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    assert.deepEqual(told, []);
    watch.dispose();
    assert.equal(timerFds(), before);
  });

  test('when the kernel wakes us the clocks are compared, everybody is told, and the timer is set again', async () => {
    let [wall, mono] = [Date.now() - FAR_MS - 1000, 0];
    let reads = 0;
    const clock: Clock = { mono: () => mono, wall: () => { reads += 1; return wall; } };
    const watch = createWallClockWatch(clock, { sys, readiness: os.readiness! });
    const told: number[] = [];
    // The timer is due at once and comes again each time it is armed: the reading is far in the past.
    watch.onChange((jumpMs) => told.push(jumpMs));
    watch.onChange((jumpMs) => told.push(jumpMs));
    await until('some wake-ups', () => reads > 10);
    assert.deepEqual(told, []);
    wall += 500;
    await until('both are told', () => told.length === 2);
    assert.deepEqual(told, [500, 500]);
    // From here it is far in the future: nothing wakes up any more.
    const jump = Date.now() - wall;
    wall += jump;
    mono += jump;
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    const quiet = reads;
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    assert.equal(reads, quiet);
    assert.equal(told.length, 2);
    watch.dispose();
  });

  test('where the kernel refuses such a timer the clocks are compared now and then', () => {
    mock.timers.enable({ apis: ['setInterval'] });
    try {
      const clock = handClock();
      const watch = createWallClockWatch(clock, { sys: { ...sys, timerfdSettime: () => -1 }, readiness: os.readiness! });
      const before = timerFds();
      const told: number[] = [];
      watch.onChange((jumpMs) => told.push(jumpMs));
      assert.equal(timerFds(), before);
      clock.set(1000);
      mock.timers.tick(LOOK_MS);
      assert.deepEqual(told, [1000]);
      watch.dispose();
    } finally {
      mock.timers.reset();
    }
  });
});
