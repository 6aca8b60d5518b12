/**
 * A real Request Tracker 5 for tests, from Debian's packages. Promises a server with a database of its own on
 * 127.0.0.1, that can be killed and started again, and no process left behind. Refuses to be used outside tests.
 */
export { CUSTOMER_FIELD, missingForRt } from './distribution.ts';
export { type RtServer, startRt } from './server.ts';
