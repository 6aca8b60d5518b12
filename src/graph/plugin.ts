/** The business graph inside Apollo Server: its documents are answered here, all others by graphql-js. */
import {
  type ApolloServerOptions,
  type ApolloServerPlugin,
  type BaseContext,
  type GraphQLRequestContext,
  type GraphQLResponse,
  HeaderMap,
} from '@apollo/server';
import { GraphQLError, type GraphQLFormattedError, getVariableValues, OperationTypeNode } from 'graphql';
import { type CompiledDocument, Documents } from './documents.ts';
import { type ErrorObserver, requestRefusal, showError } from './errors.ts';
import { type Answer, executePlan, prepare } from './execute.ts';
import type { Graph } from './graph.ts';
import { documentLimits } from './limits.ts';
import { reportOf } from './resolver-state.ts';

/** `data` as text that is already JSON; it goes through Apollo unread. */
class WrittenData {
  readonly json: string;
  constructor(json: string) {
    this.json = json;
  }
}

const STREAM_NEEDED = requestRefusal(
  'STREAM_NEEDED',
  'A subscription is answered as a stream: over a WebSocket (graphql-transport-ws), or with Accept: text/event-stream.',
);

type Response = Pick<GraphQLResponse, 'http' | 'body'>;

/**
 * All that Apollo Server is told about the business graph: limits, masking of errors, execution, writing. To be
 * spread into its options, beside the schema and `introspection`.
 */
export function graphServerOptions(
  graph: Graph,
  observe: ErrorObserver = () => {},
): Pick<
  ApolloServerOptions<BaseContext>,
  'plugins' | 'formatError' | 'stringifyResult' | 'validationRules' | 'parseOptions'
> {
  const formatError = (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const shown = showError(error, formatted);
    observe(error, shown);
    return shown;
  };
  return {
    plugins: [createGraphPlugin(graph, (error) => formatError(error as GraphQLError, error))],
    formatError,
    stringifyResult,
    validationRules: [documentLimits(graph.limits)],
    parseOptions: { maxTokens: graph.limits.maxTokens },
  };
}

export function createGraphPlugin(
  graph: Graph,
  show: (error: unknown) => GraphQLFormattedError,
): ApolloServerPlugin<BaseContext> {
  let documents: Documents | undefined;
  const listener = {
    async responseForOperation(context: GraphQLRequestContext<BaseContext>): Promise<GraphQLResponse | null> {
      if (context.operation?.operation === OperationTypeNode.SUBSCRIPTION)
        return refused([show(STREAM_NEEDED)]) as GraphQLResponse;
      documents ??= new Documents(graph, context.schema);
      const compiled = documents.get(context.document!, context.request.operationName);
      if (!compiled) return null;
      return (await respond(graph, compiled, context, show)) as GraphQLResponse | null;
    },
    async willSendResponse(context: GraphQLRequestContext<BaseContext>): Promise<void> {
      const { body } = context.response;
      const report = reportOf(context.contextValue);
      if (report && body?.kind === 'single')
        body.singleResult.extensions = { ...body.singleResult.extensions, isthmus: report };
    },
  };
  return { requestDidStart: async () => listener };
}

async function respond(
  graph: Graph,
  compiled: CompiledDocument,
  context: GraphQLRequestContext<BaseContext>,
  show: (error: unknown) => GraphQLFormattedError,
): Promise<Response | null> {
  const { operation } = compiled;
  const { coerced, errors } = getVariableValues(
    context.schema,
    operation.variableDefinitions ?? [],
    context.request.variables ?? {},
    { maxErrors: 50 },
  );
  if (errors) return refused(errors.map((error) => show(withCode(error))));
  let answer: Answer;
  try {
    const plan = compiled.plan(coerced);
    const run = prepare(graph, plan, coerced);
    // The same limits hold for what graphql-js answers.
    if (!compiled.isBusiness) return null;
    const executed = executePlan(run, plan);
    answer = executed instanceof Promise ? await executed : executed;
  } catch (error) {
    const isRequestError = error instanceof GraphQLError && error.extensions.http !== undefined;
    return isRequestError ? refused([show(error)]) : respondWith(200, [show(error)], null);
  }
  return respondWith(undefined, answer.errors.map(show), answer);
}

function refused(errors: readonly GraphQLFormattedError[]): Response {
  const http = { status: 400, headers: new HeaderMap() };
  return { http, body: { kind: 'single', singleResult: { errors } } };
}

function respondWith(
  status: number | undefined,
  errors: readonly GraphQLFormattedError[],
  answer: Answer | null,
): Response {
  return {
    http: { status, headers: new HeaderMap() },
    body: {
      kind: 'single',
      singleResult: {
        ...(errors.length > 0 && { errors }),
        data: answer && (new WrittenData(answer.data) as unknown as Record<string, unknown>),
        ...(answer?.report && { extensions: { isthmus: answer.report } }),
      },
    },
  };
}

/** Of variables that do not fit. */
export function withCode(error: GraphQLError): GraphQLError {
  return new GraphQLError(error.message, {
    nodes: error.nodes,
    originalError: error.originalError instanceof GraphQLError ? error.originalError : undefined,
    extensions: { code: 'BAD_USER_INPUT', ...error.extensions },
  });
}

/** The answer to a query that came over a stream, as values. */
export function plainData(data: unknown): unknown {
  return data instanceof WrittenData ? JSON.parse(data.json) : data;
}

/** Apollo's own order: errors, data, extensions. */
export function stringifyResult(result: {
  readonly errors?: readonly unknown[];
  readonly data?: unknown;
  readonly extensions?: unknown;
}): string {
  if (!(result.data instanceof WrittenData)) return JSON.stringify(result);
  const errors = result.errors ? `"errors":${JSON.stringify(result.errors)},` : '';
  const extensions = result.extensions ? `,"extensions":${JSON.stringify(result.extensions)}` : '';
  return `{${errors}"data":${result.data.json}${extensions}}`;
}
