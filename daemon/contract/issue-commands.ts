// What can be asked about checks and issues: the part of the table of commands (commands.ts) that is theirs.
import type { ArgumentSpec, CommandDefinition } from './commands.ts';
import { ISSUE_STATES } from './issues.ts';

const json: ArgumentSpec = { type: 'boolean', client: true, option: '--json', says: 'Print JSON.' };
const check: ArgumentSpec = { type: 'string', of: 'checks', meta: 'CHECK', option: '--check', says: 'Only of this check (of others who report: `job:NAME`, or the process).' };
const issues = (says: string, required = true): ArgumentSpec => ({ type: 'names', of: 'issues', meta: 'ISSUE...', required, says });
const limit = (most: string): ArgumentSpec => ({ type: 'integer', option: '-n', says: `At most so many (${most}).` });
const dryRun: ArgumentSpec = { type: 'boolean', option: '--dry-run', says: 'Print what it sees and store nothing of it.' };
const STATES = Object.keys(ISSUE_STATES);

export const ISSUE_COMMANDS = {
  'check list': { says: 'Show checks: when they looked, what they saw, and when they look again.', role: 'read', route: { method: 'GET', path: '/v1/checks' }, answer: 'value',
    args: { names: { type: 'names', of: 'checks', required: false, says: 'Checks; `*` stands for any characters. None: all.' }, json }, examples: ['check list'] },
  'check run': { says: 'Let checks look now, and print what they see. Exit 0: nothing; 1: a check could not look; 3: there are issues.', role: 'operate', route: { method: 'POST', path: '/v1/checks/run' }, answer: 'operation',
    args: { names: { type: 'names', of: 'checks', required: true, says: 'Checks, or all.' }, dry_run: dryRun, json }, examples: ['check run pending_bags', 'check run pending_bags --dry-run'] },
  'check run-due': { says: 'Let all checks look whose time has come; the daemon does so by itself, unless they are paused.', role: 'operate', route: { method: 'POST', path: '/v1/checks/run-due' }, answer: 'operation',
    args: { json }, examples: ['check run-due'] },
  'issue list': { says: 'Show issues that are there, the last changed first.', role: 'read', route: { method: 'GET', path: '/v1/issues' }, answer: 'value',
    args: {
      check, code: { type: 'string', meta: 'CODE', option: '--code', says: 'Only with this code.' }, state: { type: 'names', meta: 'STATE,...', option: '--state', values: STATES, says: 'Only in these states.' },
      search: { type: 'string', meta: 'TEXT', option: '--search', says: 'Only where the message holds this text.' }, all: { type: 'boolean', option: '--all', says: 'Also those that are fixed or closed.' },
      limit: limit('default 100, at most 1000'), json,
    }, examples: ['issue list', 'issue list --state exhausted,unfixable', 'issue list --check pending_bags --all'] },
  'issue show': { says: 'Show everything about an issue: its history, the attempts to fix it, and what happens next.', role: 'read', route: { method: 'GET', path: '/v1/issues/{issue}' }, answer: 'value',
    args: { issue: { type: 'string', of: 'issues', meta: 'ISSUE', required: true, says: 'Id of an issue, or its beginning.' }, json }, examples: ['issue show 3f2a'] },
  'issue fix': { says: 'Let the fix of issues work now, whatever the delay, and wait for the end of the attempt.', role: 'operate', route: { method: 'POST', path: '/v1/issues/fix' }, answer: 'operation',
    args: {
      names: issues('Ids, or their beginnings.', false), all: { type: 'boolean', option: '--all', says: 'All that wait for their fix; with --force also those that are exhausted or unfixable.' },
      force: { type: 'boolean', option: '--force', says: 'Past budget and cool-down, and with all attempts anew where it is exhausted, unfixable, fixed or closed.' },
    }, examples: ['issue fix 3f2a', 'issue fix --all --force'] },
  'issue close': { says: 'Say what has become of issues. What is seen again is opened again, unless it is unfixable.', role: 'operate', route: { method: 'POST', path: '/v1/issues/close' }, answer: 'operation',
    args: { names: issues('Ids, or their beginnings.'), as: { type: 'enum', values: ['fixed', 'unfixable', 'closed'], option: '--as', says: 'What it is from now on (default closed). unfixable: nobody tries any more, and it is not opened again.' } },
    examples: ['issue close 3f2a --as fixed'] },
  'issue clear': { says: 'Delete issues, with the record of their attempts.', role: 'operate', route: { method: 'POST', path: '/v1/issues/clear' }, answer: 'operation',
    args: {
      state: { type: 'names', meta: 'STATE,...', option: '--state', values: STATES, says: 'Only in these states (default fixed,closed).' },
      older: { type: 'duration', option: '--older', says: 'Only those that changed longer ago than this (default 7d).' },
    }, examples: ['issue clear', 'issue clear --older 1d --state fixed'] },
  'issue top': { says: 'Show which issues are the most frequent, by check and code, and how often their fixes help.', role: 'read', route: { method: 'GET', path: '/v1/issues/top' }, answer: 'value',
    args: { limit: limit('default 20, at most 1000'), json }, examples: ['issue top'] },
} as const satisfies Record<string, CommandDefinition>;
