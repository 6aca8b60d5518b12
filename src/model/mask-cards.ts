/** Card numbers in what a mapping wrote of an entity: masked in all that people write freely, never in keys. */
import { findCardNumbers, maskCardNumbers } from './card.ts';
import type { Entity, Model } from './model.ts';

type Values = Readonly<Record<string, unknown>>;

/** Told how many numbers were masked, when there were some. */
export type CardCount = (cards: number) => void;

/**
 * The same values when no card number is in them. Business keys and references stay as they are: they name things. Of
 * a value, all its text is looked at; of JSON, all texts and whole numbers within.
 */
export function maskCards(model: Model, entity: Entity, values: Values, count: CardCount = () => {}): Values {
  let masked: Record<string, unknown> | undefined;
  for (const { name, mask } of freeFields(model, entity)) {
    const before = values[name];
    if (before === undefined || before === null) continue;
    const after = mask(before, count);
    if (after === before) continue;
    masked ??= { ...values };
    masked[name] = after;
  }
  return masked ?? values;
}

/** Text that may hold anything, such as a record as its system gave it. */
export function maskText(text: string, count: CardCount = () => {}): string {
  const cards = findCardNumbers(text).length;
  if (cards === 0) return text;
  count(cards);
  return maskCardNumbers(text);
}

/** Gives the very same value where nothing is masked. */
type Mask = (value: unknown, count: CardCount) => unknown;
interface FreeField {
  readonly name: string;
  readonly mask: Mask;
}

const freeByEntity = new WeakMap<Entity, readonly FreeField[]>();

function freeFields(model: Model, entity: Entity): readonly FreeField[] {
  const known = freeByEntity.get(entity);
  if (known) return known;
  const fields = entity.fields.flatMap((field): readonly FreeField[] => {
    if (field.kind === 'enum') return [{ name: field.textName, mask: MASKS.String }];
    if (field.kind === 'scalar') return field.isKey ? [] : freeField(field.name, field.type);
    if (field.kind !== 'value') return [];
    const members = (model.values.get(field.type)?.members ?? []).flatMap(({ name, type }) => freeField(name, type));
    return members.length === 0 ? [] : [{ name: field.name, mask: maskMembers(members) }];
  });
  freeByEntity.set(entity, fields);
  return fields;
}

function freeField(name: string, type: string): readonly FreeField[] {
  return type === 'String' || type === 'JSON' ? [{ name, mask: MASKS[type] }] : [];
}

const MASKS = {
  String: (value, count) => (typeof value === 'string' ? maskText(value, count) : value),
  JSON: maskWithin,
} as const satisfies Record<string, Mask>;

function maskMembers(members: readonly FreeField[]): Mask {
  return (value, count) => {
    if (typeof value !== 'object' || value === null) return value;
    let masked: Record<string, unknown> | undefined;
    for (const { name, mask } of members) {
      const before = (value as Values)[name];
      const after = mask(before, count);
      if (after === before) continue;
      masked ??= { ...value };
      masked[name] = after;
    }
    return masked ?? value;
  };
}

function maskWithin(value: unknown, count: CardCount): unknown {
  if (typeof value === 'string') return maskText(value, count);
  if (typeof value === 'number') {
    const text = String(value);
    const masked = maskText(text, count);
    return masked === text ? value : masked;
  }
  if (Array.isArray(value)) {
    const masked = value.map((item) => maskWithin(item, count));
    return masked.some((item, index) => item !== value[index]) ? masked : value;
  }
  const members = Object.keys(value ?? {}).map((name) => ({ name, mask: maskWithin }));
  return maskMembers(members)(value, count);
}
