// Is every tick of a life counted, and none twice? Processes by hand: who burns, ends, is waited for, and is looked at when.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CpuAccount } from '../../daemon/os/cpu-account.ts';
import type { ProcReader } from '../../daemon/os/proc.ts';

interface Process {
  readonly pid: number;
  parent: number;
  own: number;
  children: number;
  state: 'running' | 'zombie' | 'gone';
}

/** A life of processes; 1 is the main one. Nobody above it is looked at. */
class Life {
  readonly all: Process[] = [{ pid: 1, parent: 0, own: 0, children: 0, state: 'running' }];
  readonly account = new CpuAccount();
  private readonly via: ProcReader = {
    stat: (pid) => {
      const p = this.of(pid);
      return p.state === 'gone' ? null : { state: p.state === 'zombie' ? 'Z' : 'S', ppid: p.parent, pgrp: 1, session: 1, startTime: pid, ticks: p.own, childTicks: p.children, threads: 1, rssPages: 1 };
    },
    children: () => [],
  };

  of(pid: number): Process {
    return this.all[pid - 1] as Process;
  }

  get running(): readonly Process[] {
    return this.all.filter(({ state }) => state === 'running');
  }

  zombiesOf(pid: number): readonly Process[] {
    return this.all.filter(({ parent, state }) => parent === pid && state === 'zombie');
  }

  fork(parent: number): number {
    const pid = this.all.length + 1;
    this.all.push({ pid, parent, own: 0, children: 0, state: 'running' });
    return pid;
  }

  burn(pid: number, ticks: number): this {
    this.of(pid).own += ticks;
    return this;
  }

  /** Its children go to somebody outside of the life, as to a daemon that adopts orphans and waits for them. */
  end(pid: number): this {
    this.of(pid).state = 'zombie';
    for (const child of this.all) {
      if (child.parent !== pid) continue;
      child.parent = 0;
      if (child.state === 'zombie') child.state = 'gone';
    }
    if (this.of(pid).parent === 0) this.of(pid).state = 'gone';
    return this;
  }

  wait(pid: number): this {
    const { own, children, parent } = this.of(pid);
    this.of(pid).state = 'gone';
    this.of(parent).children += own + children;
    return this;
  }

  /** Ticks counted so far, after a look at those who run. */
  look(): number {
    this.account.look(this.running.map(({ pid }) => pid), this.via);
    return this.account.total;
  }

  get used(): number {
    return this.all.reduce((sum, { own }) => sum + own, 0);
  }
}

test('a child that is a zombie at one look and waited for at the next is counted once [C22]', () => {
  const life = new Life();
  const child = life.fork(1);
  assert.equal(life.burn(child, 100).look(), 100);
  life.burn(child, 10).end(child);
  assert.equal(life.look(), 100, 'what it used since is told when it is waited for');
  life.wait(child);
  assert.equal(life.look(), 110);
});

test('what others used who were waited for while a zombie was there is counted when the zombie is waited for at the latest', () => {
  const life = new Life();
  const slow = life.fork(1);
  assert.equal(life.burn(slow, 100).look(), 100);
  const unseen = life.end(slow).fork(1);
  life.burn(unseen, 40).end(unseen).wait(unseen);
  assert.ok(life.look() <= 140);
  life.wait(slow);
  assert.equal(life.look(), 140);
});

test('a child and its parent that end between two looks come by the grandparent, each once', () => {
  const life = new Life();
  const middle = life.fork(1);
  const child = life.fork(middle);
  assert.equal(life.burn(middle, 30).burn(child, 70).look(), 100);
  life.burn(child, 5).end(child).wait(child).burn(middle, 5).end(middle).wait(middle);
  assert.equal(life.look(), 110);
});

test('nobody owes for an orphan: it ends outside, and what others use is counted', () => {
  const life = new Life();
  const parent = life.fork(1);
  const orphan = life.fork(parent);
  life.burn(orphan, 50).burn(parent, 10).look();
  life.end(parent).wait(parent);
  assert.equal(life.look(), 60);
  life.end(orphan);
  const other = life.fork(1);
  life.burn(other, 20).end(other).wait(other);
  assert.equal(life.look(), 80);
});

test('whatever ends, waits and is looked at when: the account never goes back and never tells more than was used, and all of it where everybody was waited for', () => {
  const act = fc.record({ what: fc.constantFrom('fork', 'burn', 'burn', 'end', 'wait', 'look'), who: fc.nat(20), ticks: fc.integer({ min: 1, max: 50 }) });
  fc.assert(fc.property(fc.array(act, { minLength: 30, maxLength: 120, size: 'max' }), fc.boolean(), (acts, orphans) => {
    const life = new Life();
    let last = 0;
    const look = (): void => {
      const now = life.look();
      assert.ok(now >= last && now <= life.used, `${now} after ${last}, used ${life.used}`);
      last = now;
    };
    for (const { what, who, ticks } of acts) {
      const { pid } = life.running[who % life.running.length] as Process;
      const zombie = life.zombiesOf(pid)[0];
      if (what === 'fork') life.fork(pid);
      else if (what === 'burn') life.burn(pid, ticks);
      else if (what === 'end' && pid !== 1 && (orphans || life.all.every(({ parent, state }) => parent !== pid || state === 'gone'))) life.end(pid);
      else if (what === 'wait' && zombie !== undefined) life.wait(zombie.pid);
      else if (what === 'look') look();
    }
    for (const process of life.all.slice(1).toReversed()) {
      if (process.state === 'running') life.end(process.pid);
      if (process.state === 'zombie') life.wait(process.pid);
    }
    look();
    if (!orphans) assert.equal(last, life.used);
  }), { numRuns: 300 });
});
