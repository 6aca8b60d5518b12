/** One declared type to an entity or a value type; each of its fields by itself. Relations are checked afterwards. */
import { type FieldDefinitionNode, Kind, print, type TypeNode } from 'graphql/language/index.js';
import type { Declarations, ObjectDeclaration, Placed } from './declarations.ts';
import { BUILT_IN_SCALARS, type DirectiveName, type DirectiveUses, readDirectives } from './directives.ts';
import type { Classification, Entity, EnumMember, Field, ScalarField, ScalarMember, ValueType } from './model.ts';
import type { ProblemList } from './model-error.ts';
import { pluralName, singularName } from './names.ts';

export type CompiledType =
  | { readonly kind: 'entity'; readonly entity: Entity }
  | { readonly kind: 'value'; readonly value: ValueType };

export function compileType(
  declaration: ObjectDeclaration,
  declarations: Declarations,
  problems: ProblemList,
): CompiledType | undefined {
  const { name, description, location } = declaration;
  const uses = readDirectives(declaration.directives, 'OBJECT', name, problems);
  const compiler = new FieldCompiler(name, declarations, problems);
  if (uses.has('entity') === uses.has('value')) {
    const message = uses.has('value')
      ? `${name} is both an entity and a value.`
      : `${name} is not said to be an entity.`;
    problems.add(location, message, `Write \`type ${name} @entity\`, or \`@value\` if it has no identity of its own.`);
    return undefined;
  }
  const fields = withoutDuplicates(declaration, problems);
  if (uses.has('value')) {
    for (const other of ['content', 'partOf'] as const) {
      if (uses.has(other)) problems.add(location, `${name} is a value and cannot have @${other}.`, 'Remove it.');
    }
    const members = fields.flatMap((field) => compiler.member(field) ?? []);
    if (fields.length === 0) problems.add(location, `${name} has no members.`, 'Declare at least one.');
    return { kind: 'value', value: { name, description, location, members } };
  }
  const compiled = fields.flatMap((field) => compiler.field(field) ?? []);
  checkOneKey(name, compiled, problems);
  const partOf = uses.get('partOf')?.field;
  const entity = {
    name,
    singular: singularName(name),
    plural: pluralName(name),
    description,
    location,
    fields: compiled,
    hasContent: uses.has('content'),
    ...(partOf ? { partOf: { parent: '', field: partOf } } : {}),
  };
  return { kind: 'entity', entity };
}

function withoutDuplicates(declaration: ObjectDeclaration, problems: ProblemList): Placed<FieldDefinitionNode>[] {
  const seen = new Map<string, Placed<FieldDefinitionNode>>();
  for (const field of declaration.fields) {
    const fieldName = field.node.name.value;
    const earlier = seen.get(fieldName);
    if (earlier) {
      const where = `${earlier.location.file}:${earlier.location.line}`;
      const message = `${declaration.name}.${fieldName} is already declared at ${where}.`;
      problems.add(field.location, message, 'Remove it, or choose another name.');
    } else seen.set(fieldName, field);
  }
  return [...seen.values()];
}

function checkOneKey(name: string, fields: readonly Field[], problems: ProblemList): void {
  const [first, ...others] = fields.filter((field) => field.kind === 'scalar' && field.isKey);
  for (const other of others) {
    const message = `${name} has two keys: ${first?.name} and ${other.name}.`;
    problems.add(other.location, message, `Keep @key on the one by which people look up a ${name}.`);
  }
}

interface Shape {
  readonly name: string;
  readonly form: 'plain' | 'required' | 'list';
  readonly text: string;
}

class FieldCompiler {
  readonly #owner: string;
  readonly #declarations: Declarations;
  readonly #problems: ProblemList;

  constructor(owner: string, declarations: Declarations, problems: ProblemList) {
    this.#owner = owner;
    this.#declarations = declarations;
    this.#problems = problems;
  }

  field(placed: Placed<FieldDefinitionNode>): Field | undefined {
    const { node, location } = placed;
    const path = `${this.#owner}.${node.name.value}`;
    const uses = this.#directives(placed, path);
    const shape = shapeOf(node.type);
    if (node.name.value === 'id') return this.#checkId(placed, shape);
    const base = { ...baseOf(placed, uses), live: uses.has('live'), ...optional('group', uses.get('group')?.name) };
    const kind = this.#kindOf(shape.name);
    if (kind === 'entity' && shape.form === 'list') return this.#collection(placed, shape, uses);
    if (shape.form === 'list') {
      const fix = `Declare an @entity with a reference to ${this.#owner}, and a list of that.`;
      this.#problems.add(location, `${path}: a list of ${shape.name} cannot be stored.`, fix);
      return undefined;
    }
    if (shape.form === 'required') {
      const message = `${path}: ${shape.text} promises a value, but a system may be down or not know it.`;
      this.#problems.add(location, message, `Write \`${node.name.value}: ${shape.name}\`.`);
    }
    if (uses.has('live') && (uses.has('key') || uses.has('group') || kind === 'entity')) {
      const message = `${path} is @live, never stored, and so cannot be a key, a reference or in a group.`;
      this.#problems.add(location, message, 'Remove @live.');
    }
    switch (kind) {
      case 'entity':
        this.#refuse(uses, ['key', 'inverse', 'unit'], placed, path, 'a reference');
        return { ...base, kind: 'reference', target: shape.name };
      case 'value':
        this.#refuse(uses, ['key', 'inverse', 'unit'], placed, path, 'a value');
        return { ...base, kind: 'value', type: shape.name };
      case 'enum':
        this.#refuse(uses, ['key', 'inverse', 'unit'], placed, path, 'an enum');
        return { ...base, kind: 'enum', type: shape.name, textName: `${node.name.value}Text` };
      case 'scalar':
        return this.#scalar(placed, shape, uses, base);
      default:
        return this.#unknownType(placed, shape);
    }
  }

  member(placed: Placed<FieldDefinitionNode>): ScalarMember | EnumMember | undefined {
    const { node, location } = placed;
    const path = `${this.#owner}.${node.name.value}`;
    const uses = this.#directives(placed, path);
    const shape = shapeOf(node.type);
    const kind = this.#kindOf(shape.name);
    this.#refuse(uses, ['key', 'inverse', 'live', 'group'], placed, path, 'a member of a value');
    if (kind === undefined) return this.#unknownType(placed, shape);
    if (
      shape.form === 'list' ||
      (kind !== 'scalar' && kind !== 'enum') ||
      shape.name === 'ID' ||
      shape.name === 'JSON'
    ) {
      const fix = 'Use a scalar or an enum here, or make the type an @entity.';
      this.#problems.add(location, `${path}: a value cannot hold ${shape.text}.`, fix);
      return undefined;
    }
    const { location: _, ...base } = baseOf(placed, uses);
    const required = shape.form === 'required';
    if (required && placed.added) {
      const message = `${path}: a member that is added later cannot be required.`;
      this.#problems.add(location, message, `Write \`${node.name.value}: ${shape.name}\`.`);
    }
    if (kind === 'enum') return { ...base, kind, type: shape.name, required };
    return { ...base, kind, type: shape.name as ScalarMember['type'], required };
  }

  #directives(placed: Placed<FieldDefinitionNode>, path: string): DirectiveUses {
    const { node, location } = placed;
    const takesArguments = node.arguments?.length;
    if (takesArguments) this.#problems.add(location, `${path} has arguments.`, 'Remove them: the graph adds its own.');
    const directives = (node.directives ?? []).map((directive) => ({
      node: directive,
      location: { file: location.file, line: directive.loc?.startToken.line ?? location.line },
      added: placed.added,
    }));
    return readDirectives(directives, 'FIELD_DEFINITION', path, this.#problems);
  }

  #checkId({ node, location }: Placed<FieldDefinitionNode>, shape: Shape): undefined {
    if (shape.text === 'ID!' && !node.directives?.length) return;
    const message = `${this.#owner}.id is the canonical id, which the hub gives.`;
    this.#problems.add(location, message, 'Write `id: ID!` without directives, or choose another name.');
  }

  #scalar(
    placed: Placed<FieldDefinitionNode>,
    shape: Shape,
    uses: DirectiveUses,
    base: Omit<ScalarField, 'kind' | 'type' | 'isKey'>,
  ): ScalarField | undefined {
    const path = `${this.#owner}.${placed.node.name.value}`;
    this.#refuse(uses, ['inverse'], placed, path, 'a scalar');
    if (shape.name === 'ID') {
      const fix = 'Use String for a number or code, or the type itself for a reference.';
      this.#problems.add(placed.location, `${path}: ID is only the type of \`id\`.`, fix);
      return undefined;
    }
    const isKey = uses.has('key');
    if (isKey && (shape.name === 'JSON' || shape.name === 'Boolean')) {
      this.#problems.add(placed.location, `${path}: a ${shape.name} is no key.`, 'Remove @key.');
    }
    return { ...base, kind: 'scalar', type: shape.name as ScalarField['type'], isKey };
  }

  #collection(placed: Placed<FieldDefinitionNode>, shape: Shape, uses: DirectiveUses): Field | undefined {
    const { node, location } = placed;
    const path = `${this.#owner}.${node.name.value}`;
    this.#refuse(uses, ['key', 'classified', 'live', 'unit', 'group'], placed, path, 'a collection');
    if (shape.text !== `[${shape.name}!]!`) {
      const fix = `Write \`${node.name.value}: [${shape.name}!]!\`.`;
      this.#problems.add(location, `${path}: a collection is never null, nor are its members.`, fix);
    }
    const via = uses.get('inverse')?.field;
    if (via) return { ...baseOf(placed, uses), live: false, kind: 'collection', target: shape.name, via };
    if (!node.directives?.some((directive) => directive.name.value === 'inverse')) {
      const fix = `Add @inverse(field: "…") with the field of ${shape.name} that refers to ${this.#owner}.`;
      this.#problems.add(location, `${path} is a collection without @inverse.`, fix);
    }
    return undefined;
  }

  #refuse(
    uses: DirectiveUses,
    names: readonly DirectiveName[],
    placed: Placed<FieldDefinitionNode>,
    path: string,
    what: string,
  ): void {
    for (const name of names) {
      if (uses.has(name))
        this.#problems.add(placed.location, `${path}: @${name} has no meaning on ${what}.`, 'Remove it.');
    }
  }

  #unknownType(placed: Placed<FieldDefinitionNode>, shape: Shape): undefined {
    const path = `${this.#owner}.${placed.node.name.value}`;
    const known = [...BUILT_IN_SCALARS, ...this.#declarations.enums.keys(), ...this.#declarations.objects.keys()];
    const alike = known.find((name) => name.toLowerCase() === shape.name.toLowerCase());
    const fix = alike ? `Write ${alike}.` : `Declare \`type ${shape.name} @entity\` or \`enum ${shape.name}\`.`;
    this.#problems.add(placed.location, `${path}: there is no type ${shape.name}.`, fix);
    return undefined;
  }

  #kindOf(typeName: string): 'scalar' | 'enum' | 'entity' | 'value' | undefined {
    if ((BUILT_IN_SCALARS as readonly string[]).includes(typeName)) return 'scalar';
    if (this.#declarations.enums.has(typeName)) return 'enum';
    const declaration = this.#declarations.objects.get(typeName);
    if (!declaration) return undefined;
    const isValue = declaration.directives.some(({ node }) => node.name.value === 'value');
    return isValue ? 'value' : 'entity';
  }
}

function shapeOf(type: TypeNode): Shape {
  const text = print(type);
  let inner = type;
  while (inner.kind !== Kind.NAMED_TYPE) inner = inner.type;
  const form = text.includes('[') ? 'list' : text.endsWith('!') ? 'required' : 'plain';
  return { name: inner.name.value, form, text };
}

function baseOf({ node, location }: Placed<FieldDefinitionNode>, uses: DirectiveUses) {
  const deprecated = uses.get('deprecated');
  return {
    name: node.name.value,
    description: node.description?.value ?? '',
    location,
    ...optional('classification', uses.get('classified')?.as as Classification | undefined),
    ...optional('unit', uses.get('unit')?.of),
    ...optional('deprecationReason', deprecated && (deprecated.reason ?? 'No longer supported')),
  };
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
}
