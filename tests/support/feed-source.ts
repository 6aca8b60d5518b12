import type { DeliveredMessage, Place, Source, SourceSession } from '#consume';

/** A source whose deliveries a test decides; positions are kept by nobody. */
export interface Feed extends Source {
  readonly session: SourceSession;
  /** Claims the partition, and hands over what is not before the position answered. */
  deliver(place: Place, messages: readonly DeliveredMessage[], signal?: AbortSignal): Promise<void>;
  /** As a member that does not know that it lost the partition. */
  deliverOn(place: Place, messages: readonly DeliveredMessage[]): Promise<void>;
  /** What the source was last told to go on from, by partition. */
  readonly settled: ReadonlyMap<number, { readonly next: number; readonly forgettable: number }>;
}

export function createFeed(): Feed {
  let session: SourceSession | undefined;
  const settled = new Map<number, { next: number; forgettable: number }>();
  const never = new AbortController().signal;
  const opened = (): SourceSession => {
    if (!session) throw new Error('Nobody consumes from this feed yet.');
    return session;
  };
  const hand = (place: Place, messages: readonly DeliveredMessage[], signal: AbortSignal) =>
    opened().deliver(place, messages, {
      signal,
      settled: async (next, forgettable) => void settled.set(place.partition, { next, forgettable }),
    });
  return {
    get session() {
      return opened();
    },
    settled,
    async open(_topics, opening) {
      session = opening;
      return { stop: async () => {} };
    },
    async deliver(place, messages, signal = never) {
      const { position = 0 } = await opened().claim(place);
      const left = messages.filter(({ offset }) => offset >= position);
      await hand(place, left, signal);
    },
    deliverOn: (place, messages) => hand(place, messages, never),
  };
}

/** A change of a customer as the hub tells it. */
export function told(
  offset: number,
  key: string,
  sequence: number,
  more: { readonly incarnation?: string; readonly value?: string; readonly headers?: Record<string, string> } = {},
): DeliveredMessage {
  const { incarnation = 'first', headers } = more;
  const after = { id: key, name: `Name ${sequence}` };
  const change = { op: sequence === 1 ? 'create' : 'update', before: null, after, changed: ['name'], owners: {} };
  return {
    key,
    offset,
    value: more.value ?? JSON.stringify(change),
    headers: {
      ce_specversion: '1.0',
      ce_id: `${incarnation}:${key}:${sequence}`,
      ce_type: 'isthmus.Customer.changed.v1',
      ce_time: '2026-11-22T10:00:00.000Z',
      ce_subject: key,
      ce_sequence: String(sequence).padStart(16, '0'),
      ...headers,
    },
  };
}
