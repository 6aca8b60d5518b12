/** Ordinary resolvers over the same readers, for documents that the compiled executor leaves to graphql-js. */
import {
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getDirectiveValues,
  isInterfaceType,
} from 'graphql';
import type { CollectionField, Entity, ReferenceField, StoredField } from '#model';
import type { EnumColumns, FieldColumns, ScalarColumns } from '#store';
import { attachChangeResolvers } from './change-resolvers.ts';
import type { Graph } from './graph.ts';
import { liveColumns } from './live-columns.ts';
import { bySourceName, CONTENT_URL, connectionName, edgeName, PROVENANCE, storedFields } from './names.ts';
import type { PageArguments } from './page.ts';
import { readObject } from './read-levels.ts';
import { failureAt, type ListSource, type ObjectSource, stateOf } from './resolver-state.ts';
import { plainValue } from './row-values.ts';
import { buildSchema, maxStalenessDirective } from './schema.ts';
import { contentUrl, provenanceOf } from './sources.ts';
import type { WidePlan } from './wide-plan.ts';
import { cursorAt, pageInfoValue } from './writer.ts';

// biome-ignore lint/suspicious/noExplicitAny: graphql-js gives resolvers what the parent's resolver returned
type Resolver = GraphQLFieldResolver<any, unknown, any>;

/** The business graph as a schema that graphql-js can execute, alone or merged with others. */
export function buildGraphSchema(graph: Graph): GraphQLSchema {
  const schema = buildSchema(graph.model);
  attachResolvers(schema, graph);
  attachChangeResolvers(schema, graph, secondsAt);
  return schema;
}

function attachResolvers(schema: GraphQLSchema, graph: Graph): void {
  const node = schema.getType('Node');
  if (isInterfaceType(node)) node.resolveType = (source: ObjectSource) => source.level.plan.entity.name;
  const set = (type: string, field: string, resolve: Resolver) => {
    (schema.getType(type) as GraphQLObjectType).getFields()[field]!.resolve = resolve;
  };
  set('Query', 'node', (_source, args, context, info) => resolveOne(graph, undefined, 'node', args, context, info));
  for (const entity of graph.model.entities.values()) {
    set('Query', entity.singular, (_source, args, context, info) =>
      resolveOne(graph, entity, 'byId', args, context, info),
    );
    set('Query', bySourceName(entity), (_source, args, context, info) =>
      resolveOne(graph, entity, 'bySource', args, context, info),
    );
    set('Query', entity.plural, (_source, args: PageArguments, context, info) =>
      stateOf(graph, context, info).list(entity, args, secondsAt(info, undefined)),
    );
    objectResolvers(graph, entity, set);
    listResolvers(entity, set);
  }
  const info = ['hasNextPage', 'hasPreviousPage', 'startCursor', 'endCursor'] as const;
  for (const name of info)
    set('PageInfo', name, async (source: ListSource) => {
      const { list, parent } = await source.rows();
      return pageInfoValue(list, parent, name);
    });
}

async function resolveOne(
  graph: Graph,
  entity: Entity | undefined,
  kind: 'byId' | 'bySource' | 'node',
  args: Readonly<Record<string, string>>,
  context: unknown,
  info: GraphQLResolveInfo,
): Promise<ObjectSource | null> {
  const state = stateOf(graph, context, info);
  const seconds = secondsAt(info, undefined);
  const level = await readObject(state.run, kind, args, (name) =>
    state.plan(entity ?? graph.model.entities.get(name!)!, seconds),
  );
  return level ? { level, index: 0, seconds } : null;
}

type Set = (type: string, field: string, resolve: Resolver) => void;

function objectResolvers(graph: Graph, entity: Entity, set: Set): void {
  const layout = graph.store.layout.entities.get(entity.name)!;
  set(entity.name, 'id', ({ level, index }: ObjectSource) => level.rows[index]![0]);
  for (const field of storedFields(entity)) {
    const columns = layout.fields.get(field.name) ?? liveColumns(graph.model, field);
    set(entity.name, field.name, fieldResolver(graph, field, columns));
    if (field.kind === 'enum' && columns.kind === 'enum')
      set(entity.name, field.textName, (source: ObjectSource) => columnOf(source, columns.text!));
  }
  for (const field of entity.fields)
    if (field.kind === 'collection') set(entity.name, field.name, collectionResolver(graph, field));
  set(entity.name, PROVENANCE, ({ level, index }: ObjectSource, { fields }, context, info) =>
    provenanceOf(stateOf(graph, context, info).run, level, index, fields ?? undefined),
  );
  if (entity.hasContent)
    set(entity.name, CONTENT_URL, ({ level, index }: ObjectSource, _args, context, info) =>
      contentUrl(stateOf(graph, context, info).run, level, index),
    );
}

function fieldResolver(graph: Graph, field: StoredField, columns: FieldColumns): Resolver {
  if (columns.kind === 'reference') return referenceResolver(graph, field as ReferenceField, columns.column);
  const read = columns.kind === 'value' ? valueReader(graph, columns) : scalarReader(columns);
  return (source: ObjectSource) => {
    const value = read(source);
    const failure = value === null ? failureAt(source, field.name) : undefined;
    if (failure) throw failure;
    return value;
  };
}

function referenceResolver(graph: Graph, field: ReferenceField, column: string): Resolver {
  const target = graph.model.entities.get(field.target)!;
  return (source: ObjectSource, _args, context, info) => {
    const id = columnOf(source, column) as string | null;
    if (id === null) return null;
    return stateOf(graph, context, info).reference(target, id, secondsAt(info, source.seconds));
  };
}

function collectionResolver(graph: Graph, field: CollectionField): Resolver {
  const target = graph.model.entities.get(field.target)!;
  return (source: ObjectSource, args: PageArguments, context, info) => {
    const id = source.level.rows[source.index]![0] as string;
    return stateOf(graph, context, info).list(target, args, secondsAt(info, source.seconds), { field, id });
  };
}

function scalarReader(columns: ScalarColumns | EnumColumns): (source: ObjectSource) => unknown {
  const type = columns.kind === 'enum' ? 'enum' : columns.type;
  return (source) => plainValue(type, columnOf(source, columns.exact));
}

function valueReader(graph: Graph, columns: FieldColumns & { kind: 'value' }): (source: ObjectSource) => unknown {
  const members = [...columns.members].map(([name, member]) => ({ name, read: scalarReader(member) }));
  const required = new Set(
    graph.model.values
      .get(columns.type)!
      .members.filter((member) => member.required)
      .map((member) => member.name),
  );
  return (source) => {
    const value = Object.fromEntries(members.map(({ name, read }) => [name, read(source)]));
    const isThere =
      required.size > 0
        ? [...required].every((name) => value[name] !== null)
        : Object.values(value).some((member) => member !== null);
    return isThere ? value : null;
  };
}

function listResolvers(entity: Entity, set: Set): void {
  const type = connectionName(entity.name);
  const positions = async (source: ListSource) => {
    const { list, parent } = await source.rows();
    const { level, starts } = list.targets[0]!;
    const start = starts[parent]!;
    const count = starts[parent + 1]! - start;
    return Array.from({ length: count }, (_, at) => ({
      list,
      node: { level, index: start + at, seconds: source.seconds },
    }));
  };
  set(type, 'totalCount', (source: ListSource) => source.count());
  set(type, 'pageInfo', (source: ListSource) => source);
  set(type, 'edges', positions);
  set(type, 'nodes', async (source: ListSource) => (await positions(source)).map(({ node }) => node));
  set(edgeName(entity.name), 'cursor', ({ list, node }: Awaited<ReturnType<typeof positions>>[number]) =>
    cursorAt(list, list.targets[0]!, node.index),
  );
}

function columnOf({ level, index }: ObjectSource, column: string) {
  const at = (level.plan as WidePlan).positions.get(column)!;
  return level.rows[index]![at]!;
}

/** The innermost `@maxStaleness` on a list, an object or the query. */
function secondsAt(info: GraphQLResolveInfo, above: number | undefined): number | undefined {
  const own = info.fieldNodes.flatMap(
    (node) =>
      (getDirectiveValues(maxStalenessDirective, node, info.variableValues)?.seconds as number | undefined) ?? [],
  );
  if (own.length > 0) return Math.min(...own);
  if (above !== undefined) return above;
  return getDirectiveValues(maxStalenessDirective, info.operation, info.variableValues)?.seconds as number | undefined;
}
