// Every example of the API against a real daemon, in order: status and shape are the recorded ones, and every answer is as it is described.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { exampleId } from '../../daemon/contract/example.ts';
import { curlOf, requestOf, routeOf } from '../../daemon/contract/example-request.ts';
import type { CurlServer } from '../../daemon/contract/example-servers.ts';
import { EXAMPLES } from '../../daemon/contract/examples.ts';
import type { Json } from '../../daemon/contract/reports.ts';
import { differences, perform, recordedAnswer, startShop } from '../support/api-examples.ts';
import { answerSchema, answerValues, complaints } from '../support/api-schemas.ts';

const shell = promisify(execFile);

/** Answers of these vary with the machine or with what happened before; their schema is all that holds. */
const VARIES: ReadonlySet<string> = new Set(['doctor', 'info', 'explain/daemon', 'avail', 'audit']);

test('every example is answered as it was recorded, and as it is described', async (t) => {
  const shop = await startShop(t);
  const kept: Record<string, string> = {};
  for (const example of EXAMPLES) {
    const id = exampleId(example);
    const recorded = recordedAnswer(example);
    const answer = await perform(shop, example, kept);
    assert.deepEqual([answer.status, answer.media], [recorded.status, recorded.media], `${id}: ${answer.text.slice(0, 500)}`);
    for (const words of example.shows ?? []) assert.ok(answer.text.includes(words), `${id}: ${JSON.stringify(words)} is not in ${answer.text.slice(0, 2000)}`);
    if (example.lines === undefined) {
      const schema = answerSchema(routeOf(example), answer.status, answer.media);
      for (const value of answerValues(answer.media, answer.body)) assert.deepEqual(complaints(schema, value), [], `${id}: ${answer.text.slice(0, 2000)}`);
    }
    if (answer.media !== 'application/json' || example.route === 'openapi' || VARIES.has(id)) continue;
    assert.deepEqual(differences(recorded.body, answer.body), [], `${id}: run test/integration/record-api-examples.ts if this is meant`);
  }
  assert.deepEqual(await shop.daemon.ended(), { code: 0, signal: null }, 'shutdown, the last example, is true to its word');
});

test('the printed curl commands work as they are, over the unix socket and over TCP', async (t) => {
  const { daemon, port } = await startShop(t);
  const servers: readonly CurlServer[] = [{ unix: daemon.socket }, { url: `http://127.0.0.1:${port}`, user: 'ann:secret' }];
  for (const id of ['version', 'status', 'ps', 'restart', 'stdin', 'job run', 'events/lines', 'status/unknown', 'alert test']) {
    const example = EXAMPLES.find((one) => exampleId(one) === id);
    assert.ok(example, id);
    for (const server of servers) {
      const line = curlOf(requestOf(example, {}), server);
      const { stdout } = await shell('/bin/sh', ['-c', line], { maxBuffer: 16 * 1024 * 1024 });
      const recorded = recordedAnswer(example);
      const schema = answerSchema(routeOf(example), recorded.status, recorded.media);
      const body: Json = recorded.media === 'application/json' ? (JSON.parse(stdout) as Json) : stdout;
      for (const value of answerValues(recorded.media, body)) assert.deepEqual(complaints(schema, value), [], `${line}\n${stdout.slice(0, 1000)}`);
    }
  }
});
