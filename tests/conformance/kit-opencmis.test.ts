import { describe } from '@jest/globals';
import { cmis } from 'isthmus/connectors/cmis';
import { missingForOpenCmis } from '../systems/opencmis/index.ts';
import { canRun } from '../systems/python.ts';
import { describeConformance } from './describe-conformance.ts';
import { openCmisSubject } from './subjects/cmis.ts';

(canRun('the conformance kit on OpenCMIS', missingForOpenCmis()) ? describe : describe.skip)('OpenCMIS', () => {
  describeConformance(cmis.manifest, openCmisSubject, {
    'records of one stamp': 'the server stamps each object by itself, and offers no way to set a stamp',
    'what became visible late': 'the server shows a change at once, and offers no way to set a stamp',
  });
});
