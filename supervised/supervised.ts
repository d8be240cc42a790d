// reeve/supervised: what a program or a run of a job says of itself. Outside reeve every function does nothing. None throws, waits,
// or keeps the process alive; in a loop they may be called as often as one likes.
import { Post } from './post.ts';
import type { Place } from './post.ts';

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

let post: Post | null | undefined;

function place(): Place | null {
  const { SUPERVISION_ID: id, REEVE_SOCKET: path, REEVE_TOKEN: token = '' } = process.env;
  // What is not of their form is somebody else's, and must not become part of a request.
  return id && path && /^[0-9A-Za-z-]+$/.test(id) && /^[0-9A-Za-z-]*$/.test(token) ? { id, path, token } : null;
}

function put(kind: string, body: Json | undefined, repeats: boolean): void {
  try {
    if (post === undefined) {
      const at = place();
      post = at === null ? null : new Post(at);
    }
    post?.put(kind, body === undefined ? '' : JSON.stringify(body), repeats);
  } catch {
    // A value that JSON cannot say (a cycle, a BigInt): a report that is lost, not a program that fails.
  }
}

/** The id of this life of the program, or of this run of the job: SUPERVISION_ID. null outside reeve. */
export function getSupervisionId(): string | null {
  return process.env['SUPERVISION_ID'] || null;
}

/** A sign of life; `meta` (at most 4 KiB as JSON) is kept with it. */
export function heartbeat(meta?: Json): void {
  put('heartbeat', meta, true);
}

/** How far the work is. total null: the end is not known. A text `phase` in `meta` names the part of the work. */
export function reportProgress(current: number, total: number | null = null, meta?: Json): void {
  put('progress', { current, total, meta }, true);
}

/** How it is. */
export function reportHealth(value: 'healthy' | 'degraded' | 'unhealthy', why = ''): void {
  put('health', { value, why }, true);
}

/** What it does at present, in a line. */
export function reportStatus(text: string): void {
  put('status', { text }, true);
}

/** What came out. */
export function reportResult(result: Json): void {
  put('result', result, false);
}

/** The service that a breaker is about worked, or did not. */
export function reportBreaker(name: string, outcome: 'success' | 'failure'): void {
  put('breaker', { name, outcome }, false);
}

/** Something is wrong that somebody should look at. */
export function reportIssue(issue: Json): void {
  put('issue', issue, false);
}

/** The program is ready (ready = { notify = true }). */
export function ready(): void {
  put('ready', undefined, false);
}

/** Resolves when all that was reported so far is told, or given up: for before `process.exit()`. Never rejects. */
export function flushed(): Promise<void> {
  return post ? post.flushed() : Promise.resolve();
}
