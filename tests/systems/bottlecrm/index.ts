/**
 * A real CRM for tests: BottleCRM, installed by pip, on a PostgreSQL of its own. It promises one empty organisation per
 * start, its own webhooks to this machine, and no process left behind. It refuses to be more than the product is.
 */
export { CrmDesk } from './desk.ts';
export { missingForBottleCrm, prepareBottleCrm } from './distribution.ts';
export { type BottleCrmServer, startBottleCrm } from './server.ts';
