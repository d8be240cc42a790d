// A button with more to do behind it. Arrows move, Escape and a click elsewhere close.
import { useEffect, useId, useRef, useState } from 'preact/hooks';

export interface MenuItem {
  readonly label: string;
  readonly onSelect: () => void;
  readonly danger?: boolean;
  /** What it does, beside the label. */
  readonly note?: string;
}

/** `label` is what a screen reader says of the button; `face` what is seen. No items: nothing. */
export function Menu({ label, face = '⋯', items }: { readonly label: string; readonly face?: string; readonly items: readonly MenuItem[] }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const entries = (): HTMLElement[] => [...(root.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
  useEffect(() => {
    if (!open) return undefined;
    entries()[0]?.focus();
    const outside = (event: Event): void => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [open]);
  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!open) return;
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (event.key === 'Escape') close();
    else if (event.key === 'ArrowDown') all[(at + 1) % all.length]?.focus();
    else if (event.key === 'ArrowUp') all[(at - 1 + all.length) % all.length]?.focus();
    else if (event.key === 'Home') all[0]?.focus();
    else if (event.key === 'End') all.at(-1)?.focus();
    else if (event.key === 'Tab') setOpen(false);
    else return;
    if (event.key !== 'Tab') event.preventDefault();
    event.stopPropagation();
  };
  if (items.length === 0) return null;
  return (
    <div class="menu" ref={root} onKeyDown={onKeyDown}>
      <button type="button" ref={button} class="icon" aria-haspopup="menu" aria-expanded={open} aria-controls={open ? id : undefined} aria-label={label} title={label} onClick={() => setOpen(!open)}>{face}</button>
      {open ? (
        <div class="menu-list" id={id} role="menu" aria-label={label}>
          {items.map((item) => (
            <button key={item.label} type="button" role="menuitem" tabIndex={-1} class={item.danger === true ? 'danger' : ''} onClick={() => { close(); item.onSelect(); }}>
              {item.label}{item.note === undefined ? null : <span class="faint"> {item.note}</span>}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}
