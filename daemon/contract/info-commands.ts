// What can be asked about the daemon as a whole, and about the instances of a program: the part of the table of commands that is theirs.
import type { ArgumentSpec, CommandDefinition } from './commands.ts';

const json: ArgumentSpec = { type: 'boolean', client: true, option: '--json', says: 'Print JSON.' };

export const INFO_COMMANDS = {
  info: { says: 'Show the daemon as a whole: version, uptime, file, listeners, how many processes, jobs, runs, issues and breakers are in which state, memory, logs.', role: 'read', route: { method: 'GET', path: '/v1/info' }, answer: 'value',
    args: { json }, examples: ['info', 'info --json'] },
  pool: { says: 'Show the instances of a program: pid, running, stopped or crashed, since when, last health check, memory.', role: 'read', route: { method: 'GET', path: '/v1/pools/{name}' }, answer: 'value',
    args: { name: { type: 'string', of: 'programs', required: true, says: 'A program.' }, json }, examples: ['pool worker', 'pool worker --json'] },
} as const satisfies Record<string, CommandDefinition>;
