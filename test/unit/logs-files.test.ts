// The files of a log: what is listed, what leads to one, and what was written since a time.
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { stampOf } from '../../daemon/contract/log-stamp.ts';
import { compress } from '../../daemon/logs/compressed.ts';
import { describeFiles, isNamed, openKept } from '../../daemon/logs/kept-files.ts';
import { recallFiles, recallMemory } from '../../daemon/logs/since.ts';
import type { LogRecall } from '../../daemon/os/ports/logs.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'reeve-files-'));
after(() => fs.rmSync(root, { recursive: true }));

const NOON = Date.UTC(2026, 10, 22, 12);
const MINUTE = 60_000;
let count = 0;

/** A log with files of the given names, each written to last at its minute before noon. */
function log(files: Readonly<Record<string, readonly [minutesAgo: number, content: string | Buffer]>>): string {
  const dir = join(root, String(count++));
  fs.mkdirSync(dir);
  for (const [name, [ago, content]] of Object.entries(files)) {
    fs.writeFileSync(join(dir, name), content);
    fs.utimesSync(join(dir, name), (NOON - ago * MINUTE) / 1000, (NOON - ago * MINUTE) / 1000);
  }
  return join(dir, 'web.log');
}
const line = (minutesAgo: number, text: string): string => `${new Date(NOON - minutesAgo * MINUTE).toISOString()} ${text}\n`;

async function read(stream: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const chunk of stream) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

async function all({ pieces }: LogRecall): Promise<{ text: string; ends: number[] }> {
  const found = { text: '', ends: [] as number[] };
  for await (const { bytes, end } of pieces) {
    found.text += bytes.toString();
    found.ends.push(end);
  }
  return found;
}

test('the files of a log are those of its rotation, newest first, with sizes and times', () => {
  const path = log({
    'web.log': [1, line(2, 'now')], 'web.log.1': [3, line(5, 'before')], 'web.log.2.gz': [6, gzipSync(line(9, 'long ago'))], 'web.log.3.gz': [10, gzipSync('no time\n')],
    'web.log.4': [20, 'beyond'], 'web.log.bak': [1, 'other'], 'other.log': [1, 'other'],
  });
  const files = describeFiles(path, 3);
  assert.deepEqual(files.map(({ file, number, compressed }) => [file, number, compressed]), [['web.log', 0, false], ['web.log.1', 1, false], ['web.log.2.gz', 2, true], ['web.log.3.gz', 3, true]]);
  assert.deepEqual(files.map(({ from, until }) => [from, until].map((at) => (at === null ? null : (NOON - at) / MINUTE))), [[2, 1], [5, 3], [9, 6], [null, 10]]);
  assert.equal(files[2]?.plainBytes, line(9, 'long ago').length, 'gzip itself says how much it was');
  assert.ok((files[2]?.bytes ?? 0) > 0);
});

test('only a name or id of its own files leads to a file: no path, no link, no other file', async () => {
  const path = log({ 'web.log': [0, 'now\n'], 'secret': [0, 'secret\n'], 'web.log.9': [0, 'beyond\n'] });
  fs.symlinkSync(join(path, '../secret'), `${path}.1`);
  fs.mkdirSync(`${path}.2`);
  assert.deepEqual(describeFiles(path, 3).map(({ file }) => file), ['web.log']);
  for (const wanted of ['web.log.1', 'web.log.2', 'web.log.9', 'secret', '../secret', path, '', '.', 'web.log/../secret', '0-0-0-0', '---']) {
    assert.equal(await openKept(path, 3, isNamed(wanted), false), null, wanted);
  }
  const opened = await openKept(path, 3, isNamed('web.log'), false);
  assert.equal(opened === null ? '' : await read(opened.stream), 'now\n');
});

test('an id means the same file after a rotation, and after it was compressed; a name means the file that has it now', async () => {
  // Of the same size, and written to last at the same time.
  const path = log({ 'web.log': [1, 'third.\n'], 'web.log.1': [5, 'second\n'], 'web.log.2': [5, 'first.\n'] });
  const ids = describeFiles(path, 4).map(({ id }) => id);
  for (const number of [2, 1]) {
    const [from, to] = [await open(`${path}.${number}`), await open(`${path}.${number + 1}.gz`, 'wx')];
    await compress(from, to, 7, new AbortController().signal);
    await Promise.all([from.close(), to.close()]);
    fs.utimesSync(`${path}.${number + 1}.gz`, (NOON - 5 * MINUTE) / 1000, (NOON - 5 * MINUTE) / 1000);
    fs.unlinkSync(`${path}.${number}`);
  }
  fs.renameSync(path, `${path}.1`);
  fs.writeFileSync(path, 'fourth\n');
  assert.deepEqual(describeFiles(path, 4).slice(1).map(({ id }) => id), ids);
  const textOf = async (wanted: string, unpack: boolean): Promise<string> => {
    const opened = await openKept(path, 4, isNamed(wanted), unpack);
    return opened === null ? 'none' : read(opened.stream);
  };
  assert.deepEqual([await textOf(ids[0] ?? '', false), await textOf(ids[1] ?? '', true), await textOf(ids[2] ?? '', true)], ['third.\n', 'second\n', 'first.\n']);
  assert.equal(await textOf('web.log', false), 'fourth\n');
  const packed = await openKept(path, 4, isNamed('web.log.2.gz'), false);
  const parts: Buffer[] = [];
  for await (const chunk of packed?.stream ?? []) parts.push(chunk as Buffer);
  assert.equal(gunzipSync(Buffer.concat(parts)).toString(), 'second\n', 'as it is on the disk');
});

test('a file that is rotated away while it is read is read to its end; one that is emptied is said to be cut', async () => {
  const path = log({ 'web.log': [0, 'x'.repeat(300_000)], 'web.log.1': [0, 'y'.repeat(300_000)] });
  const [gone, emptied] = [await openKept(path, 1, isNamed('web.log.1'), false), await openKept(path, 1, isNamed('web.log'), false)];
  fs.unlinkSync(`${path}.1`);
  assert.equal(gone === null ? '' : (await read(gone.stream)).length, 300_000);
  fs.truncateSync(path, 0);
  await assert.rejects(emptied === null ? Promise.resolve('') : read(emptied.stream), /became shorter/);
  const damaged = log({ 'web.log.1.gz': [0, gzipSync('z'.repeat(100_000)).subarray(0, 60)] });
  const half = await openKept(damaged, 1, () => true, true);
  await assert.rejects(half === null ? Promise.resolve('') : read(half.stream), /unexpected end of file/);
});

test('what was written since a time comes through all files, compressed ones too, from the first line of that time, and ends at a position', async () => {
  const path = log({
    'web.log': [1, `${line(3, 'five')}its trace\n${line(2, 'six')}half`], 'web.log.1': [4, line(5, 'four')],
    'web.log.2.gz': [6, gzipSync(`${line(9, 'one')}${line(8, 'two')}trace of two\n${line(7, 'three')}`)], 'web.log.3': [10, line(11, 'too old')],
  });
  const since = async (minutes: number) => all(await recallFiles({ path, backups: 5, timed: true, position: () => 1000 }, NOON - minutes * MINUTE));
  assert.equal((await since(8)).text, `${line(8, 'two')}trace of two\n${line(7, 'three')}${line(5, 'four')}${line(3, 'five')}its trace\n${line(2, 'six')}half`);
  const { text, ends } = await since(4.5);
  assert.equal(text, `${line(3, 'five')}its trace\n${line(2, 'six')}half`);
  assert.deepEqual(ends, [1000]);
  assert.deepEqual((await since(8)).ends, [1000 - (line(3, 'five').length * 2 - 1 + 'its trace\nhalf'.length) - line(5, 'four').length, 1000 - (line(3, 'five').length * 2 - 1 + 'its trace\nhalf'.length), 1000]);
  assert.equal((await since(0.5)).text, '');
  // With one place more nothing was given up yet.
  const full = async (backups: number, minutes: number): Promise<string> => (await all(await recallFiles({ path, backups, timed: true, position: () => 0 }, NOON - minutes * MINUTE))).text.split('\n')[0] ?? '';
  assert.equal(await full(3, 20), `[reeve: what was written before ${new Date(NOON - 11 * MINUTE).toISOString()} was rotated away and is no longer kept]`);
  assert.deepEqual([await full(4, 20), await full(3, 11)], [line(11, 'too old').trimEnd(), line(11, 'too old').trimEnd()]);
});

test('a log without times says so in place of its past, and a file that cannot be read is named', async () => {
  const untimed = log({ 'web.log': [0, 'no time\n'.repeat(200_000)] });
  assert.match((await all(await recallFiles({ path: untimed, backups: 1, timed: false, position: () => 0 }, NOON - MINUTE))).text, /^\[reeve: of the past nothing is shown here: its lines have no times; log_timestamp = true writes them\]\n$/);
  const damaged = log({ 'web.log': [0, line(0.1, 'last')], 'web.log.1.gz': [0.5, Buffer.concat([gzipSync(line(0.8, 'first')), Buffer.from('damaged')])] });
  assert.match((await all(await recallFiles({ path: damaged, backups: 1, timed: true, position: () => 0 }, NOON - MINUTE))).text, /^\[reeve: the rest of web\.log\.1\.gz cannot be read: [^\n]*\]\n[^\n]*last\n$/);
  assert.equal((await all(recallMemory(Buffer.from(`${line(2, 'old')}{"at":"${new Date(NOON).toISOString()}","line":"json has times too"}\n`), 7, NOON - MINUTE))).text, `{"at":"${new Date(NOON).toISOString()}","line":"json has times too"}\n`);
});

test('where times were turned on only lately, what has times is shown: after files without, and after the beginning of a file without', async () => {
  const untimed = 'no time\n'.repeat(200_000);
  const shown = async (path: string, timed: boolean): Promise<string> => (await all(await recallFiles({ path, backups: 1, timed, position: () => 0 }, NOON - MINUTE))).text;
  assert.equal(await shown(log({ 'web.log': [0, line(0.1, 'timed')], 'web.log.1': [0.5, untimed] }), true), line(0.1, 'timed'));
  assert.equal(await shown(log({ 'web.log': [0, untimed + line(0.1, 'timed')] }), true), line(0.1, 'timed'));
  assert.match(await shown(log({ 'web.log': [0, 'x'.repeat(2_000_000)] }), false), /its lines have no times/, 'a log of one line too');
});

test('what was written since a time is found where the clock was put back, where the file system keeps no fine times, and after a file that ends in the middle of a line', async () => {
  const shown = async (path: string, minutes: number) => all(await recallFiles({ path, backups: 3, timed: true, position: () => 1000 }, NOON - minutes * MINUTE));
  const turned = log({ 'web.log': [9, line(9, 'after the clock was put back')], 'web.log.1': [2, line(3, 'before')], 'web.log.2': [20, line(20, 'too old')] });
  assert.deepEqual(await shown(turned, 5), { text: line(3, 'before') + line(9, 'after the clock was put back'), ends: [1000 - line(9, 'after the clock was put back').length, 1000] });
  // Linux takes the time of a file from the last tick, which is up to 10 ms before the line.
  assert.equal((await shown(log({ 'web.log': [5, line(4.9999, 'now')] }), 4.99995)).text, line(4.9999, 'now'));
  const cut = log({ 'web.log': [0, line(1, 'first')], 'web.log.1.gz': [2, gzipSync(line(9, 'old') + line(8, 'old').repeat(2000) + 'half a line').subarray(0, -30)] });
  assert.match((await shown(cut, 3)).text, /^\[reeve: the rest of web\.log\.1\.gz cannot be read: [^\n]*\]\n[^\n]*first\n$/);
});

test('what only looks like a time is none', async () => {
  assert.equal(stampOf('2026-99-99T00:00:00Z odd'), null);
  const path = log({ 'web.log': [0, line(1, 'now')], 'web.log.1': [2, '2026-99-99T00:00:00Z odd\n'] });
  assert.equal(describeFiles(path, 1)[1]?.from, null);
  assert.equal((await all(await recallFiles({ path, backups: 1, timed: true, position: () => 0 }, NOON - 5 * MINUTE))).text, line(1, 'now'));
});

test('the past of a log is not searched on when nobody waits for it any more', async () => {
  const path = log({ 'web.log': [0, `${line(9, 'old').repeat(30_000)}${line(0, 'new')}`] });
  const gone = new AbortController();
  const { pieces } = await recallFiles({ path, backups: 1, timed: true, position: () => 0 }, NOON - MINUTE, gone.signal);
  const first = pieces[Symbol.asyncIterator]().next();
  gone.abort();
  assert.deepEqual(await first, { done: true, value: undefined });
});
