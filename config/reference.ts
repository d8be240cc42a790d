// The reference page of the configuration, printed from the tables of keys.
import { apiKeys, ctlKeys, tokenKeys, userKeys } from './api-schema.ts';
import { daemonKeys } from './daemon-schema.ts';
import { groupKeys } from './group-schema.ts';
import { instanceKeys, programKeys, supervisordKeys } from './program-schema.ts';
import { laterKeys } from './later-keys.ts';
import { logsKeys } from './logs-schema.ts';
import { poolKeys } from './pool-schema.ts';
import { alertKeys, alertSettingKeys } from './alert-schema.ts';
import { checkKeys, fixKeys, issueKeys } from './check-schema.ts';
import { breakerKeys, breakerSettingKeys, jobKeys, jobSettingKeys, sharedKeys } from './job-schema.ts';
import { iniDaemonKeys, iniPoolKeys } from './ini-section.ts';
import { PRESETS } from './program-kinds.ts';
import { printDuration } from './duration.ts';
import type { IniOnlyKey } from './ini-section.ts';
import type { Key, Keys } from './table.ts';

const HEAD = `# Configuration

Printed from the tables of keys in \`config/*-schema.ts\`; do not edit by hand.

The native form is TOML; a supervisord INI file is read as it is, by supervisord's own rules. The content decides which one a
file is.

- Unknown keys are errors in TOML and warnings in INI.
- Durations are \`"10s"\`, \`"1m30s"\`, \`"500ms"\`, \`"1d"\`, or a number of seconds.
- Sizes are \`"50MB"\`, \`"64KiB"\`, or a number of bytes; always 1024-based.
- A relative path in TOML is relative to the file that says it. A command is not a path: its words stay as they are, and one such as
  \`./worker\` is looked for from \`directory\`.
- Names (of programs, groups, jobs …) may be of any script. They are not \`all\`, and in TOML have no blank, \`:\`, \`/\`, \`*\`, control character or
  invisible character.
- \`include = ["conf.d/*.toml", "legacy/*.conf"]\` stands above the first table. Patterns are read in order, their matches by name, each file
  once; a program or group that is defined twice is an error.

In the column INI, \`yes\` is a key that supervisord has, under the same name and with supervisord's own rules for its value; \`new\` is a key of
reeve that works in INI too, written as text (lists with commas). Where the default differs in INI, the column Default says so.
`;

const TEXTS: Readonly<Record<string, string>> = {
  environment: `## Environment

From weakest to strongest: the daemon's own variables (as \`inherit\` says), \`daemon.environment\`, \`env_file\`, \`environment\`,
and what a copy has of its own. TOML programs also get \`REEVE_PROCESS_NUM\`, the number of the copy. Nothing is expanded in
\`environment\`. An \`env_file\` has lines \`NAME=value\`, \`export\` before the name allowed; \`#\` starts a comment; single quotes are
literal; double quotes may span lines and know \`\\n \\r \\t \\" \\\\ \\$\`; \`\${NAME}\` stays as it is unless \`env_file_expand = true\`.
`,
  stop: `## Stopping

\`stop\` is a ladder of steps \`SIGNAL [WAIT] [main|group|tree]\`. Without a wait a step waits \`stopwaitsecs\`. In TOML the first step
goes to the main process (\`shell = true\`: to its group), later ones to the whole tree; when the main process is gone, what is left
of its tree gets the same signal, then KILL. Without \`stop\` the ladder is \`stopsignal\`, \`stopwaitsecs\`, KILL. KILL always comes
last, and is sent again after the same wait (at least 1 s), unless the wait before it is \`infinity\`.
`,
  restart: `## Restarts

In TOML each unwanted exit is one failure, before or after RUNNING. The first restart comes at once, the next after 1 s, 2 s, 4 s
and so on up to 1 min, with some jitter, until \`backoff_reset\` of good health. \`restart_delay = "10s"\` alone means 10 s before each
restart. \`max_restarts\` takes a number or a preset: PRESETS.
`,
};

/** As GitHub makes one of a heading. */
function anchor(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\w -]/g, '').replaceAll(' ', '-');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function fallbackOf(key: Key<unknown>): string {
  const print = (value: unknown) => `\`${key.kind.print(value)}\``;
  const base = key.fallbackText ?? (key.fallback === undefined ? 'none' : print(key.fallback));
  return key.iniFallback === undefined ? base : `${base}; INI: ${print(key.iniFallback)}`;
}

function table(keys: Keys, ini: boolean): string {
  const rows = Object.entries(keys).map(([name, key]) => {
    const columns = [`\`${name}\``, cell(key.text), cell(key.kind.expected), cell(fallbackOf(key)), `\`${name} = ${cell(key.example)}\``];
    return `| ${[...columns, ...(ini ? [key.ini === undefined ? 'new' : 'yes'] : [])].join(' | ')} |`;
  });
  const head = ['Key', 'Meaning', 'Value', 'Default', 'Example', ...(ini ? ['INI'] : [])];
  return [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`, ...rows].join('\n');
}

function iniOnly(keys: Readonly<Record<string, IniOnlyKey>>): string {
  const rows = Object.entries(keys).map(
    ([name, key]) => `| \`${name}\` | ${cell(key.text)} | ${cell(key.type.expected)} | ${cell(key.fallback)} |`,
  );
  return ['| Key | Meaning | Value | Default |', '|---|---|---|---|', ...rows].join('\n');
}

function withoutShared(keys: Keys): Keys {
  return Object.fromEntries(Object.entries(keys).filter(([name]) => !Object.hasOwn(sharedKeys, name)));
}

/** The page docs/reference/config.md, as Markdown. */
export function renderConfigReference(): string {
  const presets = Object.entries(PRESETS)
    .map(([name, preset]) => `\`"${name}"\` is ${preset.max} in ${printDuration(preset.windowMs)}`)
    .join(', ');
  const later = Object.entries(laterKeys).map(
    ([where, keys]) => `| ${where === 'root' ? 'tables' : `[${where}]`} | ${keys.map((name) => `\`${name}\``).join(', ')} |`,
  );
  const sections: readonly string[] = [
    `## [daemon]\n\nINI: [supervisord].\n\n${table(daemonKeys, true)}\n\nOnly in INI:\n\n${iniOnly(iniDaemonKeys)}\n`,
    `## [api]\n\nINI: [unix_http_server] and [inet_http_server], with supervisord's own keys.\n\n${table(apiKeys, false)}\n\n### [[api.users]]\n\n${table(userKeys, false)}\n\n### [[api.tokens]]\n\n${table(tokenKeys, false)}\n`,
    `## [ctl]\n\nINI: [supervisorctl] with \`serverurl\`, \`username\`, \`password\`, \`prompt\`, \`history_file\`.\n\n${table(ctlKeys, false)}\n`,
    `## [logs]\n\n${table(logsKeys, false)}\n`,
    `## [programs.NAME]\n\nINI: [program:NAME], [eventlistener:NAME], [fcgi-program:NAME].\n\n${table(programKeys, true)}\n\nIn INI, and in TOML with \`rules = "supervisord"\`:\n\n${table(supervisordKeys, false)}\n\nOnly in TOML:\n\n${table(poolKeys, false)}\n\nOnly in INI:\n\n${iniOnly(iniPoolKeys)}\n`,
    `### [programs.NAME.instance.N]\n\nWhat copy number N has of its own: ${Object.keys(instanceKeys)
      .map((name) => `\`${name}\``)
      .join(', ')}.\n`,
    TEXTS['environment'] ?? '',
    TEXTS['stop'] ?? '',
    (TEXTS['restart'] ?? '').replace('PRESETS', presets),
    `## [groups.NAME]\n\nINI: [group:NAME], where \`programs\` names the members.\n\n${table(groupKeys, false)}\n`,
    `## [jobs]\n\nA key of this table is a setting of all jobs; every other name in [jobs] is a job.\n\n${table(jobSettingKeys, false)}\n`,
    `## [jobs.NAME]\n\nINI: [job:NAME], with the same keys, rules and defaults.\n\n${table(withoutShared(jobKeys), false)}\n\nWhat a run executes, as whom, and where its output goes is written as for a program: ${Object.keys(sharedKeys)
      .map((name) => `\`${name}\``)
      .join(', ')}. A job's automatic log is \`job-NAME.log\`, beside those of programs.\n`,
    `## [checks.NAME]\n\nINI: [check:NAME]. What checks and fixes are, and what they may say: [Checks](../checks.md).\n\n${table(withoutShared(checkKeys), false)}\n\nWhat it executes, as whom, and where its output goes is written as for a job. Its automatic log is \`check-NAME.log\`.\n`,
    `## [fixes.NAME]\n\nINI: [fix:NAME]. It has a command, or one of \`restart\`, \`signal\`, \`scale\` and \`run\`.\n\n${table(withoutShared(fixKeys), false)}\n\nWhat it executes, as whom, and where its output goes is written as for a job. Its automatic log is \`fix-NAME.log\`.\n`,
    `## [issues]\n\n${table(issueKeys, false)}\n`,
    `## [breakers]\n\nA key of this table is a setting of all breakers; every other name in [breakers] is one.\n\n${table(breakerSettingKeys, false)}\n`,
    `## [breakers.NAME]\n\nINI: [breaker:NAME].\n\n${table(breakerKeys, false)}\n`,
    `## [alerts]\n\nA key of this table is a setting of all alerts; every other name in [alerts] is one.\n\n${table(alertSettingKeys, false)}\n`,
    `## [alerts.NAME]\n\nINI: [alert:NAME]. What the words of \`on\` mean: [Alerts](../alerts.md).\n\n${table(alertKeys, false)}\n`,
    `## Not yet\n\nThese are refused by name until a later version reads them.\n\n| Where | Keys |\n|---|---|\n${later.join('\n')}\n`,
  ];
  const contents = sections.flatMap((section) => /^## (.+)$/m.exec(section)?.[1] ?? []).map((heading) => `[${heading.replaceAll(/[[\]]/g, '')}](#${anchor(heading)})`);
  return [HEAD, `${contents.join(' · ')}\n`, ...sections].join('\n');
}
