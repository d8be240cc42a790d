// reevectl on a pseudo-terminal, driven by steps; and what such a terminal shows in the end.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { CTL } from './run-ctl.ts';

const TERMINAL = join(import.meta.dirname, 'terminal.py');
const PYTHON = spawnSync('python3', ['-c', 'import pty']).status === 0;
/** For `skip`: why there is no terminal, or false. */
export const noTerminal = PYTHON ? false : 'python3 is not here to make a pseudo-terminal';

/** expect: waits for a text. send: types. resize: `80x24`. signal: a name, to reevectl. touch: makes a file, to tell the test how far it is. */
export type Step = readonly ['expect' | 'send' | 'resize' | 'signal' | 'touch', string];

export interface Shown {
  /** The command's; 124: an expected text did not come; 125: the terminal was not given back as it was. */
  readonly code: number | null;
  readonly shown: string;
  readonly err: string;
}

/** reevectl on a terminal of `size` columns, or `80x24`. Asynchronous, so that a fake daemon of this process can answer. */
export function onTerminal(args: readonly string[], steps: readonly Step[], size: number | string = 100, env: Readonly<Record<string, string>> = {}): Promise<Shown> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn('python3', [TERMINAL, String(size), process.execPath, CTL, ...args], {
    env: { PATH, HOME, TERM: 'xterm', TZ: 'UTC', ...env },
  });
  let shown = '';
  let err = '';
  child.stdout.on('data', (piece: Buffer) => {
    shown += piece.toString();
  });
  child.stderr.on('data', (piece: Buffer) => {
    err += piece.toString();
  });
  child.stdin.end(JSON.stringify(steps));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, shown, err })));
}

/** What a terminal would show of it: only the sequences of a full screen command are known, any other is an error. */
export function screenOf(shown: string): { readonly lines: readonly string[]; readonly alternate: boolean; readonly cursor: boolean; readonly wraps: boolean } {
  const lines: string[] = [];
  let row = 0;
  let alternate = false;
  let cursor = true;
  let wraps = true;
  for (const [sequence, text] of [...shown.matchAll(/\u001B\[([?0-9;]*)([A-Za-z])|[^\u001B]+|\u001B/g)].map((match) => [match[2] === undefined ? null : `${match[1] ?? ''}${match[2]}`, match[0]] as const)) {
    if (sequence === null) {
      if (alternate) lines[row] = (lines[row] ?? '') + text;
    } else if (/^\d+;1H$/.test(sequence)) {
      row = Number.parseInt(sequence, 10) - 1;
      lines[row] = '';
    } else if (sequence === '2J') lines.length = 0;
    else if (sequence === '?1049h' || sequence === '?1049l') alternate = sequence.endsWith('h');
    else if (sequence === '?25h' || sequence === '?25l') cursor = sequence.endsWith('h');
    else if (sequence === '?7h' || sequence === '?7l') wraps = sequence.endsWith('h');
    else if (!/^[\d;]*m$/.test(sequence)) throw new Error(`a sequence that a full screen has no use for: ${JSON.stringify(sequence)}`);
  }
  return { lines: lines.map((line) => line.trimEnd()), alternate, cursor, wraps };
}
