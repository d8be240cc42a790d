// supervisord as Debian packs it.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gone, run } from './wait.ts';
import type { BenchProgram, Subject } from './subject.ts';

function section({ name, argv, copies, logfile }: BenchProgram): string {
  return `[program:${name}]
command=${argv.join(' ')}
numprocs=${copies}
process_name=${copies > 1 ? '%(program_name)s_%(process_num)04d' : '%(program_name)s'}
startsecs=0
autorestart=true
redirect_stderr=true
stdout_logfile=${logfile ?? 'NONE'}
stdout_logfile_maxbytes=50MB
stdout_logfile_backups=10
`;
}

/** Null where it is not installed. */
export async function supervisord(): Promise<Subject | null> {
  const version = await run('supervisord', ['--version']).catch(() => null);
  if (version === null) return null;
  return {
    name: 'supervisord', version: version.trim(), maxCopies: 1000, asks: false, schedules: false,
    launch(folder, programs) {
      const file = join(folder, 'supervisord.conf');
      writeFileSync(file, `[supervisord]
nodaemon=true
logfile=${folder}/supervisord.log
pidfile=${folder}/supervisord.pid
childlogdir=${folder}
minfds=8192
[unix_http_server]
file=${folder}/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://${folder}/s.sock
${programs.map(section).join('\n')}`);
      const daemon = spawn('supervisord', ['-n', '-c', file], { stdio: 'ignore', cwd: folder });
      const pid = daemon.pid ?? 0;
      return Promise.resolve({
        pid: () => Promise.resolve(pid),
        status: async () => { await run('supervisorctl', ['-c', file, 'status']); },
        ping: null, metrics: null,
        async [Symbol.asyncDispose]() {
          daemon.kill('SIGTERM');
          await gone(pid, 60_000);
        },
      });
    },
  };
}
