/** Change rows as the hub could have written them, of any model, for properties of what is made of them. */
import fc from 'fast-check';
import type { Entity, EnumMember, Field, Model, ScalarField, ScalarMember } from '#model';

const OPS = ['create', 'update', 'delete', 'merge', 'split'] as const;
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }));
const digits = (most: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${most}}$`));
const ids = fc.stringMatching(/^[0-9A-Z]{26}$/);

const SCALARS: Readonly<Record<ScalarField['type'], fc.Arbitrary<unknown>>> = {
  String: text,
  Int: fc.integer(),
  Boolean: fc.boolean(),
  Decimal: fc
    .tuple(fc.constantFrom('', '-'), fc.stringMatching(/^[1-9][0-9]{0,37}$/), fc.option(digits(38)))
    .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}`),
  DateTime: moments(),
  Date: moments().map((moment) => moment.slice(0, 10)),
  JSON: fc.jsonValue(),
};

function moments() {
  const between = { min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z') };
  return fc.date({ ...between, noInvalidDate: true }).map((date) => date.toISOString());
}

/** Placed changes of the model's entities that have topics. */
export function storedChanges(model: Model) {
  const entities = [...model.entities.values()].filter(({ partOf }) => partOf === undefined);
  return fc.constantFrom(...entities).chain((entity) => changesOf(model, entity));
}

function changesOf(model: Model, entity: Entity) {
  const record = recordOf(model, entity);
  const both = { before: record, after: record };
  return fc
    .record({
      ...both,
      op: fc.constantFrom(...OPS),
      canonicalId: ids,
      otherId: ids,
      sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      partition: fc.integer({ min: 0, max: 11 }),
      offset: fc.nat(),
      changed: fc.subarray(entity.fields.map(({ name }) => name)),
      owners: fc.dictionary(fc.constantFrom(...entity.fields.map(({ name }) => name)), text),
      origin: fc.option(fc.constantFrom('erp', 'crm')),
      at: fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }).map(Number),
      isReference: fc.boolean(),
    })
    .map(({ otherId, before, after, ...change }) => {
      const { op, isReference } = change;
      const isFirst = op === 'create' || op === 'split';
      const isGone = op === 'delete' || op === 'merge';
      return {
        ...change,
        entity: entity.name,
        ...((op === 'merge' || op === 'split') && { otherId }),
        before: isFirst || isReference ? null : before,
        after: isGone || isReference ? null : after,
      };
    });
}

/** As golden rows give it back: every field is there, null where it is not known. */
function recordOf(model: Model, entity: Entity): fc.Arbitrary<Record<string, unknown>> {
  const fields = entity.fields.flatMap((field) => Object.entries(fieldOf(model, entity, field)));
  return fc.record({ id: ids, ...Object.fromEntries(fields) });
}

function fieldOf(model: Model, entity: Entity, field: Field): Record<string, fc.Arbitrary<unknown>> {
  switch (field.kind) {
    case 'scalar':
      return { [field.name]: fc.option(SCALARS[field.type]) };
    case 'enum':
      return { [field.name]: fc.option(scalarOf(model, field)), [field.textName]: fc.option(text) };
    case 'value': {
      const members = model.values.get(field.type)?.members ?? [];
      const values = members.map((member) => {
        const value = scalarOf(model, member);
        return [member.name, member.required ? value : fc.option(value)] as const;
      });
      return { [field.name]: fc.option(fc.record(Object.fromEntries(values))) };
    }
    case 'reference':
      return entity.partOf?.field === field.name ? {} : { [field.name]: fc.option(ids) };
    case 'collection': {
      const line = model.entities.get(field.target);
      if (line?.partOf?.parent !== entity.name) return {};
      return { [field.name]: fc.array(recordOf(model, line), { maxLength: 3 }) };
    }
  }
}

function scalarOf(model: Model, of: ScalarMember | EnumMember | Extract<Field, { kind: 'enum' }>) {
  if (of.kind === 'scalar') return SCALARS[of.type];
  return fc.constantFrom(...(model.enums.get(of.type)?.values ?? []).map(({ name }) => name));
}
