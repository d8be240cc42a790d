// What supervisord's event listeners are told: facts become its events, with its names and payloads. Pure.
import type { Fact } from '../contract/facts.ts';
import type { ProcessView } from '../contract/snapshot.ts';
import type { ProcessStateName } from '../contract/states.ts';

/** An event as a listener gets it, except for its header. */
export interface SupervisordEvent {
  readonly name: string;
  readonly payload: string;
}

/** What its events say of a process and one fact alone does not tell. */
interface Known {
  /** As the last event said. */
  state: ProcessStateName;
  tries: number;
  pid: number;
  exit: { readonly incarnation: number; readonly pid: number; readonly expected: boolean } | null;
}

/** Events with a payload of `key:value` pairs of one process. */
function processEvent(process: string, to: ProcessStateName, from: ProcessStateName, extra = ''): SupervisordEvent {
  const colon = process.indexOf(':');
  const payload = `processname:${process.slice(colon + 1)} groupname:${process.slice(0, colon)} from_state:${from}${extra}`;
  return { name: `PROCESS_STATE_${to}`, payload };
}

const NONE: readonly SupervisordEvent[] = [];

/** Events that a subscription to `type` brings: itself, its children where it is a parent, all for EVENT. */
export function isOfType(name: string, type: string): boolean {
  return name === type || type === 'EVENT' || name.startsWith(`${type}_`);
}

/** Follows the facts in order. Knows each process as long as it is known to the daemon. */
export class EventMapper {
  private readonly known = new Map<string, Known>();
  private stopping = false;

  /** Takes over what is so already, where facts were not followed from the first. */
  seed(processes: Iterable<Pick<ProcessView, 'id' | 'state' | 'tries' | 'pid'>>): void {
    this.known.clear();
    for (const { id, state, tries, pid } of processes) this.known.set(id, { state, tries, pid: pid ?? 0, exit: null });
  }

  /** The events that one fact is to supervisord's listeners; mostly one or none. */
  map(fact: Fact): readonly SupervisordEvent[] {
    switch (fact.type) {
      case 'daemon.started':
        this.stopping = false;
        return [{ name: 'SUPERVISOR_STATE_CHANGE_RUNNING', payload: '' }];
      case 'daemon.stopping': {
        // A harsher end of what is ending already is no news.
        if (this.stopping) return NONE;
        this.stopping = true;
        return [{ name: 'SUPERVISOR_STATE_CHANGE_STOPPING', payload: '' }];
      }
      case 'group.added': return [{ name: 'PROCESS_GROUP_ADDED', payload: `groupname:${fact.group}\n` }];
      case 'group.removed': return [{ name: 'PROCESS_GROUP_REMOVED', payload: `groupname:${fact.group}\n` }];
      case 'remote.said': return [{ name: 'REMOTE_COMMUNICATION', payload: `type:${fact.kind}\n${fact.data}` }];
      case 'process.removed':
        this.known.delete(fact.process);
        return NONE;
      case 'process.starting': {
        const p = this.of(fact.process);
        p.tries = fact.tries;
        p.pid = 0;
        p.exit = null;
        return this.enter(fact.process, p, 'STARTING', fact.from, ` tries:${fact.tries}`);
      }
      case 'process.spawned':
        this.of(fact.process).pid = fact.pid;
        return NONE;
      case 'process.running': return this.enter(fact.process, this.of(fact.process), 'RUNNING', 'STARTING', ` pid:${fact.pid}`);
      case 'process.exited':
        this.of(fact.process).exit = { incarnation: fact.incarnation, pid: fact.pid, expected: fact.expected };
        return NONE;
      case 'process.state': return fact.to === 'EXITED' ? this.exited(fact.process, fact.from) : NONE;
      case 'process.backoff': return this.enter(fact.process, this.of(fact.process), 'BACKOFF', fact.from, ` tries:${fact.tries}`);
      case 'process.waiting': {
        const p = this.of(fact.process);
        // Said again because the reason changed: the state did not.
        return p.state === 'BACKOFF' ? NONE : this.enter(fact.process, p, 'BACKOFF', fact.from, ` tries:${p.tries}`);
      }
      case 'process.fatal': return this.fatal(fact.process, fact.from);
      case 'process.stopping': return this.stoppingProcess(fact);
      case 'process.stopped': {
        const p = this.of(fact.process);
        // Whoever waits for the next try when supervisord ends is given up.
        if (this.stopping && p.state === 'BACKOFF') return this.enter(fact.process, p, 'FATAL', 'BACKOFF', '');
        const pid = p.state === 'STOPPING' ? (p.exit?.pid ?? p.pid) : 0;
        return this.enter(fact.process, p, 'STOPPED', p.state, ` pid:${pid}`);
      }
      case 'process.unknown': return this.enter(fact.process, this.of(fact.process), 'UNKNOWN', fact.from, '');
      default: return NONE;
    }
  }

  private of(process: string): Known {
    let p = this.known.get(process);
    if (!p) this.known.set(process, (p = { state: 'STOPPED', tries: 0, pid: 0, exit: null }));
    return p;
  }

  private enter(process: string, p: Known, to: ProcessStateName, from: ProcessStateName, extra: string): readonly SupervisordEvent[] {
    p.state = to;
    return [processEvent(process, to, from, extra)];
  }

  private exited(process: string, from: ProcessStateName): readonly SupervisordEvent[] {
    const p = this.of(process);
    // Its spawn failed and it is not tried again: supervisord has no word for an end without a life.
    if (p.exit === null) return NONE;
    const { pid, expected } = p.exit;
    // It had stayed up long enough, and ended before that was said.
    const late = from === 'RUNNING' && p.state === 'STARTING' ? this.enter(process, p, 'RUNNING', 'STARTING', ` pid:${pid}`) : NONE;
    return [...late, ...this.enter(process, p, 'EXITED', from, ` expected:${expected ? 1 : 0} pid:${pid}`)];
  }

  /** supervisord goes to FATAL by way of BACKOFF only; a reeve rule may lead there from RUNNING, which then is an exit first. */
  private fatal(process: string, from: ProcessStateName): readonly SupervisordEvent[] {
    const p = this.of(process);
    const before = from === 'STARTING'
      ? this.enter(process, p, 'BACKOFF', 'STARTING', ` tries:${p.tries + 1}`)
      : from === 'RUNNING' ? this.exited(process, from) : NONE;
    return [...before, ...this.enter(process, p, 'FATAL', before.length > 0 ? p.state : from, '')];
  }

  private stoppingProcess(fact: Fact & { type: 'process.stopping' }): readonly SupervisordEvent[] {
    const p = this.of(fact.process);
    // It ended by itself, and what it left behind is being ended: its exit is told when that is done.
    if (p.exit?.incarnation === fact.incarnation) return NONE;
    return this.enter(fact.process, p, 'STOPPING', fact.from, ` pid:${fact.pid ?? 0}`);
  }
}
