// No fact tells of what does not happen: a start that its group forgot, a stop of what ended in another way. After facts that may
// mean that, and once all that follows from them is done, those who are waited for are looked at.
import type { Fact } from '../contract/facts.ts';

/** What facts alone do not tell. */
export interface Prospects {
  /** All that follows from the facts so far is done. */
  isIdle(): boolean;
  /** Why a process is down and nobody is about to start it; null: it is not, or somebody is. */
  staysDown(process: string): string | null;
  /** It is there to end: its start has come about when it has. */
  isOneshot?(process: string): boolean;
  /** It has probes, so that whoever waits for its health waits for something. */
  hasProbes?(process: string): boolean;
}

/** Facts after which a process may be down though no fact says that it stays so. */
const SETTLES: ReadonlySet<Fact['type']> = new Set(['process.stopped', 'process.state', 'process.fatal', 'process.unknown', 'process.wanted', 'process.removed', 'group.state']);

export class Doubts {
  private readonly prospects: Prospects;
  private readonly waitedFor: { has(process: string): boolean; keys(): Iterable<string>; readonly size: number };
  private readonly tell: (process: string, why: string) => void;
  private readonly doubtful = new Set<string>();
  private allDoubtful = false;
  private looking = false;

  /** `tell` is called for each of `waitedFor` that is found to stay down. */
  constructor(prospects: Prospects, waitedFor: { has(process: string): boolean; keys(): Iterable<string>; readonly size: number }, tell: (process: string, why: string) => void) {
    this.prospects = prospects;
    this.waitedFor = waitedFor;
    this.tell = tell;
  }

  /** One process may be concerned, or after a change of a group all that are waited for. */
  heard(fact: Fact): void {
    if (this.waitedFor.size === 0) return;
    // Who waits for others may wait in vain from now on, and so may those that wait for it.
    if (fact.type === 'process.waiting') return this.all();
    if (!SETTLES.has(fact.type)) return;
    if (!('process' in fact)) return this.all();
    if (!this.waitedFor.has(fact.process)) return;
    this.doubtful.add(fact.process);
    this.lookSoon();
  }

  /** All that are waited for are looked at soon. */
  all(): void {
    this.allDoubtful = true;
    this.lookSoon();
  }

  private lookSoon(): void {
    if (this.looking) return;
    this.looking = true;
    setImmediate(() => {
      this.looking = false;
      if (this.prospects.isIdle()) this.look();
      else this.lookSoon();
    });
  }

  private look(): void {
    const doubtful = [...(this.allDoubtful ? this.waitedFor.keys() : this.doubtful)];
    this.doubtful.clear();
    this.allDoubtful = false;
    for (const process of doubtful) {
      const why = this.waitedFor.has(process) ? this.prospects.staysDown(process) : null;
      if (why !== null) this.tell(process, why);
    }
  }
}
