import { ConfigError } from '#sdk';
import { quoted, sqlType } from './hub-tables.ts';
import type { EntityLayout, GoldenLayout } from './layout.ts';
import type { Dialect } from './store.ts';

/** Tables of the store as they are: table → column → declared type. */
export type TablesFound = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * The statements that bring golden tables from what was found to what the model says. Only ever adds: where the
 * model has lost something, it refuses and names the statement that would drop it with its data.
 */
export function planGoldenTables(layout: GoldenLayout, found: TablesFound, dialect: Dialect): readonly string[] {
  refuseLosses(layout, found, dialect);
  return [...layout.entities.values()].flatMap((entity) => {
    const columns = found.get(entity.table);
    const indexes = indexStatements(entity);
    if (!columns) return [createTable(entity, dialect), ...indexes];
    const added = entity.columns.filter((column) => !columns.has(column.name));
    return [
      ...added.map(
        (column) =>
          `alter table ${quoted(entity.table)} add column ${quoted(column.name)} ${sqlType(column.type, dialect)}`,
      ),
      ...indexes,
    ];
  });
}

function refuseLosses(layout: GoldenLayout, found: TablesFound, dialect: Dialect): void {
  const wanted = new Map([...layout.entities.values()].map((entity) => [entity.table, entity]));
  const losses: string[] = [];
  for (const [table, columns] of found) {
    const entity = wanted.get(table);
    if (!entity) {
      losses.push(`drop table ${quoted(table)};`);
      continue;
    }
    for (const [column, type] of columns) {
      const declared = entity.columns.find((candidate) => candidate.name === column);
      if (!declared) losses.push(`alter table ${quoted(table)} drop column ${quoted(column)};`);
      else if (!isType(type, sqlType(declared.type, dialect))) {
        losses.push(`alter table ${quoted(table)} drop column ${quoted(column)};`);
      }
    }
  }
  if (losses.length === 0) return;
  throw new ConfigError(
    `The model no longer has what the store holds. Put the fields or types back, or, to lose their values, stop the hub and run: ${losses.join(' ')}`,
    { details: { statements: losses.length } },
  );
}

/** PostgreSQL reports `text` for `text collate "C"`. */
function isType(found: string, declared: string): boolean {
  return declared.split(' ')[0] === found.toLowerCase();
}

function createTable(entity: EntityLayout, dialect: Dialect): string {
  const columns = entity.columns.map(({ name, type }) => {
    const required = name === 'id' ? ' not null primary key' : isRowColumn(name) ? ' not null' : '';
    return `${quoted(name)} ${sqlType(type, dialect)}${required}`;
  });
  return `create table ${quoted(entity.table)} (${columns.join(', ')})`;
}

const isRowColumn = (name: string) => name === 'sequence' || name === 'hub_changed_at' || name === 'provenance';

/** Every relation, every business key, the time of change, and names, which people sort and search by. */
function indexStatements(entity: EntityLayout): readonly string[] {
  const indexed: (readonly string[])[] = [['hub_changed_at', 'id']];
  for (const [name, field] of entity.fields) {
    const declared = entity.entity.fields.find((candidate) => candidate.name === name);
    if (field.kind === 'reference') indexed.push([field.column, 'id']);
    else if (field.kind === 'scalar' && declared?.kind === 'scalar' && (declared.isKey || name === 'name')) {
      indexed.push([field.key, 'id']);
    }
  }
  return indexed.map((columns) => {
    const name = `${entity.table}_by_${columns[0]}`;
    return `create index if not exists ${quoted(name)} on ${quoted(entity.table)} (${columns.map(quoted).join(', ')})`;
  });
}
