// What must not be shown. Values of environments never are; values of marked variables are also blotted out of command lines.
import { ownOf } from './record.ts';
import type { ProcessSpec } from './spec.ts';

/** Stands in place of a secret. */
export const HIDDEN = '(hidden)';

/** Shorter values than this are words like "1" or "on": blotting them out would spoil the line and hide nothing. */
const MIN_SECRET = 4;

/** `text` without the values of the program's marked variables (environment_secret). */
export function redactText(text: string, spec: Pick<ProcessSpec, 'environment' | 'secrets'>): string {
  const secrets = (spec.secrets ?? []).map((name) => ownOf(spec.environment, name) ?? '').filter((value) => value.length >= MIN_SECRET);
  // The longest first: one secret may contain another.
  return secrets.toSorted((a, b) => b.length - a.length).reduce((out, secret) => out.replaceAll(secret, HIDDEN), text);
}

/** Names of an environment with every value hidden. */
export function redactEnvironment(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(environment).map((name) => [name, HIDDEN]));
}
