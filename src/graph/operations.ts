/** Documents that come over streams: parsed, valid and within the limits, as those that Apollo Server is handed. */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  type SelectionNode,
  specifiedRules,
  type ValidationRule,
  validate,
  visit,
} from 'graphql';
import { compilePlan } from './compile-plan.ts';
import { refusal } from './errors.ts';
import { prepare } from './execute.ts';
import type { Graph } from './graph.ts';
import { documentLimits } from './limits.ts';

/** As clients send it. */
export interface StreamRequest {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  readonly operationName?: string | null | undefined;
}

/** Of a valid document. */
export interface Operation {
  readonly document: DocumentNode;
  readonly node: OperationDefinitionNode;
  /** Variables that its results depend on, arguments of the subscription itself apart. */
  readonly resultVariables: readonly string[];
}

type Known = { readonly document: DocumentNode } | { readonly errors: readonly GraphQLError[] };

const MAX_DOCUMENTS = 1000;
const SOURCE_ARGUMENTS = new Set(['ids', 'filter', 'from']);

export class Operations {
  readonly #graph: Graph;
  readonly #schema: GraphQLSchema;
  readonly #rules: readonly ValidationRule[];
  /** By text; the oldest goes first. */
  readonly #known = new Map<string, Known>();

  constructor(graph: Graph, schema: GraphQLSchema) {
    this.#graph = graph;
    this.#schema = schema;
    this.#rules = [...specifiedRules, documentLimits(graph.limits)];
  }

  /** The operation, or what is wrong with the document. */
  find({ query, operationName }: StreamRequest): Operation | readonly GraphQLError[] {
    const known = this.#document(query);
    if ('errors' in known) return known.errors;
    const node = getOperationAST(known.document, operationName);
    if (!node) return [refusal('OPERATION_RESOLUTION_FAILURE', 'Name one of the operations in the document.')];
    return { document: known.document, node, resultVariables: resultVariables(known.document, node) };
  }

  #document(text: string): Known {
    let known = this.#known.get(text);
    if (known) return known;
    known = this.#read(text);
    if (this.#known.size >= MAX_DOCUMENTS) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(text, known);
    return known;
  }

  #read(text: string): Known {
    let document: DocumentNode;
    try {
      document = parse(text, { maxTokens: this.#graph.limits.maxTokens });
    } catch (error) {
      return { errors: [coded('GRAPHQL_PARSE_FAILED', error as GraphQLError)] };
    }
    const errors = validate(this.#schema, document, this.#rules);
    return errors.length > 0
      ? { errors: errors.map((error) => coded('GRAPHQL_VALIDATION_FAILED', error)) }
      : { document };
  }

  /** Throws when what an event asks of the graph could be more rows than a query may ask for. */
  checkCost({ document, node }: Operation, variables: Readonly<Record<string, unknown>>): void {
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const definition of document.definitions)
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    const root = this.#schema.getSubscriptionType()!;
    const asked = fieldsIn(node.selectionSet.selections, fragments).flatMap((field) => {
      const change = root.getFields()[field.name.value];
      const record = change?.name.replace(/Changed$/, '');
      return fieldsIn(field.selectionSet?.selections ?? [], fragments).filter(({ name }) => name.value === record);
    });
    if (asked.length === 0) return;
    const query = { ...node, operation: OperationTypeNode.QUERY, directives: [], selectionSet: byId(asked) };
    const plan = compilePlan(this.#schema, this.#graph.store.layout, query, fragments, variables);
    prepare(this.#graph, plan, variables);
  }
}

/** Fields wherever they stand among fragments. Those that a directive leaves out count too. */
function fieldsIn(
  selections: readonly SelectionNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): readonly FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    const inner = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
    return inner ? fieldsIn(inner.selectionSet.selections, fragments) : [];
  });
}

/** The same as a query for one object each, which is what an event costs. */
function byId(fields: readonly FieldNode[]) {
  const id = { kind: Kind.ARGUMENT, name: name('id'), value: { kind: Kind.STRING, value: '' } } as const;
  return {
    kind: Kind.SELECTION_SET,
    selections: fields.map(
      (field, at): FieldNode => ({ ...field, alias: name(`r${at}`), directives: [], arguments: [id] }),
    ),
  } as const;
}

function name(value: string) {
  return { kind: Kind.NAME, value } as const;
}

function resultVariables(document: DocumentNode, node: OperationDefinitionNode): readonly string[] {
  const names = new Set<string>();
  const collect = { Variable: ({ name }: { readonly name: { readonly value: string } }) => void names.add(name.value) };
  const roots = node.selectionSet.selections.map((selection) =>
    selection.kind === Kind.FIELD
      ? { ...selection, arguments: selection.arguments?.filter((one) => !SOURCE_ARGUMENTS.has(one.name.value)) }
      : selection,
  );
  for (const selection of roots) visit(selection, collect);
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) visit(definition, collect);
  return [...names].sort();
}

function coded(code: 'GRAPHQL_PARSE_FAILED' | 'GRAPHQL_VALIDATION_FAILED', error: GraphQLError): GraphQLError {
  if (error.extensions.code !== undefined) return error;
  const { nodes, source, positions } = error;
  return new GraphQLError(error.message, { nodes, source, positions, extensions: { code } });
}
