import 'reflect-metadata';
import type { GraphQLScalarType, GraphQLSchema } from 'graphql';
import { buildSchema } from 'type-graphql';
import { tellRefusals } from './refusals.ts';
import { HubResolver } from './resolver.ts';
import type { HubStatus } from './status.ts';
import { HubTopicsResolver } from './topics.ts';
import { HubWebhooksResolver } from './webhooks.ts';

/** The hub's own graph. `dateTime` is the business graph's scalar, so that both graphs share one. */
export async function buildControlSchema(status: HubStatus, dateTime?: GraphQLScalarType): Promise<GraphQLSchema> {
  return buildSchema({
    resolvers: [HubResolver, HubTopicsResolver, HubWebhooksResolver],
    globalMiddlewares: [tellRefusals],
    container: {
      get: (type) => {
        if (type === HubTopicsResolver) return new HubTopicsResolver(status.topics);
        if (type === HubWebhooksResolver) return new HubWebhooksResolver(status.webhooks);
        return new HubResolver(status);
      },
    },
    scalarsMap: dateTime ? [{ type: Date, scalar: dateTime }] : [],
    validate: false,
    // The whole graph is checked once, when the server starts; here it would cost a tenth of the start.
    skipCheck: true,
  });
}
