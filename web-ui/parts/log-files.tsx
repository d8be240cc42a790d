// The files of a log, with those that were rotated: how much is in them, from when to when, to be read here or saved.
import { useEffect } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import type { LogFile } from '../../daemon/contract/rest.ts';
import { addressOf } from '../ask.ts';
import { useAnswer } from '../live/use-answer.ts';
import { useLive } from '../live/use-live.ts';
import { useQuery } from '../router.ts';
import { bytes, clock, count } from '../words.ts';
import { Badge } from './badge.tsx';
import type { LogOwner } from './log-stream.ts';
import { LogView } from './log-view.tsx';
import { Problem } from './notice.tsx';
import { Clock } from './time.tsx';

/** The one that is written to grows. */
const EVERY_MS = 30_000;

function File({ owner, file, reading, onRead }: { readonly owner: LogOwner; readonly file: LogFile; readonly reading: boolean; readonly onRead: (id: string | null) => void }) {
  const values = { ...owner, channel: file.channel, file: file.id };
  return (
    <li>
      <code>{file.file}</code>
      <span class="faint when">{file.from === null ? 'until ' : <><Clock at={file.from} /> to </>}<Clock at={file.until} /></span>
      <span>{bytes(file.bytes)}{file.compressed ? <span class="faint"> gzip{file.plainBytes === null ? '' : `, ${bytes(file.plainBytes)} unpacked`}</span> : null}</span>
      {file.channel === 'stderr' ? <Badge tone="muted">stderr</Badge> : null}
      <span class="acts">
        <button type="button" aria-pressed={reading} aria-label={`Read ${file.file}`} onClick={() => onRead(reading ? null : file.id)}>Read</button>
        <a href={addressOf('log-file', values)} download={file.file} aria-label={`Download ${file.file}`}>Download</a>
      </span>
    </li>
  );
}

function summary(files: readonly LogFile[]): string {
  const rotated = files.filter(({ number }) => number > 0).length;
  const oldest = files.reduce<number | null>((at, { from, until }) => Math.min(at ?? Infinity, from ?? until), null);
  return `${count(files.length, 'file')}${rotated === 0 ? '' : `, ${rotated} rotated`}, ${bytes(files.reduce((sum, file) => sum + file.bytes, 0))}${oldest === null ? '' : `, since ${clock(oldest)}`}`;
}

/** Above a live log (`children`): the files it is in. One that is read stands in place of it. */
export function LogFiles({ owner, label, children }: { readonly owner: LogOwner; readonly label: string; readonly children: ComponentChildren }) {
  const { value, error, again } = useAnswer('log-files', owner, EVERY_MS);
  const [id, setId] = useQuery('file');
  const live = useLive();
  useEffect(() => live.onFact((fact) => {
    if (fact.type === 'log.rotated' || fact.type === 'log.cleared') again();
  }), [live]);
  const read = value?.find((file) => file.id === id);
  const open = (next: string | null): void => setId(next ?? '');
  return (
    <>
      {value === null || value.length === 0 ? null : (
        <details class="log-files" open={id !== '' ? true : undefined}>
          <summary>In {summary(value)}</summary>
          <ul aria-label={`Files of the log of ${label}`}>{value.map((file) => <File key={`${file.channel} ${file.id}`} owner={owner} file={file} reading={file === read} onRead={open} />)}</ul>
        </details>
      )}
      {error !== null && value === null ? <Problem error={error} again={again} /> : null}
      {id === '' ? children : (
        <>
          <p>{read === undefined ? (value === null ? 'A file of the log.' : 'This file was rotated away meanwhile.') : <>What is in <code>{read.file}</code>.</>} <button type="button" onClick={() => open(null)}>Back to the live log</button></p>
          <LogView key={id} source={{ kind: 'file', owner, channel: read?.channel ?? 'stdout', file: id }} label={read === undefined ? label : `${label}, ${read.file}`} />
        </>
      )}
    </>
  );
}
