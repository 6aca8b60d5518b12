/** Request Tracker: tickets and their requestors, over REST 2. */
export { rt } from './connector.ts';
