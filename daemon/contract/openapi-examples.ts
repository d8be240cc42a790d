// The examples as OpenAPI has them: in parameters, request bodies and answers, and as curl commands. Pure and browser-safe.
import { ANSWERS, KEPT } from './example-answers.ts';
import { exampleId } from './example.ts';
import type { Example } from './example.ts';
import { argsOf, curlOf, requestOf } from './example-request.ts';
import { TCP_SERVER, UNIX_SERVER } from './example-servers.ts';
import type { CurlServer } from './example-servers.ts';
import { EXAMPLES, SUBJECTS } from './examples.ts';
import type { Json } from './reports.ts';
import type { Route } from './routes.ts';

type JsonObject = { readonly [key: string]: Json };

const of = (route: Route): readonly Example[] => EXAMPLES.filter((example) => example.route === route.id);
const keyOf = (example: Example): string => example.key ?? 'usual';
const entries = (list: readonly Example[], value: (example: Example) => Json | undefined): JsonObject =>
  Object.fromEntries(list.flatMap((example) => {
    const found = value(example);
    return found === undefined ? [] : [[keyOf(example), { summary: example.says, value: found }]];
  }));
const unlessEmpty = (name: string, examples: JsonObject): JsonObject => (Object.keys(examples).length === 0 ? {} : { [name]: examples });

/** Of one parameter: `{ examples }`, or nothing. What is refused is no example of what a parameter may be. */
export function parameterExamples(route: Route, name: string): JsonObject {
  return unlessEmpty('examples', entries(of(route).filter((example) => example.refused !== 'BAD_ARGUMENT'), (example) => argsOf(example, KEPT)[name]));
}

/** Of the body: `{ examples }`, or nothing. */
export function bodyExamples(route: Route): JsonObject {
  return unlessEmpty('examples', entries(of(route).filter((example) => example.refused !== 'BAD_ARGUMENT'), (example) => requestOf(example, KEPT).body ?? undefined));
}

/** Of an answer with this status in this form: `{ examples }`, or nothing. */
export function answerExamples(route: Route, status: number, media: string): JsonObject {
  return unlessEmpty('examples', entries(of(route), (example) => {
    const answer = ANSWERS[exampleId(example)];
    return answer?.status === status && answer.media === media ? answer.body : undefined;
  }));
}

/** Statuses of refusals that have an example. */
export function refusedStatuses(route: Route): readonly number[] {
  return [...new Set(of(route).flatMap((example) => (example.refused === undefined ? [] : (ANSWERS[exampleId(example)]?.status ?? []))))].toSorted((a, b) => a - b);
}

/** Where an example is asked. */
export const serversOf = (example: Example): readonly CurlServer[] => (example.page === true ? [{ ...TCP_SERVER, user: null }] : [UNIX_SERVER, TCP_SERVER]);

/** Each example as a shell has it: over the unix socket, and over TCP. */
export function curlSamples(route: Route): readonly Json[] {
  return of(route).flatMap((example) => serversOf(example).map((server) => ({
    lang: 'Shell', label: `${keyOf(example)}, ${'unix' in server ? 'unix socket' : 'TCP'}`, source: curlOf(requestOf(example, KEPT), server),
  })));
}

/** What a route is about. */
export function subjectOf(route: Route): string {
  return SUBJECTS.find((subject) => subject.examples.some((example) => example.route === route.id && example.key === undefined))?.title ?? 'Other';
}

/** The subjects, as tags. */
export const TAGS: readonly Json[] = SUBJECTS.map((subject) => ({ name: subject.title, description: subject.says }));
