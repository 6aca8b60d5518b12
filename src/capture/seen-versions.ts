import type { SourceRecord } from '#sdk';
import { contentHash } from './page-mapper.ts';

const MOST = 20_000;

/** What the overlap of two passes delivers again, so that it need not be compared with the store. Bounded. */
export class SeenVersions {
  readonly #seen = new Map<string, string>();

  isKnown(record: SourceRecord): boolean {
    return this.#seen.get(record.key) === versionOf(record);
  }

  /** Called when the records are stored, never before. */
  remember(records: readonly SourceRecord[]): void {
    for (const record of records) {
      this.#seen.delete(record.key);
      this.#seen.set(record.key, versionOf(record));
    }
    for (const key of this.#seen.keys()) {
      if (this.#seen.size <= MOST) break;
      this.#seen.delete(key);
    }
  }

  clear(): void {
    this.#seen.clear();
  }

  /** A sweep deleted it: the same contents again are news. */
  forget(keys: readonly string[]): void {
    for (const key of keys) this.#seen.delete(key);
  }
}

function versionOf(record: SourceRecord): string {
  return `${record.changedAt} ${record.deleted ?? false} ${contentHash(record.source)}`;
}
