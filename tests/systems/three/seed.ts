/** The company's world, written into each system through its own API. */
import type { CrmDesk } from '../bottlecrm/index.ts';
import { type OpenCmisServer, seedOpenCmis } from '../opencmis/index.ts';
import { CUSTOMER_FIELD, type RtServer } from '../rt/index.ts';
import type { TrytonDesk, TrytonServer } from '../tryton/index.ts';
import { type Company, type Customer, DEMO } from './company.ts';

/** Of BottleCRM's accounts: Tryton's party code. */
export const ACCOUNT_FIELD = 'erp_number';
/** Tryton's party categories, by which the hub knows who is what. */
export const ROLES = { customers: 'Customers', suppliers: 'Suppliers' } as const;

/** Keys by customer code, sale number or case number. */
export type Keys = ReadonlyMap<string, string>;

type Coded = { readonly __class__: string; readonly [part: string]: unknown };
const decimal = (value: string): Coded => ({ __class__: 'Decimal', decimal: value });
const date = (text: string): Coded => {
  const [year, month, day] = text.split('-').map(Number);
  return { __class__: 'date', year, month, day };
};

export interface SeededTryton {
  /** Ids by code. */
  readonly parties: Keys;
  /** Numbers, by those of the demo's orders. */
  readonly sales: Keys;
}

/** Parties, products and sales. */
export async function seedTryton(server: TrytonServer, desk: TrytonDesk, company: Company): Promise<SeededTryton> {
  const { goods, unit, germany, paymentTerm } = server.company;
  const roles = await desk.create('party.category', { name: ROLES.customers }, { name: ROLES.suppliers });
  const partyOf = ({ erpView }: Customer['company'], role: number) => ({
    ...{ name: `${erpView!.name}${erpView!.name2}`, code: erpView!.erpNumber, customer_payment_term: paymentTerm },
    categories: [['add', [role]]],
    ...(erpView!.creditLimit && { credit_limit_amount: decimal(erpView!.creditLimit.amount) }),
    addresses: [
      ['create', [{ street_unstructured: erpView!.street, postal_code: erpView!.postalCode, country: germany }]],
    ],
    contact_mechanisms: [['create', erpView!.email ? [{ type: 'email', value: erpView!.email }] : []]],
  });
  const parties = [
    ...company.customers.map((customer) => partyOf(customer.company, roles[0]!)),
    ...company.suppliers.map((supplier) => partyOf(supplier, roles[1]!)),
  ];
  const ids = await createAll(desk, 'party.party', parties);
  const byCode = new Map(parties.map(({ code }, at) => [code, ids[at]!]));

  const templates = company.products.map(({ number, name, listPrice }) => ({
    ...{ name, type: 'goods', default_uom: unit, account_category: goods, list_price: decimal(listPrice.amount) },
    ...{ salable: true, sale_uom: unit, purchasable: true, purchase_uom: unit },
    products: [['create', [{ suffix_code: number, cost_price: decimal('1') }]]],
  }));
  await createAll(desk, 'product.template', templates);
  const products = await codes(desk, 'product.product');
  const sales = await sell(server, desk, company, { byCode, products });
  return { parties: new Map([...byCode].map(([code, id]) => [code, String(id)])), sales };
}

interface Known {
  readonly byCode: ReadonlyMap<string, number>;
  readonly products: ReadonlyMap<string, number>;
}

/** What Tryton numbered them, by the demo's numbers: it lets nobody choose. */
async function sell(
  server: TrytonServer,
  desk: TrytonDesk,
  { customers, orders }: Company,
  known: Known,
): Promise<Keys> {
  const { company, euro, unit, paymentTerm, warehouse } = server.company;
  const codeOf = new Map(customers.map(({ code, company: { index } }) => [index, code]));
  const found = await desk.search('party.address', []);
  const addresses = await desk.read<{ readonly id: number; readonly party: number }>('party.address', found, ['party']);
  const addressOf = new Map(addresses.map(({ id, party }) => [party, id]));
  const sales = orders.map((order) => {
    const party = known.byCode.get(codeOf.get(order.customer)!)!;
    const address = addressOf.get(party)!;
    const lines = order.lines.map(({ productNumber, quantity, unitPrice }) => ({
      ...{ type: 'line', product: known.products.get(productNumber)!, unit, unit_price: decimal(unitPrice) },
      quantity: Math.ceil(Number(quantity)),
    }));
    return {
      ...{ company, party, currency: euro, payment_term: paymentTerm, warehouse },
      ...{ invoice_address: address, shipment_address: address, sale_date: date(order.orderedOn) },
      ...{ reference: order.customerReference, lines: [['create', lines]] },
    };
  });
  const ids = await createAll(desk, 'sale.sale', sales);
  await desk.step('sale.sale', 'quote', ids);
  const rows = await desk.read<{ readonly id: number; readonly number: string }>('sale.sale', ids, ['number']);
  const numbers = new Map(rows.map(({ id, number }) => [id, number]));
  return new Map(orders.map((order, at) => [order.number, numbers.get(ids[at]!)!]));
}

/** In parts: on SQLite, Tryton asks questions that grow with what is made at once. */
async function createAll(desk: TrytonDesk, model: string, values: readonly Readonly<Record<string, unknown>>[]) {
  const ids: number[] = [];
  for (let from = 0; from < values.length; from += 20) {
    ids.push(...(await desk.create(model, ...values.slice(from, from + 20))));
  }
  return ids;
}

async function codes(desk: TrytonDesk, model: string): Promise<ReadonlyMap<string, number>> {
  const rows = await desk.read<{ readonly id: number; readonly code: string }>(model, await desk.search(model, []), [
    'code',
  ]);
  return new Map(rows.map(({ id, code }) => [code, id]));
}

const STAGES: Readonly<Record<string, string>> = {
  Prospecting: 'PROSPECTING',
  Qualification: 'QUALIFICATION',
  'Needs Analysis': 'QUALIFICATION',
  'Proposal/Price Quote': 'PROPOSAL',
  'Negotiation/Review': 'NEGOTIATION',
  'Closed Won': 'CLOSED_WON',
  'Closed Lost': 'CLOSED_LOST',
};

/** Accounts with the party code, deals and tickets. The accounts' keys by code. */
export async function seedBottleCrm(
  desk: CrmDesk,
  company: Company,
  onProgress: (text: string) => void = () => {},
): Promise<Keys> {
  await desk.defineField(ACCOUNT_FIELD);
  const accounts = new Map<string, string>();
  const byIndex = new Map<number, string>();
  for (const { code, company: each } of company.customers) {
    const { name, phone, website, city } = each.crmViews[0]!;
    const custom = { custom_fields: { [ACCOUNT_FIELD]: code } };
    const key = await desk.create('accounts', {
      ...{ name, ...(phone && { phone }), ...(website && { website }), ...(city && { city }), ...custom },
    });
    accounts.set(code, key);
    byIndex.set(each.index, key);
  }
  onProgress(`${accounts.size} accounts`);
  for (const { name, customer, stage, amount, closesOn, probability } of company.opportunities) {
    await desk.create('opportunities', {
      ...{ name, account: byIndex.get(customer), stage: STAGES[stage], currency: 'EUR', probability },
      ...{ closed_on: closesOn, amount: amount ?? '1.00' },
    });
  }
  onProgress(`${company.opportunities.length} deals`);
  for (const { number, subject, customer } of company.cases.filter((_, at) => at % 2 === 1)) {
    const name = `${subject} (${number})`;
    await desk.create('cases', { name, status: 'New', priority: 'Normal', account: byIndex.get(customer) });
  }
  return accounts;
}

/** Tickets with the party code in a custom field. Their numbers, by that of the case. */
export async function seedRt(server: RtServer, company: Company): Promise<Keys> {
  const codeOf = new Map(company.customers.map(({ code, company: { index } }) => [index, code]));
  const tickets = new Map<string, string>();
  for (const { number, subject, customer } of company.cases.filter((_, at) => at % 2 === 0)) {
    const CustomFields = { [CUSTOMER_FIELD]: codeOf.get(customer) };
    const Requestor = `customer${customer}@example.org`;
    tickets.set(number, await server.createTicket({ Subject: subject, Requestor, CustomFields }));
  }
  return tickets;
}

/** Folders and documents with the party code in a property. */
export function seedRecords(server: OpenCmisServer, company: Company, documents: number, sales: Keys) {
  return seedOpenCmis(server.url, DEMO, { documents, only: company.isFiled, orderNumbers: sales });
}
