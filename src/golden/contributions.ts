import type { IdentityKey, IdentityKeys } from '#identity';
import { hubColumns, type Row, type WriteTx } from '#store';
import type { StoredValue } from './prepare.ts';
import type { Contribution } from './survive.ts';

/** An observed record as far as golden records are computed from it. */
export interface LivingRecord {
  readonly id: number;
  readonly connection: string;
  readonly stream: string;
  readonly sourceId: string;
  readonly mapped: readonly StoredValue[];
  /** It came with this page, so the keys of all that it names were read. */
  readonly isMentioned: boolean;
}

/** Which records speak of which key, and what they say. */
export interface Spoken {
  readonly records: Map<number, LivingRecord>;
  readonly byKey: Map<number, Set<number>>;
}

export function speak(spoken: Spoken, keyId: number, recordId: number): void {
  const records = spoken.byKey.get(keyId);
  if (records) records.add(recordId);
  else spoken.byKey.set(keyId, new Set([recordId]));
}

/**
 * Adds what the store holds of these canonical ids to what the page itself brought. Ids minted in this transaction
 * are known already, unless an older key now has them.
 */
export async function readContributions(
  tx: WriteTx,
  keys: IdentityKeys,
  ids: readonly string[],
  spoken: Spoken,
): Promise<ReadonlyMap<string, readonly Contribution[]>> {
  await keys.readMembers(ids.filter((id) => !keys.minted.has(id)));
  const wanted = new Set(ids);
  const members = new Map<string, IdentityKey[]>(ids.map((id) => [id, []]));
  const stored: Row[] = [];
  for (const key of keys.all()) {
    if (!wanted.has(key.canonicalId)) continue;
    members.get(key.canonicalId)?.push(key);
    if (!key.isNew) stored.push([key.id]);
  }
  const pairs = await tx.selectIn(
    'contribution',
    ['key_id', 'record_id'],
    hubColumns('contribution', 'key_id'),
    stored,
  );
  for (const [keyId, recordId] of pairs) speak(spoken, Number(keyId), Number(recordId));
  await readRecords(tx, spoken, new Set(pairs.map(([, recordId]) => Number(recordId))));
  return new Map(
    [...members].map(([id, group]) => [id, group.flatMap((key) => contributionsOf(key, spoken))] as const),
  );
}

async function readRecords(tx: WriteTx, spoken: Spoken, ids: ReadonlySet<number>): Promise<void> {
  const missing = [...ids].filter((id) => !spoken.records.has(id)).map((id): Row => [id]);
  const rows = await tx.selectIn(
    'observed_record',
    ['id', 'connection', 'stream', 'source_id', 'mapped'],
    hubColumns('observed_record', 'id'),
    missing,
  );
  for (const row of rows) {
    const id = Number(row[0]);
    const mapped = typeof row[4] === 'string' ? (JSON.parse(row[4]) as StoredValue[]) : [];
    spoken.records.set(id, {
      id,
      connection: String(row[1]),
      stream: String(row[2]),
      sourceId: String(row[3]),
      mapped,
      isMentioned: false,
    });
  }
}

function contributionsOf(key: IdentityKey, spoken: Spoken): readonly Contribution[] {
  const contributions: Contribution[] = [];
  for (const id of spoken.byKey.get(key.id) ?? []) {
    const record = spoken.records.get(id);
    if (!record || record.connection !== key.connection || record.stream !== key.stream) continue;
    for (const value of record.mapped) {
      if (value.entity !== key.entity || value.key !== key.sourceId) continue;
      contributions.push({
        connection: record.connection,
        stream: record.stream,
        sourceId: record.sourceId,
        observedRecordId: id,
        values: value.values,
        key: value.key,
        isMentioned: record.isMentioned,
        ...(value.parts && { parts: value.parts }),
      });
    }
  }
  return contributions;
}
