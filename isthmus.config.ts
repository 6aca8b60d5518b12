import { cmis } from 'isthmus/connectors/cmis';
import { salesforce } from 'isthmus/connectors/salesforce';
import { sapS4 } from 'isthmus/connectors/sap-s4';
import { defineHub, secret } from 'isthmus/sdk';

/** The demo enterprise: an ERP, a CRM and a records system, all of them sandboxes. */
export default defineHub({
  connections: {
    erp: sapS4({
      baseUrl: process.env.ERP_URL ?? '',
      username: process.env.ERP_USER ?? '',
      password: secret('ERP_PASSWORD'),
    }),
    crm: salesforce({
      url: process.env.CRM_URL ?? '',
      auth: {
        kind: 'client-credentials',
        clientId: process.env.CRM_CLIENT_ID ?? '',
        clientSecret: secret('CRM_CLIENT_SECRET'),
      },
      currency: 'EUR',
      alsoKnownAs: { field: 'ERP_Number__c', connection: 'erp', stream: 'businessPartner' },
    }),
    records: cmis({
      url: process.env.RECORDS_URL ?? '',
      user: process.env.RECORDS_USER ?? '',
      password: secret('RECORDS_PASSWORD'),
      documentType: 'demo:document',
      folderType: 'demo:folder',
      customerProperty: { property: 'demo:customerNumber', connection: 'erp', stream: 'businessPartner' },
      customerFolder: { pattern: '^/Customers/(\\d{10}) ', connection: 'erp', stream: 'businessPartner' },
      orderProperty: { property: 'demo:orderNumber', connection: 'erp', stream: 'salesOrder' },
    }),
  },
  ownership: {
    Customer: {
      '*': ['erp', 'crm'],
      name: ['crm', 'erp'],
      phone: ['crm', 'erp'],
      website: ['crm'],
      industry: ['crm', 'erp'],
      accountManager: ['crm'],
      creditLimit: ['erp'],
    },
    Contact: { '*': ['crm', 'erp'] },
  },
});
