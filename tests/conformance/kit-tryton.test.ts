import { describe } from '@jest/globals';
import { tryton } from 'isthmus/connectors/tryton';
import { canRun } from '../systems/python.ts';
import { missingForTryton } from '../systems/tryton/index.ts';
import { describeConformance } from './describe-conformance.ts';
import { trytonSubject } from './subjects/tryton.ts';

(canRun('the conformance kit on Tryton', missingForTryton()) ? describe : describe.skip)('Tryton itself', () => {
  const { warehouse: _, ...others } = tryton.manifest.streams;
  describeConformance(
    tryton.manifest,
    trytonSubject,
    { 'stock: what was deleted is listed no more': 'a stock level becomes zero and is never removed' },
    // Stock is read warehouse by warehouse, so that many warehouses come last.
    [...Object.keys(others), 'warehouse'],
  );
});
