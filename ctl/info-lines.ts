// The daemon as a whole, and the instances of a program, as a person reads them. Pure.
import type { InfoAnswer, PoolAnswer, WorkerStatus } from '../daemon/contract/info.ts';
import { shortName } from '../daemon/contract/names.ts';
import type { JobStyle } from './job-lines.ts';
import { printable } from './screen.ts';
import type { Paint } from './screen.ts';
import { sizeText } from './size-text.ts';
import { tableLines } from './table-lines.ts';
import { relative, shortDuration } from './time-words.ts';

/** `2 RUNNING, 1 FATAL`; '' where there are none. */
function states(counts: Readonly<Partial<Record<string, number>>>): string {
  return Object.entries(counts).filter(([, n]) => (n ?? 0) > 0).map(([state, n]) => `${n} ${state.replace('_', '-')}`).join(', ');
}

/** A name and its value in columns; what is '' is left out. */
export function infoLines(info: InfoAnswer): readonly string[] {
  const { own, jobs, alerts, logs, limits } = info;
  const number = (n: number, what: string): string => (n === 0 ? '' : `${n} ${what}`);
  const some = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(', ');
  const rows: readonly (readonly [string, string])[] = [
    ['daemon', `${info.identifier} ${info.version}, ${info.state}`], ['pid', `${own.pid}, up for ${shortDuration(info.uptimeMs)}`], ['memory', `${sizeText(own.rssBytes)} (heap ${sizeText(own.heapBytes)}), Node ${own.node}`],
    ['file', info.files.length > 1 ? `${info.file} and ${info.files.length - 1} more` : info.file], ['layer', `${info.layer}${info.layerWhy === '' ? '' : `: ${info.layerWhy}`}${info.subreaper ? '' : '; orphans of programs are not reaped here'}`],
    ['listens', info.listeners.join(', ')], ['state', info.stateDir ?? `in memory only${info.stateWhy === '' ? '' : `: ${info.stateWhy}`}`], ['log', info.logfile ?? 'stderr'],
    ['processes', states(info.processes) || 'none'], ['health', states(Object.fromEntries(Object.entries(info.health).filter(([state]) => state !== 'unknown')))], ['groups', states(info.groups)],
    ['jobs', jobs.total === 0 ? '' : some(String(jobs.total), number(jobs.running, 'running'), number(jobs.held, 'held'), number(jobs.paused, 'paused'), number(jobs.disabled, 'disabled'))], ['runs', states(info.runs)],
    ['checks', states(info.checks)], ['issues', states(info.issues)], ['breakers', states(info.breakers)], ['dead letters', info.deadLetters === 0 ? '' : String(info.deadLetters)],
    ['alerts', alerts.rules === 0 ? '' : some(String(alerts.rules), number(alerts.lasting, 'lasting'), number(alerts.waiting, 'waiting'), number(alerts.lost, 'lost'), number(alerts.silences, 'silenced'))],
    ['drain', info.drain === null ? '' : `${info.drain.names.length === 0 ? 'everything' : info.drain.names.join(', ')}, by ${info.drain.by}`], ['operations', info.operations === 0 ? '' : `${info.operations} going on`],
    ['logs', some(`${sizeText(logs.bytes)} written`, number(logs.rotations, 'rotations'), logs.droppedBytes === 0 ? '' : `${sizeText(logs.droppedBytes)} lost`, number(logs.blocked, 'waiting for a full disk'))],
    ['limits', some(limits.maxParallel === null ? '' : `${limits.maxParallel} runs at a time`, ...limits.machine.filter((one) => !one.ok).map((one) => `${one.name}: ${one.detail}`))], ['events', `${info.events.last}, kept from ${info.events.oldest} on`],
  ];
  const shown = rows.filter(([, value]) => value !== '');
  const width = Math.max(...shown.map(([name]) => name.length)) + 2;
  return shown.map(([name, value]) => `${name.padEnd(width)}${printable(value)}`);
}

const PAINTS: Readonly<Record<WorkerStatus, Paint>> = { running: 'green', stopped: 'grey', crashed: 'red' };

/** One line about the program, then its instances. */
export function poolLines(pool: PoolAnswer, style: JobStyle): readonly string[] {
  const { autoscale } = pool;
  const by = autoscale === null ? '' : `; ${autoscale.min} to ${autoscale.max} by ${autoscale.by}${autoscale.held ? ', held by an operator' : ''}`;
  return [
    `${pool.pool}: ${pool.count} instance${pool.count === 1 ? '' : 's'}, ${pool.running} running, ${pool.stopped} stopped, ${pool.crashed} crashed${by}`,
    ...tableLines(
      ['WORKER', 'PID', 'STATUS', 'STATE', 'STARTED', 'CHECKED', 'HEALTH', 'MEMORY', 'CPU', 'RESTARTS', 'WHY'],
      pool.workers.map((one) => [
        shortName(one.id), one.pid === null ? '-' : String(one.pid), { text: one.status, paint: PAINTS[one.status] }, one.state, one.startedAt === null ? '-' : relative(one.startedAt, style.now),
        one.lastCheckAt === null ? '-' : relative(one.lastCheckAt, style.now), one.health, one.rssBytes === null ? '-' : sizeText(one.rssBytes), one.cpuPercent === null ? '-' : `${Math.round(one.cpuPercent)} %`, String(one.restarts),
        one.status === 'running' ? '' : one.why,
      ]),
      { ...style, right: new Set([1, 7, 8, 9]), drop: [8, 3] },
    ),
  ];
}
