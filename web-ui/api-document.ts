// The description of the API as the page reads it: OpenAPI, cut down to what is shown. Pure.
import type { Role } from '../config/api-spec.ts';
import type { Json } from '../daemon/contract/reports.ts';
import { TCP_SERVER } from '../daemon/contract/example-servers.ts';
import { hasWords } from './search-words.ts';

export type Schema = { readonly [key: string]: Json };

export interface Parameter {
  readonly name: string;
  /** path, query or body. */
  readonly in: string;
  readonly required: boolean;
  readonly description: string;
  readonly schema: Schema;
}

export interface ShownExample {
  readonly key: string;
  readonly says: string;
  /** 0: how it is answered is not recorded. */
  readonly status: number;
  readonly answer: Json;
  /** The request as curl has it: over the unix socket (where it may be asked there), then over TCP. */
  readonly commands: readonly string[];
}

export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly says: string;
  readonly role: Role | null;
  readonly parameters: readonly Parameter[];
  /** By status (`default`: of all others) what comes in which form. */
  readonly answers: readonly { readonly status: string; readonly says: string; readonly media: string; readonly schema: Schema | null }[];
  readonly examples: readonly ShownExample[];
}

export interface ApiDocument {
  readonly subjects: readonly { readonly name: string; readonly says: string; readonly operations: readonly Operation[] }[];
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly bytes: number;
}

interface Media { readonly schema?: Schema; readonly examples?: Readonly<Record<string, { readonly summary: string; readonly value: Json }>> }
interface RawAnswer { readonly description?: string; readonly content?: Readonly<Record<string, Media>> }
interface Raw {
  readonly operationId: string; readonly summary: string; readonly tags: readonly string[]; readonly 'x-role': Role | null;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: { readonly 'application/json': Media } };
  readonly responses: Readonly<Record<string, RawAnswer>>;
  readonly 'x-codeSamples': readonly { readonly label: string; readonly source: string }[];
}
interface RawDocument {
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Raw>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** Properties of a body beside what is in the path and the query. */
function bodyParameters(raw: Raw, known: readonly Parameter[]): Parameter[] {
  const schema = raw.requestBody?.content['application/json'].schema;
  const required = (schema?.['required'] ?? []) as readonly string[];
  return Object.entries((schema?.['properties'] ?? {}) as Readonly<Record<string, Schema>>)
    .filter(([name]) => !known.some((one) => one.name === name))
    .map(([name, one]) => ({ name, in: 'body', required: required.includes(name), description: String(one['description'] ?? ''), schema: one }));
}

function examplesOf(raw: Raw): ShownExample[] {
  const answers = Object.entries(raw.responses).flatMap(([status, answer]) => Object.values(answer.content ?? {}).flatMap((media) => Object.entries(media.examples ?? {})
    .map(([key, { summary, value }]) => ({ key, says: summary, status: Number(status) || 0, answer: value }))));
  return answers.toSorted((a, b) => Number(b.key === 'usual') - Number(a.key === 'usual') || a.status - b.status)
    .map((one) => ({ ...one, commands: raw['x-codeSamples'].filter((sample) => sample.label.startsWith(`${one.key}, `)).map((sample) => sample.source) }));
}

function operationOf(path: string, method: string, raw: Raw): Operation {
  const inAddress = raw.parameters ?? [];
  return {
    id: raw.operationId, method: method.toUpperCase(), path, says: raw.summary, role: raw['x-role'], parameters: [...inAddress, ...bodyParameters(raw, inAddress)],
    answers: Object.entries(raw.responses).flatMap(([status, answer]) => Object.entries(answer.content ?? {}).map(([media, { schema }]) => ({ status, says: answer.description ?? '', media, schema: schema ?? null }))),
    examples: examplesOf(raw),
  };
}

/** What the page shows of a description. */
export function readDocument(text: string): ApiDocument {
  const raw = JSON.parse(text) as RawDocument;
  const all = Object.entries(raw.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, one]) => ({ tag: one.tags[0] ?? '', operation: operationOf(path, method, one) })));
  const subjects = raw.tags.map(({ name, description }) => ({ name, says: description, operations: all.filter(({ tag }) => tag === name).map(({ operation }) => operation) }));
  return { subjects, schemas: raw.components.schemas, bytes: text.length };
}

/** Do all words occur in what is said of an operation, its arguments included? */
export function answersTo(operation: Operation, words: readonly string[]): boolean {
  return hasWords([operation.id, operation.method, operation.path, operation.says, operation.role ?? 'anyone', ...operation.parameters.flatMap((one) => [one.name, one.description])].join(' '), words);
}

/** A command as it works for who looks at this page: at its address, and as them. `who` null: nobody is asked who they are. */
export function ownCommand(command: string, address: string, who: string | null): string {
  return command.replace(TCP_SERVER.url, address.replace(/\/$/, '')).replace(`-u ${TCP_SERVER.user} `, who === null ? '' : `-u ${who} `);
}
