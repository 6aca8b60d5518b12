/** The compiled executor without a server around it: for whoever has a parsed and valid document. */
import { type DocumentNode, type GraphQLSchema, getVariableValues } from 'graphql';
import { Documents } from './documents.ts';
import { type Answer, executePlan, prepare } from './execute.ts';
import type { Graph } from './graph.ts';

export interface Executor {
  /** Throws what is wrong with the request as a whole: variables, limits, or fields that are not the business graph's. */
  execute(
    document: DocumentNode,
    variables?: Readonly<Record<string, unknown>>,
    operationName?: string,
  ): Promise<Answer>;
}

export function createExecutor(graph: Graph, schema: GraphQLSchema): Executor {
  const documents = new Documents(graph, schema);
  return {
    async execute(document, variables = {}, operationName) {
      const compiled = documents.get(document, operationName);
      if (!compiled?.isBusiness) throw new Error('The document asks for more than the business graph.');
      const { coerced, errors } = getVariableValues(schema, compiled.operation.variableDefinitions ?? [], variables);
      if (errors) throw errors[0];
      const plan = compiled.plan(coerced);
      return executePlan(prepare(graph, plan, coerced), plan);
    },
  };
}
