/** BottleCRM over its REST API: accounts, contacts, leads, deals and tickets, with its webhooks as hints. Reads only. */
export { bottlecrm } from './connector.ts';
