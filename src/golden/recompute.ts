import { hash } from 'node:crypto';
import { newTrace } from '#events';
import { CanonicalRows, IdentityKeys } from '#identity';
import type { HubConfig } from '#sdk';
import { hubColumns, type Row } from '#store';
import type { GoldenConnection } from './golden.ts';
import { GoldenWriter } from './golden-writer.ts';
import { type PageContext, takeMergeLock } from './store-page.ts';

const FINGERPRINT = 'golden-fingerprint';
const BATCH = 500;

/** What golden records depend on beside the observed ones. */
function fingerprint(
  { model }: PageContext,
  connections: readonly GoldenConnection[],
  ownership: HubConfig['ownership'],
): string {
  const fields = [...model.entities.values()].map(({ name, fields, partOf }) => [
    name,
    partOf ?? null,
    fields.map((field) => [field.name, field.kind, 'type' in field ? field.type : field.target, field.group ?? null]),
  ]);
  const types = [[...model.values.values()].map(({ name, members }) => [name, members.map((member) => member.name)])];
  const enums = [...model.enums.values()].map(({ name, values }) => [name, values.map((value) => value.name)]);
  const owners = connections.map(({ name, manifest }) => [name, Object.keys(manifest.streams)]);
  return hash('sha1', JSON.stringify([fields, types, enums, owners, ownership ?? {}]));
}

/** Golden records follow another ownership, another order of connections, or another model at the next start. */
export async function recomputeIfChanged(
  context: PageContext,
  connections: readonly GoldenConnection[],
  ownership: HubConfig['ownership'],
): Promise<void> {
  const { store } = context;
  const current = fingerprint(context, connections, ownership);
  const [row] = await store.reader.all(`select value from hub_meta where key = ${store.placeholder(1)}`, [FINGERPRINT]);
  if (row?.[0] === current) return;
  if (row) await recomputeAll(context);
  await store.write((tx) => tx.upsert('hub_meta', hubColumns('hub_meta'), [[FINGERPRINT, current]], ['key']));
}

/** Every canonical id that some record speaks of, in batches, each a transaction of its own. */
export async function recomputeAll(context: PageContext): Promise<void> {
  const { store } = context;
  for (let after = ''; ; ) {
    const rows: readonly Row[] = await store.reader.all(
      `select distinct k.canonical_id, k.entity from identity_key k
        where k.canonical_id > ${store.placeholder(1)} and exists (select 1 from contribution c where c.key_id = k.id)
        order by k.canonical_id limit ${BATCH}`,
      [after],
    );
    const last = rows.at(-1)?.[0];
    if (typeof last !== 'string') return;
    await store.write(async (tx) => {
      if (store.dialect === 'postgresql') await takeMergeLock(tx, true);
      const task = {
        tx,
        keys: new IdentityKeys(tx, context.mint),
        canonical: new CanonicalRows(tx),
        spoken: { records: new Map(), byKey: new Map() },
        moved: [],
        reminted: [],
        origin: null,
        now: store.clock(),
        trace: newTrace(),
      };
      await new GoldenWriter(context, task).write(new Map(rows.map(([id, entity]) => [String(id), String(entity)])));
    });
    after = last;
  }
}
