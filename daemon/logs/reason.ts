// Why a log target cannot be used, in a person's words.

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the disk reports an input/output error',
  EROFS: 'the file system is read-only',
  EFBIG: 'the file is as large as this file system or limit allows',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of the path is not a directory',
  EISDIR: 'it is a directory',
  ELOOP: 'it is a symbolic link, which is never followed',
  EMFILE: 'the daemon has too many open files',
  ENFILE: 'the machine has too many open files',
  ENAMETOOLONG: 'the name is too long',
  EAGAIN: 'its reader is too slow or absent',
  EPIPE: 'nobody reads it any more',
  ENXIO: 'nobody is at its other end',
  EBADF: 'it is closed',
};

/** The errno name of a failed system call, or `UNKNOWN`. */
export function errnoName(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'UNKNOWN';
}

/** "no space left on the device (ENOSPC)". */
export function reasonOf(error: unknown): string {
  const code = errnoName(error);
  const words = WORDS[code];
  if (words !== undefined) return `${words} (${code})`;
  return error instanceof Error ? error.message : String(error);
}
