import { rt } from 'isthmus/connectors/rt';
import { canRun } from '../systems/python.ts';
import { missingForRt } from '../systems/rt/index.ts';
import { describeConformance } from './describe-conformance.ts';
import { rtSubject } from './subjects/rt.ts';

if (canRun('Request Tracker under the conformance kit', missingForRt())) {
  describeConformance(rt.manifest, rtSubject, {
    'ticket: more keys than one call may have': 'the server takes a third of a second for each ticket',
    'user: more keys than one call may have': 'the server takes a third of a second for each user',
    'user: a snapshot over pages that shift': 'users are disabled and never removed',
    'user: a deletion leaves a tombstone': 'users are disabled and never removed',
    'user: what was deleted is listed no more': 'users are disabled and never removed',
  });
}
