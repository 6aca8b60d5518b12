import { salesforceId } from 'isthmus/sdk/testing';
import { isNumber, isText, type SandboxField } from './fields.ts';
import { findField, type SandboxObject, STAGES } from './objects.ts';
import { apiTime, fullId, type Org, type Row } from './org.ts';
import { objectOfId } from './projection.ts';
import { refuse } from './refusals.ts';

/** Creating, changing and removing single records, with the product's checks. Refusals are thrown. */
export class RecordWrites {
  readonly #org: Org;
  readonly #userId: string;

  constructor(org: Org, userId: string) {
    this.#org = org;
    this.#userId = userId;
  }

  create(object: SandboxObject, values: Row): string {
    if (!object.isWritable)
      throw refuse(400, 'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', `${object.name} is read-only here`);
    const given = this.#checked(object, values, 'createable');
    const missing = [...object.fields.values()].filter(
      (field) => field.createable && !field.nillable && isNone(given[field.name]) && defaultOf(field) === undefined,
    );
    const names = missing.map((field) => field.name).filter((name) => name !== 'OwnerId');
    if (names.length > 0)
      throw refuse(400, 'REQUIRED_FIELD_MISSING', `Required fields are missing: [${names.join(', ')}]`, names);
    const row: Row = {
      Id: this.#nextId(object),
      IsDeleted: false,
      OwnerId: this.#userId,
      ...withDefaults(object, given),
    };
    if (!object.fields.has('OwnerId')) delete row.OwnerId;
    if (object.name === 'Case') row.CaseNumber = this.#number('caseNumber', 10_000_000);
    const author = { CreatedById: this.#userId, LastModifiedById: this.#userId };
    return this.#org.table(object).insert(derived(object, withoutNulls({ ...row, ...author }), this.#org)).Id as string;
  }

  update(object: SandboxObject, id: string, values: Row): void {
    const living = this.living(object, id);
    if (object.name === 'Lead' && living.IsConverted === true)
      throw refuse(400, 'CANNOT_UPDATE_CONVERTED_LEAD', 'cannot reference converted lead');
    const given = this.#checked(object, values, 'updateable');
    const cleared = Object.keys(given).find((name) => isNone(given[name]) && !object.fields.get(name)!.nillable);
    if (cleared !== undefined)
      throw refuse(400, 'REQUIRED_FIELD_MISSING', `Required fields are missing: [${cleared}]`, [cleared]);
    this.#org
      .table(object)
      .update(living.Id as string, (row) =>
        derived(object, withoutNulls({ ...row, ...given, LastModifiedById: this.#userId }), this.#org, row),
      );
  }

  /** To the recycle bin: `/query` no longer sees it, `/queryAll` does. */
  remove(object: SandboxObject, id: string): void {
    const living = this.living(object, id);
    const change = { IsDeleted: true, LastModifiedById: this.#userId };
    this.#org.table(object).update(living.Id as string, change, { operation: 'delete' });
  }

  undelete(id: string): void {
    const { object, key } = this.#inBin(id);
    this.#org.table(object).update(key, (row) => withoutNulls({ ...row, IsDeleted: false, MasterRecordId: null }));
  }

  /** Out of the bin, without a trace in any query. */
  removeForGood(id: string): void {
    const { object, key } = this.#inBin(id);
    this.#org.table(object).delete(key);
  }

  /** The losers go to the bin with the winner's id; what pointed at them points at the winner. */
  merge(winner: string, losers: readonly string[]): void {
    const object = objectOfId(this.#org, winner);
    if (object === undefined) throw refuse(400, 'INVALID_ID_FIELD', 'bad id');
    const master = this.living(object, winner).Id as string;
    this.#org.store.transaction(() => {
      for (const loser of losers) {
        const key = this.living(object, loser).Id as string;
        this.#repoint(object, key, master);
        this.#org.table(object).update(key, { IsDeleted: true, MasterRecordId: master }, { operation: 'delete' });
      }
    });
  }

  /** The living record; refuses for deleted and unknown ones. */
  living(object: SandboxObject, id: string): Row {
    const key = fullId(id);
    const row = key === undefined ? undefined : this.#org.table(object).get(key);
    if (row === undefined) throw refuse(404, 'NOT_FOUND', 'The requested resource does not exist');
    if (row.IsDeleted === true) throw refuse(404, 'ENTITY_IS_DELETED', 'entity is deleted');
    return row;
  }

  #inBin(id: string): { object: SandboxObject; key: string } {
    const object = objectOfId(this.#org, id);
    const key = fullId(id);
    const row = object === undefined ? undefined : this.#org.table(object).get(key!);
    if (row?.IsDeleted !== true) throw refuse(400, 'UNDELETE_FAILED', 'Entity is not in the recycle bin');
    return { object: object!, key: key! };
  }

  #repoint(target: SandboxObject, from: string, to: string): void {
    for (const object of this.#org.objects.values()) {
      for (const field of object.fields.values()) {
        if (field.referenceTo !== target.name || field.name === 'MasterRecordId') continue;
        const table = this.#org.table(object);
        const where = { sql: `${table.column(field.name)} = ?`, params: [from] };
        for (const key of table.selectKeys({ where })) table.update(key, { [field.name]: to });
      }
    }
  }

  #checked(object: SandboxObject, values: Row, right: 'createable' | 'updateable'): Row {
    const checked: Row = {};
    for (const [name, raw] of Object.entries(values)) {
      if (name === 'attributes') continue;
      const field = findField(object, name);
      if (field === undefined)
        throw refuse(400, 'INVALID_FIELD', `No such column '${name}' on sobject of type ${object.name}`);
      if (!field[right]) {
        const message = `Unable to create/update fields: ${field.name}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`;
        throw refuse(400, 'INVALID_FIELD_FOR_INSERT_UPDATE', message, [field.name]);
      }
      checked[field.name] = this.#checkedValue(field, raw === '' ? null : raw);
    }
    return checked;
  }

  #checkedValue(field: SandboxField, value: unknown): unknown {
    if (value === null || value === undefined) return null;
    if (field.type === 'boolean' || isNumber(field)) {
      const wanted = field.type === 'boolean' ? 'boolean' : 'number';
      if (typeof value !== wanted) throw unreadable(field, value);
      return value;
    }
    if (typeof value !== 'string') {
      if (!isText(field)) throw unreadable(field, value);
      return String(value);
    }
    if (field.type === 'date' && !/^\d{4}-\d\d-\d\d/.test(value)) throw unreadable(field, value);
    if (field.type === 'date') return value.slice(0, 10);
    if (field.type === 'datetime') return this.#time(field, value);
    if (field.type === 'reference') return this.#referenced(field, value);
    if (value.length > field.length)
      throw refuse(400, 'STRING_TOO_LONG', `${field.label}: data value too large: (max length=${field.length})`, [
        field.name,
      ]);
    if (field.restricted && !field.picklist!.includes(value)) {
      const message = `${field.label}: bad value for restricted picklist field: ${value}`;
      throw refuse(400, 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', message, [field.name]);
    }
    return value;
  }

  #time(field: SandboxField, value: string): string {
    const at = new Date(value.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
    if (Number.isNaN(at.getTime())) throw unreadable(field, value);
    return apiTime(at);
  }

  #referenced(field: SandboxField, value: string): string {
    const target = this.#org.objects.get(field.referenceTo!)!;
    const id = fullId(value);
    if (id === undefined)
      throw refuse(400, 'MALFORMED_ID', `${field.label}: id value of incorrect type: ${value}`, [field.name]);
    if (this.#org.table(target).get(id)?.IsDeleted !== false)
      throw refuse(400, 'INVALID_CROSS_REFERENCE_KEY', `invalid cross reference id`, [field.name]);
    return id;
  }

  #nextId(object: SandboxObject): string {
    return salesforceId(object.keyPrefix, Number(this.#number(`id ${object.name}`, 100_000_000)));
  }

  /** Number ranges outlive a restart and begin beyond the demo's. */
  #number(range: string, first: number): string {
    const next = Number(this.#org.store.getSetting(range) ?? first) + 1;
    this.#org.store.setSetting(range, String(next));
    return String(next);
  }
}

function unreadable(field: SandboxField, value: unknown): Error {
  const type = field.type === 'datetime' ? 'datetime' : field.type;
  return refuse(
    400,
    'JSON_PARSER_ERROR',
    `Cannot deserialize instance of ${type} from value ${JSON.stringify(value)}`,
    [field.name],
  );
}

function isNone(value: unknown): boolean {
  return value === null || value === undefined;
}

function withoutNulls(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => !isNone(value)));
}

function defaultOf(field: SandboxField): unknown {
  if (field.type === 'boolean') return false;
  return field.name === 'Status' ? field.picklist![0] : undefined;
}

function withDefaults(object: SandboxObject, given: Row): Row {
  const row: Row = { ...given };
  for (const field of object.fields.values()) {
    if (isNone(row[field.name]) && defaultOf(field) !== undefined) row[field.name] = defaultOf(field);
  }
  if (object.name === 'Case') row.Status ??= 'New';
  return row;
}

/** Members that follow from others: full names, and what a stage or status means. */
export function derived(object: SandboxObject, row: Row, org: Org, before?: Row): Row {
  if (object.fields.get('Name')?.calculated === true) {
    row.Name = [row.FirstName, row.LastName].filter((part) => !isNone(part)).join(' ');
  }
  if (object.name === 'Opportunity') {
    const stage = STAGES.find((each) => each.name === row.StageName);
    if (before?.StageName !== row.StageName) {
      const isSet = before === undefined ? row.Probability !== undefined : row.Probability !== before.Probability;
      if (!isSet) row.Probability = stage?.probability ?? 0;
    }
    row.IsClosed = stage?.isClosed ?? false;
    row.IsWon = stage?.isWon ?? false;
  }
  if (object.name === 'Case') {
    row.IsClosed = row.Status === 'Closed';
    if (row.IsClosed === true) row.ClosedDate ??= apiTime(org.clock.now());
    else delete row.ClosedDate;
  }
  return row;
}
