// Keys of the whole page: `/` goes to the search of the view, the arrow down from there into its table.
import { useEffect } from 'preact/hooks';

const WRITES = 'input, textarea, select, [contenteditable], dialog';
const SEARCH = 'main input[type=search]';

/** While the page is shown. Inside of fields and dialogs keys are theirs. */
export function useSearchKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const target = event.target instanceof Element ? event.target : null;
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const next = event.key === '/' && target?.closest(WRITES) === null ? document.querySelector<HTMLInputElement>(SEARCH)
        : event.key === 'ArrowDown' && target?.matches(SEARCH) === true ? document.querySelector<HTMLElement>('.table-body .row[tabindex="0"]') : null;
      if (next === null) return;
      event.preventDefault();
      next.focus();
      if (next instanceof HTMLInputElement) next.select();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
