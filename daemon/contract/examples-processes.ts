// Examples of what is asked about processes and their logs (example.ts says what an example is).
import type { Subject } from './example.ts';
import { NDJSON } from './rest.ts';

export const PROCESS_EXAMPLES: Subject = {
  title: 'Processes',
  says: 'A name is `group:name`, a name alone, `group:*` or `all`. What changes something answers with an operation; `wait` holds the answer back until it has ended.',
  examples: [
    { route: 'wait', says: 'Both workers are to be up within ten seconds.', args: { names: ['web', 'worker:*'], for: 'running', timeout: '10s' } },
    { route: 'wait', key: 'state', says: 'A state that cannot be waited for.', args: { names: ['web'], for: 'fatal' }, refused: 'BAD_ARGUMENT' },
    { route: 'status', says: 'One process.', args: { names: ['web'] } },
    { route: 'status', key: 'unknown', says: 'Nobody has this name.', args: { names: ['wbe'] }, refused: 'NOT_FOUND' },
    { route: 'explain', says: 'Why it is as it is.', args: { names: ['web'] } },
    { route: 'explain', key: 'unknown', says: 'Nobody has this name.', args: { names: ['wrker'] }, refused: 'NOT_FOUND' },
    { route: 'pool', says: 'A program with its instances.', args: { name: 'worker' } },
    { route: 'pool', key: 'unknown', says: 'There is no such program.', args: { name: 'wroker' }, refused: 'NOT_FOUND' },
    { route: 'top', says: 'What a process uses, with all it started.', args: { names: ['web'] } },
    { route: 'top', key: 'unknown', says: 'Nobody has this name.', args: { names: ['wbe'] }, refused: 'NOT_FOUND' },
    { route: 'health', says: 'How a process is, by its probes.', args: { names: ['web'], history: true } },
    { route: 'health', key: 'unknown', says: 'Nobody has this name.', args: { names: ['wbe'] }, refused: 'NOT_FOUND' },
    { route: 'probe', says: 'Look now.', args: { names: ['web'] } },
    { route: 'probe', key: 'missing', says: 'Without a name.', refused: 'BAD_ARGUMENT' },
    { route: 'ps', says: 'Whoever is RUNNING and of the group worker, with memory and CPU.', args: { where: 'state=running && group=worker', usage: true } },
    { route: 'ps', key: 'field', says: 'A filter with a field that does not exist.', args: { where: 'sate=running' }, refused: 'BAD_ARGUMENT' },
    { route: 'stop', says: 'Stop, and wait for the end of all it started.', args: { names: ['worker:worker-1'], wait: '10s' }, keep: { operation: '/id' } },
    { route: 'stop', key: 'unknown', says: 'What goes wrong with one of several names is said beside it.', args: { names: ['wbe'], wait: '10s' } },
    { route: 'operation', says: 'What became of an operation.', args: { id: '$operation' } },
    { route: 'operation', key: 'unknown', says: 'It was forgotten, or never was.', args: { id: '4096' }, refused: 'NOT_FOUND' },
    { route: 'start', says: 'Start, and wait until it is RUNNING.', args: { names: ['worker:worker-1'], wait: '10s' } },
    { route: 'start', key: 'missing', says: 'Without a name.', refused: 'BAD_ARGUMENT' },
    { route: 'restart', says: 'One after the other, each well before the next.', args: { names: ['worker:*'], rolling: true, wait: '30s' } },
    { route: 'restart', key: 'missing', says: 'Without a name.', refused: 'BAD_ARGUMENT' },
    { route: 'signal', says: 'A signal to the main process.', args: { names: ['worker:worker-0'], signal: 'CONT', wait: '10s' } },
    { route: 'signal', key: 'unknown', says: 'There is no such signal.', args: { names: ['web'], signal: 'HANGUP' }, refused: 'BAD_SIGNAL' },
    { route: 'stdin', says: 'A line for its standard input.', args: { name: 'web', text: 'hello\n' } },
    { route: 'stdin', key: 'closed', says: 'One that reads nothing.', args: { name: 'worker:worker-0', text: 'hello\n' }, refused: 'NO_STDIN' },
    { route: 'scale', says: 'Three workers.', args: { name: 'worker', instances: '3', wait: '10s' } },
    { route: 'scale', key: 'unknown', says: 'There is no such program.', args: { name: 'wroker', instances: '3' }, refused: 'NOT_FOUND' },
    { route: 'disable', says: 'Down, and to stay so.', args: { names: ['worker:worker-2'], wait: '10s' } },
    { route: 'disable', key: 'missing', says: 'Without a name.', refused: 'BAD_ARGUMENT' },
    { route: 'enable', says: 'It may be started again.', args: { names: ['worker:worker-2'], wait: '10s' } },
    { route: 'enable', key: 'missing', says: 'Without a name.', refused: 'BAD_ARGUMENT' },
  ],
};

export const LOG_EXAMPLES: Subject = {
  title: 'Logs of processes',
  says: 'Bytes as they were written. X-Log-Offset is the size of the log after them.',
  examples: [
    { route: 'tail', says: 'The end of a log.', args: { name: 'web', bytes: 200 }, shows: ['listening on port 8080'] },
    { route: 'tail', key: 'unknown', says: 'Nobody has this name.', args: { name: 'wbe' }, refused: 'NOT_FOUND' },
    { route: 'logs', says: 'What several have written so far, a JSON object a line.', args: { names: ['web', 'worker:*'], channel: 'stdout', follow: false }, accept: NDJSON, shows: ['listening on port 8080'] },
    { route: 'logs', key: 'missing', says: 'Without a name.', args: { follow: false }, refused: 'BAD_ARGUMENT' },
    { route: 'rotate', says: 'Begin a new file.', args: { names: ['web'], wait: '10s' } },
    { route: 'rotate', key: 'missing', says: 'Without a name.', refused: 'BAD_ARGUMENT' },
    { route: 'clear', says: 'Empty a log.', args: { names: ['web'], wait: '10s' } },
    { route: 'clear', key: 'missing', says: 'Without a name.', refused: 'BAD_ARGUMENT' },
  ],
};
