import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import toml from 'toml';
import { locateToml } from '../../config/toml-locate.ts';
import type { TomlPath } from '../../config/toml-locate.ts';

test('the locator knows the line of every form of key', () => {
  const text = [
    '# comment [not.a.table]',
    'top = 1',
    'a.b."c d" = 2',
    '[t]',
    's = """',
    '[fake]',
    'fake = 1',
    '""""',
    'list = [ # why',
    '  1,',
    '  { x = 1,',
    '    y = [',
    '      2 ] },',
    ']',
    '[[many]]',
    'k = 1',
    '[many.sub]',
    'z = 1',
    '[[many]]',
    'k = 2',
    "'lit.eral' = '''x",
    "y'''",
    '"\\u0041\\t" = 1',
    '[ "q.r" . s ]',
    'inline = { a = { b = "}" }, "c" = 1 }',
  ].join('\n');
  assert.doesNotThrow(() => toml.parse(text));
  const line = locateToml(text);
  const cases: readonly (readonly [TomlPath, number])[] = [
    [['top'], 2],
    [['a'], 3],
    [['a', 'b', 'c d'], 3],
    [['t'], 4],
    [['t', 's'], 5],
    [['fake'], 1],
    [['t', 'list'], 9],
    [['t', 'list', 0], 10],
    [['t', 'list', 1, 'x'], 11],
    [['t', 'list', 1, 'y', 0], 13],
    [['many'], 15],
    [['many', 0, 'k'], 16],
    [['many', 0, 'sub', 'z'], 18],
    [['many', 1], 19],
    [['many', 1, 'k'], 20],
    [['many', 1, 'lit.eral'], 21],
    [['many', 1, 'A\t'], 23],
    [['q.r', 's', 'inline', 'a', 'b'], 25],
    [['q.r', 's', 'inline', 'c'], 25],
    [['t', 'gone'], 4],
    [['gone'], 1],
  ];
  for (const [path, expected] of cases) assert.equal(line(path), expected, JSON.stringify(path));
});

test('CRLF and a byte order mark do not move lines', () => {
  const line = locateToml('\uFEFFa = 1\r\n[b]\r\nc = """\r\nx"""\r\nd = 1');
  assert.deepEqual([line(['a']), line(['b']), line(['b', 'c']), line(['b', 'd'])], [1, 2, 3, 5]);
});

/** A generated document: its text, and the line of every key in it. */
interface Doc {
  readonly lines: string[];
  readonly keys: { readonly path: TomlPath; readonly line: number }[];
}

const name = fc.oneof(fc.stringMatching(/^[a-z][a-z0-9_-]{0,6}$/), fc.string({ minLength: 1, maxLength: 5, unit: 'grapheme' }));
const keyText = (key: string): string => (/^[\w-]+$/.test(key) ? key : JSON.stringify(key).replaceAll('\u007f', '\\u007f'));
const value = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }).map(String),
  fc.boolean().map(String),
  fc.string({ maxLength: 8 }).map((text) => JSON.stringify(text).replaceAll('\u007f', '\\u007f')),
  fc.constantFrom('"""\n[x]\na = 1\n"""', "'''\n# no\n'''", '[1, 2, # two\n 3]', '[\n "]",\n]', '{ }', '1979-05-27', '"#"', "'\"'"),
);
const table = fc.uniqueArray(fc.tuple(name, value, fc.option(fc.constant('# comment = [')), fc.boolean()), {
  selector: (one) => one[0],
  maxLength: 5,
});
const document = fc
  .uniqueArray(fc.tuple(name, table, fc.constantFrom('table', 'array', 'inline')), { selector: (one) => one[0], maxLength: 6 })
  .map((tables): Doc => {
    const doc: Doc = { lines: [], keys: [] };
    const add = (text: string) => {
      doc.lines.push(...text.split('\n'));
    };
    for (const [title, rows, form] of tables.toSorted((a, b) => Number(b[2] === 'inline') - Number(a[2] === 'inline'))) {
      doc.keys.push({ path: [title], line: doc.lines.length + 1 });
      if (form === 'inline') {
        const flat = rows.filter((row) => !row[1].includes('\n'));
        for (const row of flat) doc.keys.push({ path: [title, row[0]], line: doc.lines.length + 1 });
        add(`${keyText(title)} = { ${flat.map((row) => `${keyText(row[0])} = ${row[1]}`).join(', ')} }`);
        continue;
      }
      add(form === 'array' ? `[[ ${keyText(title)} ]]` : `[${keyText(title)}]`);
      for (const [key, text, comment, gap] of rows) {
        if (gap) add('');
        if (comment !== null) add(comment);
        doc.keys.push({ path: form === 'array' ? [title, 0, key] : [title, key], line: doc.lines.length + 1 });
        add(`${keyText(key)} = ${text}`);
      }
    }
    return doc;
  });

test('the locator finds the line of any key of a generated document', () => {
  fc.assert(
    fc.property(document, ({ lines, keys }) => {
      const text = lines.join('\n');
      const data: unknown = toml.parse(text);
      const line = locateToml(text);
      for (const key of keys) {
        assert.equal(line(key.path), key.line, `${JSON.stringify(key.path)} in\n${text}`);
        assert.notEqual(
          key.path.reduce<unknown>((inner, part) => (inner as Record<string | number, unknown>)[part], data),
          undefined,
        );
      }
    }),
    { numRuns: 500 },
  );
});

test('no text makes the locator throw or hang', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', "'", '\\', '\n', '=', ',', '.', '#', 'a', ' '), maxLength: 60 }),
      (text) => {
        assert.equal(locateToml(text)(['a', 0]) >= 1, true);
      },
    ),
    { numRuns: 2000 },
  );
});
