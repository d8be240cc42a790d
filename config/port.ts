// What the readers need from the machine. Implemented by daemon/os/config-port.ts, by objects in tests and in a browser.
import type { ProgramValues } from './program-schema.ts';
import type { ProcessSpec } from './spec.ts';

/** The world as the config readers see it. */
export interface ConfigPort {
  /** The text of a file (UTF-8). Throws an error with a `code` such as ENOENT. */
  readFile(path: string): string;
  /** Files that match an absolute pattern (`*`, `?`, `[...]`; `**` is not recursive, hidden files need a written dot), sorted. */
  glob(pattern: string): readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Processors this process may use, at least 1. */
  readonly cpus: number;
  readonly hostname: string;
  /** IANA name of the time zone of the host; not there: UTC. */
  readonly timezone?: string;
  /** Absolute working directory. */
  readonly cwd: string;
}

/** How one copy of an INI program was read: its values by supervisord's types, before they became a spec. For `vectors` and `convert`. */
export interface IniCopy {
  readonly section: string;
  readonly kind: 'program' | 'eventlistener' | 'fcgi-program';
  readonly values: ProgramValues;
  /** environment= of the section, without that of [supervisord]. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What a caller may say about the reading. */
export interface ReadOptions {
  /** The daemon is PID 1: programs without a log file write to the daemon's stdout. */
  readonly pid1?: boolean;
  /** State directory used where [daemon] state_dir is not written; automatic log files live in its `logs`. Without either
   *  they are the relative names `logs/NAME.log`, for the caller to place. */
  readonly stateDir?: string | null;
  /** false: do not open env_file, password_file and token_file (a client that only looks for the socket). Default true. */
  readonly secrets?: boolean;
  /** true: an INI file without [supervisord] is accepted (a piece of conf.d). Default false. */
  readonly fragment?: boolean;
  /** Read the main file as this, whatever it looks like. */
  readonly dialect?: 'toml' | 'ini';
  /** What %(here)s is in a main INI file; default: its directory. */
  readonly here?: string;
  /** Number of copies of a program, in place of what the file says (`reevectl scale`). */
  readonly numprocs?: Readonly<Record<string, number>>;
  /** Copies that there are of programs that are scaled by their load: kept as far as the file's min and max allow. */
  readonly present?: Readonly<Record<string, number>>;
  /** Programs, groups and jobs that start by themselves; all others are down until somebody asks for them. */
  readonly only?: readonly string[];
  /** Told of each copy of an INI program, in the order supervisord would build them. */
  readonly onIniCopy?: (spec: ProcessSpec, copy: IniCopy) => void;
}
