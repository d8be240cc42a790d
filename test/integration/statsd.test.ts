// A statsd server hears what a real daemon does.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { TestContext } from 'node:test';
import { onBoth } from '../support/both-layers.ts';
import { atEnd } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';

/** A server on the loopback that keeps all lines. */
async function statsd(t: TestContext): Promise<{ readonly port: number; readonly lines: string[] }> {
  const socket = createSocket('udp4');
  const lines: string[] = [];
  socket.on('message', (bytes) => lines.push(...bytes.toString().split('\n')));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  atEnd(t, () => void socket.close());
  return { port: socket.address().port, lines };
}

onBoth('a statsd server hears of starts and ends of processes and runs, from the first one to the last [C92]', async ({ t, start }) => {
  const { port, lines } = await statsd(t);
  const d = await start({ config: `[daemon]\nstate_dir = "state"\nruntime_dir = "run"\nstatsd = "127.0.0.1:${port}"\n[programs.web]\ncommand = "sleep 300"\nstartsecs = 0\n[jobs.once]\ncommand = ["sh", "-c", "exit 3"]\nevery = "1h"\nrun_on_start = true\ntimeout = "1m"\n` });
  await waitFor('the begin', () => lines.includes('reeve.process.started:1|c|#process:web:web') && lines.includes('reeve.job.ended:1|c|#job:once,result:failed,cause:exit'));
  assert.ok(lines.some((line) => /^reeve\.job\.duration:\d+\|ms\|#job:once,result:failed$/.test(line)), lines.join('\n'));
  assert.ok(lines.includes('reeve.job.started:1|c|#job:once,trigger:schedule'), lines.join('\n'));
  await d.stop();
  await waitFor('the end', () => lines.some((line) => line.startsWith('reeve.process.ended:1|c|#process:web:web,signal:TERM')));
});

onBoth('a daemon whose statsd server is not there goes on, and says so once', async ({ start }) => {
  const d = await start({ config: `[daemon]\nstate_dir = "state"\nruntime_dir = "run"\nstatsd = "statsd.invalid:8125"\n[programs.web]\n command = ["sh", "-c", "sleep 0.3; exit 1"]\nstartsecs = 0\nrestart_delay = "50ms"\nrestart_max_delay = "50ms"\n` });
  const warned = await d.fact('daemon.warning', ({ what }) => what === 'statsd');
  assert.match(warned.message, /^cannot send to statsd at statsd\.invalid:8125: .+; what happens meanwhile is not told there$/);
  await d.fact('process.starting', ({ incarnation }) => incarnation === 4);
  assert.equal(d.facts.filter((fact) => fact.type === 'daemon.warning' && fact.what === 'statsd').length, 1);
});
