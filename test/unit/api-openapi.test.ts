// The command table, the routes and the description say the same, in both directions.
import assert from 'node:assert/strict';
import test from 'node:test';
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { CommandDefinition } from '../../daemon/contract/commands.ts';
import { ERRORS } from '../../daemon/contract/errors.ts';
import { emptySnapshot, toJson } from '../../daemon/contract/snapshot.ts';
import { openApi } from '../../daemon/contract/openapi.ts';
import { ROUTES } from '../../daemon/contract/routes.ts';
import { isCommandError, errorAnswer } from '../../daemon/api/error-answer.ts';
import { unready } from '../../daemon/api/health.ts';
import { rowOfRun } from '../../daemon/contract/ps.ts';
import { apiSpec, fakeControl } from '../support/fake-control.ts';
import { breakerView, deadLetter, jobView, runDetails, runView } from '../support/jobs.ts';

interface Operation { readonly operationId: string; readonly parameters?: readonly { name: string; in: string; required: boolean }[]; readonly requestBody?: { content: { 'application/json': { schema: { properties: object; required?: string[] } } } }; readonly 'x-role': string | null; readonly responses: object }
const document = openApi('1.2.3') as unknown as { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, { properties: object; required: string[] }> } };
const described = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })));

test('every command with a route is described, with its role and all its arguments', () => {
  for (const [name, command] of Object.entries(COMMANDS) as [string, CommandDefinition][]) {
    if (!command.route || command.answer === 'local') continue;
    const { method, path } = command.route;
    const found = described.find((one) => one.method === method && (one.path === path || one.path.startsWith(`${path}/{`)));
    assert.ok(found, `${name} is not described`);
    assert.equal(found.operation['x-role'], command.role, name);
    const taken = [...(found.operation.parameters ?? []).map((one) => one.name), ...Object.keys(found.operation.requestBody?.content['application/json'].schema.properties ?? {})];
    for (const [argument, spec] of Object.entries(command.args)) assert.equal(taken.includes(argument), spec.client !== true, `${name}: ${argument}`);
  }
});

test('everything that is described is a route, and every route belongs to a command or is listed as plain', () => {
  assert.equal(described.length, ROUTES.length);
  for (const { path, method, operation } of described) {
    const route = ROUTES.find((one) => one.id.replaceAll(' ', '-') === operation.operationId);
    assert.equal(`${route?.method} ${route?.path}`, `${method} ${path}`);
  }
  assert.equal(new Set(ROUTES.map((one) => `${one.method} ${one.path}`)).size, ROUTES.length, 'two routes share an address');
});

test('every reference of the description leads somewhere, and every schema is used', () => {
  const text = JSON.stringify(document);
  const used = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1] ?? ''));
  assert.deepEqual([...used].sort(), Object.keys(document.components.schemas).sort());
});

test('an argument in the path is a required parameter', () => {
  const operation = document.paths['/v1/operations/{id}']?.['get'];
  assert.deepEqual(operation?.parameters?.find((one) => one.name === 'id')?.in, 'path');
});

test('the described snapshot has the fields that the real one has', () => {
  const control = fakeControl({ api: apiSpec() });
  control.addRunning('web:web');
  const row = toJson(control.snapshot()).processes[0];
  assert.deepEqual(Object.keys(document.components.schemas['ProcessView']?.properties ?? {}).sort(), Object.keys(row ?? {}).sort());
  assert.deepEqual(Object.keys(document.components.schemas['DaemonView']?.properties ?? {}).sort(), Object.keys(emptySnapshot().daemon).sort());
});

test('the described jobs, runs, letters, breakers and rows of ps have the fields that the real ones have', () => {
  const real = {
    JobView: jobView('x'), RunView: runView('x'), RunDetails: runDetails('x'), DeadLetter: deadLetter('x'), BreakerView: breakerView('x'), PsRow: rowOfRun(runView('x')),
  };
  for (const [name, row] of Object.entries(real)) assert.deepEqual(Object.keys(document.components.schemas[name]?.properties ?? {}).toSorted(), Object.keys(row).toSorted(), name);
});

test('each error has its HTTP status, its advice and whether to try again [E45]', () => {
  for (const code of Object.keys(ERRORS) as (keyof typeof ERRORS)[]) {
    const { status, body } = errorAnswer({ code, message: 'cannot x: y' });
    assert.equal(status, ERRORS[code].http);
    assert.deepEqual(body, { error: { code, message: 'cannot x: y', advice: ERRORS[code].advice, retryable: ERRORS[code].retryable } });
  }
  assert.equal(isCommandError({ code: 'toString', message: '' }), false);
});

test('the daemon is ready when it runs and everything wanted up is RUNNING or has done its work', () => {
  const control = fakeControl({ api: apiSpec() });
  control.addRunning('web:web');
  assert.deepEqual(unready(control.snapshot()), []);
  control.publish({ type: 'process.ended', process: 'web:web', incarnation: 1, expected: true, why: 'done' });
  assert.deepEqual(unready(control.snapshot()), []);
  control.publish({ type: 'process.fatal', process: 'web:web', incarnation: 2, from: 'BACKOFF', why: 'no' });
  assert.deepEqual(unready(control.snapshot()), ['web:web FATAL']);
  control.publish({ type: 'process.wanted', process: 'web:web', wanted: 'down', by: 'ann' });
  control.publish({ type: 'daemon.stopping', mode: 'warm', why: 'asked' });
  assert.deepEqual(unready(control.snapshot()), ['daemon SHUTDOWN']);
});
