// The supervisorctl of Debian asked of supervisord and of reeved, on the same file, and what each said in comparable form.
import assert from 'node:assert/strict';
import { plain, supervisorctl, supervisordMissing } from './supervisord.ts';
import type { Both, Said, Side } from './supervisord.ts';

/** What may differ, and why. Each is also in docs/differences-from-supervisord.md. */
const ACCEPTED: readonly { readonly command: RegExp; readonly why: string; readonly both: (text: string) => string }[] = [
  {
    command: /^maintail/, why: 'our main log has lines of its own (who asked for what), and leaves out the start-up lines of Python',
    both: (text) => (/ INFO /.test(text) ? 'a log' : text),
  },
  {
    command: /^(start|stop|restart) (all|\w+:\*)$/, why: 'what comes about within the same look of supervisord (up to a second) is told in any order',
    both: (text) => text.split('\n').toSorted().join('\n'),
  },
  {
    command: /^tail -99 once$/, why: 'supervisord says "cleared" for a program that does not run and leaves its log as it is; here it is empty then',
    both: () => 'what is left of a log',
  },
];

/** The file that both read. */
export const CONFIG = `
[program:cat]
command = /bin/cat
stdout_logfile = %(here)s/cat.log
[program:web]
command = /bin/sleep 600
process_name = %(program_name)s_%(process_num)d
numprocs = 2
priority = 5
[group:pair]
programs = left,right
priority = 50
[program:left]
command = /bin/sleep 601
[program:right]
command = /bin/sleep 602
autostart = false
[program:missing]
command = %(here)s/no/such/program
autostart = false
[program:plain]
command = %(here)s/plain.txt
autostart = false
[program:quick]
command = /bin/false
autostart = false
startretries = 0
[program:once]
command = %(here)s/once.sh
autostart = false
autorestart = false
startsecs = 0
stdout_logfile = %(here)s/once.log
stderr_logfile = %(here)s/once.err
[program:silent]
command = /bin/sleep 603
stdout_logfile = NONE
stderr_logfile = NONE
autostart = false
`;
export const FILES = { 'plain.txt': 'no program\n', 'once.sh': '#!/bin/sh\necho to stdout\necho to stderr >&2\nsleep 0.1\nexit 3\n' };

export const skip = supervisordMissing ?? false;

/** The same command on both; what each said, in comparable form. */
export async function ask(both: Both, line: string, input = ''): Promise<{ readonly theirs: string; readonly ours: string }> {
  const words = line === '' ? [] : line.split(' ');
  const answers = await Promise.all(both.sides.map((side) => supervisorctl(side, words, input)));
  const accepted = ACCEPTED.find(({ command }) => command.test(line));
  const [theirs = '', ours = ''] = answers.map((said, index) => shown(both.sides[index] as Side, said, accepted?.both));
  return { theirs, ours };
}

export function shown(side: Side, { code, stdout, stderr }: Said, change: (text: string) => string = (text) => text): string {
  return `exit ${code}\n${change(plain(side, stdout))}${stderr === '' ? '' : `stderr: ${plain(side, stderr)}`}`;
}

/** Runs all lines in turn and says every one that differs, not only the first. */
export async function compare(both: Both, lines: readonly string[]): Promise<void> {
  const differ: string[] = [];
  for (const line of lines) {
    const { theirs, ours } = await ask(both, line);
    if (theirs !== ours) differ.push(`supervisorctl ${line}\n--- supervisord\n${theirs}\n--- reeved\n${ours}`);
  }
  assert.equal(differ.join('\n\n'), '');
}

/** Who is up once both have begun. */
export const RUNNING = ['cat', 'web:web_0', 'web:web_1', 'pair:left'];
