/** All that consumers of the topics count on, as it is released, and what of it a change would break. */
import { type Incompatibility, missing, unreadable } from './compat.ts';
import { PARTITIONS } from './partition.ts';
import type { EventSchema } from './schema.ts';
import { HEADER_KINDS, headerSchema } from './schema-headers.ts';
import { SHARED_SCHEMAS } from './schema-shared.ts';
import type { JsonSchema } from './schema-values.ts';
import { CLEANUP_POLICY, topicName } from './topics.ts';

export interface TopicFacts {
  readonly partitions: number;
  readonly cleanup: string;
}

/** What a release says of its topics. */
export interface EventContract {
  /** By the name without its prefix, such as `changes.Customer`. */
  readonly topics: Readonly<Record<string, TopicFacts>>;
  /** By kind of event. */
  readonly headers: Readonly<Record<string, JsonSchema>>;
  /** By type, such as `isthmus.Customer.changed.v1`. */
  readonly events: Readonly<Record<string, JsonSchema>>;
}

export interface BrokenPromise {
  /** The release whose consumers or events it is about. */
  readonly release: string;
  /** The type of event, or the topic. */
  readonly subject: string;
  readonly place: string;
  readonly problem: string;
  /** Whom it breaks: consumers written for the release, or new ones that find events of the release in the topic. */
  readonly breaks: 'its consumers' | 'reading its events';
}

export function eventContract(schemas: readonly EventSchema[]): EventContract {
  const topics = schemas.map(({ kind, entity, version }) => {
    const facts: TopicFacts = { partitions: PARTITIONS, cleanup: CLEANUP_POLICY[kind] };
    return [topicName('', kind, entity, version).slice(1), facts] as const;
  });
  const byTime: TopicFacts = { partitions: PARTITIONS, cleanup: CLEANUP_POLICY.changes };
  return {
    topics: {
      ...Object.fromEntries(topics),
      'source.{connection}.{stream}': byTime,
      'dead-letters': byTime,
    },
    headers: Object.fromEntries(HEADER_KINDS.map((kind) => [kind, headerSchema(kind)])),
    events: { ...Object.fromEntries(schemas.map(({ type, schema }) => [type, schema])), ...SHARED_SCHEMAS },
  };
}

/** Both ways: consumers of the release read what is told now, and consumers of now read what the release told. */
export function brokenPromises(
  release: string,
  old: EventContract,
  now: EventContract,
  isRetired: (type: string) => boolean = () => false,
): readonly BrokenPromise[] {
  const broken: BrokenPromise[] = [];
  const report = (subject: string, breaks: BrokenPromise['breaks'], found: readonly Incompatibility[]) =>
    broken.push(...found.map(({ place, problem }) => ({ release, subject, place, problem, breaks })));
  const compare = (subject: string, before: JsonSchema, after: JsonSchema) => {
    report(subject, 'its consumers', [...missing(before, after), ...unreadable(after, before)]);
    report(subject, 'reading its events', unreadable(before, after));
  };
  for (const [kind, before] of Object.entries(old.headers)) {
    compare(`headers (${kind})`, before, now.headers[kind] ?? {});
  }
  for (const [type, before] of Object.entries(old.events)) {
    const after = now.events[type];
    if (after) compare(type, before, after);
    else if (!isRetired(type)) {
      report(type, 'its consumers', [{ place: '(the event)', problem: 'it is told no more' }]);
    }
  }
  for (const [name, before] of Object.entries(old.topics)) {
    const after = now.topics[name];
    if (after) report(name, 'its consumers', topicDifferences(before, after));
  }
  return broken;
}

function topicDifferences(before: TopicFacts, after: TopicFacts): readonly Incompatibility[] {
  const names = ['partitions', 'cleanup'] as const;
  return names
    .filter((name) => before[name] !== after[name])
    .map((name) => ({ place: name, problem: `it is ${after[name]}, where ${before[name]} is expected` }));
}
