/** Random valid documents of the business graph, for comparing executors. */
import fc from 'fast-check';
import type { Entity } from '#model';
import { model } from './golden-rows.ts';

export interface RandomDocument {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Entities whose fields are asked for; the others are reached, but only by id. */
const ASKED = new Set(['Customer', 'Opportunity', 'Contact', 'Document']);

interface Writing {
  readonly pick: (count: number) => number;
  names: number;
  readonly fragments: string[];
}

/** Choices are drawn from a list of numbers, so that a failing document shrinks with them. */
export const randomDocument: fc.Arbitrary<RandomDocument> = fc
  .record({
    choices: fc.array(fc.nat(1000), { minLength: 30, maxLength: 200 }),
    a: fc.boolean(),
    b: fc.boolean(),
    n: fc.integer({ min: 0, max: 4 }),
    s: fc.option(fc.constantFrom('Customer 1', 'x', ''), { nil: undefined }),
  })
  .map(({ choices, a, b, n, s }) => {
    let at = 0;
    const writing: Writing = {
      pick: (count) => (choices[at++ % choices.length]! + Math.floor(at / choices.length)) % count,
      names: 0,
      fragments: [],
    };
    const roots = Array.from({ length: 1 + writing.pick(3) }, () => root(writing)).join(' ');
    const body = [roots, ...writing.fragments].join(' ');
    const variables = ['$a: Boolean!', '$b: Boolean! = true', '$n: Int', '$s: String'];
    const used = variables.filter((one) => new RegExp(`\\${one.slice(0, 2)}\\b`).test(body)).join(', ');
    const query = `query ${used && `(${used})`} { ${roots} }`;
    return {
      text: [query, ...writing.fragments].join('\n'),
      variables: { a, b, n, ...(s !== undefined && { s }) },
    };
  });

function root(writing: Writing): string {
  const alias = `r${writing.names++}`;
  const entity = asked(writing);
  const id = writing.pick(8) === 0 ? 'nobody' : `${entity.singular}-${writing.pick(9)}`;
  switch (writing.pick(5)) {
    case 0:
      return `${alias}: ${entity.singular}(id: "${id}")${directive(writing)} { ${object(writing, entity, 3)} }`;
    case 1:
      return `${alias}: node(id: "${id}") { __typename id ... on ${entity.name} { ${object(writing, entity, 2)} } ... on Node { again: id } }`;
    case 2:
      return `__typename ${alias}: ${entity.plural} { totalCount }`;
    default:
      return `${alias}: ${entity.plural}${page(writing, entity)}${directive(writing)} { ${list(writing, entity, 3)} }`;
  }
}

function asked(writing: Writing): Entity {
  const names = [...ASKED];
  return model.entities.get(names[writing.pick(names.length)]!)!;
}

function directive(writing: Writing): string {
  return [
    '',
    '',
    '',
    '',
    ' @skip(if: $a)',
    ' @include(if: $b)',
    ' @skip(if: $b) @include(if: $a)',
    ' @include(if: true)',
  ][writing.pick(8)]!;
}

function page(writing: Writing, entity: Entity): string {
  const args: string[] = [];
  const size = ['first: 2', 'first: 3', 'last: 2', 'first: $n', 'first: 0', ''][writing.pick(6)]!;
  if (size) args.push(size);
  const order = ['', 'orderBy: [{ name: ASC }]', 'orderBy: [{ name: DESC }, { id: ASC }]', 'orderBy: []'][
    writing.pick(4)
  ]!;
  if (order && entity.fields.some(({ name }) => name === 'name')) args.push(order);
  const filter = [
    '',
    '',
    'filter: { name: { eq: $s } }',
    'filter: { or: [{ name: { contains: "1" } }, { name: { isNull: true } }] }',
    'filter: {}',
  ][writing.pick(5)]!;
  if (filter) args.push(filter);
  if (writing.pick(25) === 0) args.push('after: "broken"');
  return args.length > 0 ? `(${args.join(', ')})` : '';
}

function list(writing: Writing, entity: Entity, depth: number): string {
  const parts: string[] = [];
  for (let count = 1 + writing.pick(3); count > 0; count--) {
    const alias = `l${writing.names++}`;
    switch (writing.pick(6)) {
      case 0:
        parts.push(`${alias}: totalCount${directive(writing)}`);
        break;
      case 1:
        parts.push(`${alias}: nodes { ${object(writing, entity, depth - 1)} }`);
        break;
      case 2:
        parts.push(`pageInfo { ${alias}: hasNextPage hasPreviousPage startCursor endCursor __typename }`);
        break;
      case 3:
        parts.push('__typename edges { cursor }');
        break;
      default:
        parts.push(
          `edges${directive(writing)} { ${alias}: node { ${object(writing, entity, depth - 1)} } __typename }`,
        );
    }
  }
  return parts.join(' ');
}

function object(writing: Writing, entity: Entity, depth: number): string {
  const parts = ['id'];
  for (let count = 1 + writing.pick(4); count > 0; count--) parts.push(field(writing, entity, depth));
  if (writing.pick(6) === 0) {
    const name = `F${writing.names++}`;
    writing.fragments.push(`fragment ${name} on ${entity.name} { ${field(writing, entity, depth)} __typename }`);
    parts.push(`...${name}${directive(writing)}`);
  }
  if (writing.pick(6) === 0)
    parts.push(`... on ${entity.name}${directive(writing)} { ${field(writing, entity, depth)} }`);
  if (writing.pick(8) === 0) parts.push(`...${directive(writing)} { __typename }`);
  return parts.join(' ');
}

function field(writing: Writing, entity: Entity, depth: number): string {
  const candidates = entity.fields.filter(
    (one) =>
      (depth > 0 && ASKED.has('target' in one ? one.target : '')) ||
      (one.kind !== 'collection' && one.kind !== 'reference'),
  );
  const one = candidates[writing.pick(candidates.length)]!;
  const alias = `f${writing.names++}`;
  if (writing.pick(12) === 0)
    return `${alias}: provenance(fields: [name]) { field connection stream sourceId observedAt }`;
  switch (one.kind) {
    case 'collection': {
      const target = model.entities.get(one.target)!;
      return `${alias}: ${one.name}${page(writing, target)}${directive(writing)} { ${list(writing, target, depth)} }`;
    }
    case 'reference':
      return `${alias}: ${one.name}${directive(writing)} { ${object(writing, model.entities.get(one.target)!, depth - 1)} }`;
    case 'value': {
      const members = model.values.get(one.type)!.members.map(({ name }) => name);
      return `${one.name} { ${members[writing.pick(members.length)]} ${alias}: ${members[0]} __typename }`;
    }
    case 'enum':
      return writing.pick(2) === 0 ? one.textName : `${alias}: ${one.name}`;
    default:
      return writing.pick(2) === 0 ? one.name : `${alias}: ${one.name}${directive(writing)}`;
  }
}
