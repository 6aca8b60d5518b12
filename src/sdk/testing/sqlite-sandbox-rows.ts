import type { SqliteCommitJournal } from './commit-journal.ts';
import type { SandboxClock } from './sandbox-clock.ts';
import type {
  ChangeOperation,
  CommitOptions,
  SandboxColumn,
  SandboxRows,
  SandboxTable,
  Selection,
  SqlCondition,
  SqlValue,
} from './sandbox-store.ts';
import type { StatementCache } from './statement-cache.ts';

const SLICE_ROWS = 4000;

type Row = Record<string, unknown>;

export interface RowsContext {
  readonly statements: StatementCache;
  readonly commits: SqliteCommitJournal;
  readonly commit: <T>(work: (instant: Date) => T) => T;
}

interface ColumnPlan {
  readonly name: string;
  readonly definition: SandboxColumn<Row>;
  readonly read: (row: Row) => SqlValue;
}

/** One table: the JSON document beside its key and declared columns. */
export class SqliteSandboxRows implements SandboxRows<Row> {
  readonly name: string;
  readonly createTableSql: string;
  readonly #table: SandboxTable<Row>;
  readonly #clock: SandboxClock;
  readonly #context: RowsContext;
  readonly #columns: readonly ColumnPlan[];
  readonly #from: string;
  readonly #upsertSql: string;
  readonly #insertSql: string;

  constructor(name: string, table: SandboxTable<Row>, clock: SandboxClock, context: RowsContext) {
    this.name = name;
    this.#table = table;
    this.#clock = clock;
    this.#context = context;
    this.#columns = Object.entries(table.columns ?? {}).map(([column, declared]) => planColumn(column, declared));
    this.#from = quote(`rows_${name}`);
    const columns = this.#columns.map((column) => `${columnName(column.name)} ${columnType(column.definition)}`);
    this.createTableSql = `CREATE TABLE IF NOT EXISTS ${this.#from} (${['key TEXT PRIMARY KEY', 'doc TEXT NOT NULL', ...columns].join(', ')})`;
    const names = ['key', 'doc', ...this.#columns.map((column) => columnName(column.name))];
    this.#insertSql = `INSERT INTO ${this.#from} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
    const assignments = names.slice(1).map((column) => `${column} = excluded.${column}`);
    this.#upsertSql = `${this.#insertSql} ON CONFLICT (key) DO UPDATE SET ${assignments.join(', ')}`;
  }

  /** Tells whether a kept file still has the declared tables. */
  get shape(): unknown {
    return [this.createTableSql, this.#table.indexes ?? []];
  }

  createIndexes(): void {
    for (const columns of this.#table.indexes ?? []) {
      const expressions = columns.map((column) => this.column(column)).join(', ');
      const index = quote(`index_${this.name}_${columns.join('_')}`);
      this.#context.statements.exec(`CREATE INDEX IF NOT EXISTS ${index} ON ${this.#from} (${expressions})`);
    }
  }

  column(member: string): string {
    if (this.#columns.some((column) => column.name === member)) return columnName(member);
    if (member === this.#table.key || member === 'key') return 'key';
    return `json_extract(doc, '$.${quote(member).replaceAll("'", "''")}')`;
  }

  keyOf(row: Row): string {
    const { key } = this.#table;
    return typeof key === 'function' ? key(row) : String(row[key]);
  }

  get(key: string): Row | undefined {
    const doc = this.#doc(key);
    return doc === undefined ? undefined : (JSON.parse(doc) as Row);
  }

  getMany(keys: readonly string[]): (Row | undefined)[] {
    // CROSS JOIN makes the list drive; SQLite might scan the table otherwise.
    const sql = `SELECT rows.key, rows.doc FROM json_each(?) AS asked CROSS JOIN ${this.#from} AS rows ON rows.key = asked.value`;
    const found = new Map(this.#context.statements.get(sql).raw().all(JSON.stringify(keys)) as [string, string][]);
    return keys.map((key) => {
      const doc = found.get(key);
      return doc === undefined ? undefined : (JSON.parse(doc) as Row);
    });
  }

  select(selection: Selection = {}): Row[] {
    return this.selectJson(selection).map((doc) => JSON.parse(doc) as Row);
  }

  selectJson(selection: Selection = {}): string[] {
    const { sql, params } = this.#selectSql(selection);
    return this.#context.statements
      .get(sql)
      .pluck()
      .all(...params) as string[];
  }

  selectKeys(selection: Selection = {}): string[] {
    const { sql, params } = this.#selectSql(selection, 'key');
    return this.#context.statements
      .get(sql)
      .pluck()
      .all(...params) as string[];
  }

  *iterate(selection: Selection = {}): IterableIterator<Row> {
    const { sql, params } = this.#selectSql(selection);
    for (const doc of this.#context.statements
      .prepare(sql)
      .pluck()
      .iterate(...params)) {
      yield JSON.parse(doc as string) as Row;
    }
  }

  count(where?: SqlCondition): number {
    const condition = where === undefined ? '' : ` WHERE ${where.sql}`;
    const statement = this.#context.statements.get(`SELECT count(*) FROM ${this.#from}${condition}`);
    return statement.pluck().get(...(where?.params ?? [])) as number;
  }

  insert(row: Row): Row {
    return this.#context.commit((instant) => this.#insert(row, instant));
  }

  update(key: string, change: Row | ((row: Row) => Row), options: CommitOptions = {}): Row | undefined {
    return this.#context.commit((instant) => this.#update(key, change, instant, options.operation ?? 'update'));
  }

  delete(key: string): Row | undefined {
    return this.#context.commit((instant) => {
      const before = this.#doc(key);
      if (before === undefined) return undefined;
      this.#context.statements.get(`DELETE FROM ${this.#from} WHERE key = ?`).run(key);
      this.#journal(key, 'delete', instant, before, null);
      return JSON.parse(before) as Row;
    });
  }

  commitLate(rows: readonly Row[], late: { readonly stampedAt: Date | string }): Row[] {
    const stampedAt = this.#clock.truncate(new Date(late.stampedAt));
    return this.#context.commit(() =>
      rows.map((row) => this.#update(this.keyOf(row), row, stampedAt, 'update') ?? this.#insert(row, stampedAt)),
    );
  }

  seed(rows: Iterable<Row>): number {
    const write = this.#context.statements.inTransaction<Row>((slice) => this.#writeSlice(slice));
    let count = 0;
    for (const slice of slices(rows)) {
      write(slice);
      count += slice.length;
    }
    return count;
  }

  async seedInSlices(rows: Iterable<Row>): Promise<number> {
    const write = this.#context.statements.inTransaction<Row>((slice) => this.#writeSlice(slice));
    let count = 0;
    for (const slice of slices(rows)) {
      write(slice);
      count += slice.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return count;
  }

  #writeSlice(slice: readonly Row[]): void {
    const statement = this.#context.statements.get(this.#insertSql);
    for (const row of slice) statement.run(this.#values(this.keyOf(row), row, JSON.stringify(row)));
  }

  #insert(row: Row, instant: Date): Row {
    const stamped = this.#stamp(row, instant, 'create');
    const key = this.keyOf(stamped);
    const doc = JSON.stringify(stamped);
    this.#context.statements.get(this.#insertSql).run(this.#values(key, stamped, doc));
    this.#journal(key, 'create', instant, null, doc);
    return JSON.parse(doc) as Row;
  }

  #update(key: string, change: Row | ((row: Row) => Row), instant: Date, operation: ChangeOperation): Row | undefined {
    const before = this.#doc(key);
    if (before === undefined) return undefined;
    const old = JSON.parse(before) as Row;
    const stamped = this.#stamp(typeof change === 'function' ? change(old) : { ...old, ...change }, instant, operation);
    if (this.keyOf(stamped) !== key) throw new RangeError(`an update may not change the key ${key} of ${this.name}`);
    const doc = JSON.stringify(stamped);
    this.#context.statements.get(this.#upsertSql).run(this.#values(key, stamped, doc));
    this.#journal(key, operation, instant, before, doc);
    return JSON.parse(doc) as Row;
  }

  #stamp(row: Row, at: Date, operation: ChangeOperation): Row {
    return this.#table.stamp?.(row, at, operation) ?? row;
  }

  #doc(key: string): string | undefined {
    const statement = this.#context.statements.get(`SELECT doc FROM ${this.#from} WHERE key = ?`);
    return statement.pluck().get(key) as string | undefined;
  }

  #values(key: string, row: Row, doc: string): SqlValue[] {
    const values: SqlValue[] = [key, doc];
    for (const column of this.#columns) values.push(column.read(row));
    return values;
  }

  #journal(
    key: string,
    operation: ChangeOperation,
    stampedAt: Date,
    before: string | null,
    after: string | null,
  ): void {
    this.#context.commits.add({ table: this.name, key, operation, stampedAt, before, after });
  }

  #selectSql(selection: Selection, result = 'doc'): { sql: string; params: readonly SqlValue[] } {
    const where = selection.where === undefined ? '' : ` WHERE ${selection.where.sql}`;
    const params = [...(selection.where?.params ?? []), selection.limit ?? -1, selection.offset ?? 0];
    const sql = `SELECT ${result} FROM ${this.#from}${where} ORDER BY ${selection.orderBy ?? 'key'} LIMIT ? OFFSET ?`;
    return { sql, params };
  }
}

function* slices(rows: Iterable<Row>): IterableIterator<Row[]> {
  let slice: Row[] = [];
  for (const row of rows) {
    slice.push(row);
    if (slice.length < SLICE_ROWS) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}

function planColumn(name: string, declared: SandboxColumn<Row> | SandboxColumn<Row>['type']): ColumnPlan {
  const definition = typeof declared === 'string' ? { type: declared } : declared;
  const from = definition.from ?? ((row: Row) => row[name] as SqlValue | boolean | undefined);
  return { name, definition, read: (row) => toSql(from(row)) };
}

function toSql(value: SqlValue | boolean | undefined): SqlValue {
  if (value === undefined) return null;
  return typeof value === 'boolean' ? Number(value) : value;
}

function columnType(definition: SandboxColumn<Row>): string {
  return `${definition.type.toUpperCase()}${definition.collate === 'nocase' ? ' COLLATE NOCASE' : ''}`;
}

/** The prefix keeps members named `key`, `doc` or like an SQL word apart. */
function columnName(member: string): string {
  return quote(`c_${member}`);
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
