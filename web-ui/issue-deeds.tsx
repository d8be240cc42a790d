// What can be done about issues, and what will happen, in words.
import type { IssueView } from '../daemon/contract/issues.ts';
import type { Deeds } from './deeds.tsx';
import type { MenuItem } from './parts/menu.tsx';
import type { Session } from './session.ts';
import { count } from './words.ts';

/** The entries that make sense for these, and that the role allows. */
export function issueItems(issues: readonly IssueView[], deeds: Deeds, session: Session): readonly MenuItem[] {
  const names = issues.map((issue) => issue.id);
  const subject = issues.length === 1 ? `“${issues[0]?.message ?? ''}”` : count(issues.length, 'issue');
  const stuck = issues.some(({ state }) => state === 'exhausted' || state === 'unfixable' || state === 'fixed' || state === 'closed');
  const waiting = issues.some(({ state, fix }) => state === 'open' && fix !== null);
  const close = (as: 'fixed' | 'unfixable' | 'closed', label: string, says: string): MenuItem => ({
    label, onSelect: () => deeds.run({ route: 'issue close', values: { names, as }, title: `${label}: ${subject}`, confirm: { says: <p>{says}</p>, act: label } }),
  });
  const items: (MenuItem | false)[] = [
    session.can('issue fix') && waiting && { label: 'Fix now', onSelect: () => deeds.run({ route: 'issue fix', values: { names }, title: `Fix ${subject}` }) },
    session.can('issue fix') && stuck && {
      label: 'Try again from the start', danger: true,
      onSelect: () => deeds.run({
        route: 'issue fix', values: { names, force: true }, title: `Fix ${subject} from the start`,
        confirm: { says: <p>The fix works now, past its budget and its cool-down, with all its attempts anew. What it does is what the file says; it may restart programs.</p>, act: 'Fix', danger: true },
      }),
    },
    session.can('issue close') && issues.some(({ state }) => state !== 'fixed') && close('fixed', 'Mark as fixed', 'It is repaired, you say. If it is seen again, it is opened again with all attempts of its fix.'),
    session.can('issue close') && issues.some(({ state }) => state !== 'closed') && close('closed', 'Close', 'It is not there any more, or does not matter. If it is seen again, it is opened again.'),
    session.can('issue close') && issues.some(({ state }) => state !== 'unfixable') && close('unfixable', 'Mark as unfixable', 'Nobody tries any more, and it is not opened again when it is seen. It stays in the list.'),
  ];
  return items.filter((item) => item !== false);
}
