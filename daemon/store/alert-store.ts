// What alerts must find again after a restart: deliveries that wait, incidents, silences. Few rows, each a JSON text that the alerts
// themselves read; all of them are known here, so that they can be written whole to a file that took over.
import type { DatabaseSync } from 'node:sqlite';
import type { AlertStore, AlertRowKind } from '../os/ports/store.ts';
import { text } from './cells.ts';
import { statementsOf } from './statement.ts';
import type { Prepare } from './statement.ts';

export interface AlertWrite {
  readonly kind: AlertRowKind;
  readonly key: string;
  /** null: forget it. */
  readonly data: string | null;
}

export interface AlertRows {
  put(write: AlertWrite): void;
  all(): readonly AlertWrite[];
  clear(): void;
}

/** The statements, on an open database. */
export function openAlertRows(db: DatabaseSync, prepare: Prepare = statementsOf(db)): AlertRows {
  const put = prepare('INSERT OR REPLACE INTO alert (kind, key, data) VALUES (?, ?, ?)');
  const drop = prepare('DELETE FROM alert WHERE kind = ? AND key = ?');
  const all = prepare('SELECT kind, key, data FROM alert ORDER BY rowid');
  const clear = prepare('DELETE FROM alert');
  return {
    put({ kind, key, data }) {
      if (data === null) drop.run(kind, key);
      else put.run(kind, key, data);
    },
    all: () => all.all().map((row) => ({ kind: text(row['kind']) as AlertRowKind, key: text(row['key']), data: text(row['data']) })),
    clear: () => void clear.run(),
  };
}

/** The rows as the daemon knows them, whatever becomes of the file. */
export interface AlertBook {
  readonly store: AlertStore;
  copyTo(rows: AlertRows): void;
}

export function openAlertBook(rows: AlertRows, enqueue: (write: AlertWrite) => void): AlertBook {
  const known = new Map<AlertRowKind, Map<string, string>>();
  const of = (kind: AlertRowKind): Map<string, string> => {
    const map = known.get(kind) ?? new Map<string, string>();
    known.set(kind, map);
    return map;
  };
  for (const { kind, key, data } of rows.all()) if (data !== null) of(kind).set(key, data);
  return {
    store: {
      put(kind, key, data) {
        if (data === null && !of(kind).delete(key)) return;
        if (data !== null) of(kind).set(key, data);
        enqueue({ kind, key, data });
      },
      all: (kind) => of(kind),
    },
    copyTo(to) {
      to.clear();
      for (const [kind, map] of known) for (const [key, data] of map) to.put({ kind, key, data });
    },
  };
}
