// Children that report: which of them there are, what each may speak to, and what is taken from whom. A fault in here is said, and
// stops nobody.
import { isUtf8 } from 'node:buffer';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Report, Supervised } from '../contract/reports.ts';
import { readBody, readNotify, REPORT_KINDS } from '../contract/report-text.ts';
import type { Clock } from './ports/clock.ts';
import type { Readiness } from './ports/readiness.ts';
import type { ReportChannels, ReportSink } from './ports/reports.ts';
import { randomId } from './random-id.ts';
import { type Bucket, ownBucket, Refusals, Thinner, totalBucket } from './report-limits.ts';
import { notifyProblem, openNotifySocket } from './report-notify.ts';
import type { Datagram, NotifySocket } from './report-notify.ts';
import { makeReportPlace } from './report-place.ts';
import { openReportSocket } from './report-socket.ts';
import type { ReportAnswer, ReportSocket, Sender } from './report-socket.ts';
import { peerUid } from './peer-uid.ts';

export interface ReportChannelsOptions {
  readonly sink: ReportSink;
  readonly clock: Pick<Clock, 'mono'>;
  /** null: portable, which has no NOTIFY_SOCKET. */
  readonly readiness: Readiness | null;
  /** Where sockets are made; asked when the first child is about to start. null: the temporary directory. */
  readonly runtimeDir: () => string | null;
  /** A way that cannot be made; said once. */
  readonly warn: (message: string) => void;
}

/** One child that may report. */
interface Speaker {
  readonly subject: Supervised;
  readonly uid: number;
  readonly token: string;
  readonly notify: NotifySocket | null;
  /** Made with its first report: most children never say anything. */
  limits: Limits | null;
}

interface Limits {
  readonly bucket: Bucket;
  readonly thinner: Thinner;
  readonly refusals: Refusals;
}

/** What all children share, made with the first. */
interface Place {
  readonly dir: string;
  readonly socket: ReportSocket | null;
}

/** Warnings of one daemon: some name a descriptor, and each would be a new one. */
const MOST_WARNINGS = 20;
const TAKEN: ReportAnswer = { status: 204, message: '' };
const ID = /^[0-9A-Za-z-]{1,64}$/;
/** A connection that waits is accepted in one turn of the event loop and read in the next; the end of the child may be heard of first in its own. */
const TURNS_TO_READ = 3;

function turns(n: number, then: () => void): void {
  setImmediate(() => (n > 1 ? turns(n - 1, then) : then()));
}

/** Compares without telling by its duration how much is right. */
function sameToken(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let differs = 0;
  for (let i = 0; i < a.length; i += 1) differs |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return differs === 0;
}

/** The channels of one daemon. Nothing is opened before the first child is about to start. */
export function createReportChannels({ sink, clock, readiness, runtimeDir, warn }: ReportChannelsOptions): ReportChannels {
  const speakers = new Map<string, Speaker>();
  const total = totalBucket(clock.mono());
  const strangers = new Refusals((why, times) => sink.refused(null, why, times));
  const own = process.geteuid?.() ?? 0;
  const said = new Set<string>();
  let place: Place | null | undefined;
  let serial = 0;

  function once(message: string): void {
    if (said.has(message) || said.size >= MOST_WARNINGS) return;
    said.add(message);
    warn(message);
  }

  function limitsOf(speaker: Speaker): Limits {
    if (speaker.limits !== null) return speaker.limits;
    const { subject } = speaker;
    const refusals = new Refusals((why, times) => sink.refused(subject, why, times));
    return (speaker.limits = { bucket: ownBucket(clock.mono()), thinner: new Thinner((report) => void pass(subject, refusals, report)), refusals });
  }

  function refuse(speaker: Speaker, status: number, why: string): ReportAnswer {
    limitsOf(speaker).refusals.add(why, clock.mono());
    return { status, message: why };
  }

  /** A report that is well formed, of a child that may send it. */
  function deliver(speaker: Speaker, report: Report): ReportAnswer {
    const now = clock.mono();
    const { thinner, bucket, refusals } = limitsOf(speaker);
    if (thinner.take(report, now)) return TAKEN;
    if (!bucket.take(now)) return refuse(speaker, 429, `too many reports at once (${report.type})`);
    thinner.flush(now);
    return pass(speaker.subject, refusals, report);
  }

  function pass(subject: Supervised, refusals: Refusals, report: Report): ReportAnswer {
    const now = clock.mono();
    if (total.take(now)) sink.report(subject, report);
    else refusals.add('too many reports at once of all children together', now);
    return TAKEN;
  }

  function posted(id: string, kind: string, body: Buffer, sender: Sender): ReportAnswer {
    const speaker = speakers.get(id);
    if (speaker === undefined) {
      strangers.add('no child that runs has this id', clock.mono());
      return { status: 404, message: `no child that runs has the id ${id}` };
    }
    const mine = sender.uid === 0 || (sender.uid !== null && sender.uid === speaker.uid);
    if (!mine && !sameToken(sender.token, speaker.token)) {
      return refuse(speaker, 403, sender.uid === null ? 'a report without the REEVE_TOKEN of this child' : `a report by uid ${String(sender.uid)}, and the child is uid ${String(speaker.uid)}`);
    }
    if (!isUtf8(body)) return refuse(speaker, 400, 'a report is not UTF-8');
    const read = readBody(kind, body.toString());
    if (read === null) return { status: 404, message: `there is no report "${kind}"; there are ${REPORT_KINDS.join(', ')}` };
    return 'problem' in read ? refuse(speaker, 400, read.problem) : deliver(speaker, read.report);
  }

  function heard(id: string, datagram: Datagram): void {
    const speaker = speakers.get(id);
    if (speaker === undefined) return;
    if ('problem' in datagram) return void refuse(speaker, 400, datagram.problem);
    const { reports, problems } = readNotify(datagram.text);
    for (const report of reports) deliver(speaker, report);
    for (const problem of problems) refuse(speaker, 400, problem);
  }

  function makePlace(): Place | null {
    try {
      const dir = makeReportPlace(runtimeDir());
      return { dir, socket: openReportSocket({ path: join(dir, 's'), peerUid: readiness === null ? () => null : peerUid, report: posted, warn: once }) };
    } catch (error) {
      once(`cannot make a directory for the sockets of reports: ${(error as Error).message}; children cannot report`);
      return null;
    }
  }

  function makeNotify(dir: string, id: string, uid: number): { readonly path: string; readonly notify: NotifySocket } | null {
    const lacks = notifyProblem(readiness);
    if (lacks !== null || readiness === null) {
      once(`cannot make a NOTIFY_SOCKET: ${lacks ?? ''}; children can report on REEVE_SOCKET`);
      return null;
    }
    serial += 1;
    const path = join(dir, `n${serial.toString(36)}`);
    const notify = openNotifySocket(readiness, path, uid, (datagram) => heard(id, datagram));
    if ('drain' in notify) return { path, notify };
    once(`cannot make a NOTIFY_SOCKET: ${notify.problem}; the child is started without`);
    return null;
  }

  function end(id: string): void {
    const speaker = speakers.get(id);
    speakers.delete(id);
    speaker?.notify?.close();
    speaker?.limits?.thinner.drop();
    speaker?.limits?.refusals.flush();
  }

  return {
    open(subject, { uid: asked, notify, watchdogMs }) {
      const id = subject.supervisionId;
      const variables: Record<string, string> = {};
      place ??= makePlace();
      if (place === null || !ID.test(id)) return { variables };
      end(id);
      const uid = asked ?? own;
      const token = randomId();
      const made = notify ? makeNotify(place.dir, id, uid) : null;
      speakers.set(id, { subject, uid, token, notify: made?.notify ?? null, limits: null });
      if (place.socket !== null) {
        variables['REEVE_SOCKET'] = join(place.dir, 's');
        variables['REEVE_TOKEN'] = token;
      }
      if (made !== null) {
        variables['NOTIFY_SOCKET'] = made.path;
        if (watchdogMs !== null) variables['WATCHDOG_USEC'] = String(Math.max(1, Math.round(watchdogMs * 1000)));
      }
      return { variables };
    },
    drain(id, done) {
      const last = (): void => {
        const speaker = speakers.get(id);
        speaker?.notify?.drain();
        speaker?.limits?.thinner.flush(clock.mono());
        done();
      };
      if (speakers.has(id) && place?.socket) turns(TURNS_TO_READ, last);
      else last();
    },
    close: end,
    async dispose() {
      for (const id of [...speakers.keys()]) end(id);
      strangers.flush();
      if (!place) return;
      await place.socket?.close();
      rmSync(place.dir, { recursive: true, force: true });
      place = null;
    },
  };
}
