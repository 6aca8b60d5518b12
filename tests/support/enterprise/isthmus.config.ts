import { salesforce } from 'isthmus/connectors/salesforce';
import { defineHub, secret } from 'isthmus/sdk';
import paced from '../paced-demo.config.ts';
import type {} from './isthmus-model.ts';
import { shipyard } from './shipyard.ts';

/** The demo's enterprise, grown: a field of its own from the CRM, and ships from a system of its own. */
export default defineHub({
  ...paced,
  model: ['model.graphql'],
  connections: {
    ...paced.connections,
    crm: salesforce({
      url: process.env.CRM_URL ?? '',
      auth: {
        kind: 'client-credentials',
        clientId: process.env.CRM_CLIENT_ID ?? '',
        clientSecret: secret('CRM_CLIENT_SECRET'),
      },
      currency: 'EUR',
      alsoKnownAs: { field: 'ERP_Number__c', connection: 'erp', stream: 'businessPartner' },
      extend: {
        account: { select: ['Loyalty__c'], map: (source) => ({ Customer: { loyaltyTier: source.Loyalty__c } }) },
      },
    }),
    yard: shipyard({ url: process.env.YARD_URL ?? '', key: secret('YARD_KEY') }),
  },
  ownership: {
    ...paced.ownership,
    Customer: { ...paced.ownership?.Customer, loyaltyTier: ['crm'] },
    Vessel: { '*': ['yard'] },
  },
});
