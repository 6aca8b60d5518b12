/** SDL sources to the model. Everything wrong is gathered and thrown together, each with file, line and fix. */

import { checkNames } from './check-names.ts';
import { checkRelations } from './check-relations.ts';
import { compileType } from './compile-type.ts';
import { type Declarations, type ModelSource, readDeclarations } from './declarations.ts';
import { readDirectives } from './directives.ts';
import type { Entity, EnumType, Model, ValueType } from './model.ts';
import { ProblemList } from './model-error.ts';

export type { ModelSource } from './declarations.ts';

/** Throws a `ModelError` with every problem. Sources add to each other; their order is the order of the model. */
export function compileModel(sources: readonly ModelSource[]): Model {
  const problems = new ProblemList();
  const declarations = readDeclarations(sources, problems);
  const entities = new Map<string, Entity>();
  const values = new Map<string, ValueType>();
  for (const declaration of declarations.objects.values()) {
    const type = compileType(declaration, declarations, problems);
    if (type?.kind === 'entity') entities.set(declaration.name, type.entity);
    if (type?.kind === 'value') values.set(declaration.name, type.value);
  }
  const model = { entities, values, enums: compileEnums(declarations, problems) };
  const related = { ...model, entities: checkRelations(model, declarations, problems) };
  checkNames(related, problems);
  problems.throwIfAny(sources.map((source) => source.file));
  return Object.freeze(related);
}

function compileEnums(declarations: Declarations, problems: ProblemList): Map<string, EnumType> {
  const enums = new Map<string, EnumType>();
  for (const declaration of declarations.enums.values()) {
    const { name, description, location } = declaration;
    readDirectives(declaration.directives, 'ENUM', name, problems);
    if (declaration.values.length === 0) problems.add(location, `${name} has no values.`, 'Declare at least one.');
    const names = new Set<string>();
    for (const value of declaration.values) {
      const owner = `${name}.${value.node.name.value}`;
      readDirectives(
        (value.node.directives ?? []).map((node) => ({ ...value, node })),
        'ENUM_VALUE',
        owner,
        problems,
      );
      if (names.has(owner)) problems.add(value.location, `${owner} is declared twice.`, 'Keep one of them.');
      names.add(owner);
    }
    const values = declaration.values.map(({ node }) => ({
      name: node.name.value,
      description: node.description?.value ?? '',
    }));
    enums.set(name, { name, description, location, values });
  }
  return enums;
}
