// import systemd UNIT | import crontab FILE: what another tool runs, as TOML on stdout.
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { reason } from '../../config/env-files.ts';
import { textOf } from '../arguments.ts';
import { EXIT } from '../context.ts';
import type { Command } from '../context.ts';
import type { Imported } from '../../config/import-systemd.ts';

/** Crontabs of the system name a user in each entry. */
const SYSTEM_CRONTAB = /^\/etc\/(crontab$|cron\.d\/)/;

/** Each reader is loaded when it is asked for. */
const READERS: Readonly<Record<string, (text: string, path: string, system: boolean) => Promise<Imported>>> = {
  systemd: async (text, path) => (path.endsWith('.timer') ? importTimer(text, path) : (await import('../../config/import-systemd.ts')).importSystemd(text, path)),
  crontab: async (text, path, system) => (await import('../../config/import-crontab.ts')).importCrontab(text, path, system),
};

/** A timer says when; what runs is in the service beside it. */
async function importTimer(text: string, path: string): Promise<Imported> {
  const [{ importSystemd }, { unitOfTimer }] = await Promise.all([import('../../config/import-systemd.ts'), import('../../config/systemd-timer.ts')]);
  const unit = unitOfTimer(text, path);
  const files = [unit, unit.replace(/@.*\.service$/, '@.service')].map((name) => join(dirname(path), name));
  for (const file of files) {
    try {
      return importSystemd(readFileSync(file, 'utf8'), unit, text);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return { text: '', problems: [`cannot read ${file}: ${reason(error)}`] };
    }
  }
  return { text: '', problems: [`it starts ${unit}, which is not beside it: put both into one directory`] };
}

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
