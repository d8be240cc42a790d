// Every setting of a process or job that is in force, where it is written, and which are defaults.
import { useState } from 'preact/hooks';
import type { ConfigAnswer, ConfigEntry } from '../../daemon/contract/page.ts';
import { useAnswer } from '../live/use-answer.ts';
import { useQuery } from '../router.ts';
import { hasWords, searchWords } from '../search-words.ts';
import { count } from '../words.ts';
import { Copyable } from './copy.tsx';
import { Loading, Problem } from './notice.tsx';

function valueText(value: ConfigEntry['value']): string {
  return value === null ? 'not set' : typeof value === 'string' ? (value === '' ? '""' : value) : JSON.stringify(value);
}

/** `reeve.toml:12`; the whole path is its title. */
function Origin({ origin }: { readonly origin: NonNullable<ConfigEntry['origin']> }) {
  return <span class="faint" title={`${origin.file}:${origin.line}`}>{origin.file.slice(origin.file.lastIndexOf('/') + 1)}:{origin.line}</span>;
}

function Entries({ entries, label }: { readonly entries: readonly ConfigEntry[]; readonly label: string }) {
  return (
    <table class="plain-table config" aria-label={label}>
      <thead><tr><th scope="col">Key</th><th scope="col">Value</th><th scope="col">Where</th></tr></thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.key} class={!isWritten(entry) ? 'default' : ''}>
            <th scope="row"><code>{entry.key}</code></th>
            <td class={entry.value === null ? 'faint' : ''}><code>{valueText(entry.value)}</code></td>
            <td>{entry.origin === null || !isWritten(entry) ? <span class="faint">default</span> : <Origin origin={entry.origin} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Of a table that is written, the keys that are not are defaults too. */
function isWritten({ origin, value }: ConfigEntry): boolean {
  return origin !== null && value !== null && !(Array.isArray(value) && value.length === 0);
}

/** As lines that can be sent to somebody. */
function configText(answer: ConfigAnswer): string {
  return answer.entries.filter(isWritten).map((entry) => `${entry.key} = ${valueText(entry.value)}  # ${entry.origin?.file}:${entry.origin?.line}`).join('\n');
}

function ConfigTable({ config }: { readonly config: ConfigAnswer }) {
  const [search, setSearch] = useQuery('q');
  const [open, setOpen] = useState(false);
  const words = searchWords(search);
  const found = config.entries.filter((entry) => hasWords(`${entry.key} ${valueText(entry.value)}`, words));
  const written = found.filter(isWritten);
  const defaults = found.filter((entry) => !isWritten(entry));
  return (
    <>
      <p>Declared in <code>{config.origin.file}:{config.origin.line}</code>. What is not written there is a default; values of the environment are hidden.</p>
      {config.moved ? <p class="warn">The file was changed since it was read, so its lines are not told. What is shown is in force.</p> : null}
      <div class="tools"><input type="search" placeholder="Key or value" aria-label="Search settings" value={search} onInput={(event) => setSearch(event.currentTarget.value)} /></div>
      {written.length === 0 ? <p class="faint">{words.length === 0 ? 'Nothing is written.' : 'Nothing that is written has these words.'}</p> : <Entries entries={written} label="Written in the file" />}
      {defaults.length === 0 ? null : (
        <details class="defaults" open={open || words.length > 0} onToggle={(event) => { if (words.length === 0) setOpen(event.currentTarget.open); }}>
          <summary>{count(defaults.length, 'default')}</summary>
          <Entries entries={defaults} label="Defaults" />
        </details>
      )}
      <details class="defaults">
        <summary>As text</summary>
        <Copyable text={configText(config)} label="Settings as text" />
      </details>
    </>
  );
}

/** The settings of one process, or of one job. */
export function Config({ route, name }: { readonly route: 'process-config' | 'job-config'; readonly name: string }) {
  const { value, error, again } = useAnswer(route, { name });
  if (value !== null) return <ConfigTable config={value} />;
  return error === null ? <Loading /> : <Problem error={error} again={again} />;
}
