import type { SandboxClock, SandboxRows } from '#sdk/testing';
import type { StreamHands } from '#sdk/testing/conformance';

// biome-ignore lint/suspicious/noExplicitAny: rows have the vendor's shape
export type Row = Record<string, any>;

export interface TableHands {
  readonly table: SandboxRows<Row>;
  readonly clock: SandboxClock;
  /** The members that make the key. */
  readonly members: (key: string) => Row;
  /** The n-th new key, well-formed. */
  readonly newKey: (n: number) => string;
  /** What else of a copied row must be its own. */
  readonly own?: (key: string) => Row;
  /** A member that the mapping reads, and a value for it. */
  readonly edit: (n: number) => Row;
  /** A member that a list is filtered and ordered by. */
  readonly listed: string;
  /** Which rows the stream delivers. */
  readonly isOfStream?: (row: Row) => boolean;
}

/** The hands of a stream whose records are rows of one table of a sandbox. */
export function tableHands(options: TableHands): StreamHands {
  const { table, clock, members, newKey, edit, listed, own = () => ({}), isOfStream = () => true } = options;
  let made = 0;
  const pattern = table.select().find(isOfStream)!;
  const stored = (key: string) => table.keyOf({ ...pattern, ...members(key) });
  const edited = (key: string) => ({ ...table.get(stored(key)), ...edit(made++) });
  return {
    missingKey: newKey(99_999),
    listed,
    async create(count) {
      return Array.from({ length: count }, () => {
        const key = newKey(made++);
        table.insert({ ...pattern, ...members(key), ...own(key) });
        return key;
      });
    },
    async edit(key) {
      if (table.update(stored(key), edit(made++)) === undefined) throw new Error(`There is no ${key} to edit.`);
    },
    async remove(key) {
      if (table.delete(stored(key)) === undefined) throw new Error(`There is no ${key} to remove.`);
    },
    async stampTogether(keys) {
      table.commitLate(keys.map(edited), { stampedAt: new Date(clock.nowMs()) });
    },
    async commitLate(key, secondsAgo) {
      table.commitLate([edited(key)], { stampedAt: new Date(clock.nowMs() - secondsAgo * 1000) });
    },
  };
}
