import type { Database } from 'better-sqlite3';
import type { StreamHands } from '#sdk/testing/conformance';
import type { TrytonCompany } from '../../systems/tryton/company.ts';
import { date, decimal, type TrytonDesk } from '../../systems/tryton/desk.ts';

type Row = Readonly<Record<string, unknown>>;

/** What hands of one model are made of. */
interface Kind {
  readonly model: string;
  readonly newOne: (n: number) => Row;
  readonly edited: (n: number) => Row;
  /** Tables with stamps that count as the record's, and how their rows are found by its id. */
  readonly stamped: Readonly<Record<string, string>>;
}

/** Somebody who works in Tryton by RPC. */
export class TrytonHands {
  readonly #desk: TrytonDesk;
  readonly #company: TrytonCompany;
  readonly #store: Database;
  readonly #party: number;
  readonly #address: number;
  readonly #receivable: number;
  readonly #journal: number;
  #made = 0;

  private constructor(desk: TrytonDesk, company: TrytonCompany, store: Database, ids: readonly number[]) {
    this.#desk = desk;
    this.#company = company;
    this.#store = store;
    [this.#party, this.#address, this.#receivable, this.#journal] = ids as [number, number, number, number];
  }

  static async open(desk: TrytonDesk, company: TrytonCompany, store: Database): Promise<TrytonHands> {
    const addresses = [['create', [{ city: 'Berlin' }]]];
    const party = await desk.createOne('party.party', { name: 'Whom others hang on', addresses });
    return new TrytonHands(desk, company, store, [
      party,
      await desk.first('party.address', [['party', '=', party]]),
      await desk.first('account.account', [['type.receivable', '=', true]]),
      await desk.first('account.journal', [['type', '=', 'revenue']]),
    ]);
  }

  all() {
    const { company, euro, paymentTerm, warehouse } = this.#company;
    const [party, address] = [this.#party, this.#address];
    const order = { company, party, currency: euro, payment_term: paymentTerm, warehouse, invoice_address: address };
    return {
      party: this.#of({
        model: 'party.party',
        newOne: (n) => ({ name: `Party ${n}`, addresses: [['create', [{ city: 'Berlin' }]]] }),
        edited: (n) => ({ name: `Edited ${n}` }),
        stamped: { party_party: 'id', party_address: 'party' },
      }),
      contact: this.#of({
        model: 'party.contact_mechanism',
        newOne: (n) => ({ party, type: 'email', value: `kit${n}@acme.example`, name: `Person ${n}` }),
        edited: (n) => ({ name: `Edited ${n}` }),
        stamped: { party_contact_mechanism: 'id' },
      }),
      product: this.#products(),
      stock: this.#stock(),
      sale: this.#of({
        model: 'sale.sale',
        newOne: () => ({ ...order, shipment_address: address }),
        edited: (n) => ({ reference: `PO ${n}` }),
        stamped: { sale_sale: 'id' },
      }),
      purchase: this.#of({
        model: 'purchase.purchase',
        newOne: () => order,
        edited: (n) => ({ purchase_date: day(n) }),
        stamped: { purchase_purchase: 'id' },
      }),
      invoice: this.#of({
        model: 'account.invoice',
        newOne: () => ({
          ...{ type: 'out', company, party, currency: euro, payment_term: paymentTerm, invoice_address: address },
          ...{ account: this.#receivable, journal: this.#journal },
        }),
        edited: (n) => ({ invoice_date: day(n) }),
        stamped: { account_invoice: 'id' },
      }),
      warehouse: this.#warehouses(),
    } satisfies Record<string, StreamHands>;
  }

  /** Many are made, and changed, in one transaction. */
  #of({ model, newOne, edited, stamped }: Kind) {
    const write = (keys: readonly string[]) => this.#desk.write(model, keys.map(Number), edited(this.#made++));
    return {
      missingKey: '99999999',
      create: async (count: number) => {
        const values = Array.from({ length: count }, () => newOne(this.#made++));
        return (await this.#desk.create(model, ...values)).map(String);
      },
      edit: (key: string) => write([key]),
      remove: (key: string) => this.#desk.delete(model, [Number(key)]),
      stampTogether: write,
      commitLate: async (key: string, secondsAgo: number) => {
        await write([key]);
        this.#stampBack(stamped, Number(key), secondsAgo);
      },
    };
  }

  /** A stamp is when the transaction began: this is what one leaves behind that took so long. */
  #stampBack(tables: Readonly<Record<string, string>>, id: number, secondsAgo: number): void {
    const at = new Date(Date.now() - secondsAgo * 1000).toISOString().replace('T', ' ').replace('Z', '000');
    for (const [table, column] of Object.entries(tables)) {
      this.#store.prepare(`UPDATE ${table} SET create_date = ?, write_date = ? WHERE ${column} = ?`).run(at, at, id);
    }
  }

  #products() {
    const { unit, goods } = this.#company;
    const hands = this.#of({
      model: 'product.product',
      newOne: () => ({}),
      edited: (n) => ({ description: `Edited ${n}` }),
      stamped: { product_product: 'id' },
    });
    return {
      ...hands,
      create: async (count: number) => {
        const values = Array.from({ length: count }, () => ({
          ...{ name: `Product ${this.#made++}`, type: 'goods', default_uom: unit, account_category: goods },
          ...{ list_price: decimal('1'), products: [['create', [{ cost_price: decimal('1') }]]] },
        }));
        const templates = await this.#desk.create('product.template', ...values);
        return (await this.#desk.search('product.product', [['template', 'in', templates]])).map(String);
      },
      commitLate: async (key: string, secondsAgo: number) => {
        await hands.commitLate(key, secondsAgo);
        const [row] = await this.#desk.read<{ template: number }>('product.product', [Number(key)], ['template']);
        this.#stampBack({ product_template: 'id' }, row!.template, secondsAgo);
      },
    };
  }

  /** Each with a floor of its own, which goes when it is removed. */
  #warehouses() {
    const hands = this.#of({
      model: 'stock.location',
      newOne: (n) => ({ name: `Floor ${n}`, type: 'storage' }),
      edited: (n) => ({ name: `Edited ${n}` }),
      stamped: { stock_location: 'id' },
    });
    return {
      ...hands,
      create: async (count: number) => {
        const values = (await hands.create(count)).map(Number).map((floor) => ({
          ...{ name: `North ${floor}`, type: 'warehouse' },
          ...{ input_location: floor, output_location: floor, storage_location: floor },
        }));
        return (await this.#desk.create('stock.location', ...values)).map(String);
      },
    };
  }

  /** Levels follow from moves: one is gone when a count finds nothing any more. */
  #stock() {
    const { company, warehouse, storage } = this.#company;
    const products = this.#products();
    const productOf = (key: string) => Number(key.split('/')[0]);
    const receive = (keys: readonly string[]) => this.#receive(keys.map(productOf));
    return {
      missingKey: `99999999/${warehouse}`,
      create: async (count: number) => {
        const keys = (await products.create(count)).map((product) => `${product}/${warehouse}`);
        await receive(keys);
        return keys;
      },
      edit: (key: string) => receive([key]),
      remove: async (key: string) => {
        const lines = [['create', [{ product: productOf(key), quantity: 0 }]]];
        const inventory = await this.#desk.createOne('stock.inventory', { location: storage, company, lines });
        await this.#desk.step('stock.inventory', 'confirm', [inventory]);
      },
      stampTogether: receive,
      commitLate: async (key: string, secondsAgo: number) => {
        await receive([key]);
        this.#stampBack({ stock_move: 'product' }, productOf(key), secondsAgo);
      },
    };
  }

  async #receive(products: readonly number[]): Promise<void> {
    const { company, unit, euro, supplierLocation, storage } = this.#company;
    const values = products.map((product) => ({
      ...{ product, quantity: 3, unit, company, currency: euro, unit_price: decimal('1') },
      ...{ from_location: supplierLocation, to_location: storage },
    }));
    const moves = await this.#desk.create('stock.move', ...values);
    await this.#desk.step('stock.move', 'do', moves);
  }
}

/** Another one for each number. */
const day = (n: number) => date(new Date(Date.UTC(2024, 0, 1 + (n % 1000))).toISOString().slice(0, 10));
