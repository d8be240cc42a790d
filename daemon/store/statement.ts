// Statements are prepared when they are first used: of the eighty that there are, a start uses a dozen, and most daemons few more ever.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Row } from './cells.ts';

/** What we ask of a statement. */
export interface Statement {
  run(...values: readonly SQLInputValue[]): ReturnType<StatementSync['run']>;
  get(...values: readonly SQLInputValue[]): Row | undefined;
  all(...values: readonly SQLInputValue[]): Row[];
  iterate(...values: readonly SQLInputValue[]): Iterable<Row>;
}

/** Makes a statement of its text. */
export type Prepare = (sql: string) => Statement;

/** Makes statements of one open database. What is wrong with a text shows at its first use. */
export function statementsOf(db: DatabaseSync): Prepare {
  return (sql) => {
    let made: StatementSync | null = null;
    const prepared = (): StatementSync => (made ??= db.prepare(sql));
    return {
      run: (...values) => prepared().run(...values),
      get: (...values) => prepared().get(...values),
      all: (...values) => prepared().all(...values),
      iterate: (...values) => prepared().iterate(...values),
    };
  };
}
