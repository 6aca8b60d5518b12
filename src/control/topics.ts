import { Arg, Field, ID, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import type { TopicsControl } from './status.ts';

@ObjectType({ description: 'Something that is told again in topics, beside what changes meanwhile.' })
export class HubTopicJob {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: '`replay`, `state-rebuild` or `snapshot`.' })
  kind!: string;

  @Field(() => String, { nullable: true, description: 'Null: all entities.' })
  entity!: string | null;

  @Field(() => String, { nullable: true, description: "Null: each entity's own topics." })
  topic!: string | null;

  @Field(() => String, { description: '`running`, `done` or `failed`.' })
  state!: string;

  @Field(() => String, { nullable: true, description: 'Why it failed.' })
  error!: string | null;

  @Field(() => Int, { description: 'Messages told so far.' })
  told!: number;

  @Field(() => Int)
  partitions!: number;

  @Field(() => Int)
  partitionsDone!: number;

  @Field(() => Date)
  createdAt!: Date;

  @Field(() => Date)
  updatedAt!: Date;
}

@ObjectType({ description: 'A record whose changes wait, since the brokers refused one of them for good.' })
export class HubParkedKey {
  @Field(() => ID, { description: 'The canonical id.' })
  key!: string;

  @Field(() => String)
  entity!: string;

  @Field(() => String, { nullable: true, description: 'The topic that refused.' })
  topic!: string | null;

  @Field(() => String)
  reason!: string;

  @Field(() => Date)
  at!: Date;

  @Field(() => Boolean, { description: 'It is about to be tried again.' })
  isReleasing!: boolean;
}

const MOST = 500;
const within = (first: number) => Math.min(Math.max(first, 0), MOST);

@Resolver()
export class HubTopicsResolver {
  readonly #topics: TopicsControl;

  constructor(topics: TopicsControl) {
    this.#topics = topics;
  }

  @Query(() => [HubTopicJob], { description: 'What was asked to be told again, newest first.' })
  hubTopicJobs(@Arg('first', () => Int, { defaultValue: 20 }) first: number) {
    return this.#topics.jobs(within(first));
  }

  @Query(() => HubTopicJob, { nullable: true })
  hubTopicJob(@Arg('id', () => ID) id: string) {
    return this.#topics.job(id);
  }

  @Query(() => [HubParkedKey], { description: 'Records whose changes wait, the longest waiting first.' })
  hubParkedKeys(@Arg('first', () => Int, { defaultValue: 100 }) first: number) {
    return this.#topics.parked(within(first));
  }

  @Mutation(() => HubTopicJob, { description: "Publish an entity's changes of a time once more." })
  hubReplayTopics(
    @Arg('entity', () => String) entity: string,
    @Arg('from', () => Date) from: Date,
    @Arg('to', () => Date, { nullable: true }) to: Date | null | undefined,
    @Arg('topic', () => String, { nullable: true }) topic: string | null | undefined,
  ) {
    return this.#topics.replay({ entity, from: moment(from), ...(to && { to: moment(to) }), ...(topic && { topic }) });
  }

  @Mutation(() => HubTopicJob, {
    description: 'Publish the state of every record again, and a null value for those that are gone.',
  })
  hubRebuildStates(@Arg('entity', () => String, { nullable: true }) entity: string | null | undefined) {
    return this.#topics.rebuildStates(entity ?? undefined);
  }

  @Mutation(() => HubTopicJob, {
    description: 'Tell every record as it stands, between two markers, to a topic or to one group.',
  })
  hubSnapshotTopics(
    @Arg('entity', () => String) entity: string,
    @Arg('topic', () => String, { nullable: true }) topic: string | null | undefined,
    @Arg('group', () => String, { nullable: true }) group: string | null | undefined,
  ) {
    return this.#topics.snapshot({ entity, ...(topic && { topic }), ...(group && { group }) });
  }

  @Mutation(() => Boolean, {
    description: "Let a group that reads the hub's own log go on with the first change since then.",
  })
  async hubResetGroup(
    @Arg('group', () => String) group: string,
    @Arg('from', () => Date) from: Date,
  ): Promise<boolean> {
    await this.#topics.resetGroup(group, moment(from));
    return true;
  }

  @Mutation(() => Int, {
    description: 'Publish what waits of one parked key, or of all. Says how many keys that is.',
  })
  hubReleaseParked(@Arg('key', () => ID, { nullable: true }) key: string | null | undefined) {
    return this.#topics.release(key ?? undefined);
  }
}

/** The graph's own scalar gives texts. */
function moment(value: Date | string | number): Date {
  return value instanceof Date ? value : new Date(value);
}
