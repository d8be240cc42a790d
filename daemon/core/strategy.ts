// Which members does a failure touch?
import type { Strategy } from '../../config/spec.ts';

/**
 * Members that are restarted when `failed` fails, in start order. One split of the list:
 *   members  a b c d, failed c
 *   one_for_one  c · one_for_all  a b c d · rest_for_one  c d
 * An unknown name touches itself alone.
 */
export function affectedBy(strategy: Strategy, members: readonly string[], failed: string): readonly string[] {
  const at = members.indexOf(failed);
  if (at < 0) return [failed];
  switch (strategy) {
    case 'one_for_one': return [failed];
    case 'one_for_all': return members;
    case 'rest_for_one': return members.slice(at);
    default: return strategy satisfies never;
  }
}
