// A table that draws only the rows one sees, whatever there are: 1,000 processes scroll as 20 do. The page itself scrolls, so that a
// phone's browser bar and its find-in-page behave. Arrow keys move between rows, Enter opens, Space marks.
import type { ComponentChildren, CSSProperties, JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface Column<T> {
  readonly id: string;
  readonly title: string;
  /** CSS width of the column in the grid, e.g. `minmax(10rem, 2fr)`. */
  readonly width: string;
  readonly cell: (row: T) => ComponentChildren;
  /** Right-aligned figures. */
  readonly number?: boolean;
  /** What is left out first where there is little room: 1 before 2; absent: never. */
  readonly drop?: 1 | 2 | 3;
  /** Its title sorts. */
  readonly sort?: boolean;
}

export interface Sorting {
  readonly by: string;
  readonly down: boolean;
  readonly set: (by: string, down: boolean) => void;
}

export interface TableProps<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  readonly sorting?: Sorting;
  /** Enter, or a click beside links and buttons. */
  readonly onOpen?: (row: T) => void;
  /** Class of a row, e.g. for headings of groups. */
  readonly classOf?: (row: T) => string;
  /** Present: each row can be marked. */
  readonly marks?: { readonly has: (row: T) => boolean; readonly toggle: (row: T) => void; readonly nameOf: (row: T) => string };
  /** The last cell: what can be done. */
  readonly actions?: (row: T) => ComponentChildren;
  /** Told which rows are drawn. */
  readonly onSeen?: (rows: readonly T[]) => void;
  readonly empty?: ComponentChildren;
  /** Class of the table, for cards of its own on a phone. */
  readonly class?: string;
  /** Height of such a card, px. */
  readonly card?: number;
}

/** Heights in px, as the stylesheet has them: a line, and a card on a phone. */
const LINE = 40;
const CARD = 92;
const NARROW = '(max-width: 720px)';
/** Rows drawn above and below what is seen. */
const SPARE = 8;

/** Is there room for a card only, not for a line? As the stylesheet has it. */
export function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(matchMedia(NARROW).matches);
  useEffect(() => {
    const query = matchMedia(NARROW);
    const changed = (): void => setNarrow(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  return narrow;
}

/** First and last row that are seen, by where the body of the table stands in the window. */
export function windowOf(top: number, height: number, rowHeight: number, rows: number): { readonly first: number; readonly last: number } {
  const first = Math.max(0, Math.floor(-top / rowHeight) - SPARE);
  const last = Math.min(rows, Math.ceil((height - top) / rowHeight) + SPARE);
  return { first: Math.min(first, Math.max(0, rows - 1)), last: Math.max(last, 0) };
}

export function Table<T>(props: TableProps<T>): JSX.Element {
  const { columns, rows, keyOf, sorting, onOpen, marks, actions, onSeen } = props;
  const narrow = useNarrow();
  const card = props.card ?? CARD;
  const rowHeight = narrow ? card : LINE;
  const body = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState({ first: 0, last: 40 });
  const [active, setActive] = useState('');
  const wanted = useRef<string | null>(null);
  /** The row that has the focus, and where it stands. */
  const focused = useRef<{ readonly key: string; readonly index: number } | null>(null);

  useLayoutEffect(() => {
    const look = (): void => {
      const top = body.current?.getBoundingClientRect().top ?? 0;
      const next = windowOf(top, innerHeight, rowHeight, rows.length);
      setRange((now) => (now.first === next.first && now.last === next.last ? now : next));
    };
    look();
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', look);
    return () => {
      removeEventListener('scroll', look);
      removeEventListener('resize', look);
    };
  }, [rows.length, rowHeight]);

  const shown = rows.slice(range.first, range.last);
  const seen = shown.map(keyOf).join('\n');
  useEffect(() => onSeen?.(shown), [seen]);
  // The row where the keys are is drawn wherever it stands: rows that come push it out of the window, and a row that is not drawn has
  // no focus, nor can it be given back.
  const drawn = shown.map((row, i) => ({ row, index: range.first + i }));
  const kept = active === '' || shown.some((row) => keyOf(row) === active) ? -1 : rows.findIndex((row) => keyOf(row) === active);
  if (kept >= range.last) drawn.push({ row: rows[kept] as T, index: kept });
  else if (kept !== -1) drawn.unshift({ row: rows[kept] as T, index: kept });
  useEffect(() => {
    if (wanted.current === null) return;
    const row = body.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(wanted.current)}"]`);
    if (row) {
      wanted.current = null;
      row.focus();
    }
  });

  // A row that is gone leaves the focus to the one that stands there now; the browser would drop it, and the keys with it.
  useLayoutEffect(() => {
    const { current: last } = focused;
    if (last === null || (document.activeElement !== document.body && document.activeElement !== null) || rows.some((row) => keyOf(row) === last.key)) return;
    focused.current = null;
    moveTo(Math.min(last.index, rows.length - 1));
  }, [rows]);

  // One row can be reached by Tab: the one where the keys were, as long as there is one.
  const activeKey = drawn.some(({ row }) => keyOf(row) === active) ? active : shown[0] === undefined ? '' : keyOf(shown[0]);
  const moveTo = (index: number): void => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (row === undefined || body.current === null) return;
    wanted.current = keyOf(row);
    setActive(wanted.current);
    const top = body.current.getBoundingClientRect().top + rows.indexOf(row) * rowHeight;
    if (top < 120) scrollBy(0, top - 120);
    else if (top + rowHeight > innerHeight - 20) scrollBy(0, top + rowHeight - innerHeight + 20);
    // A row that is drawn is gone to at once, so that the next key is its own; another one as soon as it is drawn.
    body.current.querySelector<HTMLElement>(`[data-key="${CSS.escape(wanted.current)}"]`)?.focus({ preventScroll: true });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // Keys inside a button or a field are theirs.
    if (!(event.target instanceof HTMLElement) || event.target.getAttribute('role') !== 'row') return;
    const index = rows.findIndex((row) => keyOf(row) === (event.target as HTMLElement).dataset['key']);
    const row = rows[index];
    if (row === undefined) return;
    if (event.key === 'ArrowDown') moveTo(index + 1);
    else if (event.key === 'ArrowUp') moveTo(index - 1);
    else if (event.key === 'PageDown') moveTo(index + 10);
    else if (event.key === 'PageUp') moveTo(index - 10);
    else if (event.key === 'Home') moveTo(0);
    else if (event.key === 'End') moveTo(rows.length - 1);
    else if (event.key === 'Enter' && onOpen) onOpen(row);
    else if (event.key === ' ' && marks) marks.toggle(row);
    else return;
    event.preventDefault();
  };

  const template = [...(marks ? ['2.2rem'] : []), ...columns.map((column) => column.width), ...(actions ? ['3.2rem'] : [])].join(' ');
  const wide = columns.filter((column) => column.drop === undefined);
  const templates = [template, ...[1, 2, 3].map((level) => [...(marks ? ['2.2rem'] : []), ...columns.filter((column) => column.drop === undefined || column.drop > level).map((column) => column.width), ...(actions ? ['3.2rem'] : [])].join(' '))];
  const style = { '--cols': templates[0] ?? '', '--cols-1': templates[1] ?? '', '--cols-2': templates[2] ?? '', '--cols-3': templates[3] ?? '', '--card': `${card}px` } as CSSProperties;
  const dropClass = (column: Column<T>): string => `${column.number === true ? ' number' : ''}${column.drop === undefined ? '' : ` drop-${column.drop}`}`;

  if (rows.length === 0 && props.empty !== undefined) return <div class="empty">{props.empty}</div>;
  return (
    <div class={`table${props.class === undefined ? '' : ` ${props.class}`}${marks ? '' : ' unmarked'}${wide.length < columns.length ? ' drops' : ''}`} role="table" aria-label={props.label} aria-rowcount={rows.length + 1} style={style}>
      <div role="rowgroup" class="table-head">
        <div class="row head" role="row" aria-rowindex={1}>
          {marks ? <span role="columnheader"><span class="unseen">Marked</span></span> : null}
          {columns.map((column) => {
            const by = sorting?.by === column.id;
            return (
              <span key={column.id} role="columnheader" class={dropClass(column).trim()} aria-sort={by ? (sorting.down ? 'descending' : 'ascending') : undefined}>
                {column.sort === true && sorting ? (
                  <button type="button" class="sort" onClick={() => sorting.set(column.id, by ? !sorting.down : column.number === true)}>{column.title}<span aria-hidden="true">{by ? (sorting.down ? ' ▾' : ' ▴') : ''}</span></button>
                ) : column.title}
              </span>
            );
          })}
          {actions ? <span role="columnheader"><span class="unseen">Actions</span></span> : null}
        </div>
      </div>
      <div role="rowgroup" class="table-body" ref={body} onKeyDown={onKeyDown} onFocusOut={(event) => { if (event.relatedTarget !== null) focused.current = null; }} style={{ height: `${rows.length * rowHeight}px` }}>
        {drawn.map(({ row, index }) => {
          const key = keyOf(row);
          return (
            <div
              key={key} data-key={key} class={`row ${props.classOf?.(row) ?? ''}${marks?.has(row) === true ? ' marked' : ''}`} role="row" aria-rowindex={index + 2} tabIndex={key === activeKey ? 0 : -1}
              style={{ top: `${index * rowHeight}px` }} onFocus={() => { focused.current = { key, index }; setActive(key); }}
              onClick={(event) => {
                const inside = (event.target as HTMLElement).closest('a,button,input,label,.mark,[role=menu]');
                if (onOpen && inside === null && getSelection()?.isCollapsed !== false) onOpen(row);
              }}
            >
              {marks ? <span role="cell" class="mark" onClick={(event) => { if (event.target === event.currentTarget) marks.toggle(row); }}><input type="checkbox" checked={marks.has(row)} aria-label={`Mark ${marks.nameOf(row)}`} onChange={() => marks.toggle(row)} /></span> : null}
              {columns.map((column) => <span key={column.id} role="cell" data-title={column.title} class={`c-${column.id}${dropClass(column)}`}>{column.cell(row)}</span>)}
              {actions ? <span role="cell" class="actions">{actions(row)}</span> : null}
            </div>
          );
        })}
      </div>
    </div>
  );
}
