// What can be asked about alerts and silences: the part of the table of commands (commands.ts) that is theirs.
import type { ArgumentSpec, CommandDefinition } from './commands.ts';

const json: ArgumentSpec = { type: 'boolean', client: true, option: '--json', says: 'Print JSON.' };

export const ALERT_COMMANDS = {
  'alert list': { says: 'Show alerts, what of them lasts now, and how their deliveries went.', role: 'read', route: { method: 'GET', path: '/v1/alerts' }, answer: 'value', args: { json }, examples: ['alert list'] },
  'alert test': { says: 'Send a sample by the channels of an alert, or of all; exit 1 when one does not take it.', role: 'operate', route: { method: 'POST', path: '/v1/alerts/test' }, answer: 'value',
    args: { name: { type: 'string', says: 'An alert; none: all.' }, channel: { type: 'string', meta: 'CHANNEL', option: '--channel', says: 'Only exec, webhook or syslog.' }, json }, examples: ['alert test', 'alert test ops --channel webhook'] },
  silence: { says: 'Send no alerts about something for a time; what still lasts then is told at the end.', role: 'operate', route: { method: 'POST', path: '/v1/silences' }, answer: 'value',
    args: {
      name: { type: 'string', of: 'drainable', required: true, says: 'A process, program, group, job, breaker or alert; `*` stands for any characters; or all.' }, for: { type: 'duration', required: true, says: 'For so long: 30m, 2h, 1d.' },
      why: { type: 'string', meta: 'TEXT', option: '--why', says: 'For those who wonder.' }, json,
    }, examples: ['silence web 2h', 'silence all 30m --why "moving the database"'] },
  'silence list': { says: 'Show silences.', role: 'read', route: { method: 'GET', path: '/v1/silences' }, answer: 'value', args: { json }, examples: ['silence list'] },
  'silence end': { says: 'End silences: alerts are sent again.', role: 'operate', route: { method: 'POST', path: '/v1/silences/end' }, answer: 'value',
    args: { name: { type: 'string', required: true, says: 'What was silenced, the id of the silence, or all.' }, json }, examples: ['silence end web', 'silence end all'] },
} as const satisfies Record<string, CommandDefinition>;
