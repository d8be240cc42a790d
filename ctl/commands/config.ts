// config check | show | schema: the configuration itself, without a daemon.
import { readFileSync } from 'node:fs';
import { configPlaces } from '../../config/places.ts';
import { problemLine } from '../../config/problems.ts';
import { nodeConfigPort } from '../../daemon/os/config-port.ts';
import type { Config, MemberSpec, ProcessSpec } from '../../config/spec.ts';
import { showConfig } from '../../config/show.ts';
import { findWritten } from '../../config/written.ts';
import { textOf } from '../arguments.ts';
import { readFully } from '../config-file.ts';
import { configLines } from '../config-lines.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { configFile } from '../find-daemon.ts';
import { misused, noteError } from '../json-error.ts';

function processes(node: MemberSpec): readonly ProcessSpec[] {
  return node.kind === 'process' ? [node] : node.members.flatMap(processes);
}

function jobCount(config: Config): number {
  return config.jobs.filter((job) => job.role === 'job').length;
}

/** How many programs a configuration has (an instance more is no program more). */
function programCount(config: Config): number {
  return new Set(processes(config.tree).map((p) => p.program)).size;
}

/** The file to look at, or null after saying that there is none. */
function fileOf(context: Context, named: string | null): string | null {
  const executable = process.argv[1] ?? '';
  const file = named ?? configFile(context.options, process.env, process.cwd(), executable);
  if (file === null && context.options.json) {
    noteError(context, { code: 'NOT_FOUND', message: 'cannot find a configuration' }, `Name it, or use -c FILE. Looked for: ${configPlaces(process.cwd(), executable).join(', ')}`);
  } else if (file === null) {
    context.screen.note('cannot find a configuration: name it, or use -c FILE. Looked for:');
    for (const place of configPlaces(process.cwd(), executable)) context.screen.note(`  ${place}`);
  }
  return file;
}

function check(context: Context, file: string, json: boolean): number {
  const { config, problems } = readFully(file);
  const errors = problems.filter((p) => p.severity === 'error').length;
  const warnings = problems.length - errors;
  const code = errors > 0 || config === null ? EXIT.usage : EXIT.ok;
  if (json) {
    printJson(context, { file, ok: code === EXIT.ok, programs: config === null ? null : programCount(config), jobs: config === null ? null : jobCount(config), problems });
    return code;
  }
  for (const problem of problems) context.screen.line(problemLine(problem));
  const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
  if (config === null)
    context.screen.line(
      `${file}: ${count(errors, 'error')}${warnings > 0 ? `, ${count(warnings, 'warning')}` : ''}; reeved would start nothing`,
    );
  else {
    const jobs = jobCount(config);
    context.screen.line(
      `${file}: ${count(programCount(config), 'program')}${jobs === 0 ? '' : `, ${count(jobs, 'job')}`}, ${warnings > 0 ? `no errors, ${count(warnings, 'warning')}` : 'no problems'}`,
    );
  }
  return code;
}

function show(context: Context, file: string, json: boolean): number {
  const { config, problems } = readFully(file);
  if (config === null && json) {
    noteError(context, { code: 'BAD_CONFIG', message: problems.map(problemLine).join('; ') });
    return EXIT.usage;
  }
  for (const problem of problems) context.screen.note(problemLine(problem));
  if (config === null) return EXIT.usage;
  if (json) printJson(context, showConfig(config));
  else for (const line of configLines(config, findWritten(config.files.map((one) => ({ file: one, text: readFileSync(one, 'utf8') }))))) context.screen.line(line);
  return EXIT.ok;
}

/** Prints a supervisord file as TOML; says on stderr what is odd about it, and where the TOML would mean something else. */
async function convert(context: Context, file: string): Promise<number> {
  const { convertIni } = await import('../../config/convert-ini.ts');
  const { text, problems, differences } = convertIni(file, nodeConfigPort());
  for (const problem of problems) context.screen.note(problemLine(problem));
  if (text === null) {
    context.screen.note(`cannot convert ${file}: it has errors`);
    return EXIT.usage;
  }
  context.screen.raw(text);
  if (differences.length === 0) {
    context.screen.note('read back, it means the same as the file, field by field');
    return EXIT.ok;
  }
  context.screen.note('read back, it does not mean the same as the file:');
  for (const difference of differences) context.screen.note(`  ${difference}`);
  return EXIT.generic;
}

export const config: Command = async (context, values) => {
  const action = textOf(values, 'action');
  if (action === 'schema') {
    const { configJsonSchema } = await import('../../config/json-schema.ts');
    printJson(context, configJsonSchema());
    return EXIT.ok;
  }
  if (action === 'convert' && wantsJson(context, values)) {
    misused(context, 'config convert has no --json: it prints TOML');
    return EXIT.usage;
  }
  const file = fileOf(context, textOf(values, 'file'));
  if (file === null) return EXIT.usage;
  if (action === 'convert') return convert(context, file);
  return action === 'check' ? check(context, file, wantsJson(context, values)) : show(context, file, wantsJson(context, values));
};
