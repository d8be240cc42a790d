// One after the other, each up before the next; the first that does not come up stops the row.
import type { Operation } from '../contract/answers.ts';
import type { Operations } from './operations.ts';

/** `begin` starts the target at this place, and settles it or has it awaited. */
export function rolling(operations: Operations, operation: string, names: readonly string[], begin: (index: number) => void): Operation {
  const next = (index: number): void => {
    if (index < names.length) begin(index);
  };
  let broken = false;
  operations.onSettled(operation, (index, result) => {
    if (broken) return;
    if (result.outcome === 'ok') return next(index + 1);
    broken = true;
    for (let i = index + 1; i < names.length; i += 1) {
      operations.settle(operation, i, { ok: false, code: 'INTERRUPTED', message: `not restarted, because ${names[index] ?? 'the one before'} did not come up` });
    }
  });
  next(0);
  return operations.begun(operation);
}
