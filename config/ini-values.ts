// The text of a single key once filled in, for those who print what a file says rather than run it.
import { envScope, expand, scope } from './expand.ts';
import { expandHome } from './paths.ts';
import type { IniSection, IniUnit } from './ini-file.ts';

/** A key's text with %(here)s, ENV_ names and ~ filled in, or null when it is not written or cannot be read. */
export function readText(
  unit: IniUnit,
  section: IniSection | undefined,
  key: string,
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  const written = section?.keys.get(key) ?? unit.defaults.keys.get(key);
  if (written === undefined) return null;
  const expanded = expand(written.value, envScope(env, scope({ here: unit.here })));
  return 'value' in expanded ? expandHome(expanded.value, env['HOME']) : null;
}
