/** Documents compiled once: which are the business graph's alone, and their plans. */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { compilePlan } from './compile-plan.ts';
import type { Graph } from './graph.ts';
import { rootFieldNames } from './names.ts';
import type { QueryPlan } from './plan.ts';

/** Plans of one document differ only by the variables in `@skip` and `@include`. */
const MAX_PLANS = 32;

export interface CompiledDocument {
  readonly operation: OperationDefinitionNode;
  /** Nothing is asked but business fields: the compiled executor answers. */
  readonly isBusiness: boolean;
  plan(variables: Readonly<Record<string, unknown>>): QueryPlan;
}

export class Documents {
  readonly #graph: Graph;
  readonly #schema: GraphQLSchema;
  readonly #names: ReadonlySet<string>;
  /** Apollo's document store holds the most used ones; what it forgets is forgotten here too. */
  readonly #compiled = new WeakMap<DocumentNode, Map<string, CompiledDocument | undefined>>();

  constructor(graph: Graph, schema: GraphQLSchema) {
    this.#graph = graph;
    this.#schema = schema;
    this.#names = rootFieldNames(graph.model);
  }

  /** Of a valid document. Undefined where no query can be told from the operation's name. */
  get(document: DocumentNode, operationName: string | null | undefined): CompiledDocument | undefined {
    let named = this.#compiled.get(document);
    if (!named) {
      named = new Map();
      this.#compiled.set(document, named);
    }
    const name = operationName ?? '';
    if (!named.has(name)) named.set(name, this.#compile(document, operationName));
    return named.get(name);
  }

  #compile(document: DocumentNode, operationName: string | null | undefined): CompiledDocument | undefined {
    const operation = getOperationAST(document, operationName);
    if (operation?.operation !== OperationTypeNode.QUERY) return undefined;
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const definition of document.definitions)
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    const switches = switchNames(document);
    const plans = new Map<string, QueryPlan>();
    return {
      operation,
      isBusiness: rootNames(operation.selectionSet, fragments).every((name) => this.#names.has(name)),
      plan: (variables) => {
        const values = switches.map((name) => variables[name]);
        const key = JSON.stringify(values);
        let plan = plans.get(key);
        if (!plan) {
          const given = Object.fromEntries(switches.map((name, at) => [name, values[at]]));
          plan = compilePlan(this.#schema, this.#graph.store.layout, operation, fragments, given);
          if (plans.size >= MAX_PLANS) plans.clear();
          plans.set(key, plan);
        }
        return plan;
      },
    };
  }
}

function switchNames(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Directive: (directive) => {
      if (directive.name.value !== 'skip' && directive.name.value !== 'include') return;
      for (const { value } of directive.arguments ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}

function rootNames(set: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): string[] {
  return set.selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection.name.value];
    const inner = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
    return inner ? rootNames(inner.selectionSet, fragments) : [];
  });
}
