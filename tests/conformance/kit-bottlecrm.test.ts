import { describe } from '@jest/globals';
import { bottlecrm } from 'isthmus/connectors/bottlecrm';
import { missingForBottleCrm } from '../systems/bottlecrm/index.ts';
import { canRun } from '../systems/python.ts';
import { describeConformance } from './describe-conformance.ts';
import { bottleCrmSubject } from './subjects/bottlecrm.ts';

(canRun('the conformance kit on BottleCRM', missingForBottleCrm()) ? describe : describe.skip)(
  'BottleCRM itself',
  () => {
    // A list in one piece, and one in two halves.
    describeConformance(bottlecrm.manifest, bottleCrmSubject, {}, { waysOfReading: ['contact', 'account'] });
  },
);
