import { describe, expect, test } from '@jest/globals';
import { compileModel, entityOf, fieldOf, loadCanonicalModel, ModelError, type ModelProblem } from './index.ts';

function problemsOf(...texts: readonly string[]): readonly ModelProblem[] {
  const sources = texts.map((text, index) => ({ file: `own${index + 1}.graphql`, text }));
  try {
    compileModel(sources);
  } catch (error) {
    if (error instanceof ModelError) return error.problems;
    throw error;
  }
  return [];
}

const ORDERS = `type Customer @entity { orders: [Order!]! @inverse(field: "customer") }
type Order @entity { customer: Customer }`;

describe('a model that is right', () => {
  test('is resolved: references know their collections, lines their document', () => {
    const model = compileModel([
      { file: 'a.graphql', text: ORDERS },
      {
        file: 'b.graphql',
        text: `
          extend type Order @content { lines: [Line!]! @inverse(field: "order"), state: State }
          type Line @entity @partOf(field: "order") {
            id: ID!
            order: Order
            "How much."
            quantity: Decimal @group(name: "quantity") @unit(of: "kg") @classified(as: CONFIDENTIAL)
          }
          enum State { OPEN CLOSED @deprecated }
          type Size @value { length: Decimal!, unit: String }
        `,
      },
    ]);
    expect(entityOf(model, 'Line').partOf).toEqual({ parent: 'Order', field: 'order' });
    expect(entityOf(model, 'Line').fields.map((field) => field.name)).toEqual(['order', 'quantity']);
    expect(fieldOf(entityOf(model, 'Order'), 'customer')).toMatchObject({ kind: 'reference', inverse: 'orders' });
    expect(fieldOf(entityOf(model, 'Line'), 'order')).toMatchObject({ target: 'Order', inverse: 'lines' });
    expect(fieldOf(entityOf(model, 'Order'), 'lines')).toMatchObject({ kind: 'collection', via: 'order' });
    expect(fieldOf(entityOf(model, 'Order'), 'state')).toMatchObject({ kind: 'enum', textName: 'stateText' });
    expect(fieldOf(entityOf(model, 'Line'), 'quantity')).toMatchObject({
      kind: 'scalar',
      type: 'Decimal',
      description: 'How much.',
      group: 'quantity',
      unit: 'kg',
      classification: 'CONFIDENTIAL',
      live: false,
      isKey: false,
      location: { file: 'b.graphql', line: 7 },
    });
    expect([entityOf(model, 'Order').hasContent, entityOf(model, 'Line').hasContent]).toEqual([true, false]);
    expect(model.values.get('Size')?.members.map((member) => member.required)).toEqual([true, false]);
    expect(model.enums.get('State')?.values.map((value) => value.name)).toEqual(['OPEN', 'CLOSED']);
  });

  test('names its root fields in English', () => {
    const model = compileModel([
      { file: 'a.graphql', text: 'type StockLevel @entity type Company @entity type Box @entity type Day @entity' },
    ]);
    const names = [...model.entities.values()].map(({ singular, plural }) => `${singular} ${plural}`);
    expect(names).toEqual(['stockLevel stockLevels', 'company companies', 'box boxes', 'day days']);
  });
});

/** The text, and what is to be said of it: `file:line`, a part of the message, a part of the fix. */
const WRONG: Readonly<Record<string, readonly [string, string, string, string]>> = {
  'no GraphQL': ['type A @entity {\n  x: String\n  y String\n}', 'own1.graphql:3', 'not GraphQL', 'SDL'],
  'unknown type': [
    'type A @entity {\n  b: Bee\n}',
    'own1.graphql:2',
    'A.b: there is no type Bee',
    '`type Bee @entity`',
  ],
  'a type in another case': [
    'type A @entity {\n  b: decimal\n}',
    'own1.graphql:2',
    'no type decimal',
    'Write Decimal.',
  ],
  'a float': ['type A @entity {\n  b: Float\n}', 'own1.graphql:2', 'there is no type Float', 'Declare'],
  'no @entity': ['\ntype A { x: String }', 'own1.graphql:2', 'A is not said to be an entity', '@entity'],
  'entity and value': ['type A @entity @value { x: String }', 'own1.graphql:1', 'both', '@value'],
  'missing inverse': [
    'type A @entity { b: B }\ntype B @entity {\n  all: [A!]!\n}',
    'own1.graphql:3',
    'B.all is a collection without @inverse',
    'the field of A that refers to B',
  ],
  'inverse of nothing': [
    'type A @entity { b: B }\ntype B @entity {\n  all: [A!]! @inverse(field: "bee")\n}',
    'own1.graphql:3',
    'A has no field bee',
    '@inverse(field: "b")',
  ],
  'inverse without a reference': [
    'type A @entity { x: String }\ntype B @entity {\n  all: [A!]! @inverse(field: "x")\n}',
    'own1.graphql:3',
    'A.x is not a reference to B',
    'Add `b: B` to A',
  ],
  'two of one inverse': [
    'type A @entity { b: B }\ntype B @entity {\n  all: [A!]! @inverse(field: "b")\n  every: [A!]! @inverse(field: "b")\n}',
    'own1.graphql:4',
    'B.every and B.all are both the inverse of A.b',
    'Keep one',
  ],
  'two keys': [
    'type A @entity {\n  number: String @key\n  code: String @key\n}',
    'own1.graphql:3',
    'A has two keys: number and code',
    'Keep @key on the one',
  ],
  'unknown directive': ['type A @entity {\n  x: String @keys\n}', 'own1.graphql:2', 'no directive @keys', '@key'],
  'unknown directive on a type': ['type A @entity @thing', 'own1.graphql:1', 'no directive @thing', '@partOf'],
  'a directive of its own': ['directive @mine on OBJECT', 'own1.graphql:1', 'no directive @mine', '@entity'],
  'unknown argument': [
    'type A @entity {\n  x: String @unit(in: "kg")\n}',
    'own1.graphql:2',
    '@unit takes no argument in',
    '`@unit(of: "…")`',
  ],
  'missing argument': [
    'type A @entity {\n  x: String\n    @unit\n}',
    'own1.graphql:3',
    '@unit needs its argument of',
    '@unit(',
  ],
  'wrong argument value': [
    'type A @entity {\n  x: String @classified(as: SECRET)\n}',
    'own1.graphql:2',
    '@classified(as:) does not take this value',
    'PERSONAL | PAYMENT | CONFIDENTIAL',
  ],
  'argument in quotes': [
    'type A @entity {\n  x: String @classified(as: "PERSONAL")\n}',
    'own1.graphql:2',
    'not take',
    'PERSONAL',
  ],
  'directive twice': [
    'type A @entity {\n  x: String @unit(of: "a") @unit(of: "b")\n}',
    'own1.graphql:2',
    'stands twice',
    'one',
  ],
  'directive in the wrong place': [
    'type A @entity @key',
    'own1.graphql:1',
    '@key does not belong on a type',
    '@entity',
  ],
  'key on a reference': [
    'type A @entity {\n  a: A @key\n}',
    'own1.graphql:2',
    '@key has no meaning on a reference',
    'Remove',
  ],
  'key on a boolean': ['type A @entity {\n  a: Boolean @key\n}', 'own1.graphql:2', 'a Boolean is no key', 'Remove'],
  'live key': ['type A @entity {\n  a: String @key @live\n}', 'own1.graphql:2', 'never stored', 'Remove @live'],
  'required field': ['type A @entity {\n  a: String!\n}', 'own1.graphql:2', 'promises a value', 'Write `a: String`.'],
  'nullable collection': [
    'type A @entity { a: A, as: [A] @inverse(field: "a") }',
    'own1.graphql:1',
    'never null',
    'Write `as: [A!]!`.',
  ],
  'list of scalars': [
    'type A @entity {\n  tags: [String!]\n}',
    'own1.graphql:2',
    'list of String',
    'Declare an @entity',
  ],
  'other id': ['type A @entity {\n  id: String\n}', 'own1.graphql:2', 'A.id is the canonical id', '`id: ID!`'],
  'ID elsewhere': ['type A @entity {\n  other: ID\n}', 'own1.graphql:2', 'ID is only the type of', 'Use String'],
  arguments: ['type A @entity {\n  a(x: Int): String\n}', 'own1.graphql:2', 'A.a has arguments', 'Remove them'],
  'value in a value': [
    'type A @value { x: Int }\ntype B @value {\n  a: A\n}',
    'own1.graphql:3',
    'a value cannot hold A',
    'Use a scalar',
  ],
  'empty value': ['type A @value', 'own1.graphql:1', 'A has no members', 'at least one'],
  'value with content': ['type A @value @content { x: Int }', 'own1.graphql:1', 'cannot have @content', 'Remove'],
  'part of nothing': [
    'type A @entity @partOf(field: "b") { c: String }',
    'own1.graphql:1',
    'field b is not a reference',
    'Add',
  ],
  'part of a part': [
    'type A @entity { x: String }\ntype B @entity @partOf(field: "a") { a: A }\ntype C @entity @partOf(field: "b") { b: B }',
    'own1.graphql:3',
    'C is part of B, which is itself a part',
    'no parts',
  ],
  'group named for a stranger': [
    'type A @entity {\n  a: String\n  b: String @group(name: "a")\n}',
    'own1.graphql:3',
    'name of a field outside of it',
    'Put a into the group',
  ],
  interface: ['interface A { x: String }', 'own1.graphql:1', 'has no interface', 'only types'],
  'implementing one': ['type A implements Node @entity', 'own1.graphql:1', 'implements', 'Remove'],
  scalar: ['scalar Colour', 'own1.graphql:1', 'no scalar Colour', 'Decimal'],
  'empty enum': ['enum E', 'own1.graphql:1', 'E has no values', 'one'],
  'enum value twice': ['enum E {\n  A\n  A\n}', 'own1.graphql:3', 'E.A is declared twice', 'Keep one'],
  'field that the graph adds': [
    'type A @entity {\n  provenance: String\n}',
    'own1.graphql:2',
    'the graph uses',
    'another',
  ],
  'address of bytes': ['type A @entity {\n  contentUrl: String\n}', 'own1.graphql:2', 'the graph uses', 'another'],
  'word of filters': ['type A @entity {\n  or: String\n}', 'own1.graphql:2', 'the graph uses', 'another'],
  "an enum's companion": [
    'enum E { X }\ntype A @entity {\n  e: E\n  eText: String\n}',
    'own1.graphql:4',
    'A.eText is generated for the enum A.e',
    'another name',
  ],
  'columns that clash': [
    'type A @entity {\n  taxId: String\n  taxID: String\n}',
    'own1.graphql:3',
    'its column tax_id is taken by A.taxId',
    'another',
  ],
  'a column of the order key': [
    'type A @entity {\n  x: String\n  xKey: Int\n}',
    'own1.graphql:3',
    'x_key is taken by A.x',
    'another',
  ],
  'a reference and its id': [
    'type A @entity {\n  a: A\n  aId: String\n}',
    'own1.graphql:3',
    'a_id is taken by A.a',
    'another',
  ],
  'a reference and a value called as its id': [
    'type M @value { x: Int }\ntype A @entity {\n  a: A\n  aId: M\n}',
    'own1.graphql:3',
    'values of changes call its id aId',
    'another',
  ],
  'the type of a change': [
    'type Own @entity { a: Int }\ntype OwnChange @value { x: Int }',
    'own1.graphql:2',
    'type Own',
    'another',
  ],
  'a field of changes': ['type Origin @entity { a: Int }', 'own1.graphql:1', 'changes have a field origin', 'another'],
  "a member's column": [
    'type M @value { x: Int }\ntype A @entity {\n  m: M\n  mX: Int\n}',
    'own1.graphql:4',
    'm_x is taken by A.m',
    'another',
  ],
  "the store's column": ['type A @entity {\n  sequence: Int\n}', 'own1.graphql:2', 'taken by the store', 'another'],
  'tables that clash': ['type AB @entity\ntype Ab @entity', 'own1.graphql:2', 'share the table ab', 'another'],
  'snake case': ['type A @entity {\n  tax_number: String\n}', 'own1.graphql:2', 'misspelled', 'small letter'],
  'small type': ['type a @entity', 'own1.graphql:1', 'misspelled', 'capital'],
  'a long name': [`type A @entity {\n  ${'x'.repeat(41)}: String\n}`, 'own1.graphql:2', 'too long', '40'],
  'name of a filter': ['type A @entity\ntype AFilter @entity', 'own1.graphql:2', 'generated for type A', 'another'],
  "a scalar's filter": ['type DecimalFilter @entity', 'own1.graphql:1', 'the filter of a scalar', 'another'],
  'name of the graph': ['type Query @entity', 'own1.graphql:1', 'generated for the graph', 'another'],
  "the hub's own": ['type HubThing @entity', 'own1.graphql:1', "the hub's own", 'another'],
  'root fields that clash': [
    'type A @entity\ntype As @entity',
    'own1.graphql:2',
    'root field as is taken by A',
    'another',
  ],
  'type twice': [
    'type A @entity\nenum A { X }',
    'own1.graphql:2',
    'already declared at own1.graphql:1',
    'extend type A',
  ],
  'extending nothing': ['extend type A { x: String }', 'own1.graphql:1', 'no type A to extend', '`type A @entity`'],
  'extending no enum': ['extend enum A { X }', 'own1.graphql:1', 'no enum A to extend', '`enum A`'],
  'extending a scalar': ['extend scalar Date @key', 'own1.graphql:1', 'Only types and enums', 'extend type'],
};

describe('a model that is wrong is refused with file, line and fix', () => {
  test.each(Object.entries(WRONG))('%s', (_, [text, place, message, fix]) => {
    const problems = problemsOf(text);
    expect(problems.map(({ file, line }) => `${file}:${line}`)).toEqual([place]);
    expect(problems[0]?.message).toContain(message);
    expect(problems[0]?.fix).toContain(fix);
  });

  test('everything at once, in the order of files and lines', () => {
    const problems = problemsOf(
      'type A @entity {\n  b: Bee\n  c: [String]\n}',
      '\n\nextend type A { b: String, d: Dee }',
    );
    expect(problems.map(({ file, line }) => `${file}:${line}`)).toEqual([
      'own1.graphql:2',
      'own1.graphql:3',
      'own2.graphql:3',
      'own2.graphql:3',
    ]);
    const { message } = new ModelError(problems);
    expect(message.split('\n')).toHaveLength(5);
    expect(message).toContain('own1.graphql:2: A.b: there is no type Bee. Declare `type Bee @entity` or `enum Bee`.');
  });
});

describe("an enterprise's own file", () => {
  test('adds fields and types to the canonical model', () => {
    const text = `
      extend type Customer { loyaltyTier: String  vehicles: [Vehicle!]! @inverse(field: "keeper") }
      type Vehicle @entity { plate: String @key  keeper: Customer }
      extend enum OpportunityStage { "On the short list." SHORTLISTED }
    `;
    const model = loadCanonicalModel([{ file: 'loyalty.graphql', text }]);
    expect(fieldOf(entityOf(model, 'Customer'), 'loyaltyTier')).toMatchObject({ kind: 'scalar', type: 'String' });
    expect(fieldOf(entityOf(model, 'Vehicle'), 'keeper')).toMatchObject({ inverse: 'vehicles' });
    expect(model.enums.get('OpportunityStage')?.values.at(-1)?.name).toBe('SHORTLISTED');
  });

  test('is named by its own mistakes', () => {
    const text = 'extend type Customer {\n  name: String\n  number2: String @key\n  creditLimitAmount: Decimal\n}';
    const load = () => loadCanonicalModel([{ file: 'loyalty.graphql', text }]);
    expect(load).toThrow(
      /loyalty\.graphql:2: Customer\.name is already declared at schema\/canonical\/party\.graphql:\d+\./,
    );
    expect(load).toThrow(/loyalty\.graphql:3: Customer has two keys: number and number2\./);
    expect(load).toThrow(/loyalty\.graphql:4: .*column credit_limit_amount is taken by Customer\.creditLimit\./);
  });

  test('cannot make a member required that values lack already', () => {
    const text = 'extend type Money {\n  converted: Decimal!\n}';
    expect(() => loadCanonicalModel([{ file: 'own.graphql', text }])).toThrow(/own\.graphql:2: .*cannot be required/);
  });
});
