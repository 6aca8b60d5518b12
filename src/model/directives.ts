/** The directives of the canonical model: which there are, where they stand, and what they take. */
import type { ConstDirectiveNode } from 'graphql/language/index.js';
import { valueFromASTUntyped } from 'graphql/utilities/valueFromASTUntyped.js';
import type { Placed } from './declarations.ts';
import type { ProblemList } from './model-error.ts';

export const BUILT_IN_SCALARS = ['ID', 'String', 'Int', 'Boolean', 'Decimal', 'DateTime', 'Date', 'JSON'] as const;

type Place = 'OBJECT' | 'FIELD_DEFINITION' | 'ENUM' | 'ENUM_VALUE';
interface Argument {
  /** The only values there are; any text when absent. */
  readonly oneOf?: readonly string[];
  readonly optional?: true;
}
interface DirectiveShape {
  readonly on: readonly Place[];
  readonly takes: Readonly<Record<string, Argument>>;
}

export const DIRECTIVES = {
  entity: { on: ['OBJECT'], takes: {} },
  value: { on: ['OBJECT'], takes: {} },
  content: { on: ['OBJECT'], takes: {} },
  partOf: { on: ['OBJECT'], takes: { field: {} } },
  key: { on: ['FIELD_DEFINITION'], takes: {} },
  inverse: { on: ['FIELD_DEFINITION'], takes: { field: {} } },
  classified: { on: ['FIELD_DEFINITION'], takes: { as: { oneOf: ['PERSONAL', 'PAYMENT', 'CONFIDENTIAL'] } } },
  live: { on: ['FIELD_DEFINITION'], takes: {} },
  unit: { on: ['FIELD_DEFINITION'], takes: { of: {} } },
  group: { on: ['FIELD_DEFINITION'], takes: { name: {} } },
  deprecated: { on: ['FIELD_DEFINITION', 'ENUM_VALUE'], takes: { reason: { optional: true } } },
} as const satisfies Readonly<Record<string, DirectiveShape>>;

export type DirectiveName = keyof typeof DIRECTIVES;

export function isDirectiveName(name: string): name is DirectiveName {
  return Object.hasOwn(DIRECTIVES, name);
}

/** The directives of one type, field or value, by name, with their arguments as text. Wrong ones are left out. */
export type DirectiveUses = ReadonlyMap<DirectiveName, { readonly [argument: string]: string | undefined }>;

export function readDirectives(
  uses: readonly Placed<ConstDirectiveNode>[],
  place: Place,
  owner: string,
  problems: ProblemList,
): DirectiveUses {
  const read = new Map<DirectiveName, Record<string, string>>();
  for (const use of uses) {
    const name = use.node.name.value;
    if (!isDirectiveName(name)) {
      const fix = `Use one of ${namesFor(place)}.`;
      problems.add(use.location, `${owner}: there is no directive @${name}.`, fix);
    } else if (!(DIRECTIVES[name].on as readonly Place[]).includes(place)) {
      const fix = `Remove it; here may stand ${namesFor(place)}.`;
      problems.add(use.location, `${owner}: @${name} does not belong on ${PLACE_WORDS[place]}.`, fix);
    } else if (read.has(name)) {
      problems.add(use.location, `${owner}: @${name} stands twice.`, 'Keep one of them.');
    } else {
      const taken = readArguments(use, name, owner, problems);
      if (taken) read.set(name, taken);
    }
  }
  return read;
}

const PLACE_WORDS: Readonly<Record<Place, string>> = {
  OBJECT: 'a type',
  FIELD_DEFINITION: 'a field',
  ENUM: 'an enum',
  ENUM_VALUE: 'a value of an enum',
};

function namesFor(place: Place): string {
  const names = Object.entries(DIRECTIVES).filter(([, shape]) => (shape.on as readonly Place[]).includes(place));
  return names.map(([name]) => `@${name}`).join(', ') || 'no directive';
}

function readArguments(
  use: Placed<ConstDirectiveNode>,
  name: DirectiveName,
  owner: string,
  problems: ProblemList,
): Record<string, string> | undefined {
  const takes: Readonly<Record<string, Argument>> = DIRECTIVES[name].takes;
  const taken: Record<string, string> = {};
  let wrong = false;
  const report = (message: string, fix: string) => {
    wrong = true;
    problems.add(use.location, `${owner}: ${message}`, fix);
  };
  for (const argument of use.node.arguments ?? []) {
    const argumentName = argument.name.value;
    const shape = Object.hasOwn(takes, argumentName) ? takes[argumentName] : undefined;
    if (!shape) {
      report(`@${name} takes no argument ${argumentName}.`, `Write \`${exampleOf(name)}\`.`);
      continue;
    }
    const value: unknown = valueFromASTUntyped(argument.value);
    const kind = shape.oneOf ? 'EnumValue' : 'StringValue';
    const fits = argument.value.kind === kind && (shape.oneOf?.includes(value as string) ?? value !== '');
    if (fits) taken[argumentName] = value as string;
    else report(`@${name}(${argumentName}:) does not take this value.`, `Write \`${exampleOf(name)}\`.`);
  }
  const missing = Object.keys(takes).find((key) => !takes[key]?.optional && taken[key] === undefined);
  if (missing && !wrong) report(`@${name} needs its argument ${missing}.`, `Write \`${exampleOf(name)}\`.`);
  return wrong ? undefined : taken;
}

function exampleOf(name: DirectiveName): string {
  const takes: Readonly<Record<string, Argument>> = DIRECTIVES[name].takes;
  const examples = Object.entries(takes).map(([key, shape]) => `${key}: ${shape.oneOf?.join(' | ') ?? '"…"'}`);
  return examples.length > 0 ? `@${name}(${examples.join(', ')})` : `@${name}`;
}
