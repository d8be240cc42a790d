// Schedules for tests, as a file would say them.
import assert from 'node:assert/strict';
import { parseCron } from '../../config/cron.ts';
import type { ScheduleSpec } from '../../config/job-spec.ts';
import { ms } from './job-world.ts';

export function cron(text: string): ScheduleSpec {
  const parsed = parseCron(text, 'or');
  assert.ok(!('problem' in parsed), text);
  return { kind: 'cron', text, cron: parsed };
}

export function every(time: string | number, align = false, runOnStart = false): ScheduleSpec {
  return { kind: 'every', everyMs: ms(time), align, runOnStart };
}
