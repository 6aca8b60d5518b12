import { salesforce } from 'isthmus/connectors/salesforce';
import { describeConformance } from './describe-conformance.ts';
import { salesforceSubject } from './subjects/salesforce.ts';

describeConformance(salesforce.manifest, salesforceSubject);
