// logs: what several programs wrote and write, line by line, each with its name; also across a lost connection.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import { stampOf } from '../../daemon/contract/log-stamp.ts';
import { DEFAULT_TAIL_BYTES, NDJSON } from '../../daemon/contract/rest.ts';
import type { LogLine } from '../../daemon/contract/rest.ts';
import { shortName } from '../../daemon/contract/names.ts';
import { parseWhen, WHEN_FORMS } from '../../daemon/contract/when.ts';
import { ownZone } from '../../daemon/contract/where-values.ts';
import { flagOf, namesOf, numberOf, textOf } from '../arguments.ts';
import type { Query } from '../client.ts';
import { EXIT, wantsJson } from '../context.ts';
import type { Command } from '../context.ts';
import { UsageError } from '../find-daemon.ts';
import { instant } from '../instant.ts';
import { interleaver } from '../interleave.ts';
import type { LogPiece } from '../interleave.ts';
import { displayName, select } from '../names.ts';
import { lineReader } from '../ndjson.ts';
import { persist } from '../persist.ts';
import { asksForFiles, logFiles } from './log-files.ts';

/** More positions than this do not fit into the address of a request. */
const MOST_POSITIONS = 150;

/** Shows what was written since then: by its own time where a line has one, else as the line before it. What comes from now on is newer. */
function sinceFilter(since: number, note: (text: string) => void): (piece: LogPiece, line: string) => boolean {
  const shown = new Map<string, boolean>();
  const told = new Set<string>();
  return (piece, line) => {
    if (piece.at !== undefined) return true;
    const key = `${piece.channel} ${piece.name}`;
    // What is missing is said among the lines; that there are no times, once, by us.
    if (line.startsWith('[reeve: ') && !line.startsWith('[reeve: of the past')) return true;
    const stamp = stampOf(line);
    if (stamp !== null) shown.set(key, stamp >= since);
    else if (!shown.has(key) && !told.has(key)) {
      told.add(key);
      note(`${shortName(piece.name)}: its ${piece.channel} has no times; of its past nothing is shown. log_timestamp = true writes them.`);
    }
    return shown.get(key) ?? false;
  };
}

export const logs: Command = async (context, values) => {
  const client = await context.client();
  const { screen } = context;
  const names = namesOf(values);
  if (asksForFiles(values)) {
    const [name = ''] = names;
    if (names.length > 1) throw new UsageError(`cannot list the files of ${names.length} logs at once: name one process`);
    return logFiles(context, client, values, { name });
  }
  const follow = flagOf(values, 'follow');
  const json = wantsJson(context, values);
  const timestamps = flagOf(values, 'timestamps');
  const since = textOf(values, 'since');
  const sinceAt = since === null ? null : parseWhen(since, Date.now(), ownZone(), 'past');
  if (since !== null && sinceAt === null) throw new UsageError(`cannot show logs since ${JSON.stringify(since)}: expected ${WHEN_FORMS}`);
  // Who will speak is known before the first line comes: names stand in one column from the beginning.
  const known = json ? [] : await client.status().then(({ processes, groups }) => select(names, processes, groups).rows.map(displayName), () => []);
  const lines = interleaver({
    colour: screen.colour, names: known, terminal: screen.columns !== null,
    ...(timestamps ? { stamp: (at) => (at === undefined ? '-'.padEnd(19) : instant(at)) } : {}),
    ...(sinceAt === null ? {} : { shows: sinceFilter(sinceAt, (text) => screen.note(text)) }),
  });
  /** Where each log was when it last said something, as the address of the next request has it. */
  const positions = new Map<string, number>();
  const lineCount = numberOf(values, 'lines');
  const bytes = numberOf(values, 'bytes');
  // So many lines or bytes are what is looked at; else all that is kept, whatever was rotated.
  const query: Query = {
    names, channel: textOf(values, 'channel'), bytes: bytes ?? DEFAULT_TAIL_BYTES, lines: lineCount, since: sinceAt === null || bytes !== null || lineCount !== null ? null : String(sinceAt), follow,
    timestamps: timestamps || sinceAt !== null ? true : null, positions: follow ? true : null,
  };
  const stream = (over: Query): Promise<void> => {
    const read = lineReader((value, text) => {
      const piece = value as LogLine;
      if (piece.end !== undefined) positions.set(`${piece.name}/${piece.channel}`, piece.end);
      if (json) {
        if (piece.text !== '') screen.json(text);
        return;
      }
      const out = lines.add(piece);
      if (out !== '') screen.raw(out);
    });
    return client.stream(COMMANDS.logs.route.path, { ...query, ...over }, NDJSON, context.signal, (piece) => {
      read(piece);
      return screen.full();
    });
  };
  try {
    if (!follow) {
      await stream({});
      return EXIT.ok;
    }
    await persist({
      client, signal: context.signal, note: (text) => screen.note(text), begun: () => positions.size > 0,
      attempt: async (anew) => {
        if (positions.size === 0) return stream({});
        if (!anew && positions.size <= MOST_POSITIONS) return stream({ from: [...positions].map(([log, end]) => `${log}=${String(end)}`), lines: 0, since: null });
        // Another daemon counts anew, and the positions of so many logs are too long to say.
        positions.clear();
        screen.note('What was written meanwhile is in the logs, and not shown here.');
        return stream({ lines: 0, since: null });
      },
    });
    return EXIT.ok;
  } finally {
    const rest = lines.end();
    if (rest !== '') screen.raw(rest);
  }
};
