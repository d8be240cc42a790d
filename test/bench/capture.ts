// How fast, and at what price, does output get from a child's pipe into rotating files? One JSON line. Run: node test/bench/capture.ts
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { availableParallelism } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { LogWorld, logSpec, makePipe, noNative } from '../support/log-world.ts';

const MIB = 1024 * 1024;
const LINE = 'x'.repeat(99);
const BLOCK_BYTES = 4096 * MIB;
const LINE_BYTES = 512 * MIB;

// C-less writers: `yes` writes in blocks; stdbuf makes seq write each line by itself.
const BLOCK = { command: 'sh', args: ['-c', `yes ${LINE} | head -c ${BLOCK_BYTES}`], bytes: BLOCK_BYTES };
const NODE_BLOCK = {
  command: process.execPath,
  args: [
    '-e',
    `const b=Buffer.from(${JSON.stringify(LINE + '\n')}.repeat(655));const fs=require('fs');for(let n=Math.floor(${BLOCK_BYTES}/b.length);n>0;n--)for(let at=0;at<b.length;)at+=fs.writeSync(1,b,at);`,
  ],
  bytes: Math.floor(BLOCK_BYTES / 65500) * 65500,
};
const LINES = Math.floor(LINE_BYTES / 100);
const LINE_WRITER = {
  command: 'stdbuf',
  args: ['-oL', 'seq', '-f', `%0.f${'x'.repeat(83)}`, '1000000000000000', String(1000000000000000 + LINES - 1)],
  bytes: LINES * 100,
};

interface Load {
  readonly command: string;
  readonly args: readonly string[];
  readonly bytes: number;
}

async function measure(name: string, load: Load): Promise<object> {
  await using world = new LogWorld();
  world.open(logSpec(name, { file: world.path('out.log'), maxBytes: 50 * MIB, backups: 10 }));
  const { ours, theirs } = makePipe();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const child = spawn(load.command, load.args, { stdio: ['ignore', theirs, 'inherit'] });
  fs.closeSync(theirs);
  world.plane.attach(world.child(name), 'stdout', { fd: ours });
  const ended = Promise.withResolvers<void>();
  child.on('exit', () => ended.resolve());
  await ended.promise;
  await new Promise<void>((resolve) => world.plane.drain(world.child(name), resolve));
  const seconds = (performance.now() - begun) / 1000;
  const used = process.cpuUsage(cpu);
  delay.disable();
  const { bytes, rotations } = world.plane.stats(name);
  return {
    name,
    megabytesPerSecond: Math.round(bytes / 1e6 / seconds),
    cpuSecondsPerGib: Number(((used.user + used.system) / 1e6 / (bytes / 1024 ** 3)).toFixed(2)),
    loopDelayP99Ms: Number((delay.percentile(99) / 1e6).toFixed(1)),
    loopDelayMaxMs: Number((delay.max / 1e6).toFixed(1)),
    rotations,
    complete: bytes === load.bytes,
  };
}

async function crowd(children: number, seconds: number): Promise<object> {
  await using world = new LogWorld();
  // One writer process with many pipes: the load on the reader is the same, and 2 cores are not eaten by 1,000 interpreters.
  const python = `import os,time,sys\nn=int(sys.argv[1]);l=b${JSON.stringify(LINE)}+b"\\n";end=time.time()+float(sys.argv[2])\nwhile time.time()<end:\n  t=time.time()\n  for i in range(n):\n    os.write(3+i,l)\n    if i%(n//20)==0: time.sleep(max(0,(0.05*i/n)-(time.time()-t)))\n  time.sleep(max(0,0.05-(time.time()-t)))\n`;
  const fds: number[] = [];
  for (let i = 0; i < children; i += 1) {
    const id = `p${i}`;
    world.open(logSpec(id, { file: world.path(`${id}.log`), maxBytes: 50 * MIB }));
    const { ours, theirs } = makePipe();
    world.plane.attach(world.child(id), 'stdout', { fd: ours });
    fds.push(theirs);
  }
  const child = spawn('python3', ['-c', python, String(children), String(seconds)], { stdio: ['ignore', 'inherit', 'inherit', ...fds] });
  for (const fd of fds) fs.closeSync(fd);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const total = (): number => fds.reduce((sum, _, i) => sum + world.plane.stats(`p${i}`).bytes, 0);
  const before = total();
  await new Promise((resolve) => setTimeout(resolve, (seconds - 2.5) * 1000));
  const used = process.cpuUsage(cpu);
  const elapsed = performance.now() - begun;
  delay.disable();
  const lines = (total() - before) / 100;
  const ended = Promise.withResolvers<void>();
  child.on('exit', () => ended.resolve());
  await ended.promise;
  return {
    name: 'crowd',
    children,
    linesPerSecond: Math.round((lines / elapsed) * 1000),
    cpuPercent: Number(((used.user + used.system) / 10 / elapsed).toFixed(1)),
    loopDelayP99Ms: Number((delay.percentile(99) / 1e6).toFixed(1)),
  };
}

if (noNative !== null) {
  console.log(JSON.stringify({ bench: 'capture', skipped: `native capture is not available: ${noNative}` }));
} else {
  const results = [
    await measure('block', NODE_BLOCK),
    await measure('block (yes)', BLOCK),
    await measure('line', LINE_WRITER),
    await crowd(1000, 8),
  ];
  console.log(JSON.stringify({ bench: 'capture', cpus: availableParallelism(), results }));
}
