/** What both kinds of streams need: documents opened as subscriptions, queries answered once, all ended together. */
import type { ApolloServer } from '@apollo/server';
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { plainData, type StreamItem, type StreamRequest, type Subscriptions } from '#graph';

export type Items = AsyncIterableIterator<StreamItem, undefined>;

/** Streams are opened by whoever knows the graph; `connection` is what the requests of one connection have in common. */
export type OpenStream = (
  request: StreamRequest,
  connection: object,
  resumeFrom?: string,
) => Promise<{ readonly items: Items } | { readonly errors: readonly GraphQLFormattedError[] }>;

const NO_STREAMS = { message: 'Nothing is served as a stream here.', extensions: { code: 'NOT_SUPPORTED' } };

/** A subscription's results, or the one answer of a query. */
export function streamOpener(subscriptions: Subscriptions | undefined, apollo: ApolloServer): OpenStream {
  return async (request, connection, resumeFrom) => {
    if (!subscriptions) return { errors: [NO_STREAMS] };
    const opened = await subscriptions.open(request, connection, resumeFrom === undefined ? {} : { resumeFrom });
    if (opened.kind === 'refused') return opened;
    return { items: opened.kind === 'stream' ? opened.results : once(await answerOnce(apollo, request)) };
  };
}

/** By the same server as over HTTP. */
async function answerOnce(apollo: ApolloServer, request: StreamRequest): Promise<StreamItem['result']> {
  const { query, variables, operationName } = request;
  const { body } = await apollo.executeOperation(
    {
      query,
      ...(variables && { variables: { ...variables } }),
      ...(operationName && { operationName }),
    },
    { contextValue: {} },
  );
  if (body.kind !== 'single') throw new Error('Answers in parts are not made here.');
  const { data, ...rest } = body.singleResult;
  return { ...(data !== undefined && { data: plainData(data) }), ...rest } as StreamItem['result'];
}

export async function* once(result: StreamItem['result']): AsyncGenerator<StreamItem, undefined> {
  yield { result };
}

/** As graphql-ws types it; errors are formatted already. */
export function asExecuted({ result }: StreamItem): FormattedExecutionResult {
  return result as FormattedExecutionResult;
}
