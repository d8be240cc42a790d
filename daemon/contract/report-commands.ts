// What a script that runs under reeve can say of itself by reevectl: the part of the table of commands (commands.ts) that is theirs.
// `health`, which says it too, asks as well and stands there.
// The daemon takes these on REEVE_SOCKET, not on the control API.
import type { ArgumentSpec, CommandDefinition } from './commands.ts';

const meta: ArgumentSpec = { type: 'string', meta: 'JSON', option: '--meta', says: 'Anything worth keeping, as JSON of at most 4 KiB.' };

export const REPORT_COMMANDS = {
  heartbeat: { says: 'In a script under reeve: give a sign of life.', role: 'read', answer: 'local', args: { meta }, examples: ['heartbeat', 'heartbeat --meta \'{"rows": 1200}\''] },
  progress: { says: 'In a script under reeve: say how far the work is.', role: 'read', answer: 'local',
    args: { amount: { type: 'string', meta: 'CURRENT[/TOTAL]', required: true, says: 'Numbers; without a total the end is not known.' }, phase: { type: 'string', meta: 'NAME', option: '--phase', says: 'The part of the work that this is about.' }, meta }, examples: ['progress 300/1000', 'progress 300/1000 --phase load'] },
  result: { says: 'In a script under reeve: say what came out.', role: 'read', answer: 'local', args: { result: { type: 'string', meta: 'JSON', required: true, says: 'JSON of at most 4 KiB.' } }, examples: ['result \'{"imported": 1000}\''] },
  ready: { says: 'In a script under reeve with ready = { notify = true }: say that it is ready.', role: 'read', answer: 'local', args: {}, examples: ['ready'] },
  say: { says: 'In a script under reeve: say what it does at present, in a line.', role: 'read', answer: 'local', args: { text: { type: 'string', required: true, says: 'The line, as one word in quotes.' } }, examples: ['say \'reading march.csv\''] },
} as const satisfies Record<string, CommandDefinition>;
