import { GraphQLObjectType, GraphQLSchema } from 'graphql';

/** The business graph and the hub's own as one schema: root fields side by side, types of both, scalars shared. */
export function mergeGraphs(business: GraphQLSchema, control: GraphQLSchema): GraphQLSchema {
  const roots = (kind: 'Query' | 'Mutation' | 'Subscription') => {
    const types = [business, control].flatMap((schema) => {
      const root =
        kind === 'Query'
          ? schema.getQueryType()
          : kind === 'Mutation'
            ? schema.getMutationType()
            : schema.getSubscriptionType();
      return root ? [root.toConfig()] : [];
    });
    if (types.length === 0) return undefined;
    return new GraphQLObjectType({
      name: kind,
      fields: Object.assign({}, ...types.map((type) => type.fields)) as ReturnType<
        GraphQLObjectType['toConfig']
      >['fields'],
    });
  };
  const rootNames = new Set(['Query', 'Mutation', 'Subscription']);
  const types = [business, control]
    .flatMap((schema) => Object.values(schema.getTypeMap()))
    .filter(({ name }) => !name.startsWith('__') && !rootNames.has(name));
  const directives = [business, control].flatMap((schema) => schema.getDirectives());
  return new GraphQLSchema({
    query: roots('Query'),
    mutation: roots('Mutation'),
    subscription: roots('Subscription'),
    types: [...new Map(types.map((type) => [type.name, type])).values()],
    directives: [...new Map(directives.map((directive) => [directive.name, directive])).values()],
  });
}
