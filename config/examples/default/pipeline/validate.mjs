// Stage 2: drops what cannot be an order.
import { follow, serve } from './chain.mjs';

const send = serve('validate');
follow('ingest', (order) => {
  if (order.pieces > 0) send(order);
  else console.error(`order ${order.id} dropped: ${order.pieces} pieces`);
});
