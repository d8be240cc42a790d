// How it is found out that a process is ready: what it says, what it writes, what it answers. One watch for each life that has
// `ready`, from its spawn until it is ready or ends. Costs nothing where no program has it.
import type { ProcessSpec } from '../../config/spec.ts';
import type { Fact } from '../contract/facts.ts';
import type { ProcessNode, TreeEvent } from '../core/tree-state.ts';
import type { Channel } from '../os/ports/output.ts';
import type { Prober, ProbeTarget } from '../os/ports/probes.ts';
import type { Child } from '../os/ports/processes.ts';

export interface ReadinessOptions {
  readonly node: (process: string) => ProcessNode | undefined;
  /** Variables of a command that asks whether the process is ready. */
  readonly environment: (spec: ProcessSpec) => Readonly<Record<string, string>>;
  /** Loads what asks, once. */
  readonly prober: () => Promise<Prober>;
  readonly tell: (event: TreeEvent) => void;
}

/** The first questions come soon after one another, for what starts quickly; then every interval. */
const FIRST_MS = 50;
/** A line longer than this is looked at in pieces. */
const LONGEST_LINE = 8192;

interface Watch {
  readonly incarnation: number;
  timer: NodeJS.Timeout | null;
  probe: { cancel(): void } | null;
  over: boolean;
  /** What the last probe said. */
  said: string;
  /** An unfinished line, for each channel. */
  readonly rest: Map<Channel, string>;
  readonly pattern: RegExp | null;
}

/** It lives, and has neither said nor shown that it is ready. */
function isPending({ state }: ProcessNode, incarnation: number): boolean {
  return (state.phase === 'STARTING' || state.phase === 'RUNNING') && state.incarnation === incarnation && state.readiness === 'pending';
}

function isProbe(spec: ProcessSpec): spec is ProcessSpec & { readonly ready: ProbeTarget } {
  return spec.ready?.kind === 'http' || spec.ready?.kind === 'tcp' || spec.ready?.kind === 'exec';
}

export class ReadinessWatch {
  private readonly options: ReadinessOptions;
  private readonly watches = new Map<string, Watch>();

  constructor(options: ReadinessOptions) {
    this.options = options;
  }

  /** A fact of the bus, in order. */
  heard(fact: Fact): void {
    switch (fact.type) {
      case 'process.spawned': return this.born(fact.process, fact.incarnation);
      case 'process.ready': case 'process.stopping': case 'process.exited': case 'process.unknown': case 'process.removed': return this.end(fact.process);
      default:
    }
  }

  /** It said READY=1. */
  readySaid(process: string, incarnation: number): void {
    if (this.wayOf(process) === 'notify') this.ready(process, incarnation);
  }

  /** It took that back (RELOADING=1): until it says READY=1 again. */
  unreadySaid(process: string, incarnation: number, why: string): void {
    if (this.wayOf(process) === 'notify') this.options.tell({ type: 'process', id: process, event: { type: 'unready', incarnation, why } });
  }

  /** It asks for more time to start or to stop (EXTEND_TIMEOUT_USEC=). */
  extendSaid(process: string, incarnation: number, ms: number): void {
    this.options.tell({ type: 'process', id: process, event: { type: 'extend', incarnation, ms } });
  }

  /** It wrote its newline. */
  lineCame(process: string, incarnation: number): void {
    if (this.wayOf(process) === 'fd') this.ready(process, incarnation);
  }

  /** Does somebody wait for a line of its output? Asked when its pipes are attached. */
  watchesOutput(process: string): boolean {
    return this.wayOf(process) === 'log';
  }

  /** Bytes of its output; false: nobody waits any more. Nothing is decided within the call: bytes are moving. */
  seen(child: Child, channel: Channel, bytes: Buffer): boolean {
    const node = this.options.node(child.id);
    if (node?.spec.ready?.kind !== 'log' || !isPending(node, child.incarnation)) return false;
    let watch = this.watches.get(child.id);
    // The first bytes may come before its spawn is a fact.
    if (watch?.incarnation !== child.incarnation) watch = this.open(child.id, child.incarnation, node.spec.ready.pattern);
    if (watch.over) return false;
    if (!this.matches(watch, channel, bytes)) return true;
    watch.over = true;
    setImmediate(() => this.ready(child.id, child.incarnation));
    return false;
  }

  private matches(watch: Watch, channel: Channel, bytes: Buffer): boolean {
    const lines = `${watch.rest.get(channel) ?? ''}${bytes.toString('utf8')}`.split('\n');
    // A prompt without a newline counts too: it is looked at as far as it has come.
    const found = lines.some((line) => watch.pattern?.test(line) === true);
    watch.rest.set(channel, (lines.at(-1) ?? '').slice(-LONGEST_LINE));
    return found;
  }

  private open(process: string, incarnation: number, pattern: string | null): Watch {
    this.end(process);
    const watch: Watch = { incarnation, timer: null, probe: null, over: false, said: '', rest: new Map(), pattern: pattern === null ? null : new RegExp(pattern) };
    this.watches.set(process, watch);
    return watch;
  }

  private born(process: string, incarnation: number): void {
    const spec = this.options.node(process)?.spec;
    if (!spec || !isProbe(spec)) return;
    const watch = this.open(process, incarnation, null);
    void this.options.prober().then((prober) => this.ask(prober, spec, watch, 0));
  }

  private ask(prober: Prober, spec: ProcessSpec & { readonly ready: ProbeTarget }, watch: Watch, times: number): void {
    if (watch.over) return;
    watch.timer = null;
    watch.probe = prober.probe({
      target: spec.ready, spec, environment: () => this.options.environment(spec),
      done: (answer) => {
        watch.probe = null;
        if (watch.over) return;
        if (answer.ok) return this.ready(spec.id, watch.incarnation);
        if (watch.said !== answer.why) this.options.tell({ type: 'process', id: spec.id, event: { type: 'unready', incarnation: watch.incarnation, why: answer.why } });
        watch.said = answer.why;
        watch.timer = setTimeout(() => this.ask(prober, spec, watch, times + 1), Math.min(spec.ready.intervalMs, FIRST_MS * 2 ** Math.min(times, 20)));
      },
    });
  }

  private wayOf(process: string): NonNullable<ProcessSpec['ready']>['kind'] | null {
    return this.options.node(process)?.spec.ready?.kind ?? null;
  }

  private ready(process: string, incarnation: number): void {
    this.options.tell({ type: 'process', id: process, event: { type: 'ready', incarnation } });
  }

  private end(process: string): void {
    const watch = this.watches.get(process);
    if (watch === undefined) return;
    watch.over = true;
    this.watches.delete(process);
    if (watch.timer !== null) clearTimeout(watch.timer);
    watch.probe?.cancel();
  }
}
