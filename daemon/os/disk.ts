// How much is free on the disk of a path.

/** A mount whose server is gone does not answer at all. */
const ANSWER_MS = 5000;

/** Bytes that an ordinary user may still write where `path` is, or why that cannot be told. Never throws, and answers within 5 s. */
export async function freeBytes(path: string): Promise<number | { readonly error: string }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ readonly error: string }>((resolve) => {
    timer = setTimeout(() => resolve({ error: `the disk did not answer within ${ANSWER_MS / 1000} s` }), ANSWER_MS);
  });
  const asked = import('node:fs/promises').then(({ statfs }) => statfs(path)).then(({ bavail, bsize }) => bavail * bsize, (error: Error) => ({ error: error.message }));
  const answer = await Promise.race([asked, late]);
  clearTimeout(timer);
  return answer;
}
