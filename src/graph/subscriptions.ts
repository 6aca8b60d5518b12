/** Subscriptions under way: each event worked out once for all who ask the same, masked and limited as queries are. */
import {
  createSourceEventStream,
  execute,
  type GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getVariableValues,
  OperationTypeNode,
} from 'graphql';
import type { LogEvent } from '#events';
import type { SubscriptionContext } from './change-resolvers.ts';
import { tokenBehind } from './change-source.ts';
import { type ErrorObserver, refusal, showError } from './errors.ts';
import type { Graph } from './graph.ts';
import { openSubscriptions, subscriptionEvents } from './metrics.ts';
import { type Operation, Operations, type StreamRequest } from './operations.ts';
import { withCode } from './plugin.ts';
import { reportOf } from './resolver-state.ts';

/** One answer as it is sent. */
export interface StreamResult {
  readonly data?: unknown;
  readonly errors?: readonly GraphQLFormattedError[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** A result, and where to go on behind it. */
export interface StreamItem {
  readonly result: StreamResult;
  readonly resumeToken?: string;
}

/** Ends by itself after a result with errors that say why; `return` ends it from the other side. */
export type ResultStream = AsyncIterableIterator<StreamItem, undefined>;

export type Opened =
  | { readonly kind: 'stream'; readonly results: ResultStream }
  | { readonly kind: 'query' }
  | { readonly kind: 'refused'; readonly errors: readonly GraphQLFormattedError[] };

export interface SubscriptionOptions {
  readonly graph: Graph;
  readonly schema: GraphQLSchema;
  readonly observe?: ErrorObserver;
}

export class Subscriptions {
  readonly #graph: Graph;
  readonly #schema: GraphQLSchema;
  readonly #observe: ErrorObserver;
  readonly #operations: Operations;
  readonly #groups = new Map<string, Group>();
  readonly #byConnection = new WeakMap<object, number>();
  #open = 0;

  constructor({ graph, schema, observe = () => {} }: SubscriptionOptions) {
    this.#graph = graph;
    this.#schema = schema;
    this.#observe = observe;
    this.#operations = new Operations(graph, schema);
  }

  /** `connection` is whatever the requests of one connection have in common. Never throws. */
  async open(request: StreamRequest, connection: object, context: SubscriptionContext = {}): Promise<Opened> {
    try {
      const operation = this.#operations.find(request);
      if (!('node' in operation)) return this.#refused(operation);
      if (operation.node.operation === OperationTypeNode.QUERY) return { kind: 'query' };
      // No browser asks before it opens a WebSocket, so what changes something stays with POST, where it does.
      if (operation.node.operation === OperationTypeNode.MUTATION)
        throw refusal('NOT_SUPPORTED', 'Mutations are sent with POST, not over a stream.');
      return await this.#subscribe(operation, request, connection, context);
    } catch (error) {
      return this.#refused([error]);
    }
  }

  readonly show = (error: unknown): GraphQLFormattedError => {
    const shown = showError(error);
    this.#observe(error, shown);
    return shown;
  };

  async #subscribe(
    operation: Operation,
    request: StreamRequest,
    connection: object,
    context: SubscriptionContext,
  ): Promise<Opened> {
    const { document, node } = operation;
    const variables = request.variables ?? {};
    const { coerced, errors } = getVariableValues(this.#schema, node.variableDefinitions ?? [], variables, {
      maxErrors: 50,
    });
    if (errors) return this.#refused(errors.map(withCode));
    this.#operations.checkCost(operation, coerced);
    const release = this.#admit(connection);
    try {
      const operationName = request.operationName ?? undefined;
      const source = await createSourceEventStream({
        schema: this.#schema,
        document,
        contextValue: context,
        variableValues: variables,
        operationName,
      });
      if (!(Symbol.asyncIterator in source)) {
        release();
        return this.#refused(source.errors ?? []);
      }
      const group = this.#group(operation, request, coerced);
      const ended = () => {
        this.#leave(group);
        release();
      };
      return { kind: 'stream', results: this.#results(source[Symbol.asyncIterator](), group, ended) };
    } catch (error) {
      release();
      throw error;
    }
  }

  #refused(errors: readonly unknown[]): Opened {
    return { kind: 'refused', errors: errors.map(this.show) };
  }

  /** Counts one more; the returned function counts it off, once. */
  #admit(connection: object): () => void {
    const { maxSubscriptions, maxSubscriptionsPerConnection } = this.#graph.limits;
    const ofConnection = this.#byConnection.get(connection) ?? 0;
    if (ofConnection >= maxSubscriptionsPerConnection)
      throw tooMany(`This connection has ${ofConnection} subscriptions, which is as many as it may have.`);
    if (this.#open >= maxSubscriptions)
      throw tooMany(`The hub serves ${this.#open} subscriptions, which is its limit.`);
    const count = (difference: number) => {
      this.#open += difference;
      this.#byConnection.set(connection, (this.#byConnection.get(connection) ?? 0) + difference);
      openSubscriptions.inc(difference);
    };
    count(1);
    let isCounted = true;
    return () => {
      if (isCounted) count(-1);
      isCounted = false;
    };
  }

  #group(operation: Operation, request: StreamRequest, coerced: Readonly<Record<string, unknown>>): Group {
    const values = operation.resultVariables.map((name) => coerced[name]);
    const key = JSON.stringify([request.query, request.operationName ?? null, values]);
    let group = this.#groups.get(key);
    if (!group) {
      group = new Group(key, this.#schema, operation, request, this.show);
      this.#groups.set(key, group);
    }
    group.members += 1;
    return group;
  }

  #leave(group: Group): void {
    group.members -= 1;
    if (group.members === 0) this.#groups.delete(group.key);
  }

  #results(source: AsyncIterator<unknown>, group: Group, onEnd: () => void): ResultStream {
    let isEnded = false;
    const end = () => {
      if (!isEnded) onEnd();
      isEnded = true;
      return { done: true, value: undefined } as const;
    };
    const failed = (error: unknown): IteratorResult<StreamItem, undefined> => {
      end();
      return { done: false, value: { result: { errors: [this.show(error)] } } };
    };
    return {
      next: async () => {
        if (isEnded) return end();
        try {
          const { done, value } = await source.next();
          if (done || isEnded) return end();
          const result = await group.result(value as LogEvent);
          subscriptionEvents.inc();
          return { done: false, value: { result, resumeToken: tokenBehind(this.#graph, value as LogEvent) } };
        } catch (error) {
          await source.return?.();
          return failed(error);
        }
      },
      return: async () => {
        await source.return?.();
        return end();
      },
      throw: async (error) => {
        await source.return?.();
        end();
        throw error;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}

function tooMany(message: string): GraphQLError {
  return refusal('TOO_MANY_SUBSCRIPTIONS', `${message} End some, or raise limits in the hub's config.`);
}

/** All who ask the same document with the same variables: an event's answer is theirs together. */
class Group {
  readonly key: string;
  members = 0;
  readonly #args: Parameters<typeof execute>[0];
  readonly #show: (error: unknown) => GraphQLFormattedError;
  readonly #results = new WeakMap<object, Promise<StreamResult>>();
  /** By what was read together: loaders that serve all of it. */
  readonly #contexts = new WeakMap<object, object>();

  constructor(
    key: string,
    schema: GraphQLSchema,
    { document }: Operation,
    { variables, operationName }: StreamRequest,
    show: (error: unknown) => GraphQLFormattedError,
  ) {
    this.key = key;
    this.#args = { schema, document, variableValues: variables ?? {}, operationName };
    this.#show = show;
  }

  result(event: LogEvent): Promise<StreamResult> {
    let result = this.#results.get(event);
    if (!result) {
      result = this.#execute(event);
      this.#results.set(event, result);
    }
    return result;
  }

  async #execute(event: LogEvent): Promise<StreamResult> {
    let contextValue = this.#contexts.get(event.batch);
    if (!contextValue) {
      contextValue = {};
      this.#contexts.set(event.batch, contextValue);
    }
    const { data, errors } = await execute({ ...this.#args, rootValue: event, contextValue });
    const report = reportOf(contextValue);
    return {
      ...(errors && { errors: errors.map(this.#show) }),
      data,
      ...(report && { extensions: { isthmus: report } }),
    };
  }
}
