// Examples of what is asked about the daemon, its events and its configuration (example.ts says what an example is).
import type { Subject } from './example.ts';
import { CSRF_HEADER } from './page.ts';
import { NDJSON } from './rest.ts';

export const DAEMON_EXAMPLES: Subject = {
  title: 'The daemon',
  says: 'Who answers, whether all is well, and what happened.',
  examples: [
    { route: 'version', says: 'Who answers.' },
    { route: 'info', says: 'The daemon as a whole.' },
    { route: 'livez', says: 'It answers.', shows: ['ok'] },
    { route: 'readyz', says: 'Everything that is wanted is there.', shows: ['ok'] },
    { route: 'metrics', says: 'Figures for Prometheus.', shows: ['reeve_process_up'] },
    { route: 'page', says: 'What this server is.', shows: ['reeve'] },
    { route: 'openapi', says: 'The description of all this.' },
    { route: 'session', says: 'Who asks, and what that allows.' },
    { route: 'login', says: 'Begin a session: its cookie comes with the answer.', args: { name: 'ann', password: 'secret' }, page: true, keep: { cookie: 'cookie', csrf: '/csrf' } },
    { route: 'login', key: 'wrong', says: 'Nobody has this name and password.', args: { name: 'ann', password: 'guess' }, page: true, refused: 'UNAUTHENTICATED' },
    { route: 'logout', says: 'End the session.', page: true, headers: { Cookie: '$cookie', [CSRF_HEADER]: '$csrf' } },
    { route: 'doctor', says: 'What of the machine is missing, limited or open.' },
    { route: 'maintail', says: 'The end of the daemon\'s own log.', args: { bytes: 4000 }, shows: ['entered RUNNING state'] },
    { route: 'maintail', key: 'range', says: 'A negative offset goes with length 0.', args: { offset: -100, length: 5 }, refused: 'BAD_RANGE' },
    { route: 'mainlog-follow', says: 'It, as it is written.', args: { bytes: 4000 }, lines: 3, shows: ['INFO'] },
    { route: 'events', says: 'What has happened to one process, as Server-Sent Events.', args: { names: ['web'], since: '0' }, lines: 11, shows: ['event: daemon', 'event: process.added'] },
    { route: 'events', key: 'lines', says: 'The same as JSON, an object a line, until now.', args: { names: ['web'], since: '0', follow: false }, accept: NDJSON, shows: ['"type":"process.spawned"'] },
    { route: 'event-counts', says: 'How much happened.' },
    { route: 'events', key: 'since', says: 'Neither a number nor a time.', args: { since: 'soon' }, refused: 'BAD_ARGUMENT' },
  ],
};

export const ENDING_EXAMPLES: Subject = {
  title: 'Configuration, and the end',
  says: 'All of it takes the role admin, but `add`, `remove` and what only shows.',
  examples: [
    { route: 'audit', says: 'Who did what.', args: { limit: 2 } },
    { route: 'avail', says: 'What is configured.' },
    { route: 'process-config', says: 'Every setting of one process, and the line that says it.', args: { name: 'web' } },
    { route: 'process-config', key: 'unknown', says: 'Nobody has this name.', args: { name: 'wbe' }, refused: 'NOT_FOUND' },
    { route: 'reread', says: 'What of the file has changed since it was read.', append: '\n[programs.clock]\ncommand = "sleep 1000000"\nstartsecs = 0\n' },
    { route: 'plan', says: 'What apply would do.', keep: { plan: '/id' } },
    { route: 'apply', says: 'Do it, if it is still that.', args: { plan: '$plan', wait: '30s' } },
    { route: 'apply', key: 'stale', says: 'A plan that is not the plan any more.', args: { plan: '0000000000000000' }, refused: 'STALE_PLAN' },
    { route: 'remove', says: 'Forget a group of which nobody runs.', args: { names: ['report'], wait: '10s' } },
    { route: 'remove', key: 'running', says: 'Somebody of the group runs.', args: { names: ['web'], wait: '10s' } },
    { route: 'add', says: 'Take it in again.', args: { names: ['report'], wait: '10s' } },
    { route: 'add', key: 'there', says: 'It is there already.', args: { names: ['web'], wait: '10s' } },
    { route: 'update', says: 'What changed in one group.', args: { names: ['web'], wait: '10s' } },
    { route: 'update', key: 'unknown', says: 'There is no such group.', args: { names: ['wbe'], wait: '10s' } },
    { route: 'reload', says: 'Everything anew, with the file as it is.' },
    { route: 'shutdown', key: 'mode', says: 'There is no such mode.', args: { mode: 'quick' }, refused: 'BAD_ARGUMENT' },
    { route: 'shutdown', says: 'The end, each program with its own stop wait.', args: { mode: 'warm' } },
  ],
};
