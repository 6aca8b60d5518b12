import { describe } from '@jest/globals';
import { rt } from 'isthmus/connectors/rt';
import { canRun } from '../systems/python.ts';
import { missingForRt } from '../systems/rt/index.ts';
import { describeConformance } from './describe-conformance.ts';
import { rtSubject } from './subjects/rt.ts';

(canRun('the conformance kit on Request Tracker', missingForRt()) ? describe : describe.skip)(
  'Request Tracker itself',
  () => {
    describeConformance(rt.manifest, rtSubject, {
      'user: a snapshot over pages that shift': 'users are disabled and never removed',
      'user: a deletion leaves a tombstone': 'users are disabled and never removed',
      'user: what was deleted is listed no more': 'users are disabled and never removed',
      'queue: a snapshot over pages that shift': 'queues are disabled and never removed',
      'queue: a deletion leaves a tombstone': 'queues are disabled and never removed',
      'queue: what was deleted is listed no more': 'queues are disabled and never removed',
    });
  },
);
