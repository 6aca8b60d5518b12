/**
 * The business graph: its schema made from the model, and the executor that answers it from the store, a level at a
 * time, or live from the systems. Promises one statement for each entity level, the same answer as graphql-js would
 * give, and the same lists on both stores. Refuses to write, and to know any system but through a `LiveReader`.
 */

export { type ErrorObserver, type GraphErrorCode, showError } from './errors.ts';
export type { Answer } from './execute.ts';
export { createExecutor, type Executor } from './executor.ts';
export { type ContentSigner, DEFAULT_LIMITS, Graph, type GraphOptions } from './graph.ts';
export type { LiveReader, LiveRecord } from './live-reader.ts';
export { mergeGraphs } from './merge-graphs.ts';
export type { StreamRequest } from './operations.ts';
export { createGraphPlugin, graphServerOptions, plainData } from './plugin.ts';
export { publishedGraph } from './published-graph.ts';
export { buildGraphSchema } from './resolvers.ts';
export type { Degraded, ReadReport } from './run.ts';
export { DateScalar, DateTimeScalar, DecimalScalar, JSONScalar } from './scalars.ts';
export { buildSchema } from './schema.ts';
export { type Opened, type ResultStream, type StreamItem, type StreamResult, Subscriptions } from './subscriptions.ts';
