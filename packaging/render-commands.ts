// docs/reference/commands.md: every command of reevectl and its route, from the table in daemon/contract/commands.ts.
import { COMMANDS } from '../daemon/contract/commands.ts';
import type { CommandDefinition, CommandName } from '../daemon/contract/commands.ts';
import { EXIT_STATUSES, synopsis } from '../ctl/render-help.ts';
import { RUN_EXITS } from '../ctl/run-exit.ts';
import { anchor, markdownTable } from './markdown.ts';

/** Of what kind an answer is, in words. */
const ANSWERS: Readonly<Record<CommandDefinition['answer'], string>> = {
  operation: 'with an operation, which can be waited for',
  value: 'at once',
  stream: 'with a stream, until it is closed',
  local: 'by the client, without the daemon',
};

function section(name: CommandName): string {
  const command: CommandDefinition = COMMANDS[name];
  const args = Object.entries(command.args).map(([arg, spec]) => [
    spec.option === undefined ? `\`${arg}\`` : `\`${spec.option}\` (\`${arg}\`)`, spec.values === undefined ? spec.type : spec.values.join(', '), spec.required === true ? 'yes' : '', spec.says,
  ]);
  const examples = command.examples.map((example) => `reevectl ${example}\n`).join('');
  return `## ${name}

\`reevectl ${synopsis(name)}\`

${command.says}

Role: ${command.role}. ${command.route === undefined ? '' : `Route: \`${command.route.method} ${command.route.path}\`. `}Answered ${ANSWERS[command.answer]}.

${args.length === 0 ? '' : `${markdownTable(['Argument', 'Values', 'Needed', 'Means'], args)}\n`}${examples === '' ? '' : `\`\`\`sh\n${examples}\`\`\`\n`}`;
}

/** The page. */
export function renderCommands(): string {
  const names = Object.keys(COMMANDS) as CommandName[];
  return `# Commands

Every command of \`reevectl\`, as \`reevectl help COMMAND\` has it: ${names.map((name) => `[${name}](#${anchor(name)})`).join(', ')}. Most take \`--json\`; what that prints: [JSON output](json.md).

## Exit codes

As supervisorctl's. Which error ends with which is said in [errors](errors.md).

${markdownTable(
    ['Code', 'Means'],
    EXIT_STATUSES.map(([code, says]) => [code, says]),
  )}
With \`--wait\`, \`job run\` and \`job undo\` end with what became of the run (of its last attempt):

${markdownTable(['Code', 'Means'], RUN_EXITS.map(([code, says]) => [code, says]))}
${names.map(section).join('\n')}`;
}
