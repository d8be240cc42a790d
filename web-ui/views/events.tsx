// What happens, newest first: live, by severity, kind and words; held still while one reads.
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { FACTS, SEVERITIES } from '../../daemon/contract/facts.ts';
import type { Fact, Severity } from '../../daemon/contract/facts.ts';
import { isAsBad, severityOf } from '../../daemon/contract/severities.ts';
import { familyOf, searchedText, subjectOf } from '../fact-words.ts';
import { useFacts } from '../live/use-facts.ts';
import { factClass, SEVERITY, TIME, WHAT } from '../parts/fact-columns.tsx';
import { rememberFocus } from '../parts/focus.ts';
import { Table } from '../parts/table.tsx';
import type { Column } from '../parts/table.tsx';
import { ViewTitle } from '../parts/view-title.tsx';
import { useQuery } from '../router.ts';
import { hasWords, searchWords } from '../search-words.ts';
import { count } from '../words.ts';

const FAMILIES = [...new Set(Object.keys(FACTS).map((type) => type.slice(0, type.indexOf('.'))))];

function Details({ fact, onClose }: { readonly fact: Fact; readonly onClose: () => void }) {
  const card = useRef<HTMLElement>(null);
  // It stands above the list, and the row may be far below.
  useLayoutEffect(() => {
    const giveBack = rememberFocus();
    card.current?.focus({ preventScroll: true });
    card.current?.scrollIntoView({ block: 'center' });
    return giveBack;
  }, [fact]);
  const says = Object.hasOwn(FACTS, fact.type) ? FACTS[fact.type].says : 'An event of a newer daemon than this page.';
  return (
    <section ref={card} tabIndex={-1} class="card detail" aria-label={`Event ${fact.seq}`} onKeyDown={(event) => { if (event.key === 'Escape') onClose(); }}>
      <div class="title"><h2>{fact.type} <span class="faint">#{fact.seq}</span></h2><span class="spring" /><button type="button" onClick={onClose}>Close</button></div>
      <p>{says}</p>
      <pre tabIndex={0}>{JSON.stringify(fact, null, 2)}</pre>
    </section>
  );
}

export default function Events() {
  const [least, setLeast] = useQuery('severity', 'info');
  const [family, setFamily] = useQuery('kind');
  const [search, setSearch] = useQuery('q');
  const [still, setStill] = useState<readonly Fact[] | null>(null);
  const [open, setOpen] = useState<Fact | null>(null);
  // Without the past the view begins with what comes.
  const { facts, loading } = useFacts();
  const all = still ?? facts;
  const words = searchWords(search);
  const rows = useMemo(() => all.filter((fact) => {
    if (!isAsBad(severityOf(fact), least as Severity)) return false;
    if (family !== '' && familyOf(fact) !== family) return false;
    return words.length === 0 || hasWords(searchedText(fact), words);
  }).toReversed(), [all, least, family, search]);

  const columns: readonly Column<Fact>[] = [
    TIME,
    SEVERITY,
    { id: 'type', title: 'Event', width: 'minmax(9rem, 1fr)', cell: (fact) => <button type="button" class="fold" title={Object.hasOwn(FACTS, fact.type) ? FACTS[fact.type].says : ''} onClick={() => setOpen(fact)}>{fact.type}</button> },
    {
      id: 'subject', title: 'Of', width: 'minmax(8rem, 1fr)',
      cell: (fact) => {
        const subject = subjectOf(fact);
        return subject === null ? <span class="faint">the daemon</span> : subject.href === null ? subject.name : <a href={subject.href}>{subject.name}</a>;
      },
    },
    WHAT,
  ];
  return (
    <>
      <ViewTitle
        title="Events"
        marks={loading ? null : <span class="faint">{count(rows.length, 'event')}</span>}
        actions={<button type="button" aria-pressed={still !== null} onClick={() => setStill(still === null ? all : null)}>{still === null ? 'Hold still' : 'Go on'}</button>}
      />
      <div class="tools">
        <input type="search" placeholder="Name, event, reason…" aria-label="Search events" value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
        <label>At least <select value={least} onChange={(event) => setLeast(event.currentTarget.value)}>{SEVERITIES.map((name) => <option key={name}>{name}</option>)}</select></label>
        <label>Kind <select value={family} onChange={(event) => setFamily(event.currentTarget.value)}><option value="">all</option>{FAMILIES.map((name) => <option key={name}>{name}</option>)}</select></label>
      </div>
      {open === null ? null : <Details fact={open} onClose={() => setOpen(null)} />}
      <Table class="events" label="Events" columns={columns} rows={rows} keyOf={(fact) => String(fact.seq)} onOpen={setOpen} classOf={factClass} empty={loading ? 'Loading…' : 'Nothing happened that answers to this. The daemon keeps its last events; more is in its log.'} />
    </>
  );
}
