import type { ReadStanding, StandingRecord } from '#events';
import type { Row, Store } from '#store';
import { publishedValues } from './aggregate.ts';
import { CHANGED_AT, type EntityRow, PROVENANCE, rowOf, SEQUENCE } from './golden-row.ts';
import type { OwnershipTable } from './survive.ts';

/** Golden records as change rows would tell them now, each with its lines. */
export function standingReader(
  store: Store,
  rows: ReadonlyMap<string, EntityRow>,
  ownership: OwnershipTable,
): ReadStanding {
  return async (entity, ids) => {
    const row = rowOf(rows, entity);
    const found = await selectIn(store, row, 'id', ids);
    const owners = await connectionsOf(store, found);
    const records = new Map<string, Record<string, unknown>>();
    for (const golden of found) records.set(String(golden[0]), publishedValues(row, golden));
    for (const part of ownership.units(entity).parts) {
      const line = rowOf(rows, part.entity);
      const via = line.fields.find(({ name }) => name === part.via);
      const column = via && line.columnNames[via.start];
      if (!via || !column) continue;
      for (const values of records.values()) values[part.name] = [];
      for (const each of await selectIn(store, line, column, [...records.keys()])) {
        const lines = records.get(String(each[via.start]))?.[part.name] as unknown[] | undefined;
        lines?.push(publishedValues(line, each, part.via));
      }
    }
    return found.map(
      (golden): StandingRecord => ({
        canonicalId: String(golden[0]),
        sequence: Number(golden[SEQUENCE]),
        at: Number(golden[CHANGED_AT]),
        values: records.get(String(golden[0])) ?? {},
        owners: ownersOf(golden, owners),
      }),
    );
  };
}

/** In the order of their ids. */
async function selectIn(store: Store, row: EntityRow, key: string, values: readonly string[]): Promise<readonly Row[]> {
  if (values.length === 0) return [];
  const names = row.columnNames.map((name) => `g."${name}"`).join(', ');
  return store.reader.all(
    `select ${names} from ${listOf(store)} cross join "${row.layout.table}" g where g."${key}" = wanted.value order by g.id`,
    [JSON.stringify(values)],
  );
}

const listOf = (store: Store) =>
  store.dialect === 'sqlite' ? 'json_each(?) wanted' : 'json_array_elements_text($1::json) wanted(value)';

async function connectionsOf(store: Store, found: readonly Row[]): Promise<ReadonlyMap<number, string>> {
  const ids = new Set(found.flatMap((golden) => Object.values(provenanceOf(golden))));
  if (ids.size === 0) return new Map();
  const wanted = store.dialect === 'sqlite' ? 'wanted.value' : 'wanted.value::bigint';
  const rows = await store.reader.all(
    `select o.id, o.connection from ${listOf(store)} cross join observed_record o where o.id = ${wanted}`,
    [JSON.stringify([...ids])],
  );
  return new Map(rows.map(([id, connection]) => [Number(id), String(connection)]));
}

function ownersOf(golden: Row, connections: ReadonlyMap<number, string>): Record<string, string> {
  const owners: Record<string, string> = {};
  for (const [unit, id] of Object.entries(provenanceOf(golden))) {
    const connection = connections.get(id);
    if (connection !== undefined) owners[unit] = connection;
  }
  return owners;
}

function provenanceOf(golden: Row): Readonly<Record<string, number>> {
  return JSON.parse(String(golden[PROVENANCE] ?? '{}'));
}
