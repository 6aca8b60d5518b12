import { Arg, Int, Mutation, Query, Resolver } from 'type-graphql';
import type { HubStatus } from './status.ts';
import { HubConnection, HubSetAsideRecord } from './types.ts';

@Resolver()
export class HubResolver {
  readonly #status: HubStatus;

  constructor(status: HubStatus) {
    this.#status = status;
  }

  @Query(() => [HubConnection], {
    description: 'The systems this hub is connected to, and how far each stream has been read.',
  })
  hubConnections() {
    return this.#status.connections();
  }

  @Query(() => [HubSetAsideRecord], { description: 'Source records that were set aside, newest first.' })
  hubSetAsideRecords(
    @Arg('connection', () => String, { nullable: true }) connection: string | undefined,
    @Arg('first', () => Int, { defaultValue: 50 }) first: number,
  ) {
    return this.#status.setAside({
      ...(connection != null && { connection }),
      first: Math.min(Math.max(first, 0), 500),
    });
  }

  @Mutation(() => Boolean, {
    description: 'Let the deletions that a sweep of this stream holds be carried out. False when nothing is held.',
  })
  hubApproveDeletions(
    @Arg('connection', () => String) connection: string,
    @Arg('stream', () => String) stream: string,
  ) {
    return this.#status.approveDeletions(connection, stream);
  }
}
