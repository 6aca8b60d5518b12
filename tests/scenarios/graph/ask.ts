import { type GraphQLFormattedError, type GraphQLSchema, parse, validate } from 'graphql';
import type { Graph, ReadReport } from '#graph';
import { createExecutor } from '#graph';

export interface Asked {
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever they asked for
  readonly data: any;
  readonly errors: readonly GraphQLFormattedError[];
  readonly report: ReadReport | undefined;
  readonly statements: number;
}

/** A document through the compiled executor, with the statements that it took. */
export async function ask(
  graph: Graph,
  schema: GraphQLSchema,
  text: string,
  variables: Record<string, unknown> = {},
): Promise<Asked> {
  const document = parse(text);
  const invalid = validate(schema, document);
  if (invalid.length > 0) throw invalid[0];
  const before = graph.store.reader.statements;
  const answer = await createExecutor(graph, schema).execute(document, variables);
  return {
    data: JSON.parse(answer.data),
    errors: answer.errors.map((error) => error.toJSON()),
    report: answer.report,
    statements: graph.store.reader.statements - before,
  };
}
