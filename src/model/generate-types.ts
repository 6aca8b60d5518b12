/** The TypeScript types that mappings write, printed from the model. */
import type { Entity, EnumMember, EnumType, Field, Model, ScalarMember, ValueType } from './model.ts';

const BANNER = '// Printed from schema/canonical by `npm run generate`. Do not edit.';

const SCALAR_TYPES: Readonly<Record<string, string>> = {
  String: 'string',
  Decimal: 'string',
  DateTime: 'string',
  Date: 'string',
  Int: 'number',
  Boolean: 'boolean',
  JSON: 'unknown',
};

/** The types of the whole model, for the package itself: `src/model/generated/entities.ts`. */
export function generateEntityTypes(model: Model): string {
  const printer = new TypePrinter();
  for (const type of model.enums.values()) printer.enum(type);
  for (const type of model.values.values()) printer.value(type, type.members);
  for (const entity of model.entities.values()) printer.entity(entity, entity.fields);
  const entries = [...model.entities.keys()].map((name) => `  ${name}: ${name};`);
  const doc = '/** Every entity by its name. An enterprise adds its own by `declare module`. */';
  printer.add(`${doc}\nexport interface Entities {\n${entries.join('\n')}\n}`);
  return printer.print([
    BANNER,
    ...(printer.usesReferences ? ["import type { SourceRef } from '../canonical.ts';"] : []),
  ]);
}

/** What a larger model adds to the base, as an augmentation of `isthmus/model`: a file in an enterprise's project. */
export function generateAugmentation(model: Model, base: Model): string {
  const own = new TypePrinter();
  const augmented = new TypePrinter('  ');
  const foreign = new Set<string>();
  const newEntities: string[] = [];
  for (const type of model.enums.values()) {
    const known = base.enums.get(type.name);
    if (!known) own.enum(type);
    else augmented.enumValues(type.name, type.values.slice(known.values.length));
  }
  for (const type of model.values.values()) {
    const known = base.values.get(type.name);
    if (!known) own.value(type, type.members);
    else augmented.extendValue(type, type.members.slice(known.members.length));
  }
  for (const entity of model.entities.values()) {
    const known = new Set(base.entities.get(entity.name)?.fields.map((field) => field.name));
    if (known.size > 0)
      augmented.extendEntity(
        entity,
        entity.fields.filter((field) => !known.has(field.name)),
      );
    else {
      own.entity(entity, entity.fields);
      newEntities.push(`    ${entity.name}: ${entity.name};`);
    }
  }
  for (const name of [...own.uses, ...augmented.uses]) {
    if (name === 'SourceRef' || base.enums.has(name) || base.values.has(name)) foreign.add(name);
  }
  if (newEntities.length > 0) augmented.add(`  interface Entities {\n${newEntities.join('\n')}\n  }`);
  const names = [...foreign].toSorted().join(', ');
  const imports = foreign.size > 0 ? `import type { ${names} } from 'isthmus/model';` : 'export {};';
  const banner = '// Printed from the model by `isthmus generate`. Do not edit.';
  const module = `declare module 'isthmus/model' {\n${augmented.declarations.join('\n')}\n}`;
  return [banner, imports, '', ...own.declarations, module, ''].join('\n');
}

class TypePrinter {
  readonly declarations: string[] = [];
  /** Names of the types that the printed ones refer to. */
  readonly uses = new Set<string>();
  readonly #indent: string;

  constructor(indent = '') {
    this.#indent = indent;
  }

  get usesReferences(): boolean {
    return this.uses.has('SourceRef');
  }

  add(declaration: string): void {
    this.declarations.push(declaration);
  }

  print(head: readonly string[]): string {
    return [...head, '', ...this.declarations, ''].join('\n');
  }

  enum(type: EnumType): void {
    this.#interface(`export interface ${type.name}Values`, `The values of ${type.name}.`, enumLines(type.values));
    this.add(`${this.#doc(type.description)}export type ${type.name} = keyof ${type.name}Values;`);
  }

  enumValues(name: string, values: EnumType['values']): void {
    if (values.length > 0) this.#interface(`interface ${name}Values`, '', enumLines(values));
  }

  value(type: ValueType, members: ValueType['members']): void {
    this.#interface(`export interface ${type.name}`, type.description, this.#members(members));
  }

  extendValue(type: ValueType, members: ValueType['members']): void {
    if (members.length > 0) this.#interface(`interface ${type.name}`, '', this.#members(members));
  }

  entity(entity: Entity, fields: readonly Field[]): void {
    this.#interface(
      `export interface ${entity.name}`,
      entity.description,
      fields.flatMap((field) => this.#field(field)),
    );
  }

  extendEntity(entity: Entity, fields: readonly Field[]): void {
    const lines = fields.flatMap((field) => this.#field(field));
    if (lines.length > 0) this.#interface(`interface ${entity.name}`, '', lines);
  }

  #members(members: ValueType['members']): readonly (readonly [string, string])[] {
    return members.map((member) => {
      const type = this.#typeOf(member);
      const line = member.required ? `readonly ${member.name}: ${type};` : `readonly ${member.name}?: ${type} | null;`;
      return [member.description, line] as const;
    });
  }

  #field(field: Field): readonly (readonly [string, string])[] {
    switch (field.kind) {
      case 'collection':
        return [];
      case 'reference':
        this.uses.add('SourceRef');
        return [[field.description, `readonly ${field.name}: SourceRef | null;`]];
      case 'enum': {
        const text = `The system's own code for \`${field.name}\`, where no mapping knows it.`;
        return [
          [field.description, `readonly ${field.name}: ${this.#typeOf(field)} | null;`],
          [text, `readonly ${field.textName}: string | null;`],
        ];
      }
      case 'value':
        this.uses.add(field.type);
        return [[field.description, `readonly ${field.name}: ${field.type} | null;`]];
      case 'scalar': {
        const type = this.#typeOf(field);
        return [[field.description, `readonly ${field.name}: ${type === 'unknown' ? type : `${type} | null`};`]];
      }
    }
  }

  #typeOf(field: { readonly kind: 'scalar' | 'enum'; readonly type: string } | ScalarMember | EnumMember): string {
    if (field.kind === 'scalar') return SCALAR_TYPES[field.type] ?? 'never';
    this.uses.add(field.type);
    return field.type;
  }

  #interface(head: string, description: string, lines: readonly (readonly [string, string])[]): void {
    const body = lines.map(([doc, line]) => `${this.#doc(doc, '  ')}${this.#indent}  ${line}`);
    this.add(`${this.#doc(description)}${this.#indent}${head} {\n${body.join('\n')}\n${this.#indent}}`);
  }

  #doc(text: string, deeper = ''): string {
    if (text === '') return '';
    const pad = `${this.#indent}${deeper}`;
    const lines = text.replaceAll('*/', '* /').split('\n');
    if (lines.length === 1) return `${pad}/** ${lines[0]} */\n`;
    return `${pad}/**\n${lines.map((line) => `${pad} * ${line}`.trimEnd()).join('\n')}\n${pad} */\n`;
  }
}

function enumLines(values: EnumType['values']): readonly (readonly [string, string])[] {
  return values.map((value) => [value.description, `readonly ${value.name}: true;`] as const);
}
