// The files of a log: which there are, and one of them to be saved or read. A process or job and a name that it has lead to a file, never a path.
import type { Readable } from 'node:stream';
import type { OutputSpec } from '../../config/spec.ts';
import type { LogFile } from '../contract/rest.ts';
import type { Channel } from '../os/ports/output.ts';
import type { Context, Handler } from './context.ts';
import { flagOf, orRefuse, textOf } from './context.ts';
import { refuse } from './error-answer.ts';
import { oneJob } from './job-names.ts';
import { TEXT } from './log-lines.ts';

const GZIP = 'application/gzip';

/** Where one channel goes. */
interface Place {
  readonly name: string;
  readonly channel: Channel;
  readonly output: OutputSpec;
}

/** Both channels; the second one only where it has a log of its own. */
function placesOf({ control, args }: Context): readonly Place[] {
  const [process, job] = [textOf(args, 'name'), textOf(args, 'job')];
  if ((process === undefined) === (job === undefined)) throw refuse('BAD_ARGUMENT', 'cannot look for the files of a log: expected `name` (a process) or `job`, one of them');
  const name = job === undefined ? processNamed(control, process ?? '') : oneJob(control.snapshot(), job);
  const spec = job === undefined ? control.compat.spec(name) : control.jobs.process(name);
  if (spec === undefined) return [];
  const id = job === undefined || name.includes(':') ? name : `job:${name}`;
  const own = spec.stderr !== null && spec.stderr.file !== spec.stdout.file;
  return [{ name: id, channel: 'stdout', output: spec.stdout }, ...(own && spec.stderr !== null ? [{ name: id, channel: 'stderr' as const, output: spec.stderr }] : [])];
}

function processNamed(control: Context['control'], name: string): string {
  const [id, ...more] = orRefuse(control.resolve([name]));
  if (id === undefined || more.length > 0) throw refuse('BAD_ARGUMENT', `cannot look for the files of several logs at once: ${name.slice(0, 100)} means ${more.length + 1} processes`);
  return id;
}

const channelOf = (context: Context): Channel | undefined => textOf(context.args, 'channel') as Channel | undefined;

/** GET /v1/logs/files: newest first for each channel; an empty list where the log is in no file. */
export const files: Handler = (context) => {
  const channel = channelOf(context);
  return placesOf(context).filter((place) => channel === undefined || place.channel === channel)
    .flatMap(({ name, channel: one, output }) => context.control.logs.files(output).map((file): LogFile => ({ name, channel: one, ...file })));
};

/** RFC 6266: the name for everybody, and as it is. */
function disposition(name: string): string {
  const plain = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  const exact = encodeURIComponent(name).replaceAll(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"${plain === name ? '' : `; filename*=UTF-8''${exact}`}`;
}

/** What is wrong with it from the first byte on, as long as that can still be said. */
function damageAtOnce(stream: Readable): Promise<Error | null> {
  return new Promise((resolve) => {
    stream.once('readable', () => resolve(null)).once('error', resolve);
  });
}

/** GET /v1/logs/file: the bytes of one file. NOT_FOUND where the log has no such file. */
export const file: Handler = async (context) => {
  const { control, args, reply, streams, crowd } = context;
  const channel = channelOf(context) ?? 'stdout';
  const places = placesOf(context);
  const place = places.find((one) => one.channel === channel) ?? places[0];
  const wanted = textOf(args, 'file') ?? '';
  const unpack = flagOf(args, 'unpack', false);
  // Each has a file open as long as it is read: without a bound slow readers would leave no descriptors for programs.
  const busy = streams.hold(crowd, reply);
  if (busy !== null) return busy;
  const opened = place === undefined ? null : await control.logs.openFile(place.output, wanted, unpack);
  const whose = place?.name ?? textOf(args, 'name') ?? textOf(args, 'job');
  if (opened === null) throw refuse('NO_LOG', `cannot read ${wanted.slice(0, 200)}: the log of ${whose} has no such file; it may have been rotated away`, 'GET /v1/logs/files lists what there is');
  if ('error' in opened) throw refuse('FAILED', `cannot read ${wanted.slice(0, 200)} of ${whose}: ${opened.error}`);
  const packed = opened.compressed && !unpack;
  const damage = packed ? null : await damageAtOnce(opened.stream);
  if (damage !== null) throw refuse('FAILED', `cannot read ${wanted.slice(0, 200)} of ${whose}: ${damage.message}`, 'without `unpack` it is sent as it is');
  reply.type(packed ? GZIP : TEXT).header('content-disposition', disposition(packed ? opened.file : opened.file.replace(/\.gz$/, '')));
  if (opened.bytes !== null) reply.header('content-length', opened.bytes);
  void reply.send(opened.stream);
  return undefined;
};
