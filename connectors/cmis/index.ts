/** Any repository with the browser binding of CMIS 1.1: its documents and folders. Reads only, so far. */
export { cmis } from './connector.ts';
