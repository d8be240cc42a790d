// `/` goes to the search of a view, as everywhere; the arrow down from there to its table.
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

const WRITES = 'input, textarea, select, [contenteditable], dialog';

/** While the component is shown, `/` outside of fields focuses this one. */
export function useSlash(field: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || (event.target instanceof Element && event.target.closest(WRITES) !== null)) return;
      event.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

/** For a search above a table: the arrow down goes into it. */
export function intoTable(event: KeyboardEvent): void {
  if (event.key !== 'ArrowDown') return;
  const row = document.querySelector<HTMLElement>('.table-body .row[tabindex="0"]');
  if (row === null) return;
  event.preventDefault();
  row.focus();
}
