/**
 * A real records system for tests: Apache Chemistry's OpenCMIS in-memory server, downloaded by Maven and run by Java.
 * It promises an empty repository per start and leaves no process behind. It refuses to be more than the server is.
 */
export { missingForOpenCmis, prepareOpenCmis } from './distribution.ts';
export { type SeededOpenCmis, type SeedOptions, seedOpenCmis } from './seed.ts';
export { type OpenCmisServer, startOpenCmis } from './server.ts';
