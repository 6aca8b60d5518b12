/** SDL text to declarations: types and enums with their extensions merged, each with the place where it stands. */
import { GraphQLError } from 'graphql/error/index.js';
import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type EnumTypeDefinitionNode,
  type EnumValueDefinitionNode,
  type FieldDefinitionNode,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  parse,
  Source,
} from 'graphql/language/index.js';
import { BUILT_IN_SCALARS, DIRECTIVES, isDirectiveName } from './directives.ts';
import type { SourceLocation } from './model.ts';
import type { ProblemList } from './model-error.ts';

/** An SDL file that has been read: `file` is for messages. */
export interface ModelSource {
  readonly file: string;
  readonly text: string;
}

export interface Placed<N> {
  readonly node: N;
  readonly location: SourceLocation;
  /** Stands in an `extend`, which may only add. */
  readonly added: boolean;
}

export interface ObjectDeclaration {
  readonly name: string;
  readonly description: string;
  readonly location: SourceLocation;
  readonly directives: Placed<ConstDirectiveNode>[];
  readonly fields: Placed<FieldDefinitionNode>[];
}

export interface EnumDeclaration {
  readonly name: string;
  readonly description: string;
  readonly location: SourceLocation;
  readonly directives: Placed<ConstDirectiveNode>[];
  readonly values: Placed<EnumValueDefinitionNode>[];
}

export interface Declarations {
  readonly objects: ReadonlyMap<string, ObjectDeclaration>;
  readonly enums: ReadonlyMap<string, EnumDeclaration>;
}

const UNSUPPORTED: Readonly<Record<string, string>> = {
  InterfaceTypeDefinition: 'interface',
  UnionTypeDefinition: 'union',
  InputObjectTypeDefinition: 'input',
  SchemaDefinition: 'schema',
};

/** An enum that only the directives use; it is no enum of the model. */
const DIRECTIVE_ENUM = 'Classification';

export function readDeclarations(sources: readonly ModelSource[], problems: ProblemList): Declarations {
  const definitions = sources.flatMap((source) => parseSource(source, problems));
  const reader = new DeclarationReader(problems);
  for (const { node, file } of definitions) if (!isExtension(node)) reader.declare(node, file);
  for (const { node, file } of definitions) if (isExtension(node)) reader.extend(node, file);
  return reader;
}

function parseSource(source: ModelSource, problems: ProblemList): { node: DefinitionNode; file: string }[] {
  if (source.text.replace(/#.*/g, '').trim() === '') return [];
  try {
    const document = parse(new Source(source.text, source.file));
    return document.definitions.map((node) => ({ node, file: source.file }));
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const location = { file: source.file, line: error.locations?.[0]?.line ?? 1 };
    problems.add(location, `This is not GraphQL: ${error.message}.`, 'Write it as GraphQL SDL.');
    return [];
  }
}

function isExtension(node: DefinitionNode): boolean {
  return node.kind.endsWith('Extension');
}

export function place<N extends DefinitionNode | FieldDefinitionNode | EnumValueDefinitionNode | ConstDirectiveNode>(
  node: N,
  file: string,
  added = false,
): Placed<N> {
  const named = 'name' in node && node.name ? node.name : node;
  return { node, location: { file, line: named.loc?.startToken.line ?? 1 }, added };
}

class DeclarationReader implements Declarations {
  readonly objects = new Map<string, ObjectDeclaration>();
  readonly enums = new Map<string, EnumDeclaration>();
  readonly #problems: ProblemList;

  constructor(problems: ProblemList) {
    this.#problems = problems;
  }

  declare(node: DefinitionNode, file: string): void {
    const { location } = place(node, file);
    switch (node.kind) {
      case 'ObjectTypeDefinition': {
        if (!this.#isNew(node.name.value, location)) break;
        const declaration = { ...headOf(node, location), directives: [], fields: [] };
        this.objects.set(node.name.value, declaration);
        this.#addToObject(declaration, node, file, false);
        break;
      }
      case 'EnumTypeDefinition':
        this.#declareEnum(node, file, location);
        break;
      case 'ScalarTypeDefinition': {
        if ((BUILT_IN_SCALARS as readonly string[]).includes(node.name.value)) break;
        const fix = `Use one of ${BUILT_IN_SCALARS.join(', ')}.`;
        this.#problems.add(location, `There is no scalar ${node.name.value}.`, fix);
        break;
      }
      case 'DirectiveDefinition': {
        if (isDirectiveName(node.name.value)) break;
        const fix = `Use one of @${Object.keys(DIRECTIVES).join(', @')}.`;
        this.#problems.add(location, `There is no directive @${node.name.value}.`, fix);
        break;
      }
      default: {
        const kind = UNSUPPORTED[node.kind] ?? 'operation';
        const fix = 'Use only types, enums and `extend type`.';
        this.#problems.add(location, `A canonical model has no ${kind}.`, fix);
      }
    }
  }

  extend(node: DefinitionNode, file: string): void {
    const { location } = place(node, file);
    if (node.kind === 'ObjectTypeExtension') {
      const declaration = this.objects.get(node.name.value);
      const fix = `Declare \`type ${node.name.value} @entity\`, or correct the name.`;
      if (declaration) this.#addToObject(declaration, node, file, true);
      else this.#problems.add(location, `There is no type ${node.name.value} to extend.`, fix);
    } else if (node.kind === 'EnumTypeExtension') {
      const declaration = this.enums.get(node.name.value);
      const fix = `Declare \`enum ${node.name.value}\`, or correct the name.`;
      if (!declaration) this.#problems.add(location, `There is no enum ${node.name.value} to extend.`, fix);
      declaration?.directives.push(...(node.directives ?? []).map((directive) => place(directive, file, true)));
      declaration?.values.push(...(node.values ?? []).map((value) => place(value, file, true)));
    } else {
      this.#problems.add(location, 'Only types and enums can be extended.', 'Write `extend type` or `extend enum`.');
    }
  }

  #declareEnum(node: EnumTypeDefinitionNode, file: string, location: SourceLocation): void {
    if (node.name.value === DIRECTIVE_ENUM || !this.#isNew(node.name.value, location)) return;
    const directives = (node.directives ?? []).map((directive) => place(directive, file));
    const values = (node.values ?? []).map((value) => place(value, file));
    this.enums.set(node.name.value, { ...headOf(node, location), directives, values });
  }

  #addToObject(
    declaration: ObjectDeclaration,
    node: ObjectTypeDefinitionNode | ObjectTypeExtensionNode,
    file: string,
    added: boolean,
  ): void {
    const { location } = place(node, file);
    if (node.interfaces?.length) {
      const fix = 'Remove `implements`: every entity is a Node of itself.';
      this.#problems.add(location, `${declaration.name} implements an interface.`, fix);
    }
    declaration.directives.push(...(node.directives ?? []).map((directive) => place(directive, file, added)));
    declaration.fields.push(...(node.fields ?? []).map((field) => place(field, file, added)));
  }

  #isNew(name: string, location: SourceLocation): boolean {
    const earlier = this.objects.get(name) ?? this.enums.get(name);
    if (!earlier) return true;
    const where = `${earlier.location.file}:${earlier.location.line}`;
    const fix = `Write \`extend type ${name}\` to add to it, or choose another name.`;
    this.#problems.add(location, `${name} is already declared at ${where}.`, fix);
    return false;
  }
}

function headOf(node: ObjectTypeDefinitionNode | EnumTypeDefinitionNode, location: SourceLocation) {
  return { name: node.name.value, description: node.description?.value ?? '', location };
}
