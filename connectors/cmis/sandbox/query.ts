import type { SandboxRows, SqlValue } from 'isthmus/sdk/testing';
import { type Condition, parseStatement, type Statement } from './query-language.ts';
import { refuse } from './refusal.ts';
import { folderById, folderTreeOf, type ObjectRow, type Repository } from './repository.ts';
import { type TypeDefinition, typeDefinition } from './types.ts';

export interface QueryResult {
  readonly type: TypeDefinition;
  readonly columns: readonly string[];
  readonly rows: readonly ObjectRow[];
  readonly hasMoreItems: boolean;
  /** Known on the last page only: counting a large repository for every page costs more than the page. */
  readonly numItems: number | undefined;
}

export interface QueryOptions {
  readonly maxItems: number;
  readonly skipCount: number;
  readonly searchAllVersions: boolean;
}

export function runQuery(repository: Repository, text: string, options: QueryOptions): QueryResult {
  const statement = parseStatement(text);
  const type = queriedType(statement.from);
  const table = tableOf(repository, type);
  const columns = statement.columns ?? [...type.properties.keys()];
  for (const column of columns) checkColumn(type, column);
  const { sql, params } = new ConditionSql(repository, type, table).whole(statement, options.searchAllVersions);
  const orderBy = statement.orderBy.map(({ column, descending }) => {
    checkColumn(type, column);
    return `${table.column(column)} ${descending ? 'DESC' : 'ASC'}`;
  });
  const found = table.select({
    where: { sql, params },
    orderBy: orderBy.length === 0 ? undefined : orderBy.join(', '),
    limit: options.maxItems + 1,
    offset: options.skipCount,
  });
  const hasMoreItems = found.length > options.maxItems;
  const rows = hasMoreItems ? found.slice(0, options.maxItems) : found;
  const numItems = hasMoreItems ? undefined : options.skipCount + rows.length;
  return { type, columns, rows, hasMoreItems, numItems };
}

function queriedType(from: string): TypeDefinition {
  try {
    return typeDefinition(from);
  } catch {
    return refuse('invalidArgument', `${from} is not a queryable type.`);
  }
}

function tableOf(repository: Repository, type: TypeDefinition): SandboxRows<ObjectRow> {
  const table = type.baseId === 'cmis:document' ? repository.documents : repository.folders;
  return table as unknown as SandboxRows<ObjectRow>;
}

function checkColumn(type: TypeDefinition, column: string): void {
  const property = type.properties.get(column);
  if (property === undefined) refuse('invalidArgument', `${column} is not a property query name of ${type.id}`);
  if (!property.queryable && column !== 'cmis:secondaryObjectTypeIds' && !column.startsWith('cmis:allowed')) {
    refuse('invalidArgument', `${column} is not queryable`);
  }
}

interface Sql {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

class ConditionSql {
  readonly #repository: Repository;
  readonly #type: TypeDefinition;
  readonly #table: SandboxRows<ObjectRow>;

  constructor(repository: Repository, type: TypeDefinition, table: SandboxRows<ObjectRow>) {
    this.#repository = repository;
    this.#type = type;
    this.#table = table;
  }

  whole(statement: Statement, searchAllVersions: boolean): Sql {
    const parts: Sql[] = [];
    if (this.#type.baseId === 'cmis:document') {
      const working = `${this.#table.column('cmis:isPrivateWorkingCopy')} = 0`;
      parts.push({ sql: searchAllVersions ? working : `${this.#table.column('isFound')} = 1`, params: [] });
    }
    if (this.#type.parentId !== null) {
      parts.push({ sql: `${this.#table.column('cmis:objectTypeId')} = ?`, params: [this.#type.id] });
    }
    if (statement.where !== undefined) parts.push(this.#condition(statement.where));
    return parts.length === 0 ? { sql: '1 = 1', params: [] } : join(parts, ' AND ');
  }

  #condition(condition: Condition): Sql {
    switch (condition.kind) {
      case 'and':
      case 'or':
        return join(
          condition.parts.map((part) => this.#condition(part)),
          condition.kind === 'and' ? ' AND ' : ' OR ',
        );
      case 'not': {
        const { sql, params } = this.#condition(condition.part);
        return { sql: `NOT ${sql}`, params };
      }
      case 'compare':
        return {
          sql: `${this.#column(condition.column)} ${condition.operator} ?`,
          params: [literal(condition.value)],
        };
      case 'in':
        return this.#in(this.#column(condition.column), condition.values.map(literal), condition.negated);
      case 'like': {
        const not = condition.negated ? 'NOT ' : '';
        return {
          sql: `${this.#column(condition.column)} ${not}LIKE ? ESCAPE '\\'`,
          params: [condition.pattern.replaceAll("\\'", "'").replaceAll("''", "'")],
        };
      }
      case 'null':
        return { sql: `${this.#column(condition.column)} IS ${condition.negated ? 'NOT ' : ''}NULL`, params: [] };
      case 'inFolder':
        return { sql: `${this.#parentColumn()} = ?`, params: [condition.folderId] };
      case 'inTree': {
        const tree = folderTreeOf(this.#repository, folderById(this.#repository, condition.folderId));
        return this.#in(
          this.#parentColumn(),
          tree.map((row) => row['cmis:objectId']),
          false,
        );
      }
    }
  }

  /** One statement whatever the number of values. */
  #in(column: string, values: readonly SqlValue[], negated: boolean): Sql {
    const sql = `${column} ${negated ? 'NOT IN' : 'IN'} (SELECT value FROM json_each(?))`;
    return { sql, params: [JSON.stringify(values)] };
  }

  #column(id: string): string {
    checkColumn(this.#type, id);
    return this.#table.column(id);
  }

  #parentColumn(): string {
    return this.#table.column(this.#type.baseId === 'cmis:document' ? '_parentId' : 'cmis:parentId');
  }
}

function literal(value: string | number | boolean): string | number {
  return typeof value === 'boolean' ? Number(value) : value;
}

function join(parts: readonly Sql[], word: string): Sql {
  return {
    sql: `(${parts.map((part) => part.sql).join(word)})`,
    params: parts.flatMap((part) => part.params),
  };
}
