/** What can only be judged with all types at hand: collections and their references, lines and their documents. */
import type { Declarations } from './declarations.ts';
import type { CollectionField, Entity, Field, Model, ReferenceField } from './model.ts';
import type { ProblemList } from './model-error.ts';

/** The entities with the inverses of references and the parents of lines filled in. */
export function checkRelations(model: Model, declarations: Declarations, problems: ProblemList): Map<string, Entity> {
  const inverses = new Map<string, CollectionField & { readonly owner: string }>();
  for (const entity of model.entities.values()) {
    for (const field of entity.fields) {
      if (field.kind === 'collection') checkCollection(entity, field, model, inverses, problems);
    }
    checkGroups(entity, problems);
  }
  const related = new Map<string, Entity>();
  for (const entity of model.entities.values()) {
    const fields = entity.fields.map((field): Field => {
      const inverse = inverses.get(`${entity.name}.${field.name}`);
      return field.kind === 'reference' && inverse ? { ...field, inverse: inverse.name } : field;
    });
    related.set(entity.name, { ...entity, fields, ...partOf(entity, model, declarations, problems) });
  }
  return related;
}

function checkCollection(
  entity: Entity,
  field: CollectionField,
  model: Model,
  inverses: Map<string, CollectionField & { readonly owner: string }>,
  problems: ProblemList,
): void {
  const target = model.entities.get(field.target);
  if (!target) return;
  const path = `${entity.name}.${field.name}`;
  const reference = target.fields.find((candidate) => candidate.name === field.via);
  if (reference?.kind !== 'reference' || reference.target !== entity.name) {
    const found = reference ? `${field.target}.${field.via} is not a reference to ${entity.name}` : '';
    const message = `${path}: ${found || `${field.target} has no field ${field.via}`}.`;
    const names = referencesTo(entity.name, target).map((candidate) => `"${candidate.name}"`);
    const fix = names.length
      ? `Write @inverse(field: ${names.join(' or ')}).`
      : `Add \`${entity.singular}: ${entity.name}\` to ${field.target} and name it here.`;
    problems.add(field.location, message, fix);
    return;
  }
  const key = `${target.name}.${reference.name}`;
  const earlier = inverses.get(key);
  if (earlier) {
    const message = `${path} and ${earlier.owner}.${earlier.name} are both the inverse of ${key}.`;
    problems.add(field.location, message, 'Keep one of them, or give the other a reference of its own.');
  } else inverses.set(key, { ...field, owner: entity.name });
}

function referencesTo(target: string, entity: Entity): readonly ReferenceField[] {
  return entity.fields.filter((field) => field.kind === 'reference').filter((field) => field.target === target);
}

function partOf(
  entity: Entity,
  model: Model,
  declarations: Declarations,
  problems: ProblemList,
): { readonly partOf?: { readonly parent: string; readonly field: string } } {
  if (!entity.partOf) return {};
  const { field } = entity.partOf;
  const directive = declarations.objects.get(entity.name)?.directives.find(({ node }) => node.name.value === 'partOf');
  const location = directive?.location ?? entity.location;
  const reference = entity.fields.find((candidate) => candidate.name === field);
  if (reference?.kind !== 'reference') {
    const message = `${entity.name} is part of a document, but its field ${field} is not a reference.`;
    const names = entity.fields.filter((other) => other.kind === 'reference').map((other) => `"${other.name}"`);
    const fix = names.length
      ? `Write @partOf(field: ${names.join(' or ')}).`
      : `Add \`${field}\` with the document's type.`;
    problems.add(location, message, fix);
    return {};
  }
  if (reference.target === entity.name || model.entities.get(reference.target)?.partOf) {
    const message = `${entity.name} is part of ${reference.target}, which is itself a part.`;
    problems.add(location, message, 'Parts have no parts: make it part of the document, or leave @partOf out.');
  }
  return { partOf: { parent: reference.target, field } };
}

function checkGroups(entity: Entity, problems: ProblemList): void {
  const fieldGroups = new Map(entity.fields.map((field) => [field.name, field.group]));
  for (const field of entity.fields) {
    const { group } = field;
    if (group === undefined || !fieldGroups.has(group) || fieldGroups.get(group) === group) continue;
    const message = `${entity.name}.${field.name}: the group ${group} has the name of a field outside of it.`;
    problems.add(field.location, message, `Put ${group} into the group as well, or rename the group.`);
  }
}
