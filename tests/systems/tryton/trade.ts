import type { TrytonCompany } from './company.ts';
import { date, decimal, type TrytonDesk } from './desk.ts';

interface Line {
  readonly product: number;
  readonly quantity: number;
  readonly price: string;
}

interface NewParty {
  readonly name: string;
  readonly code: string;
  readonly creditLimit?: string;
  readonly street?: string;
  readonly vat?: string;
}

/** What happens in a trading company, through Tryton's own workflows. */
export class TrytonTrade {
  readonly #desk: TrytonDesk;
  readonly #company: TrytonCompany;

  constructor(desk: TrytonDesk, company: TrytonCompany) {
    this.#desk = desk;
    this.#company = company;
  }

  party({ name, code, creditLimit, street = 'Hauptstraße 1', vat }: NewParty): Promise<number> {
    const host = `${name.toLowerCase().replaceAll(/[^a-z]+/g, '-')}.example`;
    return this.#desk.createOne('party.party', {
      ...{ name, code, customer_payment_term: this.#company.paymentTerm },
      ...(creditLimit === undefined ? {} : { credit_limit_amount: decimal(creditLimit) }),
      addresses: [
        [
          'create',
          [{ street_unstructured: street, postal_code: '10115', city: 'Berlin', country: this.#company.germany }],
        ],
      ],
      contact_mechanisms: [
        [
          'create',
          [
            { type: 'email', value: `office@${host}` },
            { type: 'phone', value: '+49 30 123456' },
            { type: 'email', value: `erika@${host}`, name: 'Erika Beispiel' },
          ],
        ],
      ],
      ...(vat === undefined ? {} : { identifiers: [['create', [{ type: 'eu_vat', code: vat }]]] }),
    });
  }

  /** A good that is bought and sold; its variant's id. */
  async product({ code, name }: { readonly code: string; readonly name: string }): Promise<number> {
    const { unit, goods } = this.#company;
    const template = await this.#desk.createOne('product.template', {
      ...{ name, type: 'goods', default_uom: unit, account_category: goods },
      ...{ salable: true, sale_uom: unit, purchasable: true, purchase_uom: unit, list_price: decimal('1') },
      products: [['create', [{ suffix_code: code, cost_price: decimal('1') }]]],
    });
    return await this.#desk.first('product.product', [['template', '=', template]]);
  }

  /** Goods come in without an order. */
  async receive(product: number, quantity: number): Promise<void> {
    const { company, unit, euro, supplierLocation, storage } = this.#company;
    const move = await this.#desk.createOne('stock.move', {
      ...{ product, quantity, unit, company, currency: euro, unit_price: decimal('1') },
      ...{ from_location: supplierLocation, to_location: storage },
    });
    await this.#desk.step('stock.move', 'do', [move]);
  }

  /** Somebody counts, and nothing is there. */
  async countNone(product: number): Promise<void> {
    const { company, storage } = this.#company;
    const lines = [['create', [{ product, quantity: 0 }]]];
    const inventory = await this.#desk.createOne('stock.inventory', { location: storage, company, lines });
    await this.#desk.step('stock.inventory', 'confirm', [inventory]);
  }

  /** An order of a customer, still being written. */
  async draft(party: number, lines: readonly Line[]): Promise<number> {
    return await this.#desk.createOne('sale.sale', {
      ...(await this.#header(party, lines)),
      ...{ shipment_address: await this.#addressOf(party), sale_date: date(today()) },
    });
  }

  /** One that is confirmed and under way. */
  async sell(party: number, lines: readonly Line[]): Promise<number> {
    const order = await this.draft(party, lines);
    for (const step of ['quote', 'confirm', 'process']) {
      await this.#desk.step('sale.sale', step, [order]);
    }
    return order;
  }

  /** An order to a supplier, still being written. */
  async buy(party: number, lines: readonly Line[], currency = this.#company.euro): Promise<number> {
    return await this.#desk.createOne('purchase.purchase', { ...(await this.#header(party, lines)), currency });
  }

  /** It goes out. */
  async place(order: number): Promise<void> {
    for (const step of ['quote', 'confirm', 'process']) {
      await this.#desk.step('purchase.purchase', step, [order]);
    }
  }

  /** The invoice that processing a sale has drafted. */
  async postInvoiceOf(order: number): Promise<number> {
    const [{ invoices }] = (await this.#desk.read('sale.sale', [order], ['invoices'])) as unknown as [
      { readonly invoices: readonly number[] },
    ];
    await this.#desk.write('account.invoice', invoices, { invoice_date: date(today()) });
    await this.#desk.step('account.invoice', 'post', invoices);
    return invoices[0]!;
  }

  async #header(party: number, lines: readonly Line[]) {
    const { company, euro, unit, paymentTerm, warehouse } = this.#company;
    return {
      ...{ company, party, currency: euro, payment_term: paymentTerm, warehouse },
      invoice_address: await this.#addressOf(party),
      lines: [
        [
          'create',
          lines.map(({ product, quantity, price }) => ({
            ...{ type: 'line', product, quantity, unit, unit_price: decimal(price) },
          })),
        ],
      ],
    };
  }

  async #addressOf(party: number): Promise<number> {
    return await this.#desk.first('party.address', [['party', '=', party]]);
  }
}

/** In one transaction, so with one stamp. */
export function createParties(desk: TrytonDesk, count: number, prefix = 'Party'): Promise<number[]> {
  const made = Array.from({ length: count }, (_, index) => ({
    name: `${prefix} ${index}`,
    addresses: [['create', [{ city: 'Berlin', postal_code: '10115' }]]],
  }));
  return desk.create('party.party', ...made);
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
