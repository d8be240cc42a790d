// Signals by name, and what a wait status says.
import { constants } from 'node:os';
import type { SignalName } from '../../config/spec.ts';

// The real-time range as libc gives it out on Linux; `kill -l` names the lower half from RTMIN, the upper from RTMAX.
const RTMIN = 34;
const RTMAX = 64;
const RT_MIDDLE = 49;

const numbers = new Map<string, number>();
const names = new Map<number, string>();

function learn(name: string, number: number): void {
  numbers.set(name, number);
  // Aliases come after (IOT, POLL, UNUSED): the first name is the usual one.
  if (!names.has(number)) names.set(number, name);
}

for (const usual of ['ABRT', 'IO', 'CHLD']) {
  const number = (constants.signals as Record<string, number | undefined>)[`SIG${usual}`];
  if (number !== undefined) learn(usual, number);
}
for (const [name, number] of Object.entries(constants.signals)) learn(name.slice(3), number);
if (process.platform === 'linux') {
  for (let number = RTMIN; number <= RTMAX; number += 1) {
    if (number > RTMIN) numbers.set(`RTMIN+${number - RTMIN}`, number);
    if (number < RTMAX) numbers.set(`RTMAX-${RTMAX - number}`, number);
    const low = number === RTMIN ? 'RTMIN' : `RTMIN+${number - RTMIN}`;
    const high = number === RTMAX ? 'RTMAX' : `RTMAX-${RTMAX - number}`;
    names.set(number, number <= RT_MIDDLE ? low : high);
  }
  numbers.set('RTMIN', RTMIN);
  numbers.set('RTMAX', RTMAX);
}

/** The number of `TERM`, `SIGTERM`, `term`, `15`, `RTMIN+2`; null when there is no such signal. */
export function signalNumber(name: SignalName): number | null {
  if (/^\d{1,2}$/.test(name)) {
    const number = Number(name);
    return number > 0 && number <= RTMAX ? number : null;
  }
  const upper = name.toUpperCase();
  return numbers.get(upper.startsWith('SIG') ? upper.slice(3) : upper) ?? null;
}

/** The name without SIG, as `kill -l` prints it. */
export function signalName(number: number): SignalName {
  return names.get(number) ?? String(number);
}

/** What waitpid(2) says of a process that ended. */
export function decodeStatus(status: number): { code: number | null; signal: SignalName | null; coreDumped: boolean } {
  const signal = status & 0x7f;
  if (signal === 0) return { code: (status >> 8) & 0xff, signal: null, coreDumped: false };
  return { code: null, signal: signalName(signal), coreDumped: (status & 0x80) !== 0 };
}
