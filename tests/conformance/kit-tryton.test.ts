import { describe } from '@jest/globals';
import { tryton } from 'isthmus/connectors/tryton';
import { canRun } from '../systems/python.ts';
import { missingForTryton } from '../systems/tryton/index.ts';
import { describeConformance } from './describe-conformance.ts';
import { trytonSubject } from './subjects/tryton.ts';

(canRun('the conformance kit on Tryton', missingForTryton()) ? describe : describe.skip)('Tryton itself', () => {
  describeConformance(
    tryton.manifest,
    trytonSubject,
    {},
    // Contacts, purchases and invoices are read by the same code as these. Stock is read warehouse by warehouse, so that
    // many warehouses come last.
    { streams: ['party', 'product', 'sale', 'stock', 'warehouse'], waysOfReading: ['party', 'stock'] },
  );
});
