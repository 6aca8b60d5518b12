import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';
import { publishedGraph } from '#graph';
import { loadCanonicalModel, packageFolder } from '#model';

test('the published graph is what the model makes; `npm run generate` prints it', () => {
  const published = readFileSync(join(packageFolder(), 'schema/published/graph.graphql'), 'utf8');
  expect(published).toBe(publishedGraph(loadCanonicalModel()));
});

test('the main query fits it, every name of it', () => {
  const overview = `query Overview {
    customers(
      first: 5
      orderBy: [{ creditLimit: { amount: DESC } }, { name: ASC }]
      filter: { opportunities: { some: { stage: { eq: NEGOTIATION } } }, creditLimit: { amount: { gte: "50000" } } }
    ) {
      totalCount
      edges { node {
        id name accountManager creditLimit { amount currency }
        salesOrders(first: 3, orderBy: [{ orderedOn: DESC }]) { edges { node { number orderedOn total { amount currency } } } }
        opportunities(first: 3) { edges { node { name stage amount { amount currency } } } }
        documents(first: 3) { edges { node { name mimeType contentUrl } } }
        provenance { field connection stream sourceId observedAt }
      } }
      pageInfo { hasNextPage endCursor }
    }
  }`;
  const schema = buildSchema(publishedGraph(loadCanonicalModel()));
  expect(validate(schema, parse(overview))).toEqual([]);
});
