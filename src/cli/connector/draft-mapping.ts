/** A mapping to start from: fields of a system's type beside those of the canonical entity that they are likest. */
import { type Entity, isStored, type Model, type StoredField } from '#model';
import type { Manifest, NativeType } from '#sdk';

type NativeField = NativeType['fields'][number];

/** Other words for a canonical field, folded. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  number: ['id', 'code', 'ref', 'reference', 'no', 'key', 'sku'],
  name: ['title', 'displayname', 'fullname', 'label', 'companyname', 'accountname'],
  legalName: ['registeredname', 'officialname'],
  email: ['emailaddress', 'mail', 'primaryemail'],
  phone: ['telephone', 'phonenumber', 'tel'],
  website: ['url', 'web', 'homepage'],
  taxNumber: ['vat', 'vatnumber', 'taxid', 'vatid'],
  industry: ['branch', 'sector'],
  accountManager: ['owner', 'ownername', 'assignedto', 'salesperson'],
  isBlocked: ['blocked', 'locked', 'onhold', 'inactive'],
  subject: ['title', 'summary'],
  createdAt: ['created', 'createddate', 'createdate', 'creationdate', 'createdon', 'createdat'],
  changedAt: [
    ...[
      'updated',
      'updatedat',
      'modified',
      'modifiedon',
      'lastmodified',
      'lastmodifieddate',
      'lastupdated',
      'writedate',
    ],
    ...['changed', 'lastchangedatetime', 'systemmodstamp'],
  ],
};

/** Products' words for an entity, folded. */
const ENTITIES: Readonly<Record<string, readonly string[]>> = {
  Customer: ['account', 'company', 'organization', 'client', 'party', 'partner', 'businesspartner', 'debtor'],
  Supplier: ['vendor', 'creditor'],
  Contact: ['person', 'user'],
  Product: ['item', 'material', 'article'],
  Opportunity: ['deal'],
  Ticket: ['case', 'incident', 'issue', 'request'],
  SalesOrder: ['sale', 'order'],
  PurchaseOrder: ['purchase'],
  Document: ['file', 'attachment'],
};

/** Undefined when no entity is like the type. */
export function draftMapping(type: NativeType, manifest: Manifest, model: Model): string | undefined {
  const entities = entitiesFor(type, manifest, model);
  if (entities.length === 0) return undefined;
  const source = identifier(type.name);
  const drafts = entities.map((entity) => draftFor(entity, type.fields));
  const used = new Set(drafts.flatMap((draft) => draft.used));
  const unused = type.fields.filter(({ name }) => !used.has(name)).map(({ name }) => name);
  const lines = [
    `// Draft: ${type.name} to ${entities.map(({ name }) => name).join(' and ')}`,
    "import type { Mapped } from 'isthmus/model';",
    '',
    `interface ${source} {`,
    ...type.fields
      .filter(({ name }) => used.has(name))
      .map((field) => `  readonly ${property(field.name)}: ${typeOf(field)}${field.nullable ? ' | null' : ''};`),
    '}',
    '',
    `export function to${entities[0]!.name}(source: ${source}): readonly Mapped[] {`,
    '  return [',
    ...drafts.flatMap((draft) => draft.lines),
    '  ];',
    '}',
    ...(unused.length > 0 ? wrapped('// Not used: ', unused) : []),
  ];
  return lines.join('\n');
}

/** What the manifest says of the stream; for a type that no stream reads, the entity of the likest name. */
function entitiesFor(type: NativeType, manifest: Manifest, model: Model): readonly Entity[] {
  const declared = type.stream === undefined ? undefined : manifest.streams[type.stream]?.entities;
  if (declared !== undefined) return declared.map((name) => model.entities.get(name)!);
  const folded = fold(type.name);
  const found = [...model.entities.values()].find(
    ({ name }) => fold(name) === folded || ENTITIES[name]?.includes(folded) === true,
  );
  return found === undefined ? [] : [found];
}

function draftFor(entity: Entity, fields: readonly NativeField[]) {
  const used: string[] = [];
  const missing: string[] = [];
  const values: string[] = [];
  for (const field of entity.fields.filter(isStored)) {
    const match = likest(field, fields);
    const value = match && expression(field, match);
    if (match === undefined || value === undefined) missing.push(`${field.name} (${typeNameOf(field)})`);
    else {
      used.push(match.name);
      values.push(`        ${field.name}: ${value},`);
    }
  }
  const lines = [
    '    {',
    `      entity: '${entity.name}',`,
    '      values: {',
    ...values,
    ...wrapped('        // Nothing of this name: ', missing),
    '      },',
    '    },',
  ];
  return { used, lines };
}

function likest(field: StoredField, fields: readonly NativeField[]): NativeField | undefined {
  const own = fold(field.name);
  const others = SYNONYMS[field.name] ?? [];
  return (
    fields.find(({ name }) => fold(name) === own) ??
    others.map((word) => fields.find(({ name }) => fold(name) === word)).find((found) => found !== undefined)
  );
}

/** Undefined where one field cannot give the value: an amount needs its currency, an enum a table of codes. */
function expression(field: StoredField, { name, type, nullable }: NativeField): string | undefined {
  if (field.kind !== 'scalar') return undefined;
  const read = /^[A-Za-z_$][\w$]*$/.test(name) ? `source.${name}` : `source['${name}']`;
  const orNull = (made: string) => (nullable ? `${read} === null ? null : ${made}` : made);
  const kind = typeOf({ type } as NativeField);
  switch (field.type) {
    case 'Boolean':
      return kind === 'boolean' ? read : undefined;
    case 'Int':
      return kind === 'number' ? read : orNull(`Number(${read})`);
    case 'DateTime':
      return orNull(`new Date(${read}).toISOString()`);
    case 'Date':
      return orNull(`String(${read}).slice(0, 10)`);
    case 'JSON':
      return undefined;
    default:
      return kind === 'string' ? read : orNull(`String(${read})`);
  }
}

/** Systems have dozens of type names; what matters is what JSON carries. */
function typeOf({ type }: NativeField): 'string' | 'number' | 'boolean' {
  if (/bool|checkbox/i.test(type)) return 'boolean';
  return /^(int|integer|double|float|number|long|short|byte|smallint|bigint)/i.test(type) ? 'number' : 'string';
}

function typeNameOf(field: StoredField): string {
  return field.kind === 'reference' ? `reference to ${field.target}` : field.type;
}

function wrapped(head: string, words: readonly string[]): string[] {
  const indent = /^\s*/.exec(head)![0];
  const lines: string[] = [];
  let line = head;
  for (const [index, word] of words.entries()) {
    const next = word + (index < words.length - 1 ? ', ' : '');
    if (line.length + next.length > 110) {
      lines.push(line.trimEnd());
      line = `${indent}//   `;
    }
    line += next;
  }
  return words.length > 0 ? [...lines, line.trimEnd()] : [];
}

const fold = (name: string) =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z\d]/g, '')
    .replace(/c$/, (end) => (/__c$/i.test(name) ? '' : end));
const property = (name: string) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`);

function identifier(name: string): string {
  const words = name.split(/[^A-Za-z\d]+/).filter((word) => word !== '');
  const joined = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
  return /^\d/.test(joined) || joined === '' ? `Source${joined}` : joined;
}
