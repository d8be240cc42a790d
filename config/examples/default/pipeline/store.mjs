// Stage 4: writes orders down, one JSON object a line, in a file that is begun anew at 1 MB.
import { appendFileSync, statSync, truncateSync } from 'node:fs';
import { follow } from './chain.mjs';

const FILE = 'orders.jsonl';
const LIMIT = 1024 * 1024;
let stored = 0;

follow('transform', (order) => {
  if ((statSync(FILE, { throwIfNoEntry: false })?.size ?? 0) > LIMIT) truncateSync(FILE);
  appendFileSync(FILE, `${JSON.stringify(order)}\n`);
  stored += 1;
  if (stored % 20 === 0) console.log(`${stored} orders stored`);
});
