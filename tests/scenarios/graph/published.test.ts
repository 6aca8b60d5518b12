import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { publishedGraph } from '#graph';
import { loadCanonicalModel, packageFolder } from '#model';

test('the published graph is what the model makes; `npm run generate` prints it', () => {
  const published = readFileSync(join(packageFolder(), 'schema/published/graph.graphql'), 'utf8');
  expect(published).toBe(publishedGraph(loadCanonicalModel()));
});
