import type { Model } from '#model';
import { type SourceValues, sourceEntity, sourceKey } from './source-rows.ts';
import type { StoredChange } from './stored-change.ts';
import { type PublishedFields, publishedFields, type TopicSettings, toldValues } from './topics.ts';
import type { EventMessage } from './transport.ts';

/** What a consumer of a source topic finds as JSON: the record as mapped, before any other system has a say. */
export interface SourceData {
  readonly op: 'create' | 'update' | 'delete';
  /** None when it is deleted. */
  readonly records: readonly {
    readonly entity: string;
    readonly key: string;
    readonly values: Readonly<Record<string, unknown>>;
    /** By the entity of the lines. */
    readonly lines?: Readonly<Record<string, readonly { readonly key: string; readonly values: object }[]>>;
  }[];
}

/** Topics of streams that are told as observed. */
export interface SourceTopics {
  readonly names: readonly string[];
  /** Undefined: no such row, or its stream is no longer told. */
  topic(entity: string): string | undefined;
  message(change: StoredChange): EventMessage | undefined;
}

const SEQUENCE_DIGITS = 16;

export function sourceTopics(
  model: Model,
  incarnation: string,
  { prefix, personal, sources = {} }: TopicSettings,
): SourceTopics {
  const topics = new Map<string, string>();
  for (const [connection, streams] of Object.entries(sources)) {
    for (const stream of streams)
      topics.set(sourceEntity(connection, stream), `${prefix}.source.${connection}.${stream}`);
  }
  const fields = topics.size > 0 ? withLines(model, publishedFields(model, personal)) : new Map();
  return {
    names: [...topics.values()],
    topic: (entity) => topics.get(entity),
    message(change) {
      const topic = topics.get(change.entity);
      if (topic === undefined) return undefined;
      const key = sourceKey(change.entity, change.canonicalId);
      // Places only grow, so they order the changes of a key; but for other keys they have no gaps.
      const sequence = change.offset + 1;
      return {
        key,
        value: JSON.stringify(sourceData(change, fields)),
        headers: {
          ce_specversion: '1.0',
          ce_id: `${incarnation}:${key}:${sequence}`,
          ce_source: `/isthmus/${topic.replaceAll('.', '/')}`,
          ce_type: 'isthmus.source.observed.v1',
          ce_time: new Date(change.at).toISOString(),
          ce_subject: key,
          ce_sequence: String(sequence).padStart(SEQUENCE_DIGITS, '0'),
          ...(change.origin !== null && { ce_origin: change.origin }),
          ...(change.isReference && { ce_reference: 'true' }),
          ...(change.trace !== undefined && { traceparent: change.trace }),
          'content-type': 'application/json',
        },
      };
    },
  };
}

function sourceData(change: StoredChange, fields: ReadonlyMap<string, PublishedFields>): SourceData {
  const records = (change.after?.records ?? []) as readonly SourceValues[];
  const told = (entity: string, values: Readonly<Record<string, unknown>>) => {
    const published = fields.get(entity);
    return (published && toldValues(values, published)) ?? {};
  };
  return {
    op: change.op as SourceData['op'],
    records: records.map(({ entity, key, values, parts }) => ({
      entity,
      key,
      values: told(entity, values),
      ...(parts && {
        lines: Object.fromEntries(
          Object.entries(parts).map(([line, { items }]) => [
            line,
            items.map((item) => ({ key: item.key, values: told(line, item.values) })),
          ]),
        ),
      }),
    })),
  };
}

/** Lines may come as records of their own. */
function withLines(model: Model, published: ReadonlyMap<string, PublishedFields>) {
  const all = new Map(published);
  for (const [name, { lines }] of published) {
    for (const field of model.entities.get(name)?.fields ?? []) {
      const line = lines.get(field.name);
      if (line && field.kind === 'collection') all.set(field.target, line);
    }
  }
  return all;
}
