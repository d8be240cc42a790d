// Restarts on change, by example: when a change counts, and when it is the program's own doing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actedOn, bornNow, changeDue, heardChange, NO_CHANGE } from '../../daemon/core/watch-debounce.ts';
import type { WatchState } from '../../daemon/core/watch-debounce.ts';

const touched = (s: WatchState, file: string, now: number): WatchState => heardChange(s, file, now).state;

test('changes are acted upon when they are over, and once [B35]', () => {
  let s = touched(touched(touched(NO_CHANGE, 'a.py', 0), 'b.py', 300), 'a.py', 400);
  assert.equal(changeDue(s, 500), 900);
  assert.deepEqual(s.changed, ['a.py', 'b.py']);
  s = actedOn(s);
  assert.equal(changeDue(s, 500), null);
});

test('changes that do not end are acted upon all the same, and only some are named', () => {
  let s = NO_CHANGE;
  for (let n = 0; n < 100; n += 1) s = touched(s, `${n}.py`, n * 100);
  assert.equal(changeDue(s, 500), 5000);
  assert.deepEqual([s.changed.length, s.more], [5, 95]);
});

test('a file that changes around three of our restarts in a row is not listened to, and that is said once', () => {
  let s: WatchState = bornNow(NO_CHANGE, 0, false);
  const said: (string | null)[] = [];
  for (let n = 1; n <= 5; n += 1) {
    const heard = heardChange(s, 'gen.txt', n * 1000);
    said.push(heard.muted);
    s = heard.state;
    if (changeDue(s, 100) !== null) s = bornNow(actedOn(s), n * 1000 + 200, false);
  }
  assert.deepEqual(said, [null, null, null, 'gen.txt', null]);
  assert.ok(s.muted.has('gen.txt'));
  const edited = heardChange(s, 'real.py', 6000);
  assert.deepEqual(edited.state.changed, ['real.py'], 'others are listened to');
  assert.equal(bornNow(edited.state, 9000, false).muted.size, 0, 'a life that a person wanted forgets suspicions');
});

test('somebody who saves now and then is no circle', () => {
  let s: WatchState = bornNow(NO_CHANGE, 0, false);
  for (let n = 1; n <= 10; n += 1) {
    const heard = heardChange(s, 'app.py', n * 60_000);
    assert.equal(heard.muted, null);
    s = bornNow(actedOn(heard.state), n * 60_000 + 500, false);
  }
});
