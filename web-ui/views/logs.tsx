// The logs of several processes in one, each line with its name.
import { useState } from 'preact/hooks';
import { shortName } from '../../daemon/contract/names.ts';
import { to } from '../address.ts';
import { useLive } from '../live/use-live.ts';
import { LogView } from '../parts/log-view.tsx';
import { Empty } from '../parts/notice.tsx';
import { ViewTitle } from '../parts/view-title.tsx';
import { useQuery } from '../router.ts';
import { hasWords, searchWords } from '../search-words.ts';
import { count, listed } from '../words.ts';

/** Names offered at once; the search finds the others. */
const OFFERED = 60;

function Chooser({ chosen, onChoose }: { readonly chosen: readonly string[]; readonly onChoose: (names: readonly string[]) => void }) {
  const { snapshot } = useLive();
  const [search, setSearch] = useState('');
  const words = searchWords(search);
  const groups = [...snapshot.groups.values()].filter((group) => group.members.length > 1).map((group) => `${group.name}:*`);
  const names = [...groups, ...snapshot.processes.keys()].filter((name) => hasWords(name, words));
  const toggle = (name: string): void => onChoose(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen.filter((one) => one !== 'all'), name]);
  return (
    <div class="chooser">
      <div class="tools">
        <input type="search" placeholder="Process or group" aria-label="Search processes and groups" value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
        <button type="button" class="chip" aria-pressed={chosen.includes('all')} onClick={() => onChoose(chosen.includes('all') ? [] : ['all'])}>All {snapshot.processes.size}</button>
      </div>
      <div class="chips" role="group" aria-label="Whose logs">
        {names.slice(0, OFFERED).map((name) => <button key={name} type="button" class="chip" aria-pressed={chosen.includes(name)} onClick={() => toggle(name)}>{shortName(name)}</button>)}
        {names.length > OFFERED ? <span class="faint">and {names.length - OFFERED} more</span> : null}
        {names.length === 0 ? <span class="faint">No process answers to this.</span> : null}
      </div>
    </div>
  );
}

export default function Logs() {
  const live = useLive();
  const [text, setText] = useQuery('names');
  const [open, setOpen] = useState(text === '');
  const names = text.split(',').filter((name) => name !== '');
  if (live.snapshot.processes.size === 0 && names.length === 0) {
    return (
      <>
        <ViewTitle title="Logs" />
        <Empty>The file declares no programs, and so there is nothing to follow. What jobs write stands with each of their <a href={to(['runs'])}>runs</a>.</Empty>
      </>
    );
  }
  return (
    <>
      <ViewTitle
        title="Logs"
        marks={<span class="faint">{names.length === 0 ? count(live.snapshot.processes.size, 'process', 'processes') : names.includes('all') ? 'of all processes' : `of ${listed(names.map(shortName), 4)}`}</span>}
        actions={<button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>{names.length === 0 ? 'Choose' : 'Choose others'}</button>}
      />
      {open ? <Chooser chosen={names} onChoose={(next) => setText(next.join(','))} /> : null}
      {names.length === 0
        ? <Empty>Choose processes or groups: their lines are shown as they are written, one after the other, each with its name.</Empty>
        : <LogView key={text} source={{ kind: 'processes', names }} label={names.includes('all') ? 'all processes' : listed(names.map(shortName), 3)} named />}
    </>
  );
}
