import { Arg, Float, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { NotFoundError } from '#sdk';
import type { Delivery, WebhookAdmin, WebhookStatus } from '#webhooks';
import {
  HubLogPlace,
  HubWebhook,
  HubWebhookDelivery,
  HubWebhookInput,
  HubWebhookPatch,
  HubWebhookSecret,
  HubWebhookTest,
} from './webhook-types.ts';

/** What the control graph asks about webhooks; the composition root answers. */
export interface WebhooksControl extends WebhookAdmin {
  list(): Promise<readonly WebhookStatus[]>;
  deliveries(id: string, which: { readonly first: number; readonly failedOnly: boolean }): Promise<readonly Delivery[]>;
}

@Resolver()
export class HubWebhooksResolver {
  readonly #webhooks: WebhooksControl;

  constructor(webhooks: WebhooksControl) {
    this.#webhooks = webhooks;
  }

  @Query(() => [HubWebhook], { description: 'HTTP endpoints that are told what changed, the oldest first.' })
  async hubWebhooks() {
    return (await this.#webhooks.list()).map(shown);
  }

  @Query(() => HubWebhook, { nullable: true })
  async hubWebhook(@Arg('id', () => ID) id: string) {
    const found = (await this.#webhooks.list()).find((each) => each.id === id);
    return found && shown(found);
  }

  @Query(() => [HubWebhookDelivery], { description: 'The last attempts of an endpoint, newest first; 200 are kept.' })
  async hubWebhookDeliveries(
    @Arg('id', () => ID) id: string,
    @Arg('first', () => Int, { defaultValue: 50 }) first: number,
    @Arg('failedOnly', () => Boolean, { defaultValue: false }) failedOnly: boolean,
  ) {
    const found = await this.#webhooks.deliveries(id, { first, failedOnly });
    return found.map((each) => ({ ...each, at: new Date(each.at), nextAt: date(each.nextAt) }));
  }

  @Mutation(() => HubWebhookSecret, { description: 'Send changes from now on to an endpoint.' })
  hubCreateWebhook(@Arg('input', () => HubWebhookInput) input: HubWebhookInput) {
    return this.#withSecret(this.#webhooks.create({ ...input }));
  }

  @Mutation(() => HubWebhook)
  async hubUpdateWebhook(@Arg('id', () => ID) id: string, @Arg('patch', () => HubWebhookPatch) patch: HubWebhookPatch) {
    const { url, entities, ...rest } = patch;
    await this.#webhooks.update(id, { ...rest, ...(url != null && { url }), ...(entities != null && { entities }) });
    return this.#one(id);
  }

  @Mutation(() => HubWebhook, { description: 'Send nothing until it is resumed.' })
  async hubPauseWebhook(
    @Arg('id', () => ID) id: string,
    @Arg('reason', () => String, { nullable: true }) reason: string | null | undefined,
  ) {
    await this.#webhooks.pause(id, reason ?? null);
    return this.#one(id);
  }

  @Mutation(() => HubWebhook, { description: 'Go on where it stopped; after a gap with the oldest change kept.' })
  async hubResumeWebhook(@Arg('id', () => ID) id: string) {
    await this.#webhooks.resume(id);
    return this.#one(id);
  }

  @Mutation(() => HubWebhookSecret, {
    description: 'A new secret. Until `keepOldHours` are over, requests are signed with the one from before too.',
  })
  hubRotateWebhookSecret(
    @Arg('id', () => ID) id: string,
    @Arg('keepOldHours', () => Float, { defaultValue: 24 }) keepOldHours: number,
  ) {
    return this.#withSecret(this.#webhooks.rotateSecret(id, keepOldHours));
  }

  @Mutation(() => Boolean)
  async hubDeleteWebhook(@Arg('id', () => ID) id: string) {
    await this.#webhooks.delete(id);
    return true;
  }

  @Mutation(() => HubWebhookTest, { description: 'Send one signed test event now, and say how it was answered.' })
  hubTestWebhook(@Arg('id', () => ID) id: string) {
    return this.#webhooks.test(id);
  }

  @Mutation(() => HubWebhook, {
    description:
      'Send again, in order, from a moment, or from places of single partitions. Refused with GONE when not all since then is kept.',
  })
  async hubReplayWebhook(
    @Arg('id', () => ID) id: string,
    @Arg('from', () => Date, { nullable: true }) from: Date | string | null | undefined,
    @Arg('places', () => [HubLogPlace], { nullable: true }) places: HubLogPlace[] | null | undefined,
  ) {
    const offsets = places?.map(({ partition, offset }) => ({ partition, offset })) ?? null;
    await this.#webhooks.replay(id, { from: from == null ? null : new Date(from).getTime(), offsets });
    return this.#one(id);
  }

  async #withSecret(making: ReturnType<WebhookAdmin['create']>): Promise<HubWebhookSecret> {
    const { id, secret } = await making;
    return { webhook: await this.#one(id), secret };
  }

  async #one(id: string): Promise<HubWebhook> {
    const found = (await this.#webhooks.list()).find((each) => each.id === id);
    if (!found) throw new NotFoundError(`There is no webhook endpoint ${id}.`);
    return shown(found);
  }
}

function shown({ entities, ops, fields, ...webhook }: WebhookStatus): HubWebhook {
  return {
    ...webhook,
    entities: [...entities],
    ops: [...ops],
    fields: fields && [...fields],
    stateAt: new Date(webhook.stateAt),
    failingSince: date(webhook.failingSince),
    holdUntil: date(webhook.holdUntil),
    nextAttemptAt: date(webhook.nextAttemptAt),
    oldSecretUntil: date(webhook.oldSecretUntil),
    createdAt: new Date(webhook.createdAt),
  };
}

function date(at: number | null): Date | null {
  return at === null ? null : new Date(at);
}
