/** Request Tracker: tickets, their requestors and their queues, over REST 2. */
export { rt } from './connector.ts';
