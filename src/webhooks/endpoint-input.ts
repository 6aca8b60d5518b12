/** What an operator says about an endpoint, checked against the model. */
import type { ChangeOp } from '#events';
import { isStored, type Model } from '#model';
import { ConfigError } from '#sdk';
import type { WebhookEndpoint } from './endpoint.ts';

export const WEBHOOK_OPS: readonly ChangeOp[] = ['create', 'update', 'delete', 'merge', 'split'];

export interface WebhookInput {
  readonly url: string;
  readonly entities: readonly string[];
  /** All by default. */
  readonly ops?: readonly string[] | null;
  readonly fields?: readonly string[] | null;
  readonly description?: string | null;
}

export type WebhookPatch = Partial<WebhookInput>;

export function newEndpoint(id: string, now: number): Omit<WebhookEndpoint, 'url' | 'entities' | 'ops' | 'fields'> {
  return { id, description: null, ...healthy(now), revision: 1, epoch: 1, givenUp: 0, createdAt: now };
}

export function healthy(now: number) {
  return {
    state: 'active',
    reason: null,
    stateAt: now,
    failingSince: null,
    failures: 0,
    holdUntil: null,
  } as const;
}

export function described({ description }: WebhookPatch) {
  return description === undefined ? {} : { description };
}

export function readFilter(
  model: Model,
  known: ReadonlySet<string>,
  input: Pick<WebhookInput, 'entities' | 'ops' | 'fields'>,
) {
  const entities = [...new Set(input.entities)];
  const strange = entities.find((name) => !known.has(name));
  if (entities.length === 0) throw refused('entities', 'Name at least one entity.');
  if (strange !== undefined)
    throw refused(
      'entities',
      `There is no entity ${strange} with changes of its own; there are ${[...known].join(', ')}.`,
    );
  const ops = [...new Set(input.ops ?? WEBHOOK_OPS)] as readonly ChangeOp[];
  const strangeOp = ops.find((op) => !WEBHOOK_OPS.includes(op));
  if (ops.length === 0 || strangeOp !== undefined)
    throw refused(
      'ops',
      `ops are of ${WEBHOOK_OPS.join(', ')}${strangeOp === undefined ? '' : `; ${strangeOp} is none`}.`,
    );
  const fields = input.fields?.length ? [...new Set(input.fields)] : null;
  for (const field of fields ?? []) {
    const isField = entities.some((name) =>
      model.entities
        .get(name)
        ?.fields.some((each) => each.name === field && (isStored(each) || each.kind === 'collection')),
    );
    if (!isField) throw refused('fields', `None of ${entities.join(', ')} has a field ${field}.`);
  }
  return { entities, ops, fields };
}

/** `field` is the one to correct. */
export function refused(field: string, message: string): ConfigError {
  return new ConfigError(message, { details: { field } });
}
