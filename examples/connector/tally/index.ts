/** Tally: customers, over its JSON API. */
export { tally } from './connector.ts';
