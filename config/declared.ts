// What the two readers hand to the tree builder: programs and groups as declared, dialect already dealt with.
import type { Declared } from './depends.ts';
import type { ConfigPort, ReadOptions } from './port.ts';
import type { ApiSpec, CtlSpec } from './api-spec.ts';
import type { DaemonSpec, ListenerSpec, Origin, ProcessSpec, SocketSpec } from './spec.ts';
import type { GroupValues } from './group-schema.ts';
import type { LogsValues } from './logs-schema.ts';
import type { Report } from './problems.ts';

export type Dialect = 'toml' | 'ini';

/** A program as declared. Its processes are built once its group is known, because their names may contain it. */
export interface ProgramDecl {
  readonly name: string;
  readonly dialect: Dialect;
  readonly origin: Origin;
  /** Its copies, in start order. */
  readonly build: (group: string) => readonly ProcessSpec[];
  /** A group may list it: not an [eventlistener:x] of INI, whose name lives in a list of its own. */
  readonly joins: boolean;
  /** Priority of the group it forms when no group lists it; null: that of its first copy. */
  readonly groupPriority: number | null;
  /** Its processes are event listeners: it is a pool of its own and no member of a group. */
  readonly listener: ListenerSpec | null;
  /** The socket its processes share, as long as no group lists it. */
  readonly socket: SocketSpec | null;
  /** What its copies wait for. */
  readonly needs: Declared;
}

/** A group as declared; `values.members` are names. */
export interface GroupDecl {
  readonly name: string;
  readonly dialect: Dialect;
  readonly origin: Origin;
  readonly values: GroupValues;
  /** Place of a key, or of member number `index`. */
  readonly place: (key: string, index?: number) => Origin;
}

/** The single tables of a configuration. */
export interface Settings {
  readonly daemon: DaemonSpec;
  readonly api: ApiSpec;
  readonly ctl: CtlSpec;
  readonly logs: LogsValues;
}

/** What every reader needs. */
export interface ReadContext {
  readonly port: ConfigPort;
  readonly options: ReadOptions;
  readonly report: Report;
}
