/** Salesforce over its REST API: accounts, contacts, leads, opportunities and cases. Reads only, so far. */
export { salesforce } from './connector.ts';
