/**
 * A real PostgreSQL for tests, from the binaries that npm installs. Promises one server for all test processes of a
 * checkout, an empty database for whoever asks, and nothing left behind. Refuses to be used outside tests.
 */
export * from './each-store.ts';
export * from './postgres.ts';
