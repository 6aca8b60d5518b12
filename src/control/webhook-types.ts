import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';

export const HubWebhookState = {
  ACTIVE: 'active',
  FAILING: 'failing',
  PAUSED: 'paused',
  DISABLED: 'disabled',
  GAP: 'gap',
} as const;
export type HubWebhookState = (typeof HubWebhookState)[keyof typeof HubWebhookState];
registerEnumType(HubWebhookState, {
  name: 'HubWebhookState',
  description: 'How it goes with a webhook endpoint.',
  valuesConfig: {
    ACTIVE: { description: 'Changes are sent as they come.' },
    FAILING: { description: 'It takes nothing; what waits is tried again, and nothing new is begun.' },
    PAUSED: { description: 'By an operator, or since it took nothing for long. Resuming goes on where it stopped.' },
    DISABLED: { description: 'It answered 410 Gone.' },
    GAP: { description: 'Changes it had not got are no longer kept. Resuming goes on behind them.' },
  },
});

export const HubChangeOp = {
  CREATE: 'create',
  UPDATE: 'update',
  DELETE: 'delete',
  MERGE: 'merge',
  SPLIT: 'split',
} as const;
export type HubChangeOp = (typeof HubChangeOp)[keyof typeof HubChangeOp];
registerEnumType(HubChangeOp, { name: 'HubChangeOp', description: 'What happened to a golden record.' });

export const HubDeliveryOutcome = {
  TAKEN: 'taken',
  RETRYING: 'retrying',
  GIVEN_UP: 'given-up',
  STOPPED: 'stopped',
} as const;
export type HubDeliveryOutcome = (typeof HubDeliveryOutcome)[keyof typeof HubDeliveryOutcome];
registerEnumType(HubDeliveryOutcome, {
  name: 'HubDeliveryOutcome',
  description: 'How an attempt ended.',
  valuesConfig: {
    TAKEN: { description: 'Answered with 2xx.' },
    RETRYING: { description: 'It is tried again.' },
    GIVEN_UP: { description: 'Refused for too long while others were taken: its key goes on without it.' },
    STOPPED: { description: 'The endpoint was paused or disabled by it; it is sent again when that is resumed.' },
  },
});

@ObjectType({ description: 'An HTTP endpoint that is told what changed. Its secret is never shown again.' })
export class HubWebhook {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  url!: string;

  @Field(() => String, { nullable: true })
  description!: string | null;

  @Field(() => [String], { description: 'Changes of these entities are sent.' })
  entities!: string[];

  @Field(() => [HubChangeOp])
  ops!: HubChangeOp[];

  @Field(() => [String], {
    nullable: true,
    description: 'Updates are sent only where one of these fields changed; null: all are.',
  })
  fields!: string[] | null;

  @Field(() => HubWebhookState)
  state!: HubWebhookState;

  @Field(() => String, { nullable: true, description: 'Why it is paused, disabled or has a gap.' })
  reason!: string | null;

  @Field(() => Date, { description: 'Since when it is active, paused, disabled or has a gap.' })
  stateAt!: Date;

  @Field(() => Date, { nullable: true, description: 'Since then it took nothing.' })
  failingSince!: Date | null;

  @Field(() => Date, { nullable: true, description: 'It asked to be left alone until then.' })
  holdUntil!: Date | null;

  @Field(() => Int, { description: 'Changes in the log that it has not come to; not all of them need concern it.' })
  behind!: number;

  @Field(() => Int, { description: 'Records whose next event waits to be tried again.' })
  waitingKeys!: number;

  @Field(() => Date, { nullable: true })
  nextAttemptAt!: Date | null;

  @Field(() => Int, { description: 'Events that were given up.' })
  givenUp!: number;

  @Field(() => Date, {
    nullable: true,
    description: 'Until then requests are signed with the secret from before too.',
  })
  oldSecretUntil!: Date | null;

  @Field(() => Date)
  createdAt!: Date;
}

@ObjectType({ description: 'An endpoint with its new secret, which is told this once.' })
export class HubWebhookSecret {
  @Field(() => HubWebhook)
  webhook!: HubWebhook;

  @Field(() => String, { description: '`whsec_…`; the receiver verifies signatures with it. Keep it as a password.' })
  secret!: string;
}

@ObjectType({ description: 'One attempt to deliver one event.' })
export class HubWebhookDelivery {
  @Field(() => ID, { description: 'The header `webhook-id`, the same at every attempt.' })
  eventId!: string;

  @Field(() => String, { nullable: true })
  entity!: string | null;

  @Field(() => String)
  canonicalId!: string;

  @Field(() => Int, { description: 'Where the event stands in the log, for a replay.' })
  partition!: number;

  @Field(() => Int)
  offset!: number;

  @Field(() => Int, { description: 'The how-manieth attempt of this event.' })
  attempt!: number;

  @Field(() => Date)
  at!: Date;

  @Field(() => HubDeliveryOutcome)
  outcome!: HubDeliveryOutcome;

  @Field(() => Int, { nullable: true, description: 'The HTTP status; null when there was no answer.' })
  status!: number | null;

  @Field(() => String, { nullable: true })
  error!: string | null;

  @Field(() => Int, { nullable: true })
  latencyMs!: number | null;

  @Field(() => Date, { nullable: true })
  nextAt!: Date | null;
}

@ObjectType({ description: 'How an endpoint answered a test event.' })
export class HubWebhookTest {
  @Field(() => Boolean, { description: 'Answered with 2xx.' })
  taken!: boolean;

  @Field(() => Int, { nullable: true })
  status!: number | null;

  @Field(() => String, { nullable: true })
  error!: string | null;

  @Field(() => Int)
  latencyMs!: number;
}

@InputType({ description: 'A new webhook endpoint.' })
export class HubWebhookInput {
  @Field(() => String, { description: 'https, and not a private address, unless the config allows it.' })
  url!: string;

  @Field(() => [String])
  entities!: string[];

  @Field(() => [HubChangeOp], { nullable: true, description: 'All by default.' })
  ops?: HubChangeOp[] | null;

  @Field(() => [String], { nullable: true, description: 'Send updates only where one of these fields changed.' })
  fields?: string[] | null;

  @Field(() => String, { nullable: true })
  description?: string | null;
}

@InputType({
  description: 'What is to be changed of an endpoint; what is absent stays. `null` means the default again.',
})
export class HubWebhookPatch {
  @Field(() => String, { nullable: true })
  url?: string | null;

  @Field(() => [String], { nullable: true })
  entities?: string[] | null;

  @Field(() => [HubChangeOp], { nullable: true })
  ops?: HubChangeOp[] | null;

  @Field(() => [String], { nullable: true })
  fields?: string[] | null;

  @Field(() => String, { nullable: true })
  description?: string | null;
}

@InputType({ description: "A place in the hub's log." })
export class HubLogPlace {
  @Field(() => Int)
  partition!: number;

  @Field(() => Int)
  offset!: number;
}
