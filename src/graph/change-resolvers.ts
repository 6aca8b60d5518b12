/** How the fields of changes are answered: from the change itself, and the golden record by the graph's own readers. */
import type { GraphQLFieldResolver, GraphQLObjectType, GraphQLSchema } from 'graphql';
import type { LogEvent } from '#events';
import type { Entity, EnumType, StoredField, ValueType } from '#model';
import { openChanges, tokenBehind, tokenOf } from './change-source.ts';
import { refusal } from './errors.ts';
import type { Graph } from './graph.ts';
import {
  CHANGES_TOKEN,
  changedName,
  changeName,
  changingEntities,
  isTold,
  referenceIdName,
  valuesName,
} from './names.ts';
import { type ObjectSource, stateOf } from './resolver-state.ts';
import type { WidePlan } from './wide-plan.ts';

// biome-ignore lint/suspicious/noExplicitAny: graphql-js gives resolvers what the parent's resolver returned
type Resolver = GraphQLFieldResolver<any, any, any>;
type Values = Readonly<Record<string, unknown>>;

/** How old the values of an object may be, as `@maxStaleness` says at a field. */
export type SecondsAt = (info: Parameters<Resolver>[3], above: number | undefined) => number | undefined;

/** Told with the request, where a transport knows better than the document. */
export interface SubscriptionContext {
  /** Stands for `from`: what a browser's EventSource says when it comes back. */
  readonly resumeFrom?: string;
}

export function attachChangeResolvers(schema: GraphQLSchema, graph: Graph, secondsAt: SecondsAt): void {
  const fieldsOf = (type: string) => (schema.getType(type) as GraphQLObjectType).getFields();
  fieldsOf('Query')[CHANGES_TOKEN]!.resolve = async () => tokenOf(graph, await logOf(graph).end());
  for (const entity of changingEntities(graph.model)) {
    const root = fieldsOf('Subscription')[changedName(entity)]!;
    root.resolve = (event: LogEvent) => event;
    root.subscribe = (_source, args, context: SubscriptionContext | undefined) =>
      openChanges(graph, logOf(graph), entity, { ...args, from: context?.resumeFrom ?? args.from });
    const fields = fieldsOf(changeName(entity.name));
    for (const [name, resolve] of Object.entries(changeFields(graph))) fields[name]!.resolve = resolve;
    fields[entity.singular]!.resolve = goldenRecord(graph, entity, secondsAt);
  }
  for (const entity of graph.model.entities.values()) attachValues(schema, graph, entity);
}

function logOf(graph: Graph) {
  if (!graph.log) throw refusal('NOT_SUPPORTED', 'This graph has no log of changes.');
  return graph.log;
}

function changeFields(graph: Graph): Readonly<Record<string, (event: LogEvent) => unknown>> {
  const { incarnation } = graph.store;
  return {
    op: ({ change }) => change.op,
    eventId: ({ change }) => `${incarnation}:${change.canonicalId}:${change.sequence}`,
    id: ({ change }) => change.canonicalId,
    otherId: ({ change }) => change.otherId ?? null,
    sequence: ({ change }) => change.sequence,
    at: ({ change }) => new Date(change.at).toISOString(),
    origin: ({ change }) => change.origin,
    changed: ({ change }) => change.changed,
    before: ({ change }) => change.before,
    after: ({ change }) => change.after,
    isTooLarge: ({ change }) => change.isReference,
    resumeToken: (event) => tokenBehind(graph, event),
  };
}

function goldenRecord(graph: Graph, entity: Entity, secondsAt: SecondsAt): Resolver {
  return async ({ change }: LogEvent, _args, context, info): Promise<ObjectSource | null> => {
    const id = change.op === 'merge' && change.otherId ? change.otherId : change.canonicalId;
    const found = await stateOf(graph, context, info).reference(entity, id, secondsAt(info, undefined));
    const { plan, rows } = found.level;
    // A stub has an id and nothing else.
    return rows[found.index]![(plan as WidePlan).positions.get('sequence')!] === null ? null : found;
  };
}

/** Changes may be older than the model: what it no longer knows is null. */
function attachValues(schema: GraphQLSchema, graph: Graph, entity: Entity): void {
  const type = schema.getType(valuesName(entity.name)) as GraphQLObjectType | undefined;
  if (!type) return;
  const fields = type.getFields();
  for (const field of entity.fields.filter(isTold)) {
    const shown = fields[field.kind === 'reference' ? referenceIdName(field) : field.name];
    if (shown) shown.resolve = valueReader(graph, field);
  }
}

function valueReader(graph: Graph, field: StoredField): (values: Values) => unknown {
  const { name } = field;
  if (field.kind === 'enum') {
    const type = graph.model.enums.get(field.type)!;
    return (values) => knownMember(type, values[name]);
  }
  if (field.kind === 'value') {
    const type = graph.model.values.get(field.type)!;
    return (values) => wholeValue(graph, type, values[name] as Values | null | undefined);
  }
  return (values) => values[name];
}

function knownMember(type: EnumType, value: unknown): unknown {
  return type.values.some((member) => member.name === value) ? value : null;
}

function wholeValue(graph: Graph, type: ValueType, value: Values | null | undefined): Values | null {
  if (!value) return null;
  const members = type.members.map((member): [string, unknown] => {
    const given = value[member.name] ?? null;
    return [member.name, member.kind === 'enum' ? knownMember(graph.model.enums.get(member.type)!, given) : given];
  });
  const isWhole = type.members.every(({ required }, at) => !required || members[at]![1] !== null);
  return isWhole ? Object.fromEntries(members) : null;
}
