// Does a password match what the configuration says? Forms: `scrypt:N:r:p:salt:hash` (base64), `{SHA}hex` (supervisord), plain text.
import { createHash, scrypt, timingSafeEqual } from 'node:crypto';

/** Largest scrypt work taken from a file: a typing error must not eat the machine. 128 * N * r bytes. */
const MAX_SCRYPT_BYTES = 256 * 1024 * 1024;

interface ScryptForm {
  readonly n: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

const digest = (value: string): Buffer => createHash('sha256').update(value).digest();

/** Compares without telling by its time where the texts differ, or that their lengths do. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function scryptForm(stored: string): ScryptForm | null {
  const [, n, r, p, salt, hash] = /^scrypt:(\d+):(\d+):(\d+):([^:]+):([^:]+)$/.exec(stored) ?? [];
  if (salt === undefined || hash === undefined) return null;
  const form = { n: Number(n), r: Number(r), p: Number(p), salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
  return form.hash.length >= 16 && form.p <= 16 && 128 * form.n * form.r <= MAX_SCRYPT_BYTES ? form : null;
}

function scryptMatches(form: ScryptForm, given: string): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { N: form.n, r: form.r, p: form.p, maxmem: 2 * MAX_SCRYPT_BYTES };
    try {
      scrypt(given, form.salt, form.hash.length, options, (error, key) => resolve(error === null && timingSafeEqual(key, form.hash)));
    } catch {
      // Parameters that scrypt itself refuses (N not a power of two) match nothing.
      resolve(false);
    }
  });
}

/** Does it take scrypt to try this one? */
export function isSlow(stored: string): boolean {
  return stored.startsWith('scrypt:');
}

/** True when `given` is the password that `stored` describes. A malformed `scrypt:` value matches nothing. */
export async function passwordMatches(stored: string, given: string): Promise<boolean> {
  if (isSlow(stored)) {
    const form = scryptForm(stored);
    return form !== null && scryptMatches(form, given);
  }
  if (stored.startsWith('{SHA}')) return sameText(stored.slice(5).toLowerCase(), createHash('sha1').update(given).digest('hex'));
  return sameText(stored, given);
}
