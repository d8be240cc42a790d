// The control API as the daemon itself describes it: routes by subject, with arguments, answers, and examples to copy.
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { allows } from '../../daemon/contract/roles.ts';
import { typeWords } from '../../daemon/contract/schema-text.ts';
import { to } from '../address.ts';
import { answersTo, ownCommand, readDocument } from '../api-document.ts';
import type { ApiDocument, Operation, Schema } from '../api-document.ts';
import { addressOf, send } from '../ask.ts';
import { Copyable } from '../parts/copy.tsx';
import { Empty, Loading, Problem } from '../parts/notice.tsx';
import { ViewTitle } from '../parts/view-title.tsx';
import { useQuery } from '../router.ts';
import { hasWords, searchWords } from '../search-words.ts';
import { useSession } from '../session.ts';
import type { ViewProps } from '../views.ts';
import { bytes, count } from '../words.ts';

type Schemas = ApiDocument['schemas'];

/** Brings an element into view when it is the one that the address names: after the frame, which goes to its top first. */
function useShown(id: string, named: boolean): void {
  useEffect(() => {
    if (!named) return undefined;
    const frame = requestAnimationFrame(() => document.getElementById(id)?.scrollIntoView({ block: 'start' }));
    return () => cancelAnimationFrame(frame);
  }, [id, named]);
}

/** A type in words; names of shapes lead to them. */
function Words({ schema, schemas }: { readonly schema: Schema; readonly schemas: Schemas }) {
  const parts = typeWords(schema).split(/\b([A-Z]\w+)\b/);
  return <>{parts.map((part, i) => (i % 2 === 1 && Object.hasOwn(schemas, part) ? <a key={i} href={to(['api', 'shapes', part])}>{part}</a> : part))}</>;
}

function Rows({ label, heads, children }: { readonly label: string; readonly heads: readonly string[]; readonly children: ComponentChildren }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table class="plain-table"><thead><tr>{heads.map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead><tbody>{children}</tbody></table>
    </div>
  );
}

function Examples({ operation }: { readonly operation: Operation }) {
  const session = useSession();
  const [key, setKey] = useState('usual');
  const [way, setWay] = useState(0);
  const shown = operation.examples.find((one) => one.key === key) ?? operation.examples[0];
  if (shown === undefined) return null;
  const address = new URL('.', location.href).href;
  // Who is known without a session is asked for nothing.
  const commands = shown.commands.map((command) => ownCommand(command, address, session.csrf === null ? null : session.who));
  const command = commands[Math.min(way, commands.length - 1)] ?? '';
  return (
    <>
      <h3>Examples</h3>
      <div class="tools">
        <span class="chips" role="group" aria-label={`Examples of ${operation.id}`}>
          {operation.examples.map((one) => <button key={one.key} type="button" class="chip" aria-pressed={one === shown} onClick={() => setKey(one.key)}>{one.key} <span class="mono">{one.status}</span></button>)}
        </span>
        {commands.length < 2 ? null : <label>By <select value={way} onChange={(event) => setWay(Number(event.currentTarget.value))}><option value={0}>unix socket</option><option value={1}>TCP</option></select></label>}
      </div>
      <p>{shown.says}</p>
      <Copyable text={command} label={`curl for ${operation.id}, ${shown.key}`} />
      <pre tabIndex={0} role="region" aria-label={`Answer to ${operation.id}, ${shown.key}`}>{typeof shown.answer === 'string' ? shown.answer : JSON.stringify(shown.answer, null, 2)}</pre>
    </>
  );
}

function Route({ operation, schemas, open }: { readonly operation: Operation; readonly schemas: Schemas; readonly open: boolean }) {
  const session = useSession();
  const [unfolded, setUnfolded] = useState(open);
  useShown(`api-${operation.id}`, open);
  const mayNot = operation.role !== null && session.role !== null && !allows(session.role, operation.role);
  return (
    <details class="card detail route" id={`api-${operation.id}`} open={open} onToggle={(event) => setUnfolded(event.currentTarget.open)}>
      <summary><span class="method">{operation.method}</span> <code>{operation.path}</code> <span class="faint">{operation.says}</span></summary>
      {unfolded ? (
        <>
          <p><a href={to(['api', operation.id])}>{operation.id}</a>, for {operation.role === null ? 'anyone' : `the role ${operation.role}`}{mayNot ? ', which you do not have' : ''}.</p>
          {operation.parameters.length === 0 ? null : (
            <>
              <h3>Arguments</h3>
              <Rows label={`Arguments of ${operation.id}`} heads={['Name', 'In', 'Type', 'Meaning']}>
                {operation.parameters.map((one) => <tr key={one.name}><td><code>{one.name}</code>{one.required ? ' (needed)' : ''}</td><td>{one.in}</td><td><Words schema={one.schema} schemas={schemas} /></td><td>{one.description}</td></tr>)}
              </Rows>
            </>
          )}
          <h3>Answers</h3>
          <Rows label={`Answers of ${operation.id}`} heads={['Status', 'Form', 'Type', 'Meaning']}>
            {operation.answers.map((one) => <tr key={`${one.status} ${one.media}`}><td>{one.status}</td><td>{one.media}</td><td>{one.schema === null ? '' : <Words schema={one.schema} schemas={schemas} />}</td><td class="lines">{one.says}</td></tr>)}
          </Rows>
          <Examples operation={operation} />
        </>
      ) : null}
    </details>
  );
}

function Shape({ name, schemas, open }: { readonly name: string; readonly schemas: Schemas; readonly open: boolean }) {
  const schema = schemas[name] ?? {};
  const required = (schema['required'] ?? []) as readonly string[];
  const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Schema>>);
  useShown(`shape-${name}`, open);
  return (
    <details class="card detail route" id={`shape-${name}`} open={open}>
      <summary><code>{name}</code></summary>
      {properties.length === 0 ? <p><Words schema={schema} schemas={schemas} /></p> : (
        <Rows label={`Properties of ${name}`} heads={['Property', 'Type']}>
          {properties.map(([property, one]) => <tr key={property}><td><code>{property}</code>{required.includes(property) ? '' : ' (may be left out)'}</td><td><Words schema={one} schemas={schemas} /></td></tr>)}
        </Rows>
      )}
    </details>
  );
}

export default function Api({ rest }: ViewProps) {
  const [api, setApi] = useState<ApiDocument | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [turn, setTurn] = useState(0);
  const [search, setSearch] = useQuery('q');
  useEffect(() => {
    const gone = new AbortController();
    setError(null);
    const load = async (): Promise<ApiDocument> => readDocument(await (await send(addressOf('openapi', {}), { signal: gone.signal })).text());
    load().then(setApi, (why: Error) => {
      if (!gone.signal.aborted) setError(why);
    });
    return () => gone.abort();
  }, [turn]);
  const words = searchWords(search);
  const subjects = useMemo(() => (api?.subjects ?? [])
    .map((subject) => ({ ...subject, operations: subject.operations.filter((operation) => answersTo(operation, words)) }))
    .filter((subject) => subject.operations.length > 0), [api, search]);
  const shapes = Object.keys(api?.schemas ?? {}).filter((name) => hasWords(name, words));
  if (error !== null) return <><h1>API</h1><Problem error={error} again={() => setTurn(turn + 1)} /></>;
  if (api === null) return <><h1>API</h1><Loading /></>;
  const shown = subjects.reduce((sum, subject) => sum + subject.operations.length, 0);
  return (
    <>
      <ViewTitle title="API" marks={<span class="faint">{count(shown, 'route')}</span>} actions={<a href={addressOf('openapi', {})} download="openapi.json">OpenAPI 3.1 ({bytes(api.bytes)})</a>} />
      <div class="tools"><input type="search" placeholder="Path, name, argument…" aria-label="Search routes" value={search} onInput={(event) => setSearch(event.currentTarget.value)} /></div>
      <p class="faint">Routes, arguments and properties of /v1 stay; new ones may come, so ignore what you do not know. Examples were answered by a daemon; lists and texts are cut short.</p>
      {shown === 0 && shapes.length === 0 ? <Empty>No route answers to this.</Empty> : null}
      {subjects.map((subject) => (
        <section key={subject.name} aria-label={subject.name}>
          <h2>{subject.name}</h2>
          <p class="faint">{subject.says}</p>
          {subject.operations.map((operation) => <Route key={operation.id} operation={operation} schemas={api.schemas} open={rest[0] === operation.id} />)}
        </section>
      ))}
      {shapes.length === 0 ? null : (
        <section aria-label="Shapes">
          <h2>Shapes</h2>
          {shapes.map((name) => <Shape key={name} name={name} schemas={api.schemas} open={rest[0] === 'shapes' && rest[1] === name} />)}
        </section>
      )}
    </>
  );
}
