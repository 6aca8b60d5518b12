/**
 * All that a connector's author and a hub's config need. Promises a contract that fits on one page and errors named
 * by what the caller should do. Refuses to know the engine: nothing here stores, retries or schedules.
 */
export * from './config.ts';
export * from './connector.ts';
export * from './errors.ts';
export * from './http.ts';
