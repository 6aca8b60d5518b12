import type { SqlCondition, SqlValue } from 'isthmus/sdk/testing';
import { isNumber, isText, type SandboxField } from '../fields.ts';
import { findField, findObject, type SandboxObject } from '../objects.ts';
import { apiTime, fromApiTime, fullId, isCaseBlind, type Org } from '../org.ts';
import { refuse } from '../refusals.ts';
import type { Comparison, Condition, Literal, Soql } from './parse.ts';

/** A field at the end of a path: `steps` are the references on the way, none for a field of the object itself. */
export interface ResolvedPath {
  readonly steps: readonly SandboxField[];
  readonly objects: readonly SandboxObject[];
  readonly field: SandboxField;
}

export function resolvePath(org: Org, object: SandboxObject, path: string): ResolvedPath {
  const names = path.split('.');
  if (
    names[0]!.toLowerCase() === object.name.toLowerCase() &&
    names.length > 1 &&
    findField(object, names[0]!) === undefined
  )
    names.shift();
  const steps: SandboxField[] = [];
  const objects = [object];
  for (const name of names.slice(0, -1)) {
    const from = objects.at(-1)!;
    const step = [...from.fields.values()].find((each) => each.relationshipName?.toLowerCase() === name.toLowerCase());
    if (step === undefined || steps.length === 5) throw invalidRelationship(from, name);
    steps.push(step);
    objects.push(findObject(org.objects, step.referenceTo!)!);
  }
  const last = objects.at(-1)!;
  const field = findField(last, names.at(-1)!);
  if (field === undefined) throw invalidField(last, names.at(-1)!);
  return { steps, objects, field };
}

function invalidField(object: SandboxObject, name: string): Error {
  const message = `\nERROR at Row:1:Column:1\nNo such column '${name}' on entity '${object.name}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name.`;
  return refuse(400, 'INVALID_FIELD', message);
}

function invalidRelationship(object: SandboxObject, name: string): Error {
  const message = `\nERROR at Row:1:Column:1\nDidn't understand relationship '${name}' in field path on entity '${object.name}'.`;
  return refuse(400, 'INVALID_FIELD', message);
}

/** The WHERE of a statement in SQL. SOQL knows no third truth value: null differs from everything but null. */
export function compileWhere(org: Org, object: SandboxObject, condition: Condition): SqlCondition {
  const params: SqlValue[] = [];
  const sql = new WhereCompiler(org, params).compile(object, condition, false);
  return { sql, params };
}

class WhereCompiler {
  readonly #org: Org;
  readonly #params: SqlValue[];

  constructor(org: Org, params: SqlValue[]) {
    this.#org = org;
    this.#params = params;
  }

  compile(object: SandboxObject, condition: Condition, negated: boolean): string {
    switch (condition.kind) {
      case 'and':
      case 'or': {
        const parts = condition.parts.map((part) => this.compile(object, part, negated));
        return `(${parts.join(condition.kind === 'and' ? ' AND ' : ' OR ')})`;
      }
      case 'not':
        return `NOT (${this.compile(object, condition.part, true)})`;
      default:
        return this.#leaf(object, condition, negated);
    }
  }

  #leaf(object: SandboxObject, leaf: Condition & { kind: 'compare' | 'in' }, negated: boolean): string {
    const path = resolvePath(this.#org, object, leaf.path);
    if (path.steps.length > 0) return this.#throughParent(object, path, leaf);
    const column = this.#column(object, path.field);
    const sql =
      leaf.kind === 'in' ? this.#in(column, path.field, leaf) : this.#compare(column, path.field, leaf.op, leaf.value);
    // Under NOT an unknown truth must be false; elsewhere it is so already, and wrapped it would use no index.
    return negated ? `ifnull(${sql}, 0)` : sql;
  }

  /** Parents that fulfil the condition are looked up first: `Owner.Name = 'X'` is `OwnerId IN (...)`. */
  #throughParent(object: SandboxObject, path: ResolvedPath, leaf: Condition & { kind: 'compare' | 'in' }): string {
    const [step] = path.steps;
    const parent = path.objects[1]!;
    const wantsNull = leaf.kind === 'compare' && leaf.value.kind === 'null';
    const isNegative = leaf.kind === 'compare' ? leaf.op === '!=' : leaf.negated;
    const positive: Condition =
      leaf.kind === 'in'
        ? { ...leaf, negated: false, path: parentPath(path) }
        : { ...leaf, op: leaf.op === '!=' ? '=' : leaf.op, path: parentPath(path) };
    const where = compileWhere(this.#org, parent, positive);
    const keys = this.#org.table(parent).selectKeys({ where });
    const column = this.#column(object, step!);
    this.#params.push(JSON.stringify(keys));
    const isIn = `ifnull(${column} IN (SELECT value FROM json_each(?)), 0)`;
    const matches = wantsNull ? `(${column} IS NULL OR ${isIn})` : isIn;
    return isNegative ? `NOT ${matches}` : matches;
  }

  #column(object: SandboxObject, field: SandboxField): string {
    const column = this.#org.table(object).column(field.name);
    return isCaseBlind(field) && !object.columns.includes(field.name) ? `${column} COLLATE NOCASE` : column;
  }

  #compare(column: string, field: SandboxField, op: Comparison, literal: Literal): string {
    if (op === 'LIKE') {
      if (!isText(field) || literal.kind !== 'text') throw mistyped(field, literal);
      this.#params.push(literal.text);
      return `${column} LIKE ? ESCAPE '\\'`;
    }
    if (literal.kind === 'null') {
      if (op !== '=' && op !== '!=') throw refuse(400, 'MALFORMED_QUERY', `null cannot be compared by ${op}`);
      return `${column} IS ${op === '=' ? '' : 'NOT '}NULL`;
    }
    this.#params.push(columnValue(field, literal));
    if (op === '!=') return `${column} IS NOT ?`;
    return `${column} ${op} ?`;
  }

  #in(column: string, field: SandboxField, leaf: Condition & { kind: 'in' }): string {
    const known = leaf.values.filter((value) => value.kind !== 'null').map((value) => columnValue(field, value));
    const withNull = known.length < leaf.values.length;
    this.#params.push(JSON.stringify(known));
    const isIn = `${column} IN (SELECT value FROM json_each(?))`;
    if (!leaf.negated) return withNull ? `(${isIn} OR ${column} IS NULL)` : isIn;
    return withNull ? `(NOT ${isIn})` : `(NOT ifnull(${isIn}, 0))`;
  }
}

function parentPath(path: ResolvedPath): string {
  return [...path.steps.slice(1).map((step) => step.relationshipName!), path.field.name].join('.');
}

/** The literal as the column keeps it; a literal of the wrong kind is refused as the product does. */
function columnValue(field: SandboxField, literal: Literal): string | number {
  if (isText(field)) {
    if (literal.kind !== 'text') throw mistyped(field, literal);
    const text = literal.text.replace(/\\([\\_%])/g, '$1');
    if (field.type !== 'id' && field.type !== 'reference') return text;
    const id = fullId(text);
    if (id === undefined) throw refuse(400, 'INVALID_QUERY_FILTER_OPERATOR', `\ninvalid ID field: ${text}`);
    return id;
  }
  if (field.type === 'boolean' && literal.kind === 'boolean') return literal.text === 'true' ? 1 : 0;
  if (isNumber(field) && literal.kind === 'number') return Number(literal.text);
  if (field.type === 'date' && literal.kind === 'date') return literal.text;
  if (field.type === 'datetime' && literal.kind === 'datetime') return apiTime(fromApiTime(literal.text));
  throw mistyped(field, literal);
}

function mistyped(field: SandboxField, literal: Literal): Error {
  const quotes = isText(field) ? 'should be enclosed in quotes' : 'should not be enclosed in quotes';
  const type = field.type === 'datetime' ? 'dateTime' : isText(field) ? 'string' : field.type;
  const message = `\n${field.name} (${literal.kind})\nERROR at Row:1:Column:1\nvalue of filter criterion for field '${field.name}' must be of type ${type} and ${quotes}`;
  return refuse(400, 'INVALID_FIELD', message);
}

/** ORDER BY in SQL, made total by the id. Nulls come first in both directions unless told otherwise. */
export function compileOrder(org: Org, object: SandboxObject, orderBy: Soql['orderBy']): string {
  const parts = orderBy.map(({ path, descending, nullsFirst }) => {
    const { steps, field } = resolvePath(org, object, path);
    if (steps.length > 0)
      throw refuse(400, 'MALFORMED_QUERY', 'this sandbox sorts by fields of the object itself only');
    const column = org.table(object).column(field.name);
    const collated = isCaseBlind(field) && !object.columns.includes(field.name) ? `${column} COLLATE NOCASE` : column;
    // A declared placement of nulls keeps SQLite from using an index, so it is left out where there are none.
    const nulls = field.nillable ? ` NULLS ${nullsFirst ? 'FIRST' : 'LAST'}` : '';
    return `${collated}${descending ? ' DESC' : ''}${nulls}`;
  });
  return orderBy.some(({ path }) => path.toLowerCase() === 'id') ? parts.join(', ') : [...parts, 'key'].join(', ');
}
