// A job that runs once: takes three seconds, says what it did, and exits 0.
import { setTimeout as pause } from 'node:timers/promises';

for (const part of ['orders', 'stock', 'invoices']) {
  await pause(1000);
  console.log(`counted ${part}`);
}
console.log('report done');
