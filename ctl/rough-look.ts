// Addresses in a configuration that has errors. A daemon that runs must answer `status` while somebody edits its file, so the
// few lines that say where it listens are looked for by themselves. Pure; only a fallback of the real reader.
import { parseAddress, unixAddress } from './server-address.ts';
import type { ServerAddress } from './server-address.ts';

const SECTION = /^\s*\[+\s*([\w.:-]+)\s*\]+/;
/** Where each dialect writes an address, the best first. */
const PLACES = [
  ['ctl', 'server_url'],
  ['supervisorctl', 'serverurl'],
  ['unix_http_server', 'file'],
  ['api', 'listen'],
  ['inet_http_server', 'port'],
] as const;

/** Raw value of `key` in `[section]`: the rest of its line, and the lines after it while a list is open. */
function rawValue(lines: readonly string[], section: string, key: string): string | null {
  let inside = false;
  for (let i = 0; i < lines.length; i++) {
    const header = SECTION.exec(lines[i]!);
    if (header) inside = header[1] === section;
    const found = inside ? new RegExp(`^\\s*${key}\\s*=\\s*(.*)$`).exec(lines[i]!) : null;
    if (!found) continue;
    let value = found[1]!;
    if (!value.startsWith('[')) return value;
    for (let j = i + 1; j < lines.length && !value.includes(']'); j++) value += lines[j]!;
    return value;
  }
  return null;
}

function candidates(raw: string): string[] {
  const quoted = [...raw.matchAll(/"([^"]*)"|'([^']*)'/g)].map((m) => m[1] ?? m[2]!);
  return quoted.length > 0 ? quoted : [raw.replace(/\s[;#].*$/, '').trim()];
}

/** The first address that can be made out; unix sockets first. `here` is the directory of the file, for %(here)s. */
export function roughAddress(text: string, here: string): ServerAddress | null {
  const lines = text.split(/\r?\n/);
  for (const [section, key] of PLACES) {
    const raw = rawValue(lines, section, key);
    if (raw === null) continue;
    const found = candidates(raw)
      .map((c) => c.replaceAll('%(here)s', here))
      .flatMap((c) => {
        const address =
          key === 'file'
            ? unixAddress(c)
            : parseAddress(/^[*:]?:?\d+$/.test(c) ? `127.0.0.1:${c.replace(/^\D+/, '')}` : c.replace(/^\*:/, '0.0.0.0:'));
        return address === null || ('path' in address.connect && !address.connect.path.startsWith('/')) ? [] : [address];
      });
    const best = found.find((a) => 'path' in a.connect) ?? found[0];
    if (best) return best;
  }
  return null;
}
