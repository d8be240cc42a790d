// The entries of a menu as buttons that stand side by side.
import type { MenuItem } from './menu.tsx';

/** `main`: the label of the one that is what most come for. */
export function ItemButtons({ items, main }: { readonly items: readonly MenuItem[]; readonly main?: string }) {
  return (
    <>
      {items.map(({ label, danger = false, note, onSelect }) => (
        <button key={label} type="button" class={danger ? 'danger' : label === main ? 'solid' : ''} onClick={onSelect}>{label}{note === undefined ? '' : ` (${note})`}</button>
      ))}
    </>
  );
}
