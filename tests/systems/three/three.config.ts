import { bottlecrm } from 'isthmus/connectors/bottlecrm';
import { cmis } from 'isthmus/connectors/cmis';
import { rt } from 'isthmus/connectors/rt';
import { tryton } from 'isthmus/connectors/tryton';
import { defineHub, secret } from 'isthmus/sdk';

const env = (name: string): string => process.env[name] ?? '';

/** What all others name a customer by: the code of its party in Tryton. */
const party = { connection: 'erp', stream: 'partyCode' };
const sweepEvery = Number(env('SWEEP_EVERY') || 300);

/** One company over four products of four makers: Tryton, BottleCRM, OpenCMIS and, where it runs, Request Tracker. */
export default defineHub({
  ...(env('STORE_URL') && { store: { kind: 'postgresql', url: secret('STORE_URL') } }),
  connections: {
    erp: tryton({
      url: env('ERP_URL'),
      database: env('ERP_DATABASE'),
      user: env('ERP_USER'),
      password: secret('ERP_PASSWORD'),
      customerCategory: 'Customers',
      supplierCategory: 'Suppliers',
      knownByNumber: true,
      sweepEvery,
    }),
    crm: bottlecrm({
      url: env('CRM_URL'),
      token: secret('CRM_TOKEN'),
      ...(env('CRM_HOOK_SECRET') && { webhookSecret: secret('CRM_HOOK_SECRET') }),
      currency: 'EUR',
      alsoKnownAs: { customField: 'erp_number', ...party },
      sweepEvery: Number(env('CRM_SWEEP_EVERY') || sweepEvery),
    }),
    records: cmis({
      url: env('RECORDS_URL'),
      user: env('RECORDS_USER'),
      password: secret('RECORDS_PASSWORD'),
      documentType: 'demo:document',
      folderType: 'demo:folder',
      customerProperty: { property: 'demo:customerNumber', folderProperty: 'demo:folderCustomerNumber', ...party },
      customerFolder: { pattern: '^/Customers/(\\d{10}) ', ...party },
      orderProperty: { property: 'demo:orderNumber', connection: 'erp', stream: 'saleNumber' },
      sweepEvery,
    }),
    ...(env('DESK_URL') && {
      desk: rt({
        url: env('DESK_URL'),
        token: secret('DESK_TOKEN'),
        customer: { customField: 'Customer number', ...party },
        sweepEvery,
      }),
    }),
  },
  ownership: {
    Customer: {
      '*': ['erp', 'crm'],
      name: ['crm', 'erp'],
      phone: ['crm', 'erp'],
      website: ['crm'],
      accountManager: ['crm'],
      creditLimit: ['erp'],
    },
  },
});
