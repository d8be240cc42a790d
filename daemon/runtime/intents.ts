// Who is to stay down, because an operator said so? `stopped` and `disabled` are two words, each kept whatever becomes of the other.
import type { FactBody } from '../contract/facts.ts';
import type { ProcessNode } from '../core/tree-state.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { Intent, Store } from '../os/ports/store.ts';
import { isLost } from './prospects.ts';

export interface IntentsWorld {
  readonly store: Store;
  readonly clock: Clock;
  readonly publish: (fact: FactBody) => void;
}

export class Intents {
  private readonly world: IntentsWorld;

  constructor(world: IntentsWorld) {
    this.world = world;
  }

  of(id: string): Intent | undefined {
    return this.world.store.intents().get(id);
  }

  isDisabled(id: string): boolean {
    return this.of(id)?.disabled === true;
  }

  stop(nodes: readonly ProcessNode[], who: string): void {
    this.write(nodes, who, { stopped: true });
  }

  disable(nodes: readonly ProcessNode[], who: string): void {
    this.write(nodes, who, { disabled: true });
    for (const { key } of nodes) this.world.publish({ type: 'process.disabled', process: key, disabled: true });
  }

  enable({ key }: ProcessNode): void {
    const before = this.of(key);
    if (before?.disabled) this.world.store.setIntent(key, { ...before, disabled: false });
    this.world.publish({ type: 'process.disabled', process: key, disabled: false });
  }

  /** Who is started was not stopped. Of those that are refused the stop is kept. */
  forgetStops(nodes: readonly ProcessNode[]): void {
    const changes = nodes.flatMap((node) => {
      const before = this.of(node.key);
      return before?.stopped && !before.disabled && !isLost(node) ? [[node.key, null] as const] : [];
    });
    if (changes.length > 0) this.world.store.setIntents(changes);
  }

  /** Who comes anew under this id was not stopped by anybody. False: it is disabled. */
  comesAnew(id: string): boolean {
    const before = this.of(id);
    if (before?.disabled) return false;
    if (before) this.world.store.setIntent(id, null);
    return true;
  }

  /** All in one transaction. */
  private write(nodes: readonly ProcessNode[], who: string, patch: { readonly stopped: true } | { readonly disabled: true }): void {
    const { store, clock } = this.world;
    store.setIntents(nodes.map(({ key }) => [key, { stopped: false, disabled: false, ...this.of(key), by: who, at: clock.wall(), ...patch }]));
  }
}
