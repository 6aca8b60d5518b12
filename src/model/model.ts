/**
 * The canonical model as plain values: what the SDL files under `schema/canonical` say, checked and resolved.
 * Every other room reads these; none of them sees a GraphQL object.
 */

/** Scalars of the canonical model. `ID` is only ever the type of `id`. */
export type ScalarName = 'ID' | 'String' | 'Int' | 'Boolean' | 'Decimal' | 'DateTime' | 'Date' | 'JSON';

/** How sensitive a field is: personal data, payment card data, or confidential to the enterprise. */
export type Classification = 'PERSONAL' | 'PAYMENT' | 'CONFIDENTIAL';

/** Where something stands in an SDL file, for messages. Lines count from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
}

interface FieldBase {
  readonly name: string;
  readonly description: string;
  readonly location: SourceLocation;
  readonly classification?: Classification;
  /** Fields of one entity with the same group are taken from one source record together (`@group`). */
  readonly group?: string;
  /** Never stored, always asked of the system that owns it (`@live`). */
  readonly live: boolean;
  /** Unit of measure or code list, as text for people (`@unit`). */
  readonly unit?: string;
  readonly deprecationReason?: string;
}

export interface ScalarField extends FieldBase {
  readonly kind: 'scalar';
  readonly type: Exclude<ScalarName, 'ID'>;
  /** A business key (`@key`): indexed, and looked up by people. Not an identity: two records may share it. */
  readonly isKey: boolean;
}

/** An enum field `stage` brings a companion `stageText`: the system's own code where no mapping knows it. */
export interface EnumField extends FieldBase {
  readonly kind: 'enum';
  readonly type: string;
  readonly textName: string;
}

/** A value such as Money or Address: a group by itself, always taken whole from one source record. */
export interface ValueField extends FieldBase {
  readonly kind: 'value';
  readonly type: string;
}

/** A to-one relation. */
export interface ReferenceField extends FieldBase {
  readonly kind: 'reference';
  readonly target: string;
  /** The collection on the target that is this relation seen from the other side, when the model has one. */
  readonly inverse?: string;
}

/** A to-many relation, always the other side of a reference (`@inverse(field:)`). Never stored. */
export interface CollectionField extends FieldBase {
  readonly kind: 'collection';
  readonly target: string;
  /** The reference field on the target. */
  readonly via: string;
}

export type Field = ScalarField | EnumField | ValueField | ReferenceField | CollectionField;

/** Fields that have a value of their own in a record, i.e. everything but collections. */
export type StoredField = ScalarField | EnumField | ValueField | ReferenceField;

export interface Entity {
  readonly name: string;
  /** camelCase singular and plural, the names of the generated root fields: `customer`, `customers`. */
  readonly singular: string;
  readonly plural: string;
  readonly description: string;
  readonly location: SourceLocation;
  /** Without `id`, which every entity has. In order of declaration. */
  readonly fields: readonly Field[];
  /** Its records have bytes (`@content`): the graph adds `contentUrl`. */
  readonly hasContent: boolean;
  /** Lines live and die with their document (`@partOf(field:)`): the reference that points to it. */
  readonly partOf?: { readonly parent: string; readonly field: string };
}

/** A value type: no identity, no table of its own; its members become columns `field_member`. */
export interface ValueType {
  readonly name: string;
  readonly description: string;
  readonly location: SourceLocation;
  /** Scalars and enums only. `required` members are non-null in the graph (Money's both). */
  readonly members: readonly (ScalarMember | EnumMember)[];
}
interface MemberBase {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly classification?: Classification;
  readonly unit?: string;
}
export interface ScalarMember extends MemberBase {
  readonly kind: 'scalar';
  readonly type: Exclude<ScalarName, 'ID'>;
}
export interface EnumMember extends MemberBase {
  readonly kind: 'enum';
  readonly type: string;
}

export interface EnumType {
  readonly name: string;
  readonly description: string;
  readonly location: SourceLocation;
  /** In order of declaration, which is also their order when sorted. */
  readonly values: readonly { readonly name: string; readonly description: string }[];
}

export interface Model {
  readonly entities: ReadonlyMap<string, Entity>;
  readonly values: ReadonlyMap<string, ValueType>;
  readonly enums: ReadonlyMap<string, EnumType>;
}

/** The unit in which a fact is owned: the group's name where the field has one, else the field's. */
export function ownershipUnit(field: StoredField): string {
  return field.group ?? field.name;
}

export function isStored(field: Field): field is StoredField {
  return field.kind !== 'collection';
}

export function entityOf(model: Model, name: string): Entity {
  const entity = model.entities.get(name);
  if (!entity) throw new Error(`The model has no entity ${name}.`);
  return entity;
}

export function fieldOf(entity: Entity, name: string): Field {
  const field = entity.fields.find((candidate) => candidate.name === name);
  if (!field) throw new Error(`${entity.name} has no field ${name}.`);
  return field;
}
