import { expect, test } from '@jest/globals';
import { snakeCase } from '#model';
import { entities } from './entities.ts';
import { type HubTable, hubColumns } from './hub-tables.ts';

test.each(entities.map((entity) => [entity.meta.tableName, entity] as const))(
  'the entity of %s has the columns that set operations name',
  (table, entity) => {
    const columns = Object.keys(entity.meta.properties).map(snakeCase);
    const named = hubColumns(table as HubTable).map(({ name }) => name);
    // A number that only the database gives is no column of set operations.
    expect(columns.filter((name) => name !== 'id').sort()).toEqual(named.filter((name) => name !== 'id').sort());
  },
);
