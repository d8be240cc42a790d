// A button with more to do behind it. Arrows move; Escape, a click elsewhere and scrolling close. The list lies above everything, within the
// window, wherever its button stands.
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface MenuItem {
  readonly label: string;
  readonly onSelect: () => void;
  readonly danger?: boolean;
  /** What it does, beside the label. */
  readonly note?: string;
  /** Wanted often: stands as a button where there is room for some. */
  readonly often?: boolean;
}

/** Room to the edges of the window, px. */
const EDGE = 8;

/** Below its button, or above it where there is no room; never beyond the window. */
function place(list: HTMLElement | null, button: HTMLElement | null): void {
  // A browser without popovers shows it where the stylesheet puts it.
  if (list === null || button === null || typeof list.showPopover !== 'function') return;
  list.showPopover();
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = list;
  const below = at.bottom + height + EDGE <= innerHeight ? at.bottom : at.top - height >= EDGE ? at.top - height : Math.max(EDGE, innerHeight - height - EDGE);
  list.style.top = `${below}px`;
  list.style.left = `${Math.max(EDGE, Math.min(at.right - width, innerWidth - width - EDGE))}px`;
}

/** `label` is what a screen reader says of the button; `face` what is seen. No items: nothing. */
export function Menu({ label, face = '⋯', items }: { readonly label: string; readonly face?: string; readonly items: readonly MenuItem[] }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const entries = (): HTMLElement[] => [...(root.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
  // Before anything is drawn: a key that comes at once finds the focus where it belongs.
  useLayoutEffect(() => {
    if (!open) return undefined;
    place(list.current, button.current);
    entries()[0]?.focus({ preventScroll: true });
    const away = (event: Event): void => {
      if (!(event.target instanceof Node && list.current?.contains(event.target))) setOpen(false);
    };
    const outside = (event: Event): void => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('scroll', away, { capture: true, passive: true });
    addEventListener('resize', away);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('scroll', away, { capture: true });
      removeEventListener('resize', away);
    };
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
        <div ref={list} class="menu-list" id={id} role="menu" aria-label={label} popover="manual">
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
