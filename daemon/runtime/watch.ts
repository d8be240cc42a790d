// Restarts on change of files, for development: one watch for each process that has `watch`. Nothing is loaded before the first.
import { same } from '../../config/changes.ts';
import type { ProcessSpec } from '../../config/spec.ts';
import type { Fact, FactBody } from '../contract/facts.ts';
import type { ProcessNode, TreeEvent } from '../core/tree-state.ts';
import { actedOn, bornNow, changeDue, CIRCLES, heardChange, NO_CHANGE } from '../core/watch-debounce.ts';
import type { WatchState } from '../core/watch-debounce.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { FileWatches } from '../os/ports/file-watches.ts';
import { Deadlines } from './deadlines.ts';

export interface WatchDeskOptions {
  readonly clock: Clock;
  readonly node: (process: string) => ProcessNode | undefined;
  readonly tell: (event: TreeEvent) => void;
  readonly publish: (fact: FactBody) => void;
  /** Loads what watches, once. */
  readonly watches: () => Promise<FileWatches>;
  /** The daemon's working directory. */
  readonly cwd: string;
  /** Absolute paths of what the daemon itself writes: state, its log. */
  readonly own: () => readonly string[];
}

interface Watch {
  readonly spec: NonNullable<ProcessSpec['watch']>;
  state: WatchState;
  handle: { close(): void } | null;
  over: boolean;
}

export class WatchDesk {
  private readonly options: WatchDeskOptions;
  private readonly watches = new Map<string, Watch>();
  private readonly deadlines: Deadlines;

  constructor(options: WatchDeskOptions) {
    this.options = options;
    this.deadlines = new Deadlines(options.clock, (process) => this.act(process));
  }

  /** A fact of the bus, in order. */
  heard(fact: Fact): void {
    switch (fact.type) {
      case 'process.added': case 'process.changed': return this.look(fact.process);
      case 'process.removed': return this.end(fact.process);
      case 'process.starting': return this.born(fact.process, fact.from === 'EXITED' || fact.from === 'BACKOFF');
      // What came before it (pre_start) and what it does now are judged alike.
      case 'process.spawned': return this.born(fact.process, true);
      default:
    }
  }

  close(): void {
    for (const process of [...this.watches.keys()]) this.end(process);
    this.deadlines.close();
  }

  private look(process: string): void {
    const spec = this.options.node(process)?.spec;
    const known = this.watches.get(process);
    if (known !== undefined && same(known.spec, spec?.watch ?? null)) return;
    this.end(process);
    if (!spec || spec.watch === null) return;
    const watch: Watch = { spec: spec.watch, state: NO_CHANGE, handle: null, over: false };
    this.watches.set(process, watch);
    void this.options.watches().then((watches) => {
      if (!watch.over) watch.handle = this.open(watches, spec, watch);
    });
  }

  private open(watches: FileWatches, spec: ProcessSpec, watch: Watch): { close(): void } {
    const files = [spec.stdout.file, spec.stderr?.file ?? null].filter((file) => file !== null);
    // Rotated ones too: x.log.1 and its like.
    const backups = files.flatMap((file) => Array.from({ length: Math.min(100, spec.stdout.backups) }, (_, n) => [`${file}.${n + 1}`, `${file}.${n + 1}.gz`]).flat());
    return watches.watch({
      directory: watch.spec.directory ?? this.options.cwd, patterns: watch.spec.patterns, ignore: watch.spec.ignore, without: [...files, ...backups, ...this.options.own()],
      changed: (file) => this.changed(spec.id, watch, file),
      problem: (message) => this.options.publish({ type: 'daemon.warning', what: `watch of ${spec.id}`, message: `${spec.id}: ${message}` }),
    });
  }

  private changed(process: string, watch: Watch, file: string): void {
    if (watch.over) return;
    const { state, muted } = heardChange(watch.state, file, this.options.clock.mono());
    watch.state = state;
    if (muted !== null) this.options.publish({ type: 'process.watch_muted', process, file: muted, why: `it changed around ${CIRCLES} restarts in a row, so the process itself seems to write it; name it in watch_ignore` });
    this.deadlines.set(process, changeDue(state, watch.spec.debounceMs));
  }

  private born(process: string, retry: boolean): void {
    const watch = this.watches.get(process);
    if (watch !== undefined) watch.state = bornNow(watch.state, this.options.clock.mono(), retry);
  }

  private act(process: string): void {
    const watch = this.watches.get(process);
    const node = this.options.node(process);
    if (watch === undefined || !node) return;
    const { changed: files, more } = watch.state;
    // Who is stopped by hand, or was never asked for, is not started by a file.
    if (node.state.wanted === 'down' || files.length === 0) {
      watch.state = { ...watch.state, changed: [], more: 0 };
      return;
    }
    watch.state = actedOn(watch.state);
    this.options.publish({ type: 'process.watched_change', process, files, more });
    this.options.tell({ type: 'operate', action: 'restart', id: process, why: `${files[0] ?? 'a file'} changed` });
  }

  private end(process: string): void {
    const watch = this.watches.get(process);
    if (watch === undefined) return;
    watch.over = true;
    watch.handle?.close();
    this.watches.delete(process);
    this.deadlines.set(process, null);
  }
}
