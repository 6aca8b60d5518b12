import { type Classification, type Entity, type Field, isStored, type Model } from '#model';
import { ConfigError } from '#sdk';

/** Personal data that events may hold: fields by entity, or `'*'` for all of an entity. Nothing else of it leaves. */
export type PersonalPolicy = Readonly<Record<string, readonly string[]>>;

export interface TopicSettings {
  /** Leads every topic's name. */
  readonly prefix: string;
  readonly personal: PersonalPolicy;
  /** Streams that are told as observed, by connection; none where it is absent. */
  readonly sources?: Readonly<Record<string, readonly string[]>>;
}

export type TopicKind = 'changes' | 'state';

export const TOPIC_KINDS: readonly TopicKind[] = ['changes', 'state'];

/** How Kafka keeps what is in them: for a time, or the last of each key. */
export const CLEANUP_POLICY: Readonly<Record<TopicKind, 'delete' | 'compact'>> = {
  changes: 'delete',
  state: 'compact',
};

/** As `ce_type` names the events of a topic. */
export function eventType(kind: TopicKind, entity: string, version = 1): string {
  return `isthmus.${entity}.${kind === 'changes' ? 'changed' : 'state'}.v${version}`;
}

/** Each version after the first has topics of its own. */
export function topicName(prefix: string, kind: TopicKind, entity: string, version = 1): string {
  return `${prefix}.${kind}.${entity}${version === 1 ? '' : `.v${version}`}`;
}

/** Lines travel with their documents, so they have no topics of their own. */
export function topicEntities(model: Model): readonly Entity[] {
  return [...model.entities.values()].filter(({ partOf }) => partOf === undefined);
}

/** What of one entity may leave: names of plain fields, and what of its lines, by the collection's name. */
export interface PublishedFields {
  readonly plain: ReadonlySet<string>;
  /** Members of values of which some may not leave. */
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
  readonly lines: ReadonlyMap<string, PublishedFields>;
}

/** By entity. What the model does not know, and payment data, is never in it. */
export function publishedFields(model: Model, personal: PersonalPolicy): ReadonlyMap<string, PublishedFields> {
  checkPolicy(model, personal);
  return new Map(topicEntities(model).map((entity) => [entity.name, fieldsOf(model, entity, personal)]));
}

function fieldsOf(model: Model, entity: Entity, personal: PersonalPolicy): PublishedFields {
  const allowed = new Set(personal[entity.name] ?? []);
  const mayLeave = (name: string, classification: Classification | undefined) =>
    classification !== 'PAYMENT' && (classification !== 'PERSONAL' || allowed.has('*') || allowed.has(name));
  const plain = new Set(['id']);
  const members = new Map<string, ReadonlySet<string>>();
  const lines = new Map<string, PublishedFields>();
  for (const field of entity.fields) {
    if (field.kind === 'collection') {
      const target = model.entities.get(field.target);
      if (target?.partOf?.parent === entity.name) lines.set(field.name, fieldsOf(model, target, personal));
    } else if (!field.live && mayLeave(field.name, field.classification)) {
      plain.add(field.name);
      if (field.kind === 'enum') plain.add(field.textName);
      const all = membersOf(model, field);
      const told = all.filter(({ classification }) => mayLeave(field.name, classification));
      if (told.length < all.length) members.set(field.name, new Set(told.map(({ name }) => name)));
    }
  }
  return { plain, members, lines };
}

function membersOf(model: Model, field: Field) {
  return field.kind === 'value' ? (model.values.get(field.type)?.members ?? []) : [];
}

function isPersonal(model: Model, field: Field): boolean {
  const parts = [field, ...membersOf(model, field)];
  return parts.some(({ classification }) => classification === 'PERSONAL');
}

function checkPolicy(model: Model, personal: PersonalPolicy): void {
  for (const [name, fields] of Object.entries(personal)) {
    const at = `topics.personal.${name}`;
    const entity = model.entities.get(name);
    if (!entity) throw new ConfigError(`${at}: the model has no such entity.`, { details: { field: at } });
    for (const field of fields) {
      const found = entity.fields.find((candidate) => candidate.name === field);
      if (field === '*' || (found && isStored(found) && isPersonal(model, found))) continue;
      throw new ConfigError(
        `${at}: ${name} has no personal field "${field}". Name fields that are classified as PERSONAL, or '*'.`,
        { details: { field: at } },
      );
    }
  }
}

/** What of a record's values may leave. */
export function toldValues(values: Readonly<Record<string, unknown>> | null, fields: PublishedFields) {
  if (values === null) return null;
  const left: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    const line = fields.lines.get(name);
    const members = fields.members.get(name);
    if (members) left[name] = value && only(value, members);
    else if (fields.plain.has(name)) left[name] = value;
    else if (line && Array.isArray(value)) left[name] = value.map((item) => toldValues(item, line));
  }
  return left;
}

function only(value: object, names: ReadonlySet<string>) {
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.has(name)));
}
