// What the page says of schedules.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scheduleWords } from '../../web-ui/schedule-words.ts';

const SAID: Readonly<Record<string, string>> = {
  '': 'by hand, or after another job',
  'every 5s': 'every 5 seconds',
  'every 1m': 'every minute',
  'every 90s': 'every 90 seconds',
  '* * * * *': 'every minute',
  '*/10 * * * * *': 'every 10 seconds',
  '*/15 * * * *': 'every 15 minutes',
  '0 3 * * *': 'daily at 03:00',
  '@hourly': 'every hour at :00',
  '@daily': 'daily at 00:00',
  '0 */6 * * *': 'every 6 hours at :00',
  '15,45 * * * *': 'every hour at :15 and :45',
  '15,45 18-20 * * *': 'daily at 18:15, 18:45, 19:15, 19:45, 20:15 and 20:45',
  '0 8 * * mon-fri': 'Monday to Friday, at 08:00',
  '0 0 * * 6,0': 'Saturday and Sunday, at 00:00',
  '*/10 9-17 * * 1-5': 'Monday to Friday, every 10 minutes from 09:00 to 17:50',
  '0 9-17 * * *': 'every hour at :00 from 09:00 to 17:00',
  '* 3 * * *': 'every minute from 03:00 to 03:59',
  '30 22 L * *': 'on the last day of the month, at 22:30',
  '15 9 * * 5#3': 'on the third Friday of the month, at 09:15',
  '5 4 * * friL': 'on the last Friday of the month, at 04:05',
  '0 6 1 1,4,7,10 *': 'on day 1 of January, April, July and October, at 06:00',
  '0 0 13 * 5': 'on day 13 of the month and Friday (either or both, as day_match says), at 00:00',
  '30 15 14 3 * *': 'on day 3 of the month, at 14:15:30',
};

for (const [written, words] of Object.entries(SAID)) test(`the page says "${words}" for "${written}"`, () => assert.equal(scheduleWords(written), words));

test('a step that does not fit the hour is listed, since it is not every so many minutes', () => {
  assert.match(scheduleWords('*/7 * * * *'), /^every hour at :00, :07, :14/);
});

test('what is no schedule is shown as it is written', () => {
  assert.equal(scheduleWords('some day'), 'some day');
});
