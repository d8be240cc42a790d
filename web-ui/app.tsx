// The frame around the views: who is logged in, how it stands with the daemon, where one can go.
import type { ComponentType } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { to } from './address.ts';
import { useDeadNews } from './dead-news.ts';
import { DeedsPlace } from './deeds.tsx';
import { createLive } from './live/live.ts';
import type { Live } from './live/live.ts';
import { useAnswer } from './live/use-answer.ts';
import { LiveContext, useLive, useNow } from './live/use-live.ts';
import { Boundary } from './parts/boundary.tsx';
import { Loading, Problem } from './parts/notice.tsx';
import { usePlace } from './router.ts';
import { logOut, SessionContext, useSession, whoAmI } from './session.ts';
import type { Session } from './session.ts';
import { whenStranger } from './ask.ts';
import { useSearchKeys } from './keys.ts';
import { toggleTheme } from './theme.ts';
import { Login } from './views/login.tsx';
import { VIEWS } from './views.ts';
import type { View, ViewProps } from './views.ts';

function Connection({ live }: { readonly live: Live }) {
  const now = useNow();
  const { link } = live;
  if (link.state === 'live' || link.state === 'stranger') return null;
  if (link.state === 'connecting') return <div class="banner" role="status">Connecting to reeved…</div>;
  const seconds = Math.max(0, Math.ceil((link.retryAt - now) / 1000));
  return (
    <div class="banner lost" role="alert">
      {/* A screen reader is told once, not each second. */}
      <span>Not connected: {link.why}. What you see is from before. <span aria-hidden="true">{seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again…'}</span></span>
      <button type="button" onClick={() => live.connect()}>Try now</button>
    </div>
  );
}

/** So often a count that is asked for is asked for again, beside when a fact tells of it. */
const COUNT_MS = 60_000;

function AskedCount({ asked, live }: { readonly asked: NonNullable<View['asked']>; readonly live: Live }) {
  const { value, again } = useAnswer(asked.route, asked.values, COUNT_MS);
  useDeadNews(live, again);
  const n = value?.length ?? 0;
  return <Count n={n} text={n >= asked.most ? `${n}+` : String(n)} />;
}

function Count({ n, text = String(n) }: { readonly n: number; readonly text?: string }) {
  return n > 0 ? <span class="count" title={`${text} deserve a look`}>{text}<span class="unseen"> deserve a look</span></span> : null;
}

/** `counts`: how many deserve a look, by view. */
function Navigation({ at, live, counts }: { readonly at: string; readonly live: Live; readonly counts: ReadonlyMap<string, number> }) {
  const session = useSession();
  const list = useRef<HTMLElement>(null);
  // On a phone the list is wider than the window. Counts that come later move the view one is in: it is held there until a hand moves the list.
  const held = useRef(true);
  useEffect(() => {
    held.current = true;
    const show = (): void => {
      const link = list.current?.querySelector('[aria-current]');
      if (!held.current || list.current === null || !link) return;
      const [around, own] = [list.current.getBoundingClientRect(), link.getBoundingClientRect()];
      // Not scrollIntoView: it would move the page too.
      list.current.scrollLeft += own.left + own.width / 2 - around.left - around.width / 2;
    };
    show();
    const widths = new ResizeObserver(show);
    for (const link of list.current?.children ?? []) widths.observe(link);
    return () => widths.disconnect();
  }, [at]);
  const letGo = (): void => { held.current = false; };
  return (
    <nav aria-label="Views" ref={list} onPointerDown={letGo} onWheel={letGo} onTouchStart={letGo}>
      {VIEWS.filter((view) => view.listed && session.can(view.needs)).map((view) => (
        <a key={view.id} href={to([view.id])} aria-current={view.id === at ? 'page' : undefined}>
          {view.title} {view.asked === undefined ? <Count n={counts.get(view.id) ?? 0} /> : <AskedCount asked={view.asked} live={live} />}
        </a>
      ))}
    </nav>
  );
}

/** A view, loaded when it is first shown. Keyed by the view: another one begins anew. */
function Shown({ view, rest }: { readonly view: View; readonly rest: readonly string[] }) {
  const [Component, setComponent] = useState<ComponentType<ViewProps> | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const { epoch } = useLive();
  // A connection that was lost while the view was loaded is no reason to stay without it: each new snapshot is another try.
  useEffect(() => {
    if (Component !== null) return undefined;
    let here = true;
    view.load().then(
      (module) => {
        if (here) setComponent(() => module.default);
      },
      // Or the daemon was replaced by another version, and the files of this page are gone.
      () => {
        if (here) setError(new Error('cannot load this view: reeved cannot be reached, or was replaced by another version; reload the page'));
      },
    );
    return () => { here = false; };
  }, [epoch]);
  if (Component !== null) return <Boundary what={`this part of ${view.title}`} place={rest.join('/')}><Component rest={rest} /></Boundary>;
  return error === null ? <Loading /> : <Problem error={error} again={() => location.reload()} />;
}

function Page({ onOut }: { readonly onOut: () => void }) {
  useSearchKeys();
  const live = useLive();
  const session = useSession();
  const { parts } = usePlace();
  const [first = 'processes', ...rest] = parts;
  // Issues are listed among their checks.
  const wanted = first === 'issues' && rest.length === 0 ? 'checks' : first;
  const found = VIEWS.find((one) => one.id === wanted);
  const view = found !== undefined && session.can(found.needs) ? found : undefined;
  const main = useRef<HTMLElement>(null);
  const { daemon } = live.snapshot;
  const name = daemon.identifier === '' ? 'reeve' : daemon.identifier;
  const counts = useMemo(() => new Map(VIEWS.map(({ id, count }) => [id, count?.(live.snapshot) ?? 0])), [live.version]);
  const bad = counts.get('processes') ?? 0;
  useEffect(() => {
    document.title = `${bad > 0 ? `(${bad}) ` : ''}${view?.title ?? 'reeve'} · ${name}`;
  }, [bad, view, name]);
  // A new view begins at its top, and a screen reader says its heading. Before the view's own effects: it may go to a place of its own.
  const key = `${first}/${rest.join('/')}`;
  const before = useRef(key);
  useLayoutEffect(() => {
    if (before.current === key) return;
    before.current = key;
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [key]);
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>Skip to content</a>
      <header>
        <a class="brand" href="#/" aria-label={`reeve on ${name}: processes`}><img src="./assets/icon.svg" alt="" width="22" height="22" /><span>{name}</span></a>
        <Navigation at={view?.within ?? view?.id ?? ''} live={live} counts={counts} />
        <div class="who">
          <span class={`dot ${live.link.state}`} title={live.link.state === 'live' ? 'Live' : 'Not connected'} />
          <button type="button" class="icon" aria-label="Light or dark" title="Light or dark" onClick={toggleTheme}>◑</button>
          {session.csrf === null ? null : <button type="button" onClick={() => void logOut().finally(onOut)}>Log out <span class="faint">{session.who}</span></button>}
        </div>
      </header>
      <Connection live={live} />
      {daemon.state === 'RUNNING' ? null : <div class="banner" role="status">The daemon is shutting down.</div>}
      <main ref={main} id="main" tabIndex={-1}>
        {view === undefined ? <Problem error={new Error(found === undefined ? `there is no view ${first}` : `${session.who ?? 'you'} may not see this view (role ${session.role ?? 'none'})`)} /> : <Shown key={view.id} view={view} rest={rest} />}
      </main>
    </>
  );
}

/** The whole page. */
export function App() {
  const live = useMemo(() => createLive(), []);
  const [session, setSession] = useState<Session | null>(null);
  const [error, setError] = useState<Error | null>(null);
  /** Somebody was in, and did not leave by himself. */
  const [putOut, setPutOut] = useState(false);
  const inside = useRef(false);
  const enter = (found: Session): void => {
    inside.current = found.role !== null;
    if (inside.current) setPutOut(false);
    setSession(found);
  };
  const begin = (): void => {
    setError(null);
    whoAmI().then((found) => {
      if (inside.current && found.role === null) setPutOut(true);
      enter(found);
      if (found.role === null) live.disconnect();
      else live.connect();
    }, setError);
  };
  useEffect(() => {
    begin();
    // The session ended: say so by the door, whatever was being asked.
    whenStranger(begin);
    return () => live.disconnect();
  }, []);
  useEffect(() => {
    if (error === null) return undefined;
    const retry = setTimeout(begin, 2000);
    return () => clearTimeout(retry);
  }, [error]);
  if (session === null) return <main class="login">{error === null ? <Loading /> : <Problem error={error} again={begin} />}</main>;
  if (session.role === null) return <Login session={session} putOut={putOut} onIn={(found) => { enter(found); live.connect(); }} />;
  return (
    <SessionContext.Provider value={session}>
      <LiveContext.Provider value={live}>
        <DeedsPlace><Page onOut={() => { inside.current = false; begin(); }} /></DeedsPlace>
      </LiveContext.Provider>
    </SessionContext.Provider>
  );
}
