// Signal names and numbers (Linux, x86 and arm; the ones that differ elsewhere are not ours to send).

/** Name without SIG to number, as `kill -l` prints them. */
export const SIGNALS: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STKFLT: 16,
  CHLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  XCPU: 24,
  XFSZ: 25,
  VTALRM: 26,
  PROF: 27,
  WINCH: 28,
  IO: 29,
  PWR: 30,
  SYS: 31,
  RTMIN: 34,
  RTMAX: 64,
};

const ALIASES: Readonly<Record<string, string>> = { IOT: 'ABRT', CLD: 'CHLD', POLL: 'IO' };

/** The name without SIG for a name in any case, with or without SIG, or a number; null when there is no such signal. */
export function parseSignal(value: string | number): string | null {
  const text = String(value).trim().toUpperCase();
  if (/^\d+$/.test(text)) {
    const wanted = Number(text);
    return Object.keys(SIGNALS).find((name) => SIGNALS[name] === wanted) ?? null;
  }
  const name = text.startsWith('SIG') ? text.slice(3) : text;
  const plain = Object.hasOwn(ALIASES, name) ? ALIASES[name] : name;
  return plain !== undefined && Object.hasOwn(SIGNALS, plain) ? plain : null;
}
