import type { ChangesPage, ChangesRequest } from 'isthmus/sdk';
import type { Domain, Row, TrytonClient } from './client.ts';
import { changed, lastMillisecond, milliseconds } from './domain.ts';

/**
 * Where a pass over changes stands: behind an id, and with nothing later than the server's clock before it, or than what
 * its first page told. That page alone may be full of one stamp, and no pass would get beyond it.
 */
interface Position {
  readonly id: number;
  readonly until: number;
}

/** What a pass reads: rows of a model by id, with the stamps of these parts. */
interface Reader {
  readonly client: TrytonClient;
  readonly pageSize: number;
  readonly parts: readonly string[];
  readonly read: (domain: Domain, limit: number) => Promise<readonly Row[]>;
}

/** A page of the rows that changed. By id, since no series before 8 orders by stamps. */
export async function readChanged({ since = 0, page }: ChangesRequest, { client, pageSize, parts, read }: Reader) {
  const position = page === undefined ? undefined : (JSON.parse(page) as Position);
  const { clock } = client;
  const behind = position === undefined ? [] : [['id', '>', position.id]];
  const rows = await read([...behind, changed(parts, since, position?.until)], pageSize);
  const latest = (high: number, row: Row) => Math.max(high, ...stampsOf(row, parts, lastMillisecond));
  const until = position?.until ?? rows.reduce(latest, Math.max(since, clock));
  const next: Pick<ChangesPage, 'next'> =
    rows.length < pageSize ? {} : { next: JSON.stringify({ id: Number(rows.at(-1)!.id), until } satisfies Position) };
  return { rows, until, next };
}

/** The latest of the record and its parts. */
export function stampOf(row: Row, parts: readonly string[]): number | undefined {
  const stamps = stampsOf(row, parts, milliseconds);
  return stamps.length === 0 ? undefined : Math.max(...stamps);
}

function stampsOf(row: Row, parts: readonly string[], read: (stamp: unknown) => number | undefined) {
  const rows = parts.flatMap((part) => (row[`${part}.`] ?? []) as Row | readonly Row[]);
  return [row, ...rows].map((each) => read(each._timestamp)).filter((stamp) => stamp !== undefined);
}
