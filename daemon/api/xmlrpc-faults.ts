// supervisord's faults: codes, names and the text `NAME: extra` that its clients match.
import { ERRORS, inOneLine } from '../contract/errors.ts';
import type { CommandError } from '../contract/errors.ts';

export const FAULTS = {
  UNKNOWN_METHOD: 1, INCORRECT_PARAMETERS: 2, BAD_ARGUMENTS: 3, SIGNATURE_UNSUPPORTED: 4, SHUTDOWN_STATE: 6, BAD_NAME: 10, BAD_SIGNAL: 11,
  NO_FILE: 20, NOT_EXECUTABLE: 21, FAILED: 30, ABNORMAL_TERMINATION: 40, SPAWN_ERROR: 50, ALREADY_STARTED: 60, NOT_RUNNING: 70, SUCCESS: 80,
  ALREADY_ADDED: 90, STILL_RUNNING: 91, CANT_REREAD: 92,
} as const satisfies Record<string, number>;

export type FaultName = keyof typeof FAULTS;

/** Ends a call with a fault. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: number;
  constructor(fault: FaultName, extra?: string) {
    super(extra === undefined ? fault : `${fault}: ${extra}`);
    this.code = FAULTS[fault];
  }
}

/** A refusal of ours as the fault that the table of errors gives it. */
export function faultOf(error: CommandError): Fault {
  const [, name] = ERRORS[error.code].fault;
  return new Fault(name, inOneLine(error));
}
