import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { execute, type GraphQLSchema, parse, validate } from 'graphql';
import { buildGraphSchema, createExecutor, Graph } from '#graph';
import type { Store } from '#store';
import { describeEachStore } from '../../systems/postgres/index.ts';
import { addGolden, openFilled } from './golden-rows.ts';
import { randomDocument } from './random-documents.ts';

describeEachStore('the compiled executor and graphql-js', (newPlace, kind) => {
  let store: Store;
  let graph: Graph;
  let schema: GraphQLSchema;

  beforeAll(async () => {
    store = await openFilled(await newPlace());
    const eight = Array.from({ length: 8 }, (_, n) => n);
    await addGolden(
      store,
      'Customer',
      eight.map((n) => ({
        id: `customer-${n}`,
        name: n === 2 ? null : `Customer ${n % 3} "quoted" \u2028 ü`,
        creditLimit: n % 3 === 0 ? null : { amount: `${n}00.10`, currency: 'EUR' },
        address: n % 2 ? { city: 'Ulm', country: 'DE' } : null,
        isBlocked: n % 4 === 1,
        createdAt: '2026-03-04T05:06:07.089Z',
      })),
    );
    await addGolden(
      store,
      'Opportunity',
      eight.map((n) => ({
        id: `opportunity-${n}`,
        name: `Opportunity ${n}`,
        customer: n === 7 ? 'customer-99' : n === 6 ? null : `customer-${n % 3}`,
        stage: n % 2 ? 'WON' : null,
        stageText: n % 2 ? null : 'raw',
        probability: n * 10,
        closesOn: '2026-05-06',
      })),
      { connection: 'crm', stream: 'Opportunity' },
    );
    await addGolden(
      store,
      'Contact',
      eight.map((n) => ({
        id: `contact-${n}`,
        name: `Contact ${n}`,
        customer: `customer-${n % 2}`,
        email: 'a@b.example',
      })),
      { connection: 'crm', stream: 'Contact' },
    );
    await addGolden(
      store,
      'Document',
      eight.map((n) => ({ id: `document-${n}`, name: `d${n}.pdf`, customer: `customer-${n % 4}`, sizeInBytes: n })),
      { connection: 'dms', stream: 'document' },
    );
    graph = new Graph({ store });
    schema = buildGraphSchema(graph);
  });
  afterAll(() => store.close());

  test('answer any document alike', async () => {
    const executor = createExecutor(graph, schema);
    let failing = 0;
    await fc.assert(
      fc.asyncProperty(randomDocument, async ({ text, variables }) => {
        const document = parse(text);
        expect(validate(schema, document)).toEqual([]);
        const ours = await executor.execute(document, variables);
        const theirs = await execute({ schema, document, variableValues: variables, contextValue: {} });
        expect(ours.data).toBe(JSON.stringify(theirs.data));
        if (theirs.errors) failing += 1;
        expect(ours.errors.length > 0).toBe((theirs.errors?.length ?? 0) > 0);
        const known = new Set(ours.errors.map(({ message, path }) => `${path?.join('.')} ${message}`));
        if (theirs.errors?.length === 1)
          for (const { message, path } of theirs.errors) expect(known).toContain(`${path?.join('.')} ${message}`);
      }),
      { numRuns: kind === 'sqlite' ? 400 : 150 },
    );
    expect(failing).toBeGreaterThan(0);
  });
});
