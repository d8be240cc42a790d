// Every method that XML-RPC offers. A name is looked up here and nowhere else: there is no path from a request to anything that
// is not in this table (CVE-2017-11610 was supervisord walking from attribute to attribute).
import type { Call, Method } from './xmlrpc-call.ts';
import { addGroup, API_VERSION, getState, reloadConfig, removeGroup, restart, sendRemoteEvent, shutdown, SUPERVISOR_VERSION } from './xmlrpc-daemon.ts';
import { getAllConfigInfo, getAllProcessInfo, getProcessInfo } from './xmlrpc-info.ts';
import { clearAllLogs, clearLogs, clearMainLog, readMainLog, readStderr, readStdout, tailStderr, tailStdout } from './xmlrpc-logs.ts';
import { sendStdin, signalAll, signalGroup, signalProcess, startAll, startGroup, startProcess, stopAll, stopGroup, stopProcess } from './xmlrpc-processes.ts';

const NAMES = 'A name is `p` (the process p of the group p), `group:p`, or `group:*`';
const RANGE = 'A negative offset with length 0 means the last bytes; length 0 means to the end';
const TAIL = 'Answers [bytes, size of the log, whether more than offset + length was there]; then the last `length` bytes are sent';
const STATUS = 'Answers a struct {name, group, status, description} for each';

/** Without their namespace. */
const SUPERVISOR = {
  getAPIVersion: { signature: ['string'], role: 'read', says: 'Version of this interface.', run: () => API_VERSION },
  getSupervisorVersion: { signature: ['string'], role: 'read', says: 'The release of supervisord that this server behaves like. Its own version is at /v1/version.', run: () => SUPERVISOR_VERSION },
  getIdentification: { signature: ['string'], role: 'read', says: 'The identifier from the configuration.', run: ({ control }: Call) => control.snapshot().daemon.identifier },
  getState: { signature: ['struct'], role: 'read', says: 'State of the daemon as {statecode, statename}.', run: getState },
  getPID: { signature: ['int'], role: 'read', says: 'Pid of the daemon.', run: ({ control }: Call) => control.snapshot().daemon.pid },
  readLog: { signature: ['string', 'int', 'int'], role: 'read', says: `Bytes of the daemon's own log, from an offset, so many. ${RANGE}.`, run: readMainLog },
  clearLog: { signature: ['boolean'], role: 'operate', says: "Empties the daemon's own log.", run: clearMainLog },
  shutdown: { signature: ['boolean'], role: 'admin', says: 'Stops everything and ends the daemon. Answers at once.', run: shutdown },
  restart: { signature: ['boolean'], role: 'admin', says: 'Reads the configuration and restarts everything by it. A bad file changes nothing and is a fault.', run: restart },
  reloadConfig: { signature: ['array'], role: 'admin', says: 'Reads the configuration and applies nothing. Answers [[added, changed, removed]], names of groups.', run: reloadConfig },
  addProcessGroup: { signature: ['boolean', 'string'], role: 'operate', says: 'Adds a group as the file last read has it, and starts it.', run: addGroup },
  removeProcessGroup: { signature: ['boolean', 'string'], role: 'operate', says: 'Forgets a group of which nobody runs.', run: removeGroup },
  startProcess: { signature: ['boolean', 'string', 'boolean'], optional: 1, role: 'operate', says: `Starts a process and, unless told not to, waits until it is RUNNING. ${NAMES}.`, run: startProcess },
  startProcessGroup: { signature: ['array', 'string', 'boolean'], optional: 1, role: 'operate', says: `Starts what does not run of a group. ${STATUS}.`, run: startGroup },
  startAllProcesses: { signature: ['array', 'boolean'], optional: 1, role: 'operate', says: `Starts everything that does not run. ${STATUS}.`, run: startAll },
  stopProcess: { signature: ['boolean', 'string', 'boolean'], optional: 1, role: 'operate', says: `Stops a process and, unless told not to, waits until it is gone. ${NAMES}.`, run: stopProcess },
  stopProcessGroup: { signature: ['array', 'string', 'boolean'], optional: 1, role: 'operate', says: `Stops what runs of a group. ${STATUS}.`, run: stopGroup },
  stopAllProcesses: { signature: ['array', 'boolean'], optional: 1, role: 'operate', says: `Stops everything that runs. ${STATUS}.`, run: stopAll },
  signalProcess: { signature: ['boolean', 'string', 'string'], role: 'operate', says: `Sends a signal, by name or number, to a process. ${NAMES}.`, run: signalProcess },
  signalProcessGroup: { signature: ['array', 'string', 'string'], role: 'operate', says: `Sends a signal to every process of a group that can take one. ${STATUS}.`, run: signalGroup },
  signalAllProcesses: { signature: ['array', 'string'], role: 'operate', says: `Sends a signal to every process that can take one. ${STATUS}.`, run: signalAll },
  getAllConfigInfo: { signature: ['array'], role: 'read', says: 'How each process is configured by the file last read.', run: getAllConfigInfo },
  getProcessInfo: { signature: ['struct', 'string'], role: 'read', says: 'What one process is doing.', run: getProcessInfo },
  getAllProcessInfo: { signature: ['array'], role: 'read', says: 'What every process is doing.', run: getAllProcessInfo },
  readProcessStdoutLog: { signature: ['string', 'string', 'int', 'int'], role: 'read', says: `Bytes of what a process wrote to stdout, from an offset, so many. ${RANGE}.`, run: readStdout },
  readProcessStderrLog: { signature: ['string', 'string', 'int', 'int'], role: 'read', says: `Bytes of what a process wrote to stderr, from an offset, so many. ${RANGE}.`, run: readStderr },
  tailProcessStdoutLog: { signature: ['array', 'string', 'int', 'int'], role: 'read', says: `The end of what a process wrote to stdout. ${TAIL}.`, run: tailStdout },
  tailProcessStderrLog: { signature: ['array', 'string', 'int', 'int'], role: 'read', says: `The end of what a process wrote to stderr. ${TAIL}.`, run: tailStderr },
  clearProcessLogs: { signature: ['boolean', 'string'], role: 'operate', says: 'Empties the logs of a process.', run: clearLogs },
  clearAllProcessLogs: { signature: ['array'], role: 'operate', says: `Empties the logs of every process. ${STATUS}.`, run: clearAllLogs },
  sendProcessStdin: { signature: ['boolean', 'string', 'string'], role: 'operate', says: 'Writes text to the stdin of a process.', run: sendStdin },
  sendRemoteCommEvent: { signature: ['boolean', 'string', 'string'], role: 'operate', always: true, says: 'Tells listeners to REMOTE_COMMUNICATION a type and data.', run: sendRemoteEvent },
} as const satisfies Record<string, Method>;

const ALIASES: Readonly<Record<string, keyof typeof SUPERVISOR>> = {
  getVersion: 'getAPIVersion', readMainLog: 'readLog', readProcessLog: 'readProcessStdoutLog', tailProcessLog: 'tailProcessStdoutLog', clearProcessLog: 'clearProcessLogs',
};

/** supervisor.*, by full name, aliases included. */
export const SUPERVISOR_METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ...Object.entries(SUPERVISOR).map(([name, method]): [string, Method] => [`supervisor.${name}`, method]),
  ...Object.entries(ALIASES).map(([alias, name]): [string, Method] => [`supervisor.${alias}`, SUPERVISOR[name]]),
]);
