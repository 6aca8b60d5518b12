import { bottlecrm } from 'isthmus/connectors/bottlecrm';
import { missingForBottleCrm } from '../systems/bottlecrm/index.ts';
import { canRun } from '../systems/python.ts';
import { describeConformance } from './describe-conformance.ts';
import { bottleCrmSubject } from './subjects/bottlecrm.ts';

if (canRun('the conformance kit on BottleCRM', missingForBottleCrm())) {
  describeConformance(bottlecrm.manifest, bottleCrmSubject);
}
