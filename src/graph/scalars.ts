/** The scalars of the graph. What they accept and refuse is the codecs' word; here it only gets GraphQL's manners. */
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';
import { codecOf } from '#model';

function textScalar(name: 'Decimal' | 'DateTime' | 'Date', description: string, literals: readonly string[]) {
  const parse = (value: unknown, node?: ValueNode): string => {
    try {
      return codecOf(name).parse(value) as string;
    } catch (error) {
      throw new GraphQLError(`${name}: ${(error as Error).message}`, {
        nodes: node,
        extensions: { code: 'BAD_USER_INPUT' },
      });
    }
  };
  return new GraphQLScalarType<string, unknown>({
    name,
    description,
    serialize: (value) => (value instanceof Date ? value.toISOString() : value),
    parseValue: (value) => {
      if (typeof value !== 'string' && !(name === 'Decimal' && Number.isSafeInteger(value)))
        throw new GraphQLError(`${name} is given as a string${name === 'Decimal' ? ' or a whole number' : ''}.`, {
          extensions: { code: 'BAD_USER_INPUT' },
        });
      return parse(String(value));
    },
    parseLiteral: (node) => {
      if (!literals.includes(node.kind)) throw new GraphQLError(`${name} is given as a string.`, { nodes: node });
      return parse((node as { readonly value: string }).value, node);
    },
  });
}

export const DecimalScalar = textScalar(
  'Decimal',
  'An exact decimal number, a string such as `"1250.00"`, never a float. Accepts strings, number literals by their source text, and whole numbers in variables.',
  [Kind.STRING, Kind.INT, Kind.FLOAT],
);
export const DateTimeScalar = textScalar(
  'DateTime',
  'A moment in UTC with milliseconds: `2026-01-02T03:04:05.000Z` (ISO 8601, RFC 3339).',
  [Kind.STRING],
);
export const DateScalar = textScalar('Date', 'A day of the calendar: `2026-01-02` (ISO 8601).', [Kind.STRING]);
export const JSONScalar = new GraphQLScalarType<unknown, unknown>({
  name: 'JSON',
  description: 'Any JSON value, as the system delivered it.',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
});
