import { cmis } from 'isthmus/connectors/cmis';
import { defineHub, secret } from 'isthmus/sdk';

/** A records system alone; whom its documents belong to is named by codes that nobody else knows. */
const party = { connection: 'erp', stream: 'partyCode' };

export default defineHub({
  connections: {
    records: cmis({
      url: process.env.RECORDS_URL ?? '',
      user: process.env.RECORDS_USER ?? '',
      password: secret('RECORDS_PASSWORD'),
      documentType: 'demo:document',
      folderType: 'demo:folder',
      customerProperty: { property: 'demo:customerNumber', folderProperty: 'demo:folderCustomerNumber', ...party },
      customerFolder: { pattern: '^/Customers/(\\d{10}) ', ...party },
      sweepEvery: 3,
    }),
  },
  ownership: {},
});
