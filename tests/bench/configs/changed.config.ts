import { type ConnectionDefinition, defineHub } from 'isthmus/sdk';
import quiet from './quiet.config.ts';

type Extensions = NonNullable<ConnectionDefinition['common']['extend']>;

const withExtensions = (definition: ConnectionDefinition, extend: Extensions): ConnectionDefinition => ({
  ...definition,
  common: { ...definition.common, extend },
});

/** Other mappings than those that filled the store: everything is read again, and every record differs. */
export default defineHub({
  ...quiet,
  connections: {
    erp: withExtensions(quiet.connections.erp, {
      salesOrder: { map: () => ({ SalesOrder: { customerReference: 'read again' } }) },
      businessPartner: { map: () => ({ Customer: { email: 'again@read.example' } }) },
      billingDocument: { map: () => ({ Invoice: { dueOn: '2030-01-01' } }) },
    }),
    crm: withExtensions(quiet.connections.crm, {
      account: { map: () => ({ Customer: { website: 'https://read.again.example' } }) },
      opportunity: { map: () => ({ Opportunity: { probability: 51 } }) },
    }),
    records: withExtensions(quiet.connections.records, {
      document: { map: () => ({ Document: { versionLabel: '9.9' } }) },
    }),
  },
});
