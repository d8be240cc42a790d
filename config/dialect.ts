// TOML or supervisord's INI? The content decides; the name only where the content says nothing.
import type { Dialect } from './declared.ts';

const INI_HEADER = /^(supervisord|supervisorctl|unix_http_server|inet_http_server|include|DEFAULT|[\w-]+:.*)$/;
const TOML_HEADER =
  /^(daemon|api|ctl|logs|programs|groups|jobs|checks|fixes|issues|breakers|alerts|hooks)$|^(programs|groups|jobs|checks|fixes|breakers|alerts|hooks|api|daemon)\s*\./;

/** The dialect of a file: by its first telling section header, else by its name (.toml), else by a line only one of them allows. */
export function dialectOf(text: string, file: string): Dialect {
  for (const row of text.replace(/^\uFEFF/, '').split(/\r\n?|\n/)) {
    const line = row.trim();
    if (/^include\s*=\s*\[/.test(line)) return 'toml';
    if (line.startsWith('[[')) return 'toml';
    const header = /^\[\s*(.+?)\s*\](\s*[#;].*)?$/.exec(line)?.[1];
    if (header === undefined) continue;
    if (TOML_HEADER.test(header)) return 'toml';
    if (INI_HEADER.test(header)) return 'ini';
  }
  if (/\.toml$/i.test(file)) return 'toml';
  return /\.(ini|conf|cfg)$/i.test(file) ? 'ini' : 'toml';
}
