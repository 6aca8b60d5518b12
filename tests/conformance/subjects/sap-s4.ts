import { sapS4 } from 'isthmus/connectors/sap-s4';
import type { ConformanceSystem } from '#sdk/testing/conformance';
import { startSapS4 } from '../../../connectors/sap-s4/sandbox/start.ts';
import { LIMIT_CHANGED } from '../../../connectors/sap-s4/sandbox/tables.ts';
import { type Row, tableHands } from './table-hands.ts';

/** The SAP S/4HANA sandbox under the conformance kit. */
export async function sapS4Subject(): Promise<ConformanceSystem> {
  const sandbox = await startSapS4();
  const { username, password } = sandbox.credentials;
  const { clock } = sandbox;
  const table = (name: string) => sandbox.store.table<Row>(name);
  const numbers = (first: number) => (n: number) => String(first + n);
  return {
    url: sandbox.url,
    secrets: [password],
    connection: (url, { smallPages, ...settings } = {}) =>
      sapS4({ baseUrl: url, username, password, ...(smallPages && { pageSize: 10 }), ...settings }),
    hands: {
      businessPartner: tableHands({
        table: table('A_BusinessPartner'),
        clock,
        listed: 'BusinessPartner',
        members: (BusinessPartner) => ({ BusinessPartner }),
        newKey: numbers(5_000_000),
        own: (key) => ({ Customer: key, Supplier: '' }),
        edit: (n) => ({ OrganizationBPName1: `Edited ${n}`, BusinessPartnerFullName: `Edited ${n}` }),
        isOfStream: (row) => row.Customer !== '' && row.BusinessPartnerCategory === '2',
      }),
      contact: tableHands({
        table: table('A_BusinessPartner'),
        clock,
        listed: 'BusinessPartner',
        members: (BusinessPartner) => ({ BusinessPartner }),
        newKey: numbers(5_200_000),
        edit: (n) => ({ LastName: `Edited${n}`, BusinessPartnerFullName: `Edited ${n}` }),
        isOfStream: (row) => row.BusinessPartnerCategory === '1',
      }),
      creditAccount: tableHands({
        table: table('CreditManagementAccount'),
        clock,
        listed: 'BusinessPartner',
        members: (BusinessPartner) => ({ BusinessPartner }),
        newKey: numbers(5_400_000),
        edit: (n) => ({ CreditLimitAmount: `${n + 1}.00`, [LIMIT_CHANGED]: true }),
        isOfStream: (row) => row.CreditSegment === '0000',
      }),
      product: tableHands({
        table: table('A_Product'),
        clock,
        listed: 'Product',
        members: (Product) => ({ Product }),
        newKey: (n) => `KIT-${n}`,
        edit: (n) => ({ ProductGroup: `G${n}` }),
      }),
      plant: tableHands({
        table: table('A_Plant'),
        clock,
        listed: 'Plant',
        members: (Plant) => ({ Plant }),
        newKey: (n) => `K${String(n).padStart(3, '0').slice(-3)}`,
        edit: (n) => ({ PlantName: `Edited ${n}` }),
      }),
      stock: tableHands({
        table: table('A_MatlStkInAcctMod'),
        clock,
        listed: 'Material',
        members: (key) => {
          const [Material, Plant, StorageLocation] = key.split('/');
          return { Material, Plant, StorageLocation };
        },
        newKey: (n) => `KIT-${n}/1010/101A////////1`,
        edit: (n) => ({ MatlWrhsStkQtyInMatlBaseUnit: `${n}.000` }),
      }),
      salesOrder: tableHands({
        table: table('A_SalesOrder'),
        clock,
        listed: 'SalesOrder',
        members: (SalesOrder) => ({ SalesOrder }),
        newKey: numbers(91_000_000),
        edit: (n) => ({ PurchaseOrderByCustomer: `PO ${n}` }),
      }),
      purchaseOrder: tableHands({
        table: table('A_PurchaseOrder'),
        clock,
        listed: 'PurchaseOrder',
        members: (PurchaseOrder) => ({ PurchaseOrder }),
        newKey: numbers(4_591_000_000),
        edit: (n) => ({ PurchaseOrderDate: `/Date(${1_700_000_000_000 + n * 86_400_000})/` }),
      }),
      billingDocument: tableHands({
        table: table('A_BillingDocument'),
        clock,
        listed: 'BillingDocument',
        members: (BillingDocument) => ({ BillingDocument }),
        newKey: numbers(91_000_000),
        edit: (n) => ({ TotalNetAmount: `${n}.00` }),
      }),
    },
    stop: () => sandbox.stop(),
  };
}
