import { createHash } from 'node:crypto';
import type { ConnectedStream } from '#connections';
import type { ObservedInput, SetAsideInput } from '#golden';
import { ContractError, isIsthmusError, type SourceRecord } from '#sdk';

export interface MappedPage {
  readonly records: readonly ObservedInput[];
  readonly setAside: readonly SetAsideInput[];
}

/** Of one page: more than half, when that is more than a few. */
const STORM_SHARE = 0.5;
const STORM_MINIMUM = 10;
/** Of one whole read. */
const STORM_TOTAL = 100;
const STORM_TOTAL_SHARE = 0.1;

/**
 * Maps the pages of one whole read. A record that cannot be mapped is set aside and the rest goes on; when it is not
 * single records but the shape that is broken, the stream is stopped instead of drained into the set-aside ones.
 */
export class PageMapper {
  readonly #stream: ConnectedStream;
  #seen = 0;
  #setAside = 0;

  constructor(stream: ConnectedStream) {
    this.#stream = stream;
  }

  map(records: readonly SourceRecord[]): MappedPage {
    const mapped: ObservedInput[] = [];
    const setAside: SetAsideInput[] = [];
    for (const record of records) {
      const outcome = this.#mapOne(record);
      if ('reason' in outcome) setAside.push(outcome);
      else mapped.push(outcome);
    }
    this.#seen += records.length;
    this.#setAside += setAside.length;
    this.#stopStorm(records.length, setAside);
    return { records: mapped, setAside };
  }

  #mapOne(record: SourceRecord): ObservedInput | SetAsideInput {
    if (typeof record.key !== 'string' || record.key === '') {
      // Told apart by their contents, so that two of them are two.
      const key = `(no key) ${contentHash(record.source).slice(0, 12)}`;
      return { key, raw: record.source, code: 'REJECTED_RECORD', reason: 'The record came without its key.' };
    }
    const key = this.#stream.normalizeKey(record.key);
    if (this.#stream.manifest.changes?.by === 'stamp' && !Number.isFinite(record.changedAt)) {
      return { key, raw: record.source, code: 'REJECTED_RECORD', reason: 'The record came without its change stamp.' };
    }
    try {
      return {
        key,
        mapped: record.deleted ? [] : this.#stream.map(record),
        raw: record.source,
        ...(record.changedAt === undefined ? {} : { version: record.changedAt }),
        ...(record.createdAt === undefined ? {} : { createdAt: record.createdAt }),
        ...(record.deleted ? { deleted: true as const } : {}),
      };
    } catch (error) {
      const code = isIsthmusError(error) ? error.code : 'REJECTED_RECORD';
      const said = error instanceof Error ? error.message : String(error);
      const reason = isIsthmusError(error) ? said : `The mapping failed: ${said}`;
      return { key, raw: record.source, code, reason };
    }
  }

  #stopStorm(pageSize: number, setAside: readonly SetAsideInput[]): void {
    const isPageBroken = setAside.length > STORM_MINIMUM && setAside.length > pageSize * STORM_SHARE;
    const isReadBroken = this.#setAside > STORM_TOTAL && this.#setAside > this.#seen * STORM_TOTAL_SHARE;
    if (!isPageBroken && !isReadBroken) return;
    const { connection, name } = this.#stream;
    throw new ContractError(
      `${connection}: ${setAside.length} of ${pageSize} records of ${name} cannot be mapped, the first because: ${setAside[0]?.reason} The stream stops before them. Correct the mapping or the extension, and start again.`,
      { details: { connection, stream: name, setAside: setAside.length } },
    );
  }
}

/** The same for the same contents; bytes and dates included through JSON. */
export function contentHash(source: unknown): string {
  return createHash('sha1')
    .update(JSON.stringify(source) ?? '')
    .digest('base64url');
}
