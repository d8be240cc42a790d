// doctor: what of the machine is missing, limited or open; by the daemon, or by ourselves when there is none.
import type { Finding } from '../../daemon/contract/answers.ts';
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { RestAnswers } from '../../daemon/contract/rest.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command } from '../context.ts';
import { configFile, UsageError } from '../find-daemon.ts';
import { ConnectionError } from '../http.ts';
import { paint, printable } from '../screen.ts';
import type { Paint } from '../screen.ts';

const PAINTS: Readonly<Record<Finding['level'], Paint>> = { ok: 'green', note: 'cyan', warning: 'yellow', problem: 'red' };

/** Lines for a person: level, subject, message, and what to do below. */
export function findingLines(findings: readonly Finding[], colour: boolean): string[] {
  const width = Math.max(0, ...findings.map((f) => f.subject.length));
  return findings.flatMap((f) => [
    `${paint(f.level.padEnd(7), PAINTS[f.level], colour)}  ${f.subject.padEnd(width)}  ${printable(f.message)}`,
    ...(f.advice === undefined || f.level === 'ok' ? [] : [`${' '.repeat(width + 11)}${printable(f.advice)}`]),
  ]);
}

export const doctor: Command = async (context, values) => {
  let findings: readonly Finding[];
  try {
    findings = await (await context.client()).get<RestAnswers['doctor']>(COMMANDS.doctor.route.path);
  } catch (error) {
    if (!(error instanceof ConnectionError) && !(error instanceof UsageError)) throw error;
    const { inspect } = await import('../doctor-local.ts');
    const why = error instanceof ConnectionError ? error.message : error.message.split('\n')[0]!;
    const file = configFile(context.options, process.env, process.cwd(), process.argv[1] ?? '');
    findings = [
      {
        level: 'note',
        subject: 'daemon',
        message: `no daemon was asked: ${why}`,
        advice: 'What follows is seen by this user in this shell.',
      },
      ...(await inspect(file)),
    ];
  }
  const problems = findings.filter((f) => f.level === 'problem').length;
  if (wantsJson(context, values)) printJson(context, findings);
  else {
    for (const line of findingLines(findings, context.screen.colour)) context.screen.line(line);
    const warnings = findings.filter((f) => f.level === 'warning').length;
    context.screen.line(
      problems + warnings === 0
        ? 'All is well.'
        : `${problems} problem${problems === 1 ? '' : 's'}, ${warnings} warning${warnings === 1 ? '' : 's'}`,
    );
  }
  return problems > 0 ? EXIT.generic : EXIT.ok;
};
