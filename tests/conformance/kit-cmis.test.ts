import { cmis } from 'isthmus/connectors/cmis';
import { describeConformance } from './describe-conformance.ts';
import { cmisSandboxSubject } from './subjects/cmis.ts';

describeConformance(cmis.manifest, cmisSandboxSubject);
