import type { ChangesRequest, Http, Page } from 'isthmus/sdk';
import type { Row } from './client.ts';
import { dateLiteral, milliseconds, momentLiteral, stringLiteral, timeLiteral, timeOfDay } from './odata.ts';
import type { StreamReader } from './reading.ts';
import type { Stamp } from './streams.ts';

const DAY = 86_400_000;

/** A place in the order of (stamp, key): the row behind which to go on. */
interface Position {
  readonly at: number;
  readonly key: string;
}

/** A record's change stamp: the later of creation and change where they stand in pairs. */
export function changedAt(stamp: Stamp | undefined, row: Row): number | undefined {
  if (stamp === undefined) return undefined;
  if (stamp.kind !== 'pair') return milliseconds(row[stamp.field]);
  const changed = pair(row, 'LastChange');
  const created = pair(row, 'Creation');
  return changed === undefined || created === undefined ? (changed ?? created) : Math.max(changed, created);
}

function pair(row: Row, prefix: string): number | undefined {
  const date = milliseconds(row[`${prefix}Date`]);
  return date === undefined ? undefined : date + timeOfDay(row[`${prefix}Time`]);
}

/** Everything with a stamp at or after `since`, in the order of (stamp, key). */
export async function readChanges(
  reader: StreamReader,
  request: ChangesRequest,
  top: number,
  http: Http,
): Promise<Page> {
  const { source } = reader;
  const stamp = source.stamp!;
  const from: Position | undefined = request.page === undefined ? undefined : JSON.parse(request.page);
  const since = Math.max(request.since ?? 0, 0);
  const { rows, isCut } =
    stamp.kind === 'pair'
      ? await readPairs(reader, since, from, top, request.select, http)
      : await reader.rows(
          singleFilter(stamp, source.key[0]!, since, from),
          [stamp.field, source.key[0]!],
          top,
          request.select,
          http,
        );
  const records = await reader.complete(rows, http);
  const last = records.findLast((record) => record.changedAt !== undefined && record.key !== '');
  if (!isCut || last === undefined) return { records };
  const next: Position = { at: last.changedAt!, key: last.key };
  return { records, next: JSON.stringify(next) };
}

function singleFilter(stamp: Stamp & { readonly field: string }, key: string, since: number, from?: Position): string {
  const { field } = stamp;
  const write = stamp.kind === 'moment' ? momentLiteral : (ms: number) => dateLiteral(Math.floor(ms / DAY) * DAY);
  if (from === undefined) return `${field} ge ${write(since)}`;
  const at = write(from.at);
  return `${field} ge ${at} and (${field} gt ${at} or ${key} gt ${stringLiteral(from.key)})`;
}

/**
 * Changed rows and never-changed ones are found by different fields, so no one order of the system's is theirs
 * together. Few rows come in one answer and are sorted here. When there are more, both kinds are read in their own
 * order and merged up to where both are known.
 */
async function readPairs(
  reader: StreamReader,
  since: number,
  from: Position | undefined,
  top: number,
  select: readonly string[],
  http: Http,
): Promise<{ readonly rows: readonly Row[]; readonly isCut: boolean }> {
  const key = reader.source.key[0]!;
  const changedFilter = pairFilter('LastChange', key, since, from);
  const createdFilter = `LastChangeDate eq null and (${pairFilter('Creation', key, since, from)})`;
  if (from === undefined) {
    const both = await reader.rows(`(${changedFilter}) or (${createdFilter})`, [key], top, select, http);
    if (!both.isCut) return { rows: sorted(reader, both.rows), isCut: false };
  }
  const order = (prefix: string) => [`${prefix}Date`, `${prefix}Time`, key];
  const changed = await reader.rows(`(${changedFilter})`, order('LastChange'), top, select, http);
  const created = await reader.rows(createdFilter, order('Creation'), top, select, http);
  const ends = [changed, created].filter((part) => part.isCut).map((part) => position(reader, part.rows.at(-1)!));
  const merged = sorted(reader, [...changed.rows, ...created.rows]);
  const rows = merged.filter((row) => ends.every((end) => compare(position(reader, row), end) <= 0));
  return { rows, isCut: ends.length > 0 };
}

function pairFilter(prefix: 'LastChange' | 'Creation', key: string, since: number, from?: Position): string {
  const date = `${prefix}Date`;
  const time = `${prefix}Time`;
  const at = from?.at ?? since;
  const day = dateLiteral(at);
  const hour = timeLiteral(at);
  const onThatDay =
    from === undefined
      ? `${time} ge ${hour}`
      : `(${time} gt ${hour} or (${time} eq ${hour} and ${key} gt ${stringLiteral(from.key)}))`;
  return `${date} gt ${day} or (${date} eq ${day} and ${onThatDay})`;
}

function position(reader: StreamReader, row: Row): Position {
  return { at: changedAt(reader.source.stamp, row) ?? 0, key: reader.source.keyOf(row) };
}

function compare(left: Position, right: Position): number {
  if (left.at !== right.at) return left.at - right.at;
  return left.key < right.key ? -1 : left.key > right.key ? 1 : 0;
}

function sorted(reader: StreamReader, rows: readonly Row[]): Row[] {
  return rows
    .map((row) => ({ row, at: position(reader, row) }))
    .sort((left, right) => compare(left.at, right.at))
    .map(({ row }) => row);
}
