/** Names of the types that the graph makes beside those of the model. */
import type { Entity, Field, Model, StoredField } from '#model';
import { isStored, ownershipUnit } from '#model';

export const filterName = (type: string) => `${type}Filter`;
export const listFilterName = (type: string) => `${type}ListFilter`;
export const orderName = (type: string) => `${type}OrderBy`;
export const connectionName = (type: string) => `${type}Connection`;
export const edgeName = (type: string) => `${type}Edge`;
export const fieldEnumName = (type: string) => `${type}Field`;
export const changeName = (type: string) => `${type}Change`;
export const changeFilterName = (type: string) => `${type}ChangeFilter`;
export const valuesName = (type: string) => `${type}Values`;
export const changedName = (entity: Entity) => `${entity.singular}Changed`;
/** A reference in the values of a change: the canonical id alone. */
export const referenceIdName = (field: { readonly name: string }) => `${field.name}Id`;
export const bySourceName = (entity: Entity) => `${entity.singular}BySource`;

/** Fields that every object has beside those of its entity. */
export const PROVENANCE = 'provenance';
export const CONTENT_URL = 'contentUrl';
/** The root field that tells where the log of changes ends. */
export const CHANGES_TOKEN = 'changesToken';

/** The units in which facts are owned, in order of declaration: a group's name, or the field's own. */
export function unitsOf(entity: Entity): readonly string[] {
  return [...new Set(entity.fields.filter(isStored).map(ownershipUnit))];
}

export function isSearchable(field: Field): boolean {
  return !field.live && !(field.kind === 'scalar' && field.type === 'JSON');
}

export function storedFields(entity: Entity): readonly StoredField[] {
  return entity.fields.filter(isStored);
}

/** What changes of the entity tell, before and after; payment data never. */
export function isTold(field: Field): field is StoredField {
  return isStored(field) && !field.live && field.classification !== 'PAYMENT';
}

/** Lines are told with their document, so they have no changes of their own. */
export function changingEntities(model: Model): readonly Entity[] {
  return [...model.entities.values()].filter(({ partOf }) => partOf === undefined);
}

/** Root fields of the business graph: a document that asks for nothing else is answered by the compiled executor. */
export function rootFieldNames(model: Model): ReadonlySet<string> {
  const names = new Set(['node', '__typename']);
  for (const entity of model.entities.values())
    for (const name of [entity.singular, entity.plural, bySourceName(entity)]) names.add(name);
  return names;
}
