import type { Admin } from 'kafkajs';
import { GoneError } from '#sdk';
import type { Place } from './ledger.ts';

/** What a partition holds: from `low` to before `high`. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

export async function boundsOf(admin: Admin, topic: string): Promise<ReadonlyMap<number, Bounds>> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return new Map(offsets.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]));
}

/** Where the group stands, as Kafka keeps it; undefined where it never said, or no longer does. */
export async function groupPositions(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<(place: Place) => number | undefined> {
  const answers = await admin.fetchOffsets({ groupId, topics: [...topics] });
  const positions = new Map(
    answers.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [`${topic} ${partition}`, Number(offset)] as const),
    ),
  );
  return ({ topic, partition }) => {
    const position = positions.get(`${topic} ${partition}`);
    return position !== undefined && position >= 0 ? position : undefined;
  };
}

/** Throws `GONE` when not all from `position` on is there. */
export function requireKept({ topic, partition }: Place, position: number, { low, high }: Bounds): void {
  if (position >= low && position <= high) return;
  const details = { topic, partition, position, low, high };
  if (position < low) {
    throw new GoneError(
      `Partition ${partition} of ${topic} is kept from offset ${low} on, and this consumer had read to ${position}: what is between is gone. Take a snapshot, then begin anew (docs/consuming.md).`,
      { details },
    );
  }
  throw new GoneError(
    `Partition ${partition} of ${topic} ends at offset ${high}, and this consumer had read to ${position}: the topic was made anew. Take a snapshot, then begin anew (docs/consuming.md).`,
    { details },
  );
}
