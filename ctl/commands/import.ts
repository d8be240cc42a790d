// import systemd UNIT | import crontab FILE: what another tool runs, as TOML on stdout.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { reason } from '../../config/env-files.ts';
import { textOf } from '../arguments.ts';
import { EXIT } from '../context.ts';
import type { Command } from '../context.ts';
import type { Imported } from '../../config/import-systemd.ts';

/** Crontabs of the system name a user in each entry. */
const SYSTEM_CRONTAB = /^\/etc\/(crontab$|cron\.d\/)/;

/** Each reader is loaded when it is asked for. */
const READERS: Readonly<Record<string, (text: string, path: string, system: boolean) => Promise<Imported>>> = {
  systemd: async (text, path) => (await import('../../config/import-systemd.ts')).importSystemd(text, path),
  crontab: async (text, path, system) => (await import('../../config/import-crontab.ts')).importCrontab(text, path, system),
};

export const importFile: Command = async (context, values) => {
  const file = resolve(textOf(values, 'file') ?? '');
  const read = READERS[textOf(values, 'from') ?? ''];
  if (read === undefined) return EXIT.usage;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    context.screen.note(`cannot read ${file}: ${reason(error)}`);
    return EXIT.usage;
  }
  const imported = await read(text, file, values['system'] === true || SYSTEM_CRONTAB.test(file));
  for (const problem of imported.problems) context.screen.note(`${file}: ${problem}`);
  if (imported.problems.length > 0 && imported.text === '') return EXIT.usage;
  context.screen.raw(imported.text);
  return imported.problems.length > 0 ? EXIT.generic : EXIT.ok;
};
