// `timeout=5m`: what may be set of a job by hand, read as the file would read it.
import * as kind from '../../config/kinds.ts';
import type { Kind } from '../../config/kind.ts';
import { rate } from '../../config/job-kinds.ts';
import { nearest } from '../../config/nearest.ts';
import type { JobOverride, JobSetting } from '../contract/jobs.ts';
import { refuse } from './error-answer.ts';

/** Reads the text, or says what is wrong with it. */
type Read = (text: string, complain: (message: string) => void) => JobOverride | undefined;

function reader<T>(of: Kind<T>, raw: (text: string) => unknown, override: (value: T) => JobOverride): Read {
  return (text, complain) => {
    const value = of.read(raw(text), complain);
    return value === undefined ? undefined : override(value);
  };
}

const SETTABLE: Readonly<Record<string, Read>> = {
  timeout: reader(kind.duration, (text) => text, (ms) => ({ timeoutMs: ms === 0 ? null : ms })),
  rate: reader(rate, (text) => text, (value) => ({ rate: value })),
  max_parallel: reader(kind.integer(1, 10_000), (text) => (/^\d{1,9}$/.test(text) ? Number(text) : text), (max) => ({ maxParallel: max })),
};

/** One setting as it was typed. Throws the refusal. */
export function jobSetting(text: string): JobSetting {
  const shown = JSON.stringify(text.slice(0, 80));
  const equals = text.indexOf('=');
  if (equals <= 0) throw refuse('BAD_ARGUMENT', `cannot set ${shown}: expected KEY=VALUE`);
  const key = text.slice(0, equals).trim();
  const value = text.slice(equals + 1).trim();
  const read = Object.hasOwn(SETTABLE, key) ? SETTABLE[key] : undefined;
  if (read === undefined) {
    const near = nearest(key, Object.keys(SETTABLE));
    throw refuse('BAD_ARGUMENT', `cannot set ${shown}: what can be set is ${Object.keys(SETTABLE).join(', ')}`, near === null ? 'change the file and run `reevectl apply` for the rest' : `did you mean ${near}?`);
  }
  if (value === 'default') return { key, value: '', override: null };
  let problem = 'it has no value';
  const override = value === '' ? undefined : read(value, (message) => {
    problem = message;
  });
  if (override === undefined) throw refuse('BAD_ARGUMENT', `cannot set ${shown}: ${problem}`);
  return { key, value, override };
}
