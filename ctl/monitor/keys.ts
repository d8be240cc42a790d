// Bytes of a keyboard in raw mode -> keys: a character stands for itself, the others have names such as `<up>`. Pure.

const SEQUENCES: Readonly<Record<string, string>> = {
  '[A': '<up>', '[B': '<down>', '[C': '<right>', '[D': '<left>', OA: '<up>', OB: '<down>', OC: '<right>', OD: '<left>', '[5~': '<pageup>', '[6~': '<pagedown>', '[H': '<home>', '[F': '<end>',
  OH: '<home>', OF: '<end>', '[1~': '<home>', '[4~': '<end>', '[7~': '<home>', '[8~': '<end>', '[Z': '<backtab>', '[3~': '<delete>',
};
const CONTROLS: Readonly<Record<string, string>> = {
  '\t': '<tab>', '\r': '<enter>', '\n': '<enter>', '\u007F': '<backspace>', '\b': '<backspace>', '\u0003': '<ctrl-c>', '\u0004': '<ctrl-d>', '\u001A': '<ctrl-z>', '\u000C': '<ctrl-l>', '\u0015': '<ctrl-u>',
  '\u0002': '<pageup>', '\u0006': '<pagedown>', '\u000E': '<down>', '\u0010': '<up>',
};
const ESCAPE = /^\u001B(?:([[O])([0-9;]*[A-Za-z~])|$)/;

/** Keys in the order they were hit. An escape at the end of what came is the key itself; sequences that mean nothing here are dropped. */
export function keysOf(text: string): string[] {
  const keys: string[] = [];
  let rest = text;
  while (rest !== '') {
    if (rest.startsWith('\u001B')) {
      const match = ESCAPE.exec(rest);
      const sequence = match?.[1] === undefined ? null : `${match[1]}${match[2] ?? ''}`;
      const named = sequence === null ? '<escape>' : SEQUENCES[sequence];
      if (named !== undefined) keys.push(named);
      rest = rest.slice(sequence === null ? 1 : 1 + sequence.length);
      continue;
    }
    const point = String.fromCodePoint(rest.codePointAt(0) ?? 0);
    const control = CONTROLS[point];
    if (control !== undefined) keys.push(control);
    else if (point >= ' ') keys.push(point);
    rest = rest.slice(point.length);
  }
  return keys;
}
