/** How the sandbox describes a field; `describe`, SOQL, writing and demo data all follow it. */
export type FieldType =
  | 'id'
  | 'string'
  | 'textarea'
  | 'email'
  | 'phone'
  | 'url'
  | 'picklist'
  | 'reference'
  | 'boolean'
  | 'currency'
  | 'percent'
  | 'int'
  | 'date'
  | 'datetime';

export interface SandboxField {
  readonly name: string;
  readonly type: FieldType;
  readonly label: string;
  readonly length: number;
  /** Null is allowed; else required on creation, unless it has a default. */
  readonly nillable: boolean;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly custom: boolean;
  readonly externalId: boolean;
  readonly calculated: boolean;
  readonly referenceTo?: string;
  readonly relationshipName?: string;
  readonly picklist?: readonly string[];
  readonly restricted: boolean;
}

/** What an enterprise may add to an object when it starts the sandbox. */
export interface CustomField {
  readonly name: `${string}__c`;
  readonly type: FieldType;
  readonly label?: string;
  readonly length?: number;
  readonly externalId?: boolean;
  readonly picklist?: readonly string[];
}

const TEXT_TYPES: ReadonlySet<FieldType> = new Set([
  'id',
  'string',
  'textarea',
  'email',
  'phone',
  'url',
  'picklist',
  'reference',
]);

export function isText(field: SandboxField): boolean {
  return TEXT_TYPES.has(field.type);
}

export function isNumber(field: SandboxField): boolean {
  return field.type === 'currency' || field.type === 'percent' || field.type === 'int';
}

const LENGTHS: Partial<Record<FieldType, number>> = {
  id: 18,
  reference: 18,
  string: 255,
  textarea: 32_000,
  email: 80,
  phone: 40,
  url: 255,
  picklist: 255,
};

/** `Billing_City__c` is labelled `Billing City`, `LastName` `Last Name`. */
function labelOf(name: string): string {
  return name
    .replace(/__c$/, '')
    .replaceAll('_', ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2');
}

export function field(name: string, type: FieldType, options: Partial<SandboxField> = {}): SandboxField {
  return {
    name,
    type,
    label: labelOf(name),
    length: LENGTHS[type] ?? 0,
    nillable: type !== 'boolean',
    createable: true,
    updateable: true,
    custom: name.endsWith('__c'),
    externalId: false,
    calculated: false,
    restricted: false,
    ...options,
  };
}

export const SYSTEM = { createable: false, updateable: false, nillable: false } as const;
export const READ_ONLY = { createable: false, updateable: false } as const;
export const REQUIRED = { nillable: false } as const;

export function reference(
  name: string,
  referenceTo: string,
  relationshipName: string,
  options: Partial<SandboxField> = {},
): SandboxField {
  return field(name, 'reference', { referenceTo, relationshipName, ...options });
}

export function picklist(name: string, values: readonly string[], options: Partial<SandboxField> = {}): SandboxField {
  return field(name, 'picklist', { picklist: values, ...options });
}

/** The fields that every object has. */
export function systemFields(): SandboxField[] {
  return [
    field('Id', 'id', { ...SYSTEM, label: 'Record ID' }),
    field('IsDeleted', 'boolean', { ...SYSTEM, label: 'Deleted' }),
    field('CreatedDate', 'datetime', SYSTEM),
    reference('CreatedById', 'User', 'CreatedBy', SYSTEM),
    field('LastModifiedDate', 'datetime', SYSTEM),
    reference('LastModifiedById', 'User', 'LastModifiedBy', SYSTEM),
    field('SystemModstamp', 'datetime', SYSTEM),
  ];
}

export function address(prefix: string): SandboxField[] {
  return [
    field(`${prefix}Street`, 'textarea', { length: 255 }),
    field(`${prefix}City`, 'string', { length: 40 }),
    field(`${prefix}State`, 'string', { length: 80 }),
    field(`${prefix}PostalCode`, 'string', { length: 20 }),
    field(`${prefix}Country`, 'string', { length: 80 }),
  ];
}
