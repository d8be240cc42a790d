// What does a name mean to `explain`? Names are as anywhere else; `job:NAME` and its like say which one, and an ambiguous one is refused. Pure.
import { nearest } from '../../config/nearest.ts';
import type { CommandError } from '../contract/errors.ts';
import { EXPLAINED } from '../contract/explanations.ts';
import type { ExplainedKind } from '../contract/explanations.ts';
import { shortName } from '../contract/names.ts';
import type { Tree } from '../core/tree.ts';
import { resolveName } from './names.ts';

/** What to explain. `name`: an id of a process, run, issue or dead letter; else the name. */
export interface Subject {
  readonly kind: ExplainedKind;
  readonly name: string;
}

type IdKind = 'run' | 'issue' | 'dead';
type NamedKind = 'job' | 'check' | 'fix' | 'breaker' | 'alert';

/** All that has a name. */
export interface Nameable {
  readonly tree: Tree;
  /** Names of each kind, in the order of the file. */
  readonly names: Readonly<Record<NamedKind, readonly string[]>>;
  /** The whole id of what begins so; `ambiguous`: several do. */
  readonly find: (kind: IdKind, beginning: string) => { readonly id: string } | 'ambiguous' | undefined;
}

/** The name of the daemon, where nothing else has it. */
const DAEMON = 'reeve';
const NAMED: readonly NamedKind[] = ['job', 'check', 'fix', 'breaker', 'alert'];
const IDS: readonly IdKind[] = ['run', 'issue', 'dead'];
const ID = /^[0-9a-f][0-9a-f-]{2,}$/i;
const isKind = (word: string): word is ExplainedKind => Object.hasOwn(EXPLAINED, word);

const ambiguousId = (word: string, what: string): CommandError => ({ code: 'AMBIGUOUS', message: `cannot tell which ${what} ${word} is: several begin so`, hint: 'give more of the id' });

function several(word: string, subjects: readonly string[]): CommandError {
  return { code: 'AMBIGUOUS', message: `cannot tell what ${word} is: ${subjects.length} things have this name`, hint: `say one of ${subjects.join(', ')}` };
}

function groupNode(tree: Tree, name: string): boolean {
  return (tree.groups.get(`group ${name}`)?.parent ?? null) !== null;
}

/** A group with its members, or some processes. */
function ofTree(tree: Tree, word: string): readonly Subject[] | CommandError {
  const named = resolveName(tree, word);
  if ('code' in named) return named;
  const members = named.ids.map((name): Subject => ({ kind: 'process', name }));
  return named.group === null ? members : [{ kind: 'group', name: named.group }, ...members];
}

function unknown(what: string, word: string, known: readonly string[]): CommandError {
  const near = nearest(word, known);
  return { code: 'NOT_FOUND', message: `cannot explain ${word}: there is no such ${what}`, ...(near === null ? {} : { hint: `did you mean ${near}?` }) };
}

const groupsOf = (tree: Tree): readonly string[] => [...tree.groups.values()].filter((node) => node.parent !== null).map((node) => node.name);

/** What follows `KIND:`. */
function ofKind({ tree, names, find }: Nameable, kind: ExplainedKind, word: string): readonly Subject[] | CommandError {
  switch (kind) {
    case 'daemon': return [{ kind, name: DAEMON }];
    case 'process': return ofTree(tree, word);
    case 'group': return groupNode(tree, word) ? [{ kind, name: word }] : unknown('group', word, groupsOf(tree));
    case 'run': case 'issue': case 'dead': {
      const found = find(kind, word);
      const what = kind === 'dead' ? 'dead letter' : kind;
      if (found === 'ambiguous') return ambiguousId(word, what);
      return found === undefined ? unknown(what, word, []) : [{ kind, name: found.id }];
    }
    default: return names[kind].includes(word) ? [{ kind, name: word }] : unknown(kind, word, names[kind]);
  }
}

/** A word without a colon: whatever has this name, else whatever id begins so. */
function ofPlain(all: Nameable, word: string): readonly Subject[] | CommandError {
  const { tree, names, find } = all;
  const found: (readonly Subject[])[] = [];
  // A group with a process of its own name is not meant by that name, here as elsewhere.
  const process = tree.processes.has(`${word}:${word}`);
  if (process) found.push([{ kind: 'process', name: `${word}:${word}` }]);
  else if (groupNode(tree, word)) found.push(ofTree(tree, `${word}:*`) as readonly Subject[]);
  for (const kind of NAMED) if (names[kind].includes(word)) found.push([{ kind, name: word }]);
  if (word === DAEMON) found.push([{ kind: 'daemon', name: DAEMON }]);
  if (found.length > 1) return several(word, found.map(([one]) => `${one?.kind ?? ''}:${word}`));
  const [only] = found;
  if (only !== undefined) return only;
  if (ID.test(word)) {
    const ids = IDS.flatMap((kind) => {
      const one = find(kind, word);
      return one === undefined ? [] : [{ kind, one }];
    });
    // A run that failed for good and its dead letter share an id: the run tells of both.
    const kinds = ids.some(({ kind }) => kind === 'run') ? ids.filter(({ kind }) => kind !== 'dead') : ids;
    if (kinds.length > 1) return several(word, kinds.map(({ kind }) => `${kind}:${word}`));
    const [first] = kinds;
    if (first?.one === 'ambiguous') return ambiguousId(word, first.kind === 'dead' ? 'dead letter' : first.kind);
    if (first !== undefined) return [{ kind: first.kind, name: (first.one as { readonly id: string }).id }];
  }
  const known = [...[...tree.processes.keys()].map(shortName), ...groupsOf(tree), ...NAMED.flatMap((kind) => names[kind])];
  return unknown('process, group, job, run, check, issue, fix, breaker, dead letter or alert', word, known);
}

/** What the words name, in their order, each thing once; none: the daemon. The error of the first one that names nothing, or too much. */
export function resolveSubjects(all: Nameable, words: readonly string[]): readonly Subject[] | CommandError {
  if (words.length === 0) return [{ kind: 'daemon', name: DAEMON }];
  const subjects = new Map<string, Subject>();
  for (const word of words) {
    const colon = word.indexOf(':');
    const kind = word.slice(0, Math.max(0, colon));
    let found = word === 'all' ? ofTree(all.tree, word) : colon < 0 ? ofPlain(all, word) : isKind(kind) ? ofKind(all, kind, word.slice(colon + 1)) : ofTree(all.tree, word);
    // A group may be called `job`.
    if ('code' in found && colon >= 0 && isKind(kind)) {
      const inTree = ofTree(all.tree, word);
      if (!('code' in inTree)) found = inTree;
    }
    if ('code' in found) return found;
    for (const subject of found) subjects.set(`${subject.kind} ${subject.name}`, subject);
  }
  return [...subjects.values()];
}
