// Questions that are answered at once (or, `wait`, within the time given) with one value.
import { toJson } from '../contract/snapshot.ts';
import type { AuditEntry, VersionAnswer, WaitAnswer } from '../contract/rest.ts';
import { MAX_WAIT_MS } from '../contract/rest.ts';
import type { WaitRequest } from '../runtime/control.ts';
import type { Handler } from './context.ts';
import { flagOf, namesOf, numberOf, orRefuse, textOf, waitFor } from './context.ts';

const DEFAULT_WAIT_MS = 60_000;
const DEFAULT_AUDIT = 100;
const MAX_AUDIT = 1000;
/** Who asks for processes alone is not sent thousands of jobs. */
const NO_JOBS = { jobs: new Map(), runs: new Map(), breakers: new Map() } as const;

export const status: Handler = ({ control, args, request, reply }) => {
  const snapshot = control.snapshot();
  const names = namesOf(args);
  // Sequence numbers begin anew with each daemon, so its start is part of the tag.
  const tag = `"${snapshot.daemon.startedAt}-${snapshot.daemon.pid}-${snapshot.seq}"`;
  reply.header('etag', tag).header('cache-control', 'no-cache');
  if (names.length === 0) {
    if (request.headers['if-none-match'] === tag) {
      void reply.code(304).send();
      return undefined;
    }
    return toJson(flagOf(args, 'jobs', true) ? snapshot : { ...snapshot, ...NO_JOBS });
  }
  const ids = orRefuse(control.resolve(names));
  const processes = ids.flatMap((id) => snapshot.processes.get(id) ?? []);
  const groups = new Set(processes.map((row) => row.group));
  return { ...toJson({ ...snapshot, ...NO_JOBS, processes: new Map(), groups: new Map() }), processes, groups: [...groups].flatMap((name) => snapshot.groups.get(name) ?? []) };
};

export const wait: Handler = async (context): Promise<WaitAnswer> => {
  const { control, args } = context;
  const request: WaitRequest = {
    names: namesOf(args),
    for: (textOf(args, 'for') ?? 'running') as WaitRequest['for'],
    timeoutMs: Math.min(numberOf(args, 'timeout') ?? DEFAULT_WAIT_MS, MAX_WAIT_MS),
  };
  return orRefuse(await waitFor(context, (gone) => control.wait(request, gone)));
};

export const avail: Handler = ({ control }) => control.configured();

export const plan: Handler = ({ control }) => control.plan();

export const reread: Handler = ({ control, caller }) => control.compat.reread(caller);

export const doctor: Handler = ({ control }) => control.doctor();

export const version: Handler = ({ control }): VersionAnswer => {
  const { identifier, pid, state } = control.snapshot().daemon;
  return { version: control.version, identifier, pid, state };
};

export const audit: Handler = ({ control, args }): readonly AuditEntry[] =>
  control.audit(Math.max(1, Math.min(numberOf(args, 'limit') ?? DEFAULT_AUDIT, MAX_AUDIT)));

let described: string | null = null;

/** Loaded when somebody asks: the description carries an example of every route. It never changes, and takes 20 ms to make: it is made once. */
export const description: Handler = async ({ control, reply }) => {
  described ??= JSON.stringify((await import('../contract/openapi.ts')).openApi(control.version));
  reply.type('application/json; charset=utf-8');
  return described;
};
