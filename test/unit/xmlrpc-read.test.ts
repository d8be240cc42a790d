// The reader and writer of XML-RPC: what Python writes is read, what Python reads is written, and hostile bodies cost nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../../daemon/api/xmlrpc-faults.ts';
import { readCall, UnreadableCall } from '../../daemon/api/xmlrpc-read.ts';
import { Instant, struct } from '../../daemon/api/xmlrpc-values.ts';
import type { Value } from '../../daemon/api/xmlrpc-values.ts';
import { writeAnswer } from '../../daemon/api/xmlrpc-write.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const call = (...values: readonly string[]): string => `<?xml version='1.0'?>\n<methodCall>\n<methodName>a.b</methodName>\n<params>\n${values.map((value) => `<param>\n<value>${value}</value>\n</param>\n`).join('')}</params>\n</methodCall>\n`;
const read = (...values: readonly string[]): readonly Value[] => readCall(bytes(call(...values))).params;

function refused(body: string | Uint8Array, why: RegExp): void {
  assert.throws(() => readCall(typeof body === 'string' ? bytes(body) : body), (error) => error instanceof UnreadableCall && why.test(error.message));
}

test('every type of XML-RPC is read, and a value without a type is a string with its blanks', () => {
  assert.deepEqual(read('<int>5</int>', '<i4> -7 </i4>', '<boolean>1</boolean>', '<string> a </string>', ' plain ', '', '<string/>', '<double>-1.5e2</double>'), [5, -7, true, ' a ', ' plain ', '', '', -150]);
  assert.deepEqual(read('<dateTime.iso8601>20261122T10:20:30</dateTime.iso8601>'), [new Instant('20261122T10:20:30')]);
  assert.deepEqual(read('<base64>\naGVs\nbG8=\n</base64>'), ['hello']);
  assert.deepEqual(read('<array><data>\n<value><int>1</int></value>\n<value>x</value></data></array>', '<array><data/></array>'), [[1, 'x'], []]);
  assert.deepEqual(read('<struct><member>\n<name>k</name>\n<value><array><data><value>v</value></data></array></value></member></struct>', '<struct/>'), [new Map([['k', ['v']]]), new Map()]);
});

test('text is taken as it is: references, CDATA and comments, CRLF as a newline', () => {
  assert.deepEqual(read('&lt;&amp;&#233;&#x1F600;&quot;', 'a<![CDATA[<b>]]>c', 'x<!-- <int>9</int> -->y', 'one\r\ntwo'), ['<&é😀"', 'a<b>c', 'xy', 'one\ntwo']);
  assert.equal(readCall(bytes('\ufeff<methodCall><methodName>m</methodName></methodCall>')).method, 'm');
  assert.deepEqual(readCall(bytes('<!-- hi --><methodCall xmlns:x="y"><methodName>m</methodName><params/></methodCall>\n')), { method: 'm', params: [] });
});

test('a member named __proto__ is a member and reaches nothing', () => {
  const [value] = read('<struct><member><name>__proto__</name><value><struct><member><name>polluted</name><value>1</value></member></struct></value></member></struct>');
  assert.ok(value instanceof Map);
  assert.deepEqual([...value.keys()], ['__proto__']);
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});

test('what is no call is refused with the reason, and at once', () => {
  refused('', /too early/);
  refused('<foo/>', /expected <methodCall>/);
  refused('<methodCall><methodName/></methodCall>', /no name/);
  refused('<methodCall><params/></methodCall>', /expected <methodName>/);
  refused('<methodCall><methodName>a</methodName></methodCall><methodCall>', /after <\/methodCall>/);
  refused(call('<int>1.5</int>'), /not a whole number/);
  refused(call('<int>99999999999999999999</int>'), /not a whole number/);
  refused(call('<double>nan</double>'), /not a number/);
  refused(call('<boolean>true</boolean>'), /0 or 1/);
  refused(call('<nil/>'), /not a type/);
  refused(call('<i8>1</i8>'), /not a type/);
  refused(call('<dateTime.iso8601>today</dateTime.iso8601>'), /dateTime/);
  refused(call('<base64>!!</base64>'), /base64/);
  refused(call('<base64>/w==</base64>'), /not UTF-8/);
  refused(call('text<int>1</int>'), /has text and/);
  refused(call('<int>1</int><int>2</int>'), /expected <\/value>/);
  refused(call('<string>a</int>'), /expected <\/string>/);
  refused(call('&nbsp;'), /entity/);
  refused(call('&#0;'), /does not allow/);
  refused(call('&#xD800;'), /does not exist/);
  refused(call('\u0007'), /does not allow/);
  refused(Buffer.from([0x3c, 0xff, 0xfe]), /not UTF-8/);
});

test('documents with a DTD are refused: no entity can expand', () => {
  const bomb = `<!DOCTYPE b [<!ENTITY a "${'x'.repeat(100)}">${Array.from({ length: 20 }, (_, i) => `<!ENTITY a${i} "&a;&a;&a;&a;">`).join('')}]>`;
  refused(bomb + call('&a19;'), /document type/);
  refused(`<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd">${call('&x;')}`, /document type/);
});

test('ten thousand arrays within each other are refused, and a large body is read in time that grows with it alone', () => {
  const deep = (depth: number): string => call(`${'<array><data><value>'.repeat(depth)}1${'</value></data></array>'.repeat(depth)}`);
  refused(deep(10_000), /deeper than 64/);
  assert.equal(readCall(bytes(deep(60))).params.length, 1);
  const time = (members: number): number => {
    const body = bytes(call(`<array><data>${'<value><string>x &amp; y</string></value>'.repeat(members)}</data></array>`));
    const at = performance.now();
    readCall(body);
    return performance.now() - at;
  };
  time(1000);
  // 400 KB: a reader that is not linear would take minutes.
  assert.ok(time(10_000) < 2000);
});

test('answers are written byte for byte as Python writes them', () => {
  assert.equal(writeAnswer({ value: true }), "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><boolean>1</boolean></value>\n</param>\n</params>\n</methodResponse>\n");
  assert.equal(
    writeAnswer({ fault: new Fault('BAD_NAME', '<zz>') }),
    "<?xml version='1.0'?>\n<methodResponse>\n<fault>\n<value><struct>\n<member>\n<name>faultCode</name>\n<value><int>10</int></value>\n</member>\n<member>\n<name>faultString</name>\n<value><string>BAD_NAME: &lt;zz&gt;</string></value>\n</member>\n</struct></value>\n</fault>\n</methodResponse>\n",
  );
  assert.ok(writeAnswer({ value: [['a'], struct({ n: 1 })] }).includes('<value><array><data>\n<value><array><data>\n<value><string>a</string></value>\n</data></array></value>\n<value><struct>\n<member>\n<name>n</name>\n<value><int>1</int></value>\n</member>\n</struct></value>\n</data></array></value>\n'));
});

test('numbers are capped at 32 bits, and what XML cannot hold does not break the answer', () => {
  assert.ok(writeAnswer({ value: 2 ** 40 }).includes('<int>2147483647</int>'));
  assert.ok(writeAnswer({ value: -(2 ** 40) }).includes('<int>-2147483648</int>'));
  assert.ok(writeAnswer({ value: 'red \x1b[31m\ud800\r\n' }).includes('<string>red \ufffd[31m\ufffd&#13;\n</string>'));
});
