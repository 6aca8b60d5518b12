import {
  BREAK,
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getArgumentValues,
  Kind,
  type OperationDefinitionNode,
  type ValueNode,
  visit,
} from 'graphql';
import type { CollectionField, Entity, Model, ReferenceField, StoredField } from '#model';
import type { EntityLayout, EnumColumns, FieldColumns, GoldenLayout, ScalarColumns } from '#store';
import { type CollectContext, type Collected, collectFields } from './collect.ts';
import { liveColumns } from './live-columns.ts';
import { bySourceName, CONTENT_URL, connectionName, edgeName, PROVENANCE } from './names.ts';
import { overlayOf } from './overlay.ts';
import type {
  ArgumentsPlan,
  CollectionPlan,
  EdgeMember,
  EntityPlan,
  FieldPlan,
  ListMember,
  ListPlan,
  PageInfoMember,
  ProvenancePlan,
  QueryPlan,
  ReferencePlan,
  RootPlan,
  ScalarPlan,
  StalenessPlan,
  TypenamePlan,
} from './plan.ts';
import { MAX_STALENESS } from './schema.ts';
import { Columns, UnitCollector } from './selected-columns.ts';

/** One document's business fields as a plan. Root fields that are not the business graph's are left out. */
export function compilePlan(
  schema: GraphQLSchema,
  layout: GoldenLayout,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  switches: Readonly<Record<string, unknown>>,
): QueryPlan {
  return new PlanCompiler(schema, layout, { fragments, switches }).compile(operation);
}

type Nodes = readonly FieldNode[];
type Staleness = StalenessPlan[number];

class PlanCompiler {
  readonly #schema: GraphQLSchema;
  readonly #layout: GoldenLayout;
  readonly #model: Model;
  readonly #context: CollectContext;
  #slots = 0;
  #isConstant = true;

  constructor(schema: GraphQLSchema, layout: GoldenLayout, context: CollectContext) {
    this.#schema = schema;
    this.#layout = layout;
    this.#model = layout.model;
    this.#context = context;
  }

  compile(operation: OperationDefinitionNode): QueryPlan {
    const query = this.#schema.getQueryType()!;
    const said = stalenessOf(operation.directives);
    const place: StalenessPlan = said === undefined ? [] : [said];
    const roots: RootPlan[] = [];
    for (const [key, nodes] of collectFields(this.#context, [query.name], [operation.selectionSet])) {
      const root = this.#root(query, key, nodes, place);
      if (root) roots.push(root);
    }
    return { roots, slots: this.#slots, isConstant: this.#isConstant };
  }

  #root(query: GraphQLObjectType, key: string, nodes: Nodes, above: StalenessPlan): RootPlan | undefined {
    const name = nodes[0]!.name.value;
    if (name === '__typename') return { kind: 'typename', key, name: query.name };
    const place = staleness(nodes, above);
    const args = () => this.#arguments(query.getFields()[name]!, nodes[0]!);
    if (name === 'node') {
      const targets = new Map<string, EntityPlan>();
      for (const entity of this.#model.entities.values()) targets.set(entity.name, this.#entity(entity, nodes, place));
      return { kind: 'node', key, nodes, arguments: args(), targets };
    }
    for (const entity of this.#model.entities.values()) {
      if (name === entity.plural)
        return { kind: 'list', key, list: this.#list(query, entity, undefined, key, nodes, above) };
      if (name !== entity.singular && name !== bySourceName(entity)) continue;
      const kind = name === entity.singular ? 'byId' : 'bySource';
      return { kind, key, nodes, arguments: args(), target: this.#entity(entity, nodes, place) };
    }
    return undefined;
  }

  #list(
    parent: GraphQLObjectType,
    entity: Entity,
    via: string | undefined,
    key: string,
    nodes: Nodes,
    above: StalenessPlan,
  ): ListPlan {
    const slot = this.#slots++;
    const targets: EntityPlan[] = [];
    const members = this.#listMembers(entity, nodes, staleness(nodes, above), targets);
    const edges = members.flatMap((member) => (member.kind === 'edges' ? member.members : []));
    const infos = members.flatMap((member) => (member.kind === 'pageInfo' ? member.members : []));
    const hasRows = members.some(({ kind }) => kind === 'edges' || kind === 'nodes' || kind === 'pageInfo');
    if (targets.length === 0 && hasRows) targets.push(this.#entity(entity, [], []));
    return {
      slot,
      key,
      nodes,
      entity,
      via,
      arguments: this.#arguments(parent.getFields()[nodes[0]!.name.value]!, nodes[0]!),
      members,
      targets,
      needsKeys:
        edges.some((member) => member.kind === 'cursor') ||
        infos.some((info) => info.kind === 'startCursor' || info.kind === 'endCursor'),
      needsMore: infos.some((info) => info.kind === 'hasNextPage' || info.kind === 'hasPreviousPage'),
      needsCount: members.some((member) => member.kind === 'totalCount'),
    };
  }

  #listMembers(entity: Entity, nodes: Nodes, above: StalenessPlan, targets: EntityPlan[]): ListMember[] {
    const type = connectionName(entity.name);
    return [...this.#within([type], nodes)].map(([key, inner]): ListMember => {
      const name = inner[0]!.name.value;
      const place = staleness(inner, above);
      if (name === '__typename') return { kind: 'typename', key, name: type };
      if (name === 'totalCount') return { kind: 'totalCount', key };
      if (name === 'nodes') return { kind: 'nodes', key, target: targets.push(this.#entity(entity, inner, place)) - 1 };
      if (name === 'edges') return { kind: 'edges', key, members: this.#edgeMembers(entity, inner, place, targets) };
      return { kind: 'pageInfo', key, members: this.#pageInfo(inner) };
    });
  }

  #edgeMembers(entity: Entity, nodes: Nodes, above: StalenessPlan, targets: EntityPlan[]): EdgeMember[] {
    const type = edgeName(entity.name);
    return [...this.#within([type], nodes)].map(([key, inner]): EdgeMember => {
      const name = inner[0]!.name.value;
      if (name === '__typename') return { kind: 'typename', key, name: type };
      if (name === 'cursor') return { kind: 'cursor', key };
      const target = this.#entity(entity, inner, staleness(inner, above));
      return { kind: 'node', key, target: targets.push(target) - 1 };
    });
  }

  #pageInfo(nodes: Nodes): PageInfoMember[] {
    return [...this.#within(['PageInfo'], nodes)].map(([key, inner]) => {
      const name = inner[0]!.name.value;
      if (name === '__typename') return { kind: 'typename', key, name: 'PageInfo' };
      return { kind: name as 'hasNextPage', key };
    });
  }

  #entity(entity: Entity, nodes: Nodes, above: StalenessPlan): EntityPlan {
    const columns = new Columns();
    const slot = this.#slots++;
    const layout = this.#layout.entities.get(entity.name)!;
    const fields: FieldPlan[] = [];
    const references: ReferencePlan[] = [];
    const collections: CollectionPlan[] = [];
    const units = new UnitCollector();
    let asksSources = false;
    for (const [key, inner] of this.#within([entity.name, 'Node'], nodes)) {
      const name = inner[0]!.name.value;
      const field = entity.fields.find((one) => one.name === name || (one.kind === 'enum' && one.textName === name));
      const place = staleness(inner, above);
      if (field?.kind === 'collection') {
        const collection = this.#collection(entity, field, key, inner, above, collections.length);
        collections.push(collection);
        fields.push(collection);
      } else if (field?.kind === 'reference' && !field.live) {
        const reference = this.#reference(layout, field, key, inner, place, columns, references.length);
        references.push(reference);
        fields.push(reference);
      } else if (field) {
        fields.push(this.#stored(layout, field, key, inner, columns));
        units.add(field, key, place.concat(this.#memberPlaces(field, inner)));
      } else if (name === PROVENANCE) {
        asksSources = true;
        fields.push(this.#provenance(entity, key, inner));
      } else if (name === CONTENT_URL) {
        asksSources = true;
        fields.push({ kind: 'content', key });
      } else if (name === 'id') fields.push({ kind: 'scalar', key, type: 'ID', at: 0 });
      else fields.push({ kind: 'typename', key, name: entity.name });
    }
    const planned = units.plans((field) =>
      overlayOf(this.#model, this.#columnsOf(layout, field), (column) => columns.find(column)),
    );
    const provenanceAt = asksSources || planned.length > 0 ? columns.add('provenance') : -1;
    return {
      slot,
      entity,
      layout,
      columns: columns.expressions,
      fields,
      references,
      collections,
      units: planned,
      provenanceAt,
      asksSources,
    };
  }

  #collection(
    entity: Entity,
    field: CollectionField,
    key: string,
    nodes: Nodes,
    above: StalenessPlan,
    index: number,
  ): CollectionPlan {
    const target = this.#model.entities.get(field.target)!;
    const via = this.#layout.entities.get(target.name)!.fields.get(field.via) as FieldColumns & { kind: 'reference' };
    const parent = this.#schema.getType(entity.name) as GraphQLObjectType;
    return { kind: 'collection', key, index, list: this.#list(parent, target, via.column, key, nodes, above) };
  }

  #reference(
    layout: EntityLayout,
    field: ReferenceField,
    key: string,
    nodes: Nodes,
    place: StalenessPlan,
    columns: Columns,
    index: number,
  ): ReferencePlan {
    const { column } = layout.fields.get(field.name) as FieldColumns & { kind: 'reference' };
    const target = this.#entity(this.#model.entities.get(field.target)!, nodes, place);
    return { kind: 'reference', key, index, at: columns.add(column), target };
  }

  #stored(layout: EntityLayout, field: StoredField, key: string, nodes: Nodes, columns: Columns): FieldPlan {
    const laidOut = this.#columnsOf(layout, field);
    const add = (column: string) => (field.live ? columns.addUnstored(column) : columns.add(column));
    if (laidOut.kind === 'value') {
      const { type } = laidOut;
      const members = [...this.#within([type], nodes)].map(([name, inner]): ScalarPlan | TypenamePlan => {
        const member = laidOut.members.get(inner[0]!.name.value);
        return member
          ? { kind: 'scalar', key: name, type: typeOf(member), at: add(member.exact) }
          : { kind: 'typename', key: name, name: type };
      });
      const required = this.#model.values.get(type)!.members.filter((member) => member.required);
      return {
        kind: 'value',
        key,
        members,
        required: required.map((member) => add(laidOut.members.get(member.name)!.exact)),
        presence: required.length > 0 ? [] : [...laidOut.members.values()].map((member) => add(member.exact)),
      };
    }
    if (laidOut.kind === 'reference') return { kind: 'scalar', key, type: 'String', at: add(laidOut.column) };
    if (laidOut.kind === 'enum' && field.kind === 'enum' && nodes[0]!.name.value === field.textName) {
      add(laidOut.exact);
      return { kind: 'scalar', key, type: 'String', at: add(laidOut.text!) };
    }
    return { kind: 'scalar', key, type: typeOf(laidOut), at: add(laidOut.exact) };
  }

  #memberPlaces(field: StoredField, nodes: Nodes): StalenessPlan {
    if (field.kind !== 'value') return [];
    return [...this.#within([field.type], nodes).values()].flatMap((inner) => staleness(inner, []));
  }

  #provenance(entity: Entity, key: string, nodes: Nodes): ProvenancePlan {
    const parent = this.#schema.getType(entity.name) as GraphQLObjectType;
    const members = [...this.#within(['FieldProvenance'], nodes)].map(([name, inner]) => ({
      key: name,
      name: inner[0]!.name.value,
    }));
    return { kind: 'provenance', key, members, arguments: this.#arguments(parent.getFields()[PROVENANCE]!, nodes[0]!) };
  }

  #columnsOf(layout: EntityLayout, field: StoredField): FieldColumns {
    return layout.fields.get(field.name) ?? liveColumns(this.#model, field);
  }

  #within(types: readonly string[], nodes: Nodes): Collected {
    return collectFields(
      this.#context,
      types,
      nodes.map((node) => node.selectionSet),
    );
  }

  #arguments(field: GraphQLField<unknown, unknown>, node: FieldNode): ArgumentsPlan {
    if (node.arguments?.some((argument) => usesVariable(argument.value))) {
      this.#isConstant = false;
      return { field, node, constant: undefined };
    }
    return { field, node, constant: getArgumentValues(field, node, {}) };
  }
}

function staleness(nodes: Nodes, above: StalenessPlan): StalenessPlan {
  const own: Staleness[] = [];
  let inherits = false;
  for (const node of nodes) {
    const said = stalenessOf(node.directives);
    if (said === undefined) inherits = true;
    else own.push(said);
  }
  return own.length === 0 ? above : inherits ? [...own, ...above] : own;
}

function stalenessOf(directives: readonly DirectiveNode[] | undefined): Staleness | undefined {
  const directive = directives?.find(({ name }) => name.value === MAX_STALENESS);
  const value = directive?.arguments?.find(({ name }) => name.value === 'seconds')?.value;
  if (value === undefined) return undefined;
  return value.kind === Kind.VARIABLE ? { variable: value.name.value } : Number((value as { value: string }).value);
}

function typeOf(columns: ScalarColumns | EnumColumns): ScalarPlan['type'] {
  return columns.kind === 'enum' ? 'enum' : columns.type;
}

function usesVariable(value: ValueNode): boolean {
  let found = false;
  visit(value, {
    Variable: () => {
      found = true;
      return BREAK;
    },
  });
  return found;
}
