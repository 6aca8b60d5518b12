import { cluster } from '#identity';
import type { Store } from '#store';

/** What must hold of a store after every page. Answers what does not, in words. */
export async function brokenInvariants(store: Store, maxClaims: number): Promise<readonly string[]> {
  return [
    ...(await wrongClusters(store, maxClaims)),
    ...(await wrongAliases(store)),
    ...(await wrongRows(store)),
    ...(await wrongReferences(store)),
    ...(await wrongSequences(store)),
  ];
}

async function wrongClusters(store: Store, maxClaims: number): Promise<readonly string[]> {
  const keys = await store.reader.all('select id, minted_id, canonical_id from identity_key');
  const claims = await store.reader.all('select distinct from_key, to_key from claim');
  const claimants = new Map<number, number>();
  for (const [, to] of claims) claimants.set(Number(to), (claimants.get(Number(to)) ?? 0) + 1);
  const expected = cluster(
    keys.map(([id, mintedId]) => ({ id: Number(id), mintedId: String(mintedId) })),
    claims.map(([from, to]) => ({ from: Number(from), to: Number(to) })),
    (target) => (claimants.get(target) ?? 0) > maxClaims,
  );
  return keys.flatMap(([id, , canonicalId]) =>
    expected.get(Number(id)) === canonicalId ? [] : [`key ${id} is ${canonicalId}, not ${expected.get(Number(id))}`],
  );
}

/** The id minted for a key is the surviving one or its alias. */
async function wrongAliases(store: Store): Promise<readonly string[]> {
  const rows = await store.reader.all(
    `select k.id, k.minted_id, k.canonical_id, c.survivor from identity_key k left join canonical_id c on c.id = k.minted_id
      where coalesce(c.survivor, c.id) is distinct from k.canonical_id`,
  );
  return rows.map((row) => `alias of key ${row.join(' ')}`);
}

/** A golden row for each canonical id that a living record speaks of, and for no other. */
async function wrongRows(store: Store): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const { entity, table } of store.layout.entities.values()) {
    if (entity.partOf) continue;
    const rows = await store.reader.all(
      `select g.id, s.canonical_id from "${table}" g full join (
        select distinct k.canonical_id from identity_key k join contribution c on c.key_id = k.id
          join observed_record o on o.id = c.record_id where k.entity = '${entity.name}' and o.deleted = 0) s
        on s.canonical_id = g.id where g.id is null or s.canonical_id is null`,
    );
    wrong.push(...rows.map((row) => `${table} has ${row[0]}, should have ${row[1]}`));
  }
  const states = await store.reader.all(
    `select c.id, c.state from canonical_id c where (c.state = 'live') <> (exists (select 1 from golden_customer g where g.id = c.id)
      or exists (select 1 from golden_sales_order g where g.id = c.id) or exists (select 1 from golden_sales_order_line g where g.id = c.id))`,
  );
  return [...wrong, ...states.map((row) => `state of ${row.join(' is ')}`)];
}

/** References hold surviving ids. */
async function wrongReferences(store: Store): Promise<readonly string[]> {
  const rows = await store.reader.all(
    `select g.id, g.customer_id from golden_sales_order g join canonical_id c on c.id = g.customer_id where c.survivor is not null
      union all select l.id, l.order_id from golden_sales_order_line l left join golden_sales_order o on o.id = l.order_id where o.id is null`,
  );
  return rows.map((row) => `reference of ${row.join(' to ')}`);
}

/** Without gaps from 1 to the identity's, and the last change tells what the golden record is. */
async function wrongSequences(store: Store): Promise<readonly string[]> {
  const rows = await store.reader.all(
    `select c.id, c.sequence, count(r.id), min(r.sequence), max(r.sequence) from canonical_id c
      left join change_row r on r.canonical_id = c.id where c.entity <> 'SalesOrderLine'
      group by c.id, c.sequence having c.sequence <> count(r.id) or (count(r.id) > 0 and (min(r.sequence) <> 1 or max(r.sequence) <> c.sequence))`,
  );
  const last = await store.reader.all(
    `select r.canonical_id, r.after, g.name, g.manager, g.city, g.number from change_row r
      join canonical_id c on c.id = r.canonical_id and c.sequence = r.sequence
      left join golden_customer g on g.id = r.canonical_id where r.entity = 'Customer'`,
  );
  const told = last.flatMap(([id, after, name, manager, city, number]) => {
    const values = after === null ? {} : (JSON.parse(String(after)) as Record<string, unknown>);
    const [first, ...rest] = [name, manager, city, number].map((value) => value ?? null);
    const same = [values.name, values.manager, values.city, values.number].map((value) => value ?? null);
    return JSON.stringify(same) === JSON.stringify([first, ...rest]) ? [] : [`last change of ${id}: ${after}`];
  });
  return [...rows.map((row) => `sequence of ${row.join(' ')}`), ...told];
}
