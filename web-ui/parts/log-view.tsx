// A live log: search, pause, wrap, download, clear. It follows the end only while one is there, and keeps its last lines only.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { shortName } from '../../daemon/contract/names.ts';
import { useDeeds } from '../deeds.tsx';
import { useNow } from '../live/use-live.ts';
import { useQuery } from '../router.ts';
import { useSession } from '../session.ts';
import { bytes, count } from '../words.ts';
import { plainText } from './ansi.ts';
import type { LogBlock, LogChannel } from './log-buffer.ts';
import { downloadLog, downloadText } from './log-download.ts';
import { Block } from './log-lines.tsx';
import { viewOf } from './log-search.ts';
import type { BlockView, LogFilter } from './log-search.ts';
import type { LogSource, LogState } from './log-stream.ts';
import { Menu } from './menu.tsx';
import type { MenuItem } from './menu.tsx';
import { useLog } from './use-log.ts';

export interface LogViewProps {
  readonly source: LogSource;
  /** What it is the log of, for screen readers and file names. */
  readonly label: string;
  /** Several logs in one: each line has its name. */
  readonly named?: boolean;
}

/** This near to the end is at the end, px. */
const NEAR = 32;
/** Lines drawn while the end is followed; going up draws the others. */
const LAST_LINES = 800;
/** A drawing that took so long is followed by twice that, at most REST_MS, for everything else. */
const COSTLY_MS = 20;
const REST_MS = 100;
/** Where the end is not seen, the log is drawn anew this often. */
const AWAY_MS = 300;

function Told({ state, lines }: { readonly state: LogState; readonly lines: number }) {
  const now = useNow();
  if (state.state === 'connecting') return <span class="faint" role="status">Loading…</span>;
  if (state.state === 'ended') return <span class="faint">{lines === 0 ? 'Nothing is in it.' : `Ended: ${count(lines, 'line')}`}</span>;
  if (state.state === 'lost') return <span class="bad" role="alert">Not connected: {state.why}; trying again{state.retryAt > now ? ` in ${Math.ceil((state.retryAt - now) / 1000)} s` : ''}</span>;
  if (state.state === 'refused') return <span class="bad" role="alert">{state.error.message}</span>;
  return lines === 0 ? <span class="faint">Nothing was written yet, or no output is kept; what comes is shown here.</span> : null;
}

/** What is shown of each block; of one that did not change, the same as before. */
function useViews(blocks: readonly LogBlock[], filter: LogFilter, version: number): readonly { readonly block: LogBlock; readonly view: BlockView }[] {
  const kept = useRef(new Map<LogBlock, { readonly version: number; readonly filter: LogFilter; readonly view: BlockView }>());
  return useMemo(() => {
    const before = kept.current;
    const next: typeof before = new Map();
    const out = blocks.map((block) => {
      const old = before.get(block);
      const same = old !== undefined && old.version === block.version && old.filter === filter ? old : { version: block.version, filter, view: viewOf(block, filter) };
      next.set(block, same);
      return { block, view: same.view };
    });
    kept.current = next;
    return out;
  }, [blocks, filter, version]);
}

/** So many of the last that the end can be followed. */
function lastOf<T extends { readonly view: BlockView }>(views: readonly T[]): readonly T[] {
  let lines = 0;
  let from = views.length;
  while (from > 0 && lines < LAST_LINES) lines += views[--from]?.view.lines.length ?? 0;
  return views.slice(from);
}

export function LogView({ source, label, named = false }: LogViewProps) {
  const { buffer, state, version, changed, rest, drawnAt } = useLog(source);
  const deeds = useDeeds();
  const session = useSession();
  const [words, setWords] = useQuery('find');
  const [only, setOnly] = useState(false);
  const [channel, setChannel] = useState<LogChannel | null>(null);
  const [wrap, setWrap] = useState(localStorage.getItem('log-wrap') !== 'no');
  const [times, setTimes] = useState(localStorage.getItem('log-times') === 'yes');
  const [follows, setFollows] = useState(true);
  const [current, setCurrent] = useState(0);
  const [loading, setLoading] = useState('');
  const box = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const dragged = useRef(false);
  const finger = useRef(0);
  const lastTop = useRef(0);

  const filter = useMemo((): LogFilter => ({ words, channel, only }), [words, channel, only]);
  // Who reads further up reads what is there: it stands still until the end is gone back to.
  const still = useRef<{ readonly blocks: readonly LogBlock[]; readonly total: number } | null>(null);
  const views = useViews(still.current?.blocks ?? buffer.blocks, filter, still.current === null ? version : 0);
  const drawn = still.current === null ? lastOf(views) : views;
  const hits = useMemo(() => (words === '' ? [] : views.flatMap(({ view }) => view.hits)), [views, words]);

  const follow = (next: boolean): void => {
    following.current = next;
    still.current = next ? null : still.current ?? { blocks: [...buffer.blocks], total: buffer.lines + buffer.dropped };
    setFollows(next);
  };
  const toEnd = (): void => {
    const at = box.current;
    if (at === null) return;
    at.scrollTop = at.scrollHeight;
    lastTop.current = at.scrollTop;
  };
  useLayoutEffect(() => {
    if (following.current) toEnd();
    // Going to the end laid it out: that is part of what it cost.
    const cost = performance.now() - drawnAt();
    rest(following.current ? (cost > COSTLY_MS ? Math.min(2 * cost, REST_MS) : 0) : AWAY_MS);
  }, [version]);
  useLayoutEffect(() => {
    if (following.current) toEnd();
  }, [views, wrap]);
  const heightBefore = useRef(0);
  useLayoutEffect(() => {
    const at = box.current;
    // Lines that are drawn only now stand above what is looked at.
    if (at === null || follows || heightBefore.current === 0) return;
    at.scrollTop += at.scrollHeight - heightBefore.current;
    lastTop.current = at.scrollTop;
  }, [follows]);
  useLayoutEffect(() => { heightBefore.current = box.current?.scrollHeight ?? 0; });
  useLayoutEffect(() => {
    // Down to the bottom of the window, whatever stands above it.
    const fit = (): void => box.current?.style.setProperty('--above', `${Math.round(box.current.getBoundingClientRect().top + scrollY)}px`);
    fit();
    addEventListener('resize', fit);
    return () => removeEventListener('resize', fit);
  }, [words === '', buffer.channels.size, state.state]);
  useEffect(() => {
    if (inner.current === null) return undefined;
    // Blocks get their true heights when they come near, and the window may change.
    const watch = new ResizeObserver(() => {
      if (following.current) toEnd();
    });
    watch.observe(inner.current);
    if (box.current !== null) watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  const onScroll = (): void => {
    const at = box.current;
    if (at === null) return;
    const atEnd = at.scrollHeight - at.scrollTop - at.clientHeight < NEAR;
    if (following.current) {
      // The bar was dragged: wheel, fingers and keys say so before.
      if (dragged.current && !atEnd) follow(false);
    } else if (atEnd && at.scrollTop > lastTop.current) {
      follow(true);
    }
    lastTop.current = at.scrollTop;
  };
  /** Somebody wants up: from now on nothing moves by itself. */
  const up = (): void => {
    const at = box.current;
    if (following.current && at !== null && at.scrollHeight > at.clientHeight + NEAR) follow(false);
  };
  const onBoxKey = (event: KeyboardEvent): void => {
    if (['ArrowUp', 'PageUp', 'Home'].includes(event.key)) up();
  };
  const onTouchMove = (event: TouchEvent): void => {
    const y = event.touches[0]?.clientY ?? 0;
    if (finger.current > 0 && y > finger.current + 6) up();
    finger.current = y;
  };

  const move = (by: 1 | -1): void => {
    if (hits.length === 0) return;
    const at = hits.indexOf(current);
    const next = at < 0 ? hits.length - 1 : (at + by + hits.length) % hits.length;
    const id = hits[next] ?? 0;
    setCurrent(id);
    follow(false);
  };
  useLayoutEffect(() => {
    if (current > 0) inner.current?.querySelector(`[data-line="${current}"]`)?.scrollIntoView({ block: 'center', inline: 'nearest' });
  }, [current]);
  const paused = buffer.waiting;
  const pause = (): void => {
    if (paused === null) buffer.pause();
    else buffer.resume();
    changed();
  };

  const empty = (): void => {
    buffer.clear();
    follow(true);
    changed();
  };
  const names = source.kind === 'processes' ? source.names : [];
  const clear = (): void => deeds.run({
    route: 'clear', values: { names }, title: `Clear the log${named ? 's' : ''} of ${label}`,
    confirm: { says: <p>What is written in the log files of {label} is deleted; files that were rotated stay. It cannot be had back.</p>, act: 'Clear', danger: true },
    onEnd: (operation) => {
      if (operation.targets.some((target) => target.outcome === 'error')) return;
      empty();
    },
  });
  const whole = async (of: LogChannel): Promise<void> => {
    setLoading('0 B');
    try {
      await downloadLog(names[0] ?? '', of, (size) => setLoading(bytes(size)));
    } catch (error) {
      deeds.tellFailure(`Download of ${of}`, error);
    }
    setLoading('');
  };
  const shownText = (): string => views.flatMap(({ view }) => view.lines.map((line) => `${times && line.at !== null ? `${new Date(line.at).toISOString()} ` : ''}${named ? `${shortName(line.name)}: ` : ''}${plainText(line.text)}\n`)).join('');
  const items: readonly MenuItem[] = [
    ...(source.kind === 'processes' && !named ? (['stdout', 'stderr'] as const).filter((one) => buffer.channels.size === 0 || buffer.channels.has(one)).map((one): MenuItem => ({ label: `Download ${one}`, note: 'the file that is written to', onSelect: () => void whole(one) })) : []),
    { label: 'Download what is shown', onSelect: () => downloadText(shownText(), `${label.replaceAll(/[^\w.-]+/g, '_')}.log`) },
    { label: 'Empty this view', note: 'files stay', onSelect: empty },
    ...(source.kind === 'processes' && session.can('clear') ? [{ label: 'Clear the log files…', danger: true, onSelect: clear }] : []),
  ];
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    move(event.shiftKey ? -1 : 1);
  };
  const at = hits.indexOf(current);
  const fresh = still.current === null ? 0 : buffer.lines + buffer.dropped - still.current.total;

  return (
    <section class="log" aria-label={`Log of ${label}`}>
      <div class="tools">
        <input type="search" placeholder="Search the log" aria-label="Search the log" value={words} onKeyDown={onKey} onInput={(event) => { setWords(event.currentTarget.value); setCurrent(0); }} />
        {words === '' ? null : (
          <span class="log-found">
            <span role="status">{hits.length === 0 ? 'no line' : at < 0 ? count(hits.length, 'line') : `${at + 1} of ${count(hits.length, 'line')}`}</span>
            <button type="button" class="icon" aria-label="Previous match" title="Previous match (Shift+Enter)" disabled={hits.length === 0} onClick={() => move(-1)}>▲</button>
            <button type="button" class="icon" aria-label="Next match" title="Next match (Enter)" disabled={hits.length === 0} onClick={() => move(1)}>▼</button>
            <button type="button" class="chip" aria-pressed={only} onClick={() => setOnly(!only)}>Only these</button>
          </span>
        )}
        {buffer.channels.size > 1 || channel !== null ? (
          <div class="chips" role="group" aria-label="Which output">
            {(['stdout', 'stderr'] as const).map((one) => <button key={one} type="button" class="chip" aria-pressed={channel === one} onClick={() => setChannel(channel === one ? null : one)}>{one}</button>)}
          </div>
        ) : null}
        <span class="log-buttons">
          {source.kind === 'file' ? null : <button type="button" aria-pressed={paused !== null} onClick={pause}>{paused === null ? 'Pause' : 'Go on'}</button>}
          <button type="button" aria-pressed={wrap} onClick={() => { localStorage.setItem('log-wrap', wrap ? 'no' : 'yes'); setWrap(!wrap); }}>Wrap</button>
          {source.kind !== 'processes' ? null : <button type="button" aria-pressed={times} title="When each line came, of those that came since this page shows them" onClick={() => { localStorage.setItem('log-times', times ? 'no' : 'yes'); setTimes(!times); }}>Times</button>}
          <Menu label="More for this log" items={items} />
        </span>
      </div>
      <div class="log-frame">
        {/* Focusable, so that it scrolls by keyboard; not read out as it comes. */}
        <div ref={box} class={`log-box${wrap ? ' wrap' : ''}${follows ? ' follows' : ''}`} role="log" aria-live="off" aria-label={`Lines of ${label}`} tabIndex={0} onScroll={onScroll} onKeyDown={onBoxKey}
          onWheel={(event) => { if (event.deltaY < 0) up(); }} onTouchStart={() => { finger.current = 0; }} onTouchMove={onTouchMove}
          onPointerDown={(event) => { dragged.current = event.offsetX > event.currentTarget.clientWidth; }} onPointerUp={() => { dragged.current = false; }}
        >
          <div ref={inner} class="log-lines">
            {buffer.lines === 0 ? <div class="log-note"><Told state={state} lines={0} /></div> : null}
            {buffer.dropped > 0 && !follows ? <div class="log-note">— {count(buffer.dropped, 'earlier line is', 'earlier lines are')} not kept here —</div> : null}
            {drawn.map(({ block, view }) => <Block key={block.id} block={block} view={view} words={words} named={named} times={times && source.kind === 'processes'} current={current} />)}
          </div>
        </div>
        {follows ? null : <button type="button" class="log-end solid" onClick={() => { follow(true); toEnd(); }}>↓ To the end{fresh > 0 ? ` (${count(fresh, 'new line')})` : ''}</button>}
      </div>
      <p class="log-told">
        {paused === null ? null : <span class="warn" role="status">Paused: {count(paused.lines, 'line')} {paused.lines === 1 ? 'waits' : 'wait'}{paused.dropped > 0 ? `, ${paused.dropped} older ones were dropped` : ''}. </span>}
        {loading === '' ? null : <span role="status">Downloading: {loading} so far… </span>}
        {buffer.lines === 0 ? null : <Told state={state} lines={buffer.lines} />}
        {state.state === 'live' && buffer.lines > 0 ? <span class="faint">{count(buffer.lines, 'line')}</span> : null}
      </p>
    </section>
  );
}
