import { sapS4 } from 'isthmus/connectors/sap-s4';
import { describeConformance } from './describe-conformance.ts';
import { sapS4Subject } from './subjects/sap-s4.ts';

describeConformance(sapS4.manifest, sapS4Subject);
