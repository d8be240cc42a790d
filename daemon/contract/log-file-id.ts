// Which file of a log is meant, whatever its name is by now? A plain one keeps its inode and its birth when it is rotated; to be compressed
// keeps when it was written last and how much is in it. Of the one that is written to, only the first two stay. Pure and browser-safe.

/** What makes a file the one it is. Times are wall clock ms; `plainBytes`: of what was written. */
export interface FileMarks {
  readonly inode: number;
  readonly bornAt: number;
  readonly writtenAt: number;
  readonly plainBytes: number;
}

/** `written`: it is the one that is written to. */
export function logFileId({ inode, bornAt, writtenAt, plainBytes }: FileMarks, written: boolean): string {
  const marks = written ? [inode, bornAt] : [inode, bornAt, writtenAt, plainBytes];
  return marks.map((mark) => Math.floor(mark).toString(36)).join('-');
}

/** Is this the file that the id was given to? */
export function isLogFile(file: { readonly id: string; readonly compressed: boolean }, id: string): boolean {
  const [inode, born, time, size] = id.split('-');
  const [ownInode, ownBorn, ownTime, ownSize] = file.id.split('-');
  return (inode === ownInode && born !== undefined && born === ownBorn) || (file.compressed && time !== undefined && time === ownTime && size === ownSize);
}
