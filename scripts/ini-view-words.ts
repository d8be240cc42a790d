// Values as supervisord's parser holds them: octal text, users by number or name, texts with their expansions.
import { envScope, expand, scope } from '../config/expand.ts';
import type { IniSection, IniUnit } from '../config/ini-file.ts';

/** JSON as it is printed. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** As Python prints it: four digits. */
export const octal = (value: number | null): string | null =>
  value === null
    ? null
    : `${value < 0 ? '-' : ''}${Math.abs(value)
        .toString(8)
        .padStart(value < 0 ? 3 : 4, '0')}`;
/** A number, or the name for whoever compares. */
export const userId = (text: string): string | number => (/^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : `user:${text}`);
const groupId = (text: string): string | number => (/^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : `group:${text}`);

/** `user:group` as a pair; -1 where there is none. */
export function owner(text: string | null): readonly (string | number)[] {
  if (text === null) return [-1, -1];
  const colon = text.indexOf(':');
  return colon < 0 ? [userId(text), -1] : [userId(text.slice(0, colon)), groupId(text.slice(colon + 1))];
}

/** Text of a key once expanded with the names of [supervisord] or a server, or null. */
export function textOf(
  unit: IniUnit,
  section: IniSection | undefined,
  key: string,
  env: Readonly<Record<string, string | undefined>>,
  twice = false,
): string | null {
  const written = section?.keys.get(key) ?? unit.defaults.keys.get(key);
  if (written === undefined) return null;
  const names = envScope(env, scope({ here: unit.here }));
  const once = expand(written.value, names);
  const all = twice && 'value' in once ? expand(once.value, names) : once;
  return 'value' in all ? all.value : null;
}
