import type { EntityName } from '#model';
import { messageOf } from './failures.ts';
import { decide, type Handling } from './handling.ts';
import type { LedgerEntries, ParkedEvent, PartitionMemory } from './ledger.ts';

export interface ReleaseReport {
  readonly released: readonly ParkedEvent[];
  /** The first event of each key that still cannot be handled, and why; what follows it waits on. */
  readonly refused: readonly { readonly event: ParkedEvent; readonly error: string }[];
}

type Releasing<E extends EntityName, Tx> = Pick<
  Handling<E, Tx>,
  'ledger' | 'entities' | 'versions' | 'handle' | 'onUnknown' | 'tally' | 'notify'
>;

/** Handles parked events again, in order per key, one transaction each. New events of a key wait until it is through. */
export async function releaseParked<E extends EntityName, Tx>(
  handling: Releasing<E, Tx>,
  which: (event: ParkedEvent) => boolean,
): Promise<ReleaseReport> {
  const chosen = (await handling.ledger.parked()).filter(which);
  const released: ParkedEvent[] = [];
  const refused: { event: ParkedEvent; error: string }[] = [];
  for (const key of keysOf(chosen)) {
    for (;;) {
      const outcome = await releaseNext(handling, key);
      if (!outcome) break;
      if (outcome.error !== undefined) {
        refused.push({ event: outcome.event, error: outcome.error });
        break;
      }
      released.push(outcome.event);
      handling.tally.released += 1;
      handling.notify({ kind: 'released', event: outcome.event });
    }
  }
  return { released, refused };
}

/** Gives an event up for good: what waits behind it can be released then. */
export async function discardParked<E extends EntityName, Tx>(
  { ledger, notify }: Releasing<E, Tx>,
  event: ParkedEvent,
): Promise<void> {
  await ledger.hold(event, (entries) => entries.unpark([event]));
  notify({ kind: 'discarded', event });
}

/** One event for each key and partition that has some. */
function keysOf(events: readonly ParkedEvent[]): readonly ParkedEvent[] {
  const byKey = new Map<string, ParkedEvent>();
  for (const event of events) {
    const { topic, partition, message } = event;
    const name =
      message.key === '' ? `${topic} ${partition} @${message.offset}` : `${topic} ${partition} ${message.key}`;
    if (!byKey.has(name)) byKey.set(name, event);
  }
  return [...byKey.values()];
}

interface Outcome {
  readonly event: ParkedEvent;
  readonly error?: string;
}

async function releaseNext<E extends EntityName, Tx>(
  handling: Releasing<E, Tx>,
  { topic, partition, message }: ParkedEvent,
): Promise<Outcome | undefined> {
  let event: ParkedEvent | undefined;
  try {
    return await handling.ledger.hold({ topic, partition }, async (entries, memory) => {
      const parked = await entries.parkedOf(message.key);
      event = message.key === '' ? parked.find((other) => other.message.offset === message.offset) : parked[0];
      if (!event) return undefined;
      await handleAgain(handling, event, entries, memory);
      await entries.unpark([event]);
      return { event };
    });
  } catch (error) {
    if (!event) throw error;
    return { event, error: messageOf(error) };
  }
}

async function handleAgain<E extends EntityName, Tx>(
  handling: Releasing<E, Tx>,
  event: ParkedEvent,
  entries: LedgerEntries<Tx>,
  { position, incarnations }: PartitionMemory,
): Promise<void> {
  const { topic, partition, message } = event;
  const known = await entries.known([message.key]);
  const decision = decide(message, (key) => known.get(key), incarnations, handling);
  if (decision.to === 'drop' || decision.to === 'mark') return;
  if (decision.to === 'park') throw new Error(decision.error);
  const { incarnation, sequence } = decision.to === 'handle' ? decision.event : decision.place;
  if (decision.to === 'handle') {
    const context = { tx: entries.tx, topic, partition, offset: message.offset, isReleased: true };
    await handling.handle(decision.event, context);
  }
  await entries.remember(new Map([[message.key, { incarnation, sequence }]]));
  if (decision.incarnations !== incarnations) await entries.moveTo({ position, incarnations: decision.incarnations });
}
