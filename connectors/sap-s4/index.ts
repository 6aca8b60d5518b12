/** SAP S/4HANA: business partners, credit limits, products, stock, orders and billing documents, over OData V2. */
export { sapS4 } from './connector.ts';
