// The way from what SQLite gives to what a record holds.
import type { SQLOutputValue } from 'node:sqlite';

export type Row = Record<string, SQLOutputValue>;

export const text = (value: SQLOutputValue | undefined): string => String(value ?? '');
export const textOrNull = (value: SQLOutputValue | undefined): string | null => (value === null || value === undefined ? null : String(value));
export const number = (value: SQLOutputValue | undefined): number => Number(value ?? 0);
export const numberOrNull = (value: SQLOutputValue | undefined): number | null => (value === null || value === undefined ? null : Number(value));
/** A column that holds JSON which we wrote; NULL is null. */
export const parsed = (value: SQLOutputValue | undefined): unknown => (value === null || value === undefined ? null : JSON.parse(String(value)));
/** The other way: null stays NULL, so that a person with sqlite3 sees at once what is not there. */
export const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
