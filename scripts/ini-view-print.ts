// `npm run vectors -- ini`: the options of the dump tool, and one JSON object for each file.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { VIEW_DEFAULTS } from './ini-view-read.ts';
import type { ViewOptions } from './ini-view-read.ts';
import { iniView } from './ini-view.ts';

const HELP = `usage: npm run vectors -- ini [OPTIONS] FILE...
  --auto-env      give every missing %(ENV_X)s the value 1 and list it in auto_env
  --clear-env     start from an empty environment
  --env K=V       set a variable, as often as needed
  --fragment F    auto (default): a piece without [supervisord] gets an empty one; no: it is refused
  --here DIR      what %(here)s is (default /HERE; "real" for the directory of the file)
  --host NAME     what %(host_node_name)s is (default HOST)
  --tmp DIR       the default childlogdir (default /tmp)
  --cwd DIR       directory that relative socket paths start from (default /)
  --jsonl         one line each, also for one file
exit status: 0 all files are accepted, 1 one is refused, 2 usage
`;

/** Prints the views; returns the exit status. */
export function printIniViews(args: readonly string[]): number {
  const { values: v, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      'auto-env': { type: 'boolean' },
      'clear-env': { type: 'boolean' },
      env: { type: 'string', multiple: true },
      fragment: { type: 'string' },
      here: { type: 'string' },
      host: { type: 'string' },
      tmp: { type: 'string' },
      cwd: { type: 'string' },
      jsonl: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (v.help === true || positionals.length === 0) {
    (v.help === true ? process.stdout : process.stderr).write(HELP);
    return v.help === true ? 0 : 2;
  }
  const env: Record<string, string | undefined> = v['clear-env'] === true ? {} : { ...process.env };
  for (const pair of v.env ?? []) {
    const at = pair.indexOf('=');
    env[at < 0 ? pair : pair.slice(0, at)] = at < 0 ? '' : pair.slice(at + 1);
  }
  const options: ViewOptions = {
    autoEnv: v['auto-env'] === true,
    env,
    here: v.here ?? VIEW_DEFAULTS.here,
    host: v.host ?? VIEW_DEFAULTS.host,
    tmp: v.tmp ?? VIEW_DEFAULTS.tmp,
    cwd: v.cwd ?? VIEW_DEFAULTS.cwd,
    fragment: v.fragment === 'no' ? 'no' : 'auto',
  };
  let refused = 0;
  for (const file of positionals) {
    const view = iniView(resolve(file), options);
    if (!view.ok) refused += 1;
    process.stdout.write(`${JSON.stringify(view, null, v.jsonl === true || positionals.length > 1 ? 0 : 1)}\n`);
  }
  return refused > 0 ? 1 : 0;
}
