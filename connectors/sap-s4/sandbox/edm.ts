/** The entity data model of a Gateway service: enough of it for requests, filters, JSON and `$metadata`. */
export type EdmType =
  | 'Edm.String'
  | 'Edm.Boolean'
  | 'Edm.Decimal'
  | 'Edm.DateTime'
  | 'Edm.DateTimeOffset'
  | 'Edm.Time'
  | 'Edm.Guid';

export interface EdmProperty {
  readonly name: string;
  readonly type: EdmType;
  readonly maxLength?: number;
  /** Shown without leading zeros, and found with or without them (conversion exit ALPHA). */
  readonly isAlpha?: true;
}

/** To other rows by equal values: pairs of [own property, the other's]. */
export interface Navigation {
  readonly name: string;
  readonly set: string;
  readonly isMany: boolean;
  readonly on: readonly (readonly [string, string])[];
}

export interface EntityType {
  readonly set: string;
  readonly key: readonly string[];
  /** The property that is the concurrency token. */
  readonly etag?: string;
  readonly properties: readonly EdmProperty[];
  readonly navigations: readonly Navigation[];
  readonly canCreate: boolean;
  readonly canUpdate: boolean;
  readonly canDelete: boolean;
  /** Properties that an index serves beside the key: lists of names. */
  readonly indexes: readonly (readonly string[])[];
  /** The set whose row carries the change stamp for this one (a header for its items). */
  readonly header?: { readonly set: string; readonly on: readonly string[] };
}

export interface Service {
  readonly name: string;
  readonly namespace: string;
  /** Rows of one answer at most; the rest is behind `__next`. */
  readonly pageCap: number;
  readonly types: readonly EntityType[];
}

export type Row = Record<string, unknown>;

/** `'BusinessPartner:10 Customer:10'`, `:a10` for ALPHA fields, `Name` without a length, `Flag?` Boolean, `Amount#` Decimal, `On@` DateTime, `At@@` DateTimeOffset, `At~` Time, `Id!` Guid. */
export function properties(text: string): EdmProperty[] {
  return text
    .trim()
    .split(/\s+/)
    .map((word) => {
      const match = /^(\w+?)(\?|#|@@|@|~|!|:(a?)(\d+))?$/.exec(word);
      if (match === null) throw new RangeError(`not a property: ${word}`);
      const name = match[1]!;
      const types: Record<string, EdmType> = {
        '?': 'Edm.Boolean',
        '#': 'Edm.Decimal',
        '@': 'Edm.DateTime',
        '@@': 'Edm.DateTimeOffset',
        '~': 'Edm.Time',
        '!': 'Edm.Guid',
      };
      const type = types[match[2] ?? ''] ?? 'Edm.String';
      return {
        name,
        type,
        ...(match[4] === undefined ? {} : { maxLength: Number(match[4]) }),
        ...(match[3] === 'a' ? { isAlpha: true as const } : {}),
      };
    });
}

export function propertyOf(type: EntityType, name: string): EdmProperty | undefined {
  return type.properties.find((property) => property.name === name);
}

export function withoutLeadingZeros(text: string): string {
  return /^\d+$/.test(text) ? text.replace(/^0+(?=\d)/, '') : text;
}

/** A row with every property in the order of the type, initial values where nothing is given. */
export function completeRow(type: EntityType, given: Row): Row {
  const row: Row = {};
  for (const property of type.properties) {
    const value = given[property.name];
    row[property.name] = value === undefined ? initialValue(property) : value;
  }
  return row;
}

function initialValue(property: EdmProperty): unknown {
  if (property.type === 'Edm.String') return '';
  if (property.type === 'Edm.Boolean') return false;
  if (property.type === 'Edm.Decimal') return '0';
  return null;
}

/** JSON's forms of V2: dates in milliseconds, times as durations. */
export function dateOf(day: string | Date | null): string | null {
  if (day === null) return null;
  const text = typeof day === 'string' ? day : day.toISOString();
  return `/Date(${Date.parse(`${text.slice(0, 10)}T00:00:00Z`)})/`;
}
export function timeOf(instant: string | Date): string {
  const at = new Date(instant);
  const two = (value: number) => String(value).padStart(2, '0');
  return `PT${two(at.getUTCHours())}H${two(at.getUTCMinutes())}M${two(at.getUTCSeconds())}S`;
}
export function instantOf(instant: string | Date): string {
  return `/Date(${Math.floor(Number(new Date(instant)) / 1000) * 1000}+0000)/`;
}
