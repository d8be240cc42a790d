// What supervisord's API asks for that ours says otherwise: whole specs, a file that was read but not applied, groups one by one,
// and bytes for a program's stdin.
import type { Writable } from 'node:stream';
import type { Config, GroupSpec, MemberSpec, ProcessSpec } from '../../config/spec.ts';
import type { CommandError } from '../contract/errors.ts';
import type { FactBody } from '../contract/facts.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import type { Tree } from '../core/tree.ts';
import type { GroupNode, TreeEvent } from '../core/tree-state.ts';
import type { SpawnError } from '../os/ports/processes.ts';
import type { Store } from '../os/ports/store.ts';
import type { Caller } from './control.ts';
import { compareGroups } from './reread.ts';
import type { GroupChanges } from './reread.ts';

/** A process as the newest read of the file has it. */
export interface ConfiguredSpec {
  readonly spec: ProcessSpec;
  readonly groupPriority: number;
  /** Its group is there. */
  readonly inUse: boolean;
  /** Its group runs by this very read: what was left to us (AUTO) is chosen. */
  readonly applied: boolean;
}

export interface Compat {
  readonly dialect: Config['dialect'];
  /** What a process runs by. */
  spec(id: string): ProcessSpec | undefined;
  /** Ids of a group (undefined: there is none) or of all, in the order in which supervisord starts them: by priority, then as listed. */
  members(group?: string): readonly string[] | undefined;
  configured(): readonly ConfiguredSpec[];
  /** Why a start would fail before anything is run, or null. */
  startProblem(id: string): SpawnError | null;
  /** Number of a user, or null when there is none. */
  uid(user: string): number | null;
  /** Reads the file, keeps what it says for addGroup, and applies nothing. */
  reread(caller: Caller): GroupChanges | CommandError;
  /** A group at the top as the newest read of the file has it. */
  newestGroup(name: string): GroupSpec | undefined;
  addGroup(name: string, caller: Caller): 'added' | 'already' | 'unknown' | CommandError;
  removeGroup(name: string, caller: Caller): 'removed' | 'running' | 'unknown' | CommandError;
  /** full: the program has not read what it was sent before. The audit trail has how much was sent, never what: people type passwords. */
  writeStdin(id: string, text: string, caller: Caller): Promise<'ok' | 'not_running' | 'closed' | 'full'>;
  /** Tells who listens to remote communication. */
  announce(kind: string, data: string): void;
}

export interface CompatOptions {
  readonly config: () => Config;
  readonly read: () => { readonly config: Config } | { readonly problems: readonly string[] };
  readonly snapshot: () => Snapshot;
  readonly tree: () => Tree;
  readonly store: Store;
  readonly tell: (event: TreeEvent) => void;
  readonly publish: (fact: FactBody) => void;
  readonly forget: (id: string) => void;
  readonly stdin: (id: string) => Writable | null;
  /** Finds the command of a program, with the daemon's eyes. */
  readonly lookUp: (spec: ProcessSpec) => SpawnError | null;
  readonly uid: (user: string) => number | null;
  /** Writes into the audit trail. */
  readonly record: (caller: Caller, action: string, targets: readonly string[], result: string) => void;
  /** Why nothing can be changed now, or null. */
  readonly refused: (command: string) => CommandError | null;
}

/** Bytes kept for a program that does not read its stdin. */
const STDIN_BYTES = 1024 * 1024;
/** A pipe that takes nothing for so long is full, not closed. */
const STDIN_MS = 50;

function processesIn(member: MemberSpec): readonly ProcessSpec[] {
  return member.kind === 'process' ? [member] : member.members.flatMap(processesIn);
}

function idsBelow(group: GroupNode): readonly string[] {
  return group.members.toSorted((a, b) => a.spec.priority - b.spec.priority).flatMap((m) => (m.kind === 'process' ? [m.key] : idsBelow(m)));
}

export class SupervisordCompat implements Compat {
  private readonly options: CompatOptions;
  /** What `reread` read, and the configuration that it stands beside: a full restart makes it old. */
  private pending: { readonly beside: Config; readonly config: Config } | null = null;

  constructor(options: CompatOptions) {
    this.options = options;
  }

  get dialect(): Config['dialect'] {
    return this.options.config().dialect;
  }

  spec(id: string): ProcessSpec | undefined {
    return this.options.tree().processes.get(id)?.spec;
  }

  members(group?: string): readonly string[] | undefined {
    const tree = this.options.tree();
    if (group === undefined) return idsBelow(tree.root);
    const node = tree.groups.get(`group ${group}`);
    return node?.parent ? idsBelow(node) : undefined;
  }

  configured(): readonly ConfiguredSpec[] {
    const { groups } = this.options.tree();
    return this.newest().flatMap((group) => {
      const node = groups.get(`group ${group.name}`);
      return processesIn(group).map((spec) => ({ spec, groupPriority: group.priority, inUse: node !== undefined, applied: node?.spec === group }));
    });
  }

  startProblem(id: string): SpawnError | null {
    const spec = this.spec(id);
    return spec === undefined ? null : this.options.lookUp(spec);
  }

  uid(user: string): number | null {
    return this.options.uid(user);
  }

  reread(caller: Caller): GroupChanges | CommandError {
    const read = this.options.read();
    if ('problems' in read) {
      this.options.record(caller, 'reread', [], 'refused: BAD_CONFIG');
      return { code: 'BAD_CONFIG', message: read.problems.join('; ') };
    }
    this.pending = { beside: this.options.config(), config: read.config };
    const changes = compareGroups(this.present(), this.newest());
    this.options.record(caller, 'reread', [], `${changes.added.length} added, ${changes.changed.length} changed, ${changes.removed.length} removed`);
    return changes;
  }

  addGroup(name: string, caller: Caller): 'added' | 'already' | 'unknown' | CommandError {
    const refusal = this.options.refused('add');
    if (refusal !== null) return refusal;
    const group = this.newestGroup(name);
    if (group === undefined) return 'unknown';
    const { store, tell, publish } = this.options;
    const intents = store.intents();
    const facts = this.options.tree().addGroup(group, '', (id) => intents.get(id)?.disabled === true);
    if (facts.length === 0) return 'already';
    for (const fact of facts) publish(fact);
    for (const { id } of processesIn(group)) if (intents.get(id)?.disabled === true) publish({ type: 'process.disabled', process: id, disabled: true });
    this.options.record(caller, 'add', [name], 'added');
    tell({ type: 'operate_group', action: 'start', name, why: `${caller.who} added it` });
    return 'added';
  }

  removeGroup(name: string, caller: Caller): 'removed' | 'running' | 'unknown' | CommandError {
    const refusal = this.options.refused('remove');
    if (refusal !== null) return refusal;
    const tree = this.options.tree();
    const node = tree.groups.get(`group ${name}`);
    if (node === undefined || node.parent !== tree.root) return 'unknown';
    const facts = tree.removeGroup(name);
    if (facts === false) return 'running';
    for (const fact of facts) {
      if (fact.type === 'process.removed') this.dropped(fact.process);
      this.options.publish(fact);
    }
    this.options.record(caller, 'remove', [name], 'removed');
    return 'removed';
  }

  async writeStdin(id: string, text: string, caller: Caller): Promise<'ok' | 'not_running' | 'closed' | 'full'> {
    const outcome = await this.offerStdin(id, text);
    this.options.record(caller, 'stdin', [id], outcome === 'ok' ? `${Buffer.byteLength(text)} bytes` : outcome.replace('_', ' '));
    return outcome;
  }

  private offerStdin(id: string, text: string): Promise<'ok' | 'not_running' | 'closed' | 'full'> {
    const view = this.options.snapshot().processes.get(id);
    if (view === undefined || view.pid === null || view.state === 'STOPPING') return Promise.resolve('not_running');
    const stream = this.options.stdin(id);
    if (stream === null || stream.destroyed || !stream.writable) return Promise.resolve('closed');
    if (stream.writableLength > STDIN_BYTES) return Promise.resolve('full');
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve('ok'), STDIN_MS);
      stream.write(text, (error) => {
        clearTimeout(timer);
        resolve(error ? 'closed' : 'ok');
      });
    });
  }

  announce(kind: string, data: string): void {
    this.options.publish({ type: 'remote.said', kind, data });
  }

  newestGroup(name: string): GroupSpec | undefined {
    return this.newest().find((group) => group.name === name);
  }

  private present(): readonly GroupSpec[] {
    return this.options.tree().shape().members.filter((member) => member.kind === 'group');
  }

  private newest(): readonly GroupSpec[] {
    const config = this.options.config();
    const { tree } = this.pending?.beside === config ? this.pending.config : config;
    return tree.members.filter((member) => member.kind === 'group');
  }

  /** Who comes back under this name was not stopped by anybody. */
  private dropped(id: string): void {
    const { store, forget } = this.options;
    const intent = store.intents().get(id);
    if (intent?.stopped === true && !intent.disabled) store.setIntent(id, null);
    forget(id);
  }
}
