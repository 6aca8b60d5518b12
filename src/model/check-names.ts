/** Names that cannot be: spelled so that columns would clash, or taken by what is generated from the model. */
import { BUILT_IN_SCALARS } from './directives.ts';
import type { Entity, Field, Model, SourceLocation, ValueType } from './model.ts';
import type { ProblemList } from './model-error.ts';
import { snakeCase } from './names.ts';

/** Suffixes of the types that the graph makes of a type of the model. */
const GENERATED_SUFFIXES = [
  'Filter',
  'ListFilter',
  'OrderBy',
  'Connection',
  'Edge',
  'Field',
  'Aggregate',
  'Input',
  'Create',
  'Update',
  'Changed',
  'Change',
  'ChangeFilter',
  'Values',
];
const GRAPH_TYPES = ['Query', 'Mutation', 'Subscription', 'Node', 'PageInfo', 'FieldProvenance', 'Staleness'];
const GRAPH_TYPES_TOO = ['OrderDirection', 'SortDirection', 'Direction', 'Classification', 'ChangeOp'];
/** Fields that the graph adds to every object, and words that its filters use beside the fields. */
const FIELD_WORDS = ['provenance', 'contentUrl', 'and', 'or', 'not', 'isNull'];
/** Fields of every change beside the object itself, which is called as its entity is. */
const CHANGE_FIELDS = [
  ...['op', 'eventId', 'id', 'otherId', 'sequence', 'at', 'origin', 'changed', 'before', 'after'],
  ...['isTooLarge', 'resumeToken'],
];
/** Columns that the store adds to every golden table. */
const STORE_COLUMNS = ['id', 'sequence', 'hub_changed_at', 'provenance'];
const LONGEST_NAME = 40;

const RENAME = 'Choose another name.';

export function checkNames(model: Model, problems: ProblemList): void {
  const types = [...model.entities.values(), ...model.values.values(), ...model.enums.values()];
  const taken = new Map<string, string>();
  for (const name of [...GRAPH_TYPES, ...GRAPH_TYPES_TOO]) taken.set(name, 'the graph');
  for (const name of [...BUILT_IN_SCALARS, 'Float']) {
    taken.set(name, 'a scalar');
    taken.set(`${name}Filter`, 'the filter of a scalar');
  }
  for (const { name } of types) for (const suffix of GENERATED_SUFFIXES) taken.set(`${name}${suffix}`, `type ${name}`);
  for (const { name, location } of types) {
    const owner = taken.get(name);
    if (owner) problems.add(location, `${name} is the name of a type that is generated for ${owner}.`, RENAME);
    checkSpelling(name, /^[A-Z][A-Za-z0-9]*$/, 'begins with a capital', location, problems);
    if (/^Hub/.test(name)) problems.add(location, `${name}: names with Hub are the hub's own.`, RENAME);
  }
  checkRootFields(model, problems);
  for (const entity of model.entities.values()) checkFields(entity, model, problems);
  for (const value of model.values.values()) checkMembers(value, problems);
}

function checkSpelling(
  name: string,
  pattern: RegExp,
  rule: string,
  location: SourceLocation,
  problems: ProblemList,
): void {
  if (!pattern.test(name)) {
    problems.add(
      location,
      `${name} is misspelled for its kind.`,
      `A name here ${rule} and has letters and digits only.`,
    );
  } else if (name.length > LONGEST_NAME) {
    problems.add(location, `${name} is too long for a database.`, `Use at most ${LONGEST_NAME} letters.`);
  }
}

function checkRootFields(model: Model, problems: ProblemList): void {
  const taken = new Map<string, string>([
    ['node', 'the graph'],
    ['nodes', 'the graph'],
    ['changesToken', 'the graph'],
  ]);
  for (const { name, singular, plural, location } of model.entities.values()) {
    const roots = [singular, plural, `${singular}BySource`, `${plural}Aggregate`, `${singular}Changed`];
    if (CHANGE_FIELDS.includes(singular)) {
      problems.add(location, `${name}: changes have a field ${singular} of their own.`, RENAME);
    }
    for (const root of [...roots, `create${name}`, `update${name}`, `delete${name}`]) {
      const owner = taken.get(root);
      if (owner) problems.add(location, `${name}: its root field ${root} is taken by ${owner}.`, RENAME);
      else taken.set(root, name);
    }
  }
  const tables = new Map<string, string>();
  for (const { name, location } of model.entities.values()) {
    const table = snakeCase(name);
    const other = tables.get(table);
    if (other) problems.add(location, `${name} and ${other} would share the table ${table}.`, RENAME);
    tables.set(table, name);
  }
}

function checkFields(entity: Entity, model: Model, problems: ProblemList): void {
  const columns = new Map(STORE_COLUMNS.map((column) => [column, 'the store']));
  const names = new Set(entity.fields.map((field) => field.name));
  for (const field of entity.fields) {
    const path = `${entity.name}.${field.name}`;
    checkSpelling(field.name, /^[a-z][A-Za-z0-9]*$/, 'begins with a small letter', field.location, problems);
    if (FIELD_WORDS.includes(field.name)) {
      problems.add(field.location, `${path}: the graph uses the name ${field.name} itself.`, RENAME);
      continue;
    }
    if (field.kind === 'enum' && names.has(field.textName)) {
      const message = `${entity.name}.${field.textName} is generated for the enum ${path}, for codes that no mapping knows.`;
      const textField = entity.fields.find((other) => other.name === field.textName);
      problems.add(textField?.location ?? field.location, message, RENAME);
      continue;
    }
    const fieldColumns = columnsOf(field, model);
    const clash = fieldColumns.find((column) => columns.has(column));
    if (clash) problems.add(field.location, `${path}: its column ${clash} is taken by ${columns.get(clash)}.`, RENAME);
    else if (
      field.kind === 'reference' &&
      entity.fields.some(({ name, kind }) => kind === 'value' && name === `${field.name}Id`)
    )
      problems.add(field.location, `${path}: values of changes call its id ${field.name}Id, which is a field.`, RENAME);
    for (const column of fieldColumns) if (!columns.has(column)) columns.set(column, path);
  }
}

function checkMembers(value: ValueType, problems: ProblemList): void {
  for (const member of value.members) {
    const path = `${value.name}.${member.name}`;
    checkSpelling(member.name, /^[a-z][A-Za-z0-9]*$/, 'begins with a small letter', value.location, problems);
    if (FIELD_WORDS.includes(member.name)) {
      problems.add(value.location, `${path}: the graph uses the name ${member.name} itself.`, RENAME);
    }
  }
}

/** Every column that a field may have, keys of order included. */
function columnsOf(field: Field, model: Model): readonly string[] {
  const column = snakeCase(field.name);
  switch (field.kind) {
    case 'collection':
      return [];
    case 'reference':
      return [`${column}_id`];
    case 'enum':
      return [column, `${column}_key`, `${column}_text`];
    case 'scalar':
      return field.type === 'String' || field.type === 'Decimal' ? [column, `${column}_key`] : [column];
    case 'value': {
      const members = model.values.get(field.type)?.members ?? [];
      return members.flatMap(({ name }) => [`${column}_${snakeCase(name)}`, `${column}_${snakeCase(name)}_key`]);
    }
  }
}
