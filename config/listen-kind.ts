// `listen = [...]`: where the control API listens.
import { shown } from './problems.ts';
import { noNul, commaList, isTable } from './kind.ts';
import { umask } from './kinds.ts';
import type { Complain, Kind } from './kind.ts';

/** One listener as written. */
export interface WrittenListener {
  readonly address: string;
  readonly username?: string;
  readonly password?: string;
  readonly mode?: number;
  readonly owner?: string;
}

/** Listeners: addresses, or tables where one has credentials, a mode or an owner of its own. */
export const listeners: Kind<readonly WrittenListener[]> = {
  expected: 'addresses, or tables { address, username, password, mode, owner }',
  json: {
    anyOf: [
      { type: 'string', minLength: 1 },
      {
        type: 'array',
        items: {
          anyOf: [
            { type: 'string', minLength: 1 },
            {
              type: 'object',
              additionalProperties: false,
              required: ['address'],
              properties: {
                address: { type: 'string', minLength: 1 },
                username: { type: 'string', minLength: 1 },
                password: { type: 'string' },
                mode: umask.json,
                owner: { type: 'string', minLength: 1 },
              },
            },
          ],
        },
      },
    ],
  },
  read: (raw, complain) => {
    const list: unknown[] = Array.isArray(raw) ? raw : [raw];
    const out = list.map((item, index) =>
      readListener(item, (message, sub = []) => complain(message, Array.isArray(raw) ? [index, ...sub] : sub)),
    );
    const good = out.filter((one) => one !== undefined);
    return good.length === out.length ? good : undefined;
  },
  fromText: commaList,
  print: (value) => JSON.stringify(value.map((one) => one.address)),
};

function readListener(item: unknown, complain: Complain): WrittenListener | undefined {
  if (!isTable(item)) {
    const address = noNul(item);
    if (address !== undefined && address !== '') return { address };
    complain(`expected an address or a table, got ${shown(item)}`);
    return undefined;
  }
  let good = true;
  const odd = Object.keys(item).find((name) => !['address', 'username', 'password', 'mode', 'owner'].includes(name));
  const text = (name: string, least: number): string | undefined => {
    const value = item[name];
    if (value === undefined) return undefined;
    if (typeof value === 'string' && value.length >= least && !value.includes('\0')) return value;
    complain(name === 'password' ? 'expected a string, got something else' : `expected a string, got ${shown(value)}`, [name]);
    good = false;
    return undefined;
  };
  const [address, username, password, owner] = [text('address', 1), text('username', 1), text('password', 0), text('owner', 1)];
  const mode = item['mode'] === undefined ? undefined : umask.read(item['mode'], (message) => complain(message, ['mode']));
  if (odd !== undefined) complain(`unknown key ${shown(odd)}`, [odd]);
  if (item['address'] === undefined) complain('"address" is missing');
  if ((username === undefined) !== (password === undefined)) complain('username and password are both needed, or neither');
  if (!good || odd !== undefined || address === undefined || (username === undefined) !== (password === undefined)) return undefined;
  if (item['mode'] !== undefined && mode === undefined) return undefined;
  return {
    address,
    ...(username === undefined || password === undefined ? {} : { username, password }),
    ...(mode === undefined ? {} : { mode }),
    ...(owner === undefined ? {} : { owner }),
  };
}
