// Stage 3: adds the price.
import { follow, serve } from './chain.mjs';

const PRICES = { tea: 180, coffee: 250 };
const send = serve('transform');
follow('validate', (order) => send({ ...order, cents: order.pieces * PRICES[order.item] }));
