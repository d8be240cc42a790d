// docs/reference/states.md: the states from the contract, and what the machines of core do with each event in each of them.
import { DAEMON_STATES, GROUP_STATES, HEALTH, PROCESS_STATES, RUNNING_STATES, SIGNALLABLE_STATES, STOPPED_STATES } from '../daemon/contract/states.ts';
import { RUN_STATES } from '../daemon/contract/jobs.ts';
import type { ProcessStateName } from '../daemon/contract/states.ts';
import { markdownTable } from './markdown.ts';

/** A machine of core: `[phase][event]` is a handler, 'ignore' or 'impossible'. */
export type MachineTable = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function classOf(state: ProcessStateName): string {
  const classes: string[] = [];
  if (RUNNING_STATES.includes(state)) classes.push('running');
  if (STOPPED_STATES.includes(state)) classes.push('stopped');
  if (SIGNALLABLE_STATES.includes(state)) classes.push('takes signals');
  return classes.join(', ');
}

/** One column per phase, one row per event: the name of the handler, · nothing to do, – cannot happen. */
export function renderMachine(table: MachineTable): string {
  const phases = Object.keys(table);
  const events = [...new Set(phases.flatMap((phase) => Object.keys(table[phase] ?? {})))];
  const cell = (value: unknown): string => value === 'ignore' ? '·' : value === 'impossible' ? '–' : typeof value === 'function' ? value.name : ' ';
  return markdownTable(['', ...phases.map((phase) => `\`${phase}\``)], events.map((event) => [`\`${event}\``, ...phases.map((phase) => cell(table[phase]?.[event]))]));
}

/** The page. `machines` maps a heading to a table of core. */
export function renderStates(machines: Readonly<Record<string, MachineTable>>): string {
  const processes = Object.entries(PROCESS_STATES).map(([name, { code, says }]) => [`\`${name}\``, String(code), says, classOf(name as ProcessStateName)]);
  const groups = Object.entries(GROUP_STATES).map(([name, says]) => [`\`${name}\``, says]);
  const runs = Object.entries(RUN_STATES).map(([name, { final, says }]) => [`\`${name}\``, says, final ? 'final' : '']);
  const daemon = Object.entries(DAEMON_STATES).map(([name, code]) => [`\`${name}\``, String(code)]);
  return `# States

## Process

supervisord's names and codes. Beside the state, and never mixed with it: \`wanted\` (up or down), \`ready\`, \`health\`
(${HEALTH.map((name) => `\`${name}\``).join(', ')}), \`incarnation\`.

${markdownTable(['State', 'Code', 'Means', 'Class'], processes)}
## Group

${markdownTable(['State', 'Means'], groups)}
## Run of a job

${markdownTable(['State', 'Means', 'Class'], runs)}
## Daemon

${markdownTable(['State', 'Code'], daemon)}
${Object.entries(machines).map(([title, table]) => `## ${title}

A name is the rule that answers, · is legal and changes nothing, – cannot happen (the subject would become UNKNOWN).

${renderMachine(table)}`).join('\n')}`;
}
