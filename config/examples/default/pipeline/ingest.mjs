// Stage 1: invents an order every half second; some are nonsense.
import { serve } from './chain.mjs';

const send = serve('ingest');
let id = 0;
setInterval(() => {
  id += 1;
  send({ id, item: id % 3 === 0 ? 'tea' : 'coffee', pieces: id % 7 === 0 ? -1 : 1 + (id % 5) });
}, Number(process.env.ORDER_EVERY_MS ?? 500));
