import { describe } from '@jest/globals';
import { tryton } from 'isthmus/connectors/tryton';
import { canRun } from '../systems/python.ts';
import { missingForTryton } from '../systems/tryton/index.ts';
import { describeConformance } from './describe-conformance.ts';
import { trytonSubject } from './subjects/tryton.ts';

const runs = canRun('the conformance kit on Tryton 7.0', missingForTryton()) ? describe : describe.skip;

// Other addresses, other names in `ir.model`, and on SQLite stamps of whole seconds.
runs('Tryton 7.0 itself', () => {
  describeConformance(
    tryton.manifest,
    () => trytonSubject('7.0'),
    {},
    { streams: ['party', 'product', 'sale', 'stock'], waysOfReading: ['party', 'stock'] },
  );
});
