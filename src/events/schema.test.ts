import { describe, expect, test } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { loadCanonicalModel, type Model } from '#model';
import { storedChanges } from '../../tests/support/arbitrary-change.ts';
import { testModel } from '../../tests/systems/postgres/test-model.ts';
import { createEnvelope } from './envelope.ts';
import { eventSchemas } from './schema.ts';
import { headerSchema } from './schema-headers.ts';
import type { JsonSchema } from './schema-values.ts';
import { eventType, TOPIC_KINDS, type TopicKind, topicEntities } from './topics.ts';

const everything = testModel(`
"""How a person pays."""
type Means @value {
  "Whose." holder: String! @classified(as: PERSONAL)
  "Which." number: String @classified(as: PAYMENT)
  "How sure." grade: Stage
  "Until." until: Date
}
"""Knows."""
type Person @entity {
  id: ID!
  "Name." name: String @classified(as: PERSONAL)
  "Height." height: Int @unit(of: "cm")
  "Mood." mood: Stage @classified(as: PERSONAL)
  "Pays by." means: Means
  "Anything." extra: JSON
  "Old." nick: String @deprecated(reason: "Use name.")
  "Now." isHere: Boolean @live
}
`);
const MODELS = { canonical: loadCanonicalModel(), everything };

/** What the hub itself writes must be in the schema to the last name, though consumers are told to expect more. */
function closed(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (_key, value) =>
    value?.properties && value.type === 'object' ? { additionalProperties: false, ...value } : value,
  );
}

function validators(model: Model): ReadonlyMap<string, ValidateFunction> {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  addFormats.default(ajv);
  return new Map(eventSchemas(model).map(({ type, schema }) => [type, ajv.compile(closed(schema))]));
}

describe.each(Object.entries(MODELS))('schemas of the %s model', (_name, model) => {
  const validate = validators(model);
  const policies = topicEntities(model).map(({ name }) => [name, ['*']] as const);
  const envelopes = [{}, Object.fromEntries(policies)].map((personal) =>
    createEnvelope(model, 'inc', { prefix: 'acme', personal }),
  );

  function problems(kind: TopicKind, entity: string, value: string | null): unknown {
    const check = validate.get(eventType(kind, entity));
    if (value === null) return kind === 'changes' ? 'a change without a value' : undefined;
    return check?.(JSON.parse(value)) ? undefined : check?.errors;
  }

  test('are valid for every event that the hub writes, whatever is personal', () => {
    fc.assert(
      fc.property(storedChanges(model), fc.constantFrom(...envelopes), (change, envelope) => {
        for (const kind of TOPIC_KINDS) {
          const message = kind === 'changes' ? envelope.change(change) : envelope.state(change);
          expect(problems(kind, change.entity, message?.value ?? null)).toBeUndefined();
        }
      }),
      { numRuns: 300 },
    );
  });

  test('refuse what no event may hold', () => {
    const [envelope] = envelopes;
    fc.assert(
      fc.property(storedChanges(model), fc.constantFrom('before', 'changed', 'owners', 'op'), (change, name) => {
        const { [name]: _, ...rest } = JSON.parse(envelope?.change(change)?.value ?? '{}');
        expect(problems('changes', change.entity, JSON.stringify(rest))).toBeDefined();
        const strange = { ...rest, [name]: 'anything at all' };
        expect(problems('changes', change.entity, JSON.stringify(strange))).toBeDefined();
      }),
      { numRuns: 100 },
    );
  });

  test('of headers are valid for all headers that the hub writes', () => {
    const ajv = new Ajv2020({ strict: true });
    addFormats.default(ajv);
    const checks = new Map(
      eventSchemas(model).map(({ type }) => [type, ajv.compile(closed(headerSchema('record', type)))]),
    );
    fc.assert(
      fc.property(storedChanges(model), fc.constantFrom(...TOPIC_KINDS), (change, kind) => {
        const message = envelopes[0]?.[kind === 'changes' ? 'change' : 'state'](change);
        const check = checks.get(eventType(kind, change.entity));
        expect(check?.(message?.headers) ? null : check?.errors).toBeNull();
      }),
    );
  });
});

describe('a schema', () => {
  const of = (type: string) => eventSchemas(everything).find((schema) => schema.type === type)?.schema;
  const person = of('isthmus.Person.state.v1');

  test('says in the words of the model what a field is', () => {
    const fields = person?.$defs?.Person?.properties;
    expect(fields?.height).toMatchObject({ type: ['integer', 'null'], description: 'Height. In cm.' });
    expect(fields?.nick).toMatchObject({ deprecated: true, description: 'Old. Deprecated: Use name.' });
    expect(fields?.name?.description).toMatch(/^Name\. Personal data: told only where/);
    expect(fields?.moodText?.description).toMatch(/code where `mood` has no value/);
    expect(person?.$defs?.Stage).toMatchObject({ enum: ['OPEN', 'WON', 'LOST'] });
  });

  test('has nothing of payments, and nothing that is only asked live', () => {
    expect(person?.$defs?.Person?.properties).not.toHaveProperty('isHere');
    expect(Object.keys(person?.$defs?.Means?.properties ?? {})).toEqual(['holder', 'grade', 'until']);
    expect(JSON.stringify(eventSchemas(everything))).not.toMatch(/cardToken/);
  });

  test('of a document has its lines within, without the way back', () => {
    const order = of('isthmus.SalesOrder.changed.v1');
    expect(order?.$defs?.SalesOrder?.properties?.lines?.items).toEqual({ $ref: '#/$defs/SalesOrderLine' });
    expect(Object.keys(order?.$defs?.SalesOrderLine?.properties ?? {})).toEqual(['id', 'lineNumber', 'description']);
    expect(of('isthmus.SalesOrderLine.changed.v1')).toBeUndefined();
  });

  test('names itself once', () => {
    const ids = eventSchemas(everything).map(({ schema }) => schema.$id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
