// --json of every command of reevectl, held against the schema of what it prints; and what errors look like then.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { CommandName } from '../../daemon/contract/commands.ts';
import { ERRORS } from '../../daemon/contract/errors.ts';
import type { ErrorCode } from '../../daemon/contract/errors.ts';
import type { IssueView } from '../../daemon/contract/issues.ts';
import { jsonFormOf } from '../../daemon/contract/json-output.ts';
import type { JsonForm } from '../../daemon/contract/json-output.ts';
import { WITHOUT_JSON } from '../../daemon/contract/without-json.ts';
import type { DeadLetter, RunView } from '../../daemon/contract/jobs.ts';
import { complaints } from '../support/api-schemas.ts';
import { startShop } from '../support/api-examples.ts';
import type { Daemon } from '../support/daemon.ts';
import { runHere } from '../support/run-ctl.ts';
import { waitFor } from '../support/wait-for.ts';

/** What is typed after the command, without --json; in the order in which the shop can do it. `code`: 0 unless said. */
interface Typed {
  readonly words: readonly string[];
  readonly code?: number;
}

interface Ids {
  readonly run: string;
  readonly issue: string;
  readonly dead: string;
}

const typed = (file: string, { run, issue, dead }: Ids): Readonly<Partial<Record<CommandName, Typed>>> => ({
  status: { words: ['web'] }, tree: { words: [] }, pid: { words: ['web'] }, start: { words: ['web'] }, stop: { words: ['worker:worker-1'] }, restart: { words: ['web'] }, signal: { words: ['CONT', 'web'] }, tail: { words: ['web'] },
  logs: { words: ['web'] }, clear: { words: ['web'] }, rotate: { words: ['web'] }, maintail: { words: [] }, avail: { words: [] }, wait: { words: ['web', '--timeout', '10s'] }, events: { words: [] }, explain: { words: ['reeve', 'web', 'job:import'] },
  top: { words: ['web'] }, monitor: { words: [] }, scale: { words: ['worker', '2'] }, disable: { words: ['worker:worker-1'] }, enable: { words: ['worker:worker-1'] }, apply: { words: ['--dry-run'] }, reread: { words: [] }, update: { words: [] },
  add: { words: ['web'] }, remove: { words: ['web'], code: 1 }, version: { words: [] }, info: { words: [] }, pool: { words: ['worker'] }, ui: { words: [] }, doctor: { words: [] }, config: { words: ['check', file] },
  operation: { words: ['1'] }, 'job list': { words: [] }, 'job run': { words: ['import'] }, 'job at': { words: ['1w', 'import'] }, 'job set': { words: ['import', 'timeout=5m'] }, 'job pause': { words: ['import'] }, 'job resume': { words: ['import'] },
  'job cancel': { words: ['import'] }, 'job undo': { words: [run] }, 'job history': { words: ['import'] }, 'job show': { words: [run] }, 'job logs': { words: [run] }, 'job next': { words: ['import'] }, 'job watch': { words: ['import'] },
  'dead list': { words: [] }, 'dead show': { words: [dead] }, 'dead retry': { words: [dead] }, 'dead prune': { words: ['--days', '7'] }, breaker: { words: [] }, drain: { words: ['import'] }, resume: { words: [] }, ps: { words: [] }, stuck: { words: [] },
  'check list': { words: [] }, 'check run': { words: ['late_bags'], code: 3 }, 'check run-due': { words: [] }, 'issue list': { words: [] }, 'issue show': { words: [issue] }, 'issue fix': { words: [issue, '--force'] }, 'issue close': { words: [issue] },
  'issue clear': { words: [] }, 'issue top': { words: [] }, 'alert list': { words: [] }, 'alert test': { words: [] }, silence: { words: ['web', '1m'] }, 'silence list': { words: [] }, 'silence end': { words: ['web'] },
  health: { words: ['web'] }, probe: { words: ['web'] }, audit: { words: [] }, help: { words: [] },
  // These end what the others ask.
  reload: { words: [] }, shutdown: { words: [] },
});

async function idsOf(daemon: Daemon): Promise<Ids> {
  const run = await waitFor('a run that is over', async () => (await daemon.get<readonly RunView[]>('/v1/runs?state=succeeded&job=import'))[0] ?? false);
  const dead = await waitFor('a dead letter', async () => (await daemon.get<readonly DeadLetter[]>('/v1/dead'))[0] ?? false);
  const issue = (await daemon.get<readonly IssueView[]>('/v1/issues')).find((one) => one.code === 'late-bag');
  return { run: run.id, dead: dead.id, issue: issue?.id ?? '' };
}

function complaintsAbout({ schema }: JsonForm, text: string): readonly string[] {
  try {
    return complaints(schema, JSON.parse(text));
  } catch (error) {
    return [`it is no JSON (${String(error)})`];
  }
}

test('every command prints JSON of its schema with --json, and nothing else on stdout, or is on the short list of those without', async (t) => {
  const { daemon } = await startShop(t);
  const url = `unix://${daemon.socket}`;
  for (const words of [['job', 'run', 'import', '--wait'], ['job', 'run', 'mail', '--wait']]) await runHere(url, words);
  const file = join(daemon.dir, 'small.toml');
  writeFileSync(file, '[programs.web]\ncommand = "sleep 1"\n');
  const table = typed(file, await idsOf(daemon));
  for (const command of Object.keys(COMMANDS) as CommandName[]) {
    const is = command in table ? 'with' : 'without';
    assert.equal(is, WITHOUT_JSON[command] === undefined ? 'with' : 'without', `${command} is on one of the two lists`);
  }
  const wrong: string[] = [];
  for (const [command, { words, code = 0 }] of Object.entries(table) as (readonly [CommandName, Typed])[]) {
    const form = jsonFormOf(command);
    assert.ok(form !== null);
    const ran = await runHere(url, [...command.split(' '), ...words, '--json']);
    if (ran.code !== code) wrong.push(`${command} ends with ${ran.code}, not ${code}: ${ran.out.slice(0, 300)}${ran.err}`);
    const values = form.lines ? ran.out.split('\n').filter((line) => line !== '') : [ran.out];
    for (const value of values) wrong.push(...complaintsAbout(form, value).map((complaint) => `${command} prints ${form.type}: ${complaint} ${value.slice(0, 300)}`));
    if (form.lines && command !== 'job watch' && values.length === 0) wrong.push(`${command} prints nothing`);
    if (command === 'reload') await waitFor('the daemon to be back', async () => (await daemon.view('web')).state === 'RUNNING');
  }
  assert.deepEqual(wrong, []);
});

test('what has no --json says why, in JSON', async () => {
  for (const [command, why] of Object.entries(WITHOUT_JSON)) {
    const ran = await runHere('unix:///nowhere', [command, 'x', '--json']);
    assert.deepEqual([ran.code, ran.out], [2, ''], command);
    const { error } = JSON.parse(ran.err) as { error: { code: string; message: string } };
    assert.deepEqual([error.code, error.message], ['BAD_ARGUMENT', `${command} has no --json: ${why}`]);
  }
});

test('with --json an error is one ErrorAnswer on stderr, stdout is empty, and the exit code is that of words [E45]', async (t) => {
  const { daemon } = await startShop(t);
  const url = `unix://${daemon.socket}`;
  const cases: readonly (readonly [words: readonly string[], code: ErrorCode, hint?: string])[] = [
    [['explain', 'wbe'], 'NOT_FOUND', 'did you mean web?'], [['wait', 'wbe'], 'NOT_FOUND'], [['tail', 'wbe'], 'NOT_FOUND'], [['health', 'wbe'], 'NOT_FOUND'], [['pool', 'wroker'], 'NOT_FOUND'], [['job', 'show', 'improt'], 'NOT_FOUND'],
    [['issue', 'show', 'ffff'], 'NOT_FOUND'], [['breaker', 'nosuch'], 'NOT_FOUND'], [['health'], 'BAD_ARGUMENT'], [['breaker', '--open'], 'BAD_ARGUMENT'], [['stuck', '--kill', '--restart'], 'BAD_ARGUMENT'],
    [['wait', 'web', '--timeout', 'soon'], 'BAD_ARGUMENT'], [['ps', '--where', 'sate=running'], 'BAD_ARGUMENT'], [['signal', 'HANGUP', 'web'], 'BAD_SIGNAL'], [['stauts'], 'UNKNOWN_METHOD', 'did you mean status?'], [['job'], 'BAD_ARGUMENT'],
    [['start'], 'BAD_ARGUMENT'], [['operation', '4096'], 'NOT_FOUND'], [['help', 'nosuch'], 'UNKNOWN_METHOD'],
  ];
  for (const [words, code, hint] of cases) {
    const said = await runHere(url, words);
    const ran = await runHere(url, [...words, '--json']);
    assert.deepEqual([ran.code, ran.out], [said.code, ''], `${words.join(' ')}: ${ran.out}${ran.err}, in words ${said.code}`);
    const value = JSON.parse(ran.err) as { error: { code: string; message: string; advice: string; retryable: boolean; hint?: string } };
    assert.deepEqual(complaints({ $ref: '#/components/schemas/ErrorAnswer' }, value), []);
    assert.deepEqual([value.error.code, value.error.retryable], [code, ERRORS[code].retryable], words.join(' '));
    assert.ok(value.error.advice.length > 10, words.join(' '));
    if (hint !== undefined) assert.equal(value.error.hint, hint);
  }
  const nobody = await runHere(`unix://${daemon.dir}/none.sock`, ['status', '--json']);
  assert.deepEqual([nobody.code, nobody.out, (JSON.parse(nobody.err) as { error: { code: string } }).error.code], [4, '', 'NO_DAEMON']);
});
