// Questions about everything at once, or about anything: explain, info, pool.
import type { OwnProcess } from '../contract/info.ts';
import type { Handler } from './context.ts';
import { namesOf, orRefuse, textOf } from './context.ts';
import type { Listener } from './listener.ts';

function ownProcess(): OwnProcess {
  const { rss, heapUsed } = process.memoryUsage();
  return { pid: process.pid, rssBytes: rss, heapBytes: heapUsed, node: process.versions.node };
}

const explain: Handler = async ({ control, args }) => orRefuse(await control.inquiry.explain(namesOf(args)));

const info: Handler = ({ control, crowd }) => {
  const written = [...control.api.listen.map(({ address }) => ('unix' in address ? `unix:${address.unix}` : `${address.host}:${address.port}`))];
  // Where the file says nothing there is the default socket: this request came by it.
  return control.inquiry.info(ownProcess(), written.length > 0 ? written : [(crowd as Listener).address]);
};

const pool: Handler = async ({ control, args }) => orRefuse(await control.inquiry.pool(textOf(args, 'name') ?? ''));

export const INQUIRY_VIEWS = { explain, info, pool } as const satisfies Record<string, Handler>;
