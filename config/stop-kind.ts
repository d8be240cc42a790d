// `stop = ["TERM 10s", "KILL"]`: the ladder by which a process is ended.
import { parseDuration } from './duration.ts';
import { parseSignal } from './signals.ts';
import { shown } from './problems.ts';
import { commaList } from './kind.ts';
import type { StopStep } from './spec.ts';
import type { Complain, Kind } from './kind.ts';

/** The stop ladder as written; null where nothing was said. */
export interface WrittenStopStep {
  readonly signal: string;
  readonly waitMs: number | null;
  readonly scope: StopStep['scope'] | null;
}

/** The ladder of ending a process: `["TERM 10s", "QUIT 5s group", "KILL"]`. */
export const stopSteps: Kind<readonly WrittenStopStep[]> = {
  expected: 'steps "SIGNAL [WAIT] [main|group|tree]" such as ["TERM 10s", "KILL"]',
  json: {
    anyOf: [
      { type: 'string', minLength: 1 },
      { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1, maxItems: 16 },
    ],
  },
  read: (raw, complain) => {
    const list: unknown[] = Array.isArray(raw) ? raw : [raw];
    if (list.length === 0 || list.length > 16) {
      complain(`expected 1 to 16 ${stopSteps.expected}, got ${list.length}`);
      return undefined;
    }
    const steps = list.map((item, index) => readStep(item, (message) => complain(message, Array.isArray(raw) ? [index] : [])));
    const good = steps.filter((step) => step !== undefined);
    const endless = good.findIndex((step) => step.waitMs === Infinity);
    if (endless >= 0 && endless < good.length - 1) {
      complain(`step ${endless + 2} can never be reached: the wait before it is infinite`, [endless + 1]);
      return undefined;
    }
    return good.length === steps.length ? good : undefined;
  },
  fromText: commaList,
  print: (steps) => JSON.stringify(steps.map((step) => step.signal)),
};

function readStep(item: unknown, complain: Complain): WrittenStopStep | undefined {
  const [name = '', ...rest] = typeof item === 'string' ? item.trim().split(/\s+/) : [];
  const signalName = typeof item === 'string' ? parseSignal(name) : null;
  if (signalName === null) {
    complain(`expected a step such as "TERM 10s", got ${shown(item)}`);
    return undefined;
  }
  let waitMs: number | null = null;
  let scope: StopStep['scope'] | null = null;
  for (const word of rest) {
    const wait = word === 'infinity' ? Infinity : parseDuration(word);
    if (wait !== null && waitMs === null && scope === null) waitMs = wait;
    else if ((word === 'main' || word === 'group' || word === 'tree') && scope === null) scope = word;
    else {
      complain(`expected SIGNAL [WAIT] [main|group|tree], got ${shown(item)}: cannot read "${word}"`);
      return undefined;
    }
  }
  return { signal: signalName, waitMs, scope };
}
