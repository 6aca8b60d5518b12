import { date, decimal, type TrytonDesk } from './desk.ts';
import { SERIES, type SeriesName } from './series.ts';

/** The ids of what every trade in the prepared company needs. */
export interface TrytonCompany {
  readonly company: number;
  /** The company's own party. */
  readonly party: number;
  readonly euro: number;
  readonly germany: number;
  readonly unit: number;
  readonly goods: number;
  readonly paymentTerm: number;
  readonly warehouse: number;
  readonly storage: number;
  readonly supplierLocation: number;
}

/** Founds a company: currency, chart of accounts, fiscal year, a category of goods, a payment term. */
export async function foundCompany(desk: TrytonDesk, name: string, series: SeriesName): Promise<TrytonCompany> {
  const euro = await desk.createOne('currency.currency', {
    ...{ name: 'Euro', code: 'EUR', symbol: '€', numeric_code: '978', digits: 2, rounding: decimal('0.01') },
    rates: [['create', [{ date: date('2020-01-01'), rate: decimal('1') }]]],
  });
  const germany = await desk.createOne('country.country', { name: 'Germany', code: 'DE', code3: 'DEU' });
  const party = await desk.createOne('party.party', { name });
  const company = await desk.createOne('company.company', { party, currency: euro });
  const [user] = await desk.search('res.user', [['login', '=', 'admin']]);
  await desk.write('res.user', [user!], { companies: [['add', [company]]], company });
  desk.context = { ...desk.context, company };
  const { expense, revenue } = await openAccounts(desk, company);
  await openYear(desk, company, series);
  const goods = await desk.createOne('product.category', {
    ...{ name: 'Goods', accounting: true, account_expense: expense, account_revenue: revenue },
  });
  const paymentTerm = await desk.createOne('account.invoice.payment_term', {
    name: 'Net 30',
    lines: [['create', [{ type: 'remainder', relativedeltas: [['create', [{ days: 30 }]]] }]]],
  });
  return {
    ...{ company, party, euro, germany, goods, paymentTerm },
    unit: await desk.first('product.uom', [['symbol', '=', 'u']]),
    warehouse: await desk.first('stock.location', [['type', '=', 'warehouse']]),
    storage: await desk.first('stock.location', [['code', '=', 'STO']]),
    supplierLocation: await desk.first('stock.location', [['type', '=', 'supplier']]),
  };
}

async function openAccounts(desk: TrytonDesk, company: number) {
  const wizard = 'wizard.account.create_chart';
  const step = (...params: readonly unknown[]) => desk.raw(`${wizard}.execute`, session, ...params);
  const [session] = await desk.raw<[number]>(`${wizard}.create`, desk.context);
  const template = await desk.first('account.account.template', [['parent', '=', null]]);
  await step({}, 'account', desk.context);
  await step({ account: { company, account_template: template } }, 'create_account', desk.context);
  const ofType = (type: string) =>
    desk.first('account.account', [
      [`type.${type}`, '=', true],
      ['company', '=', company],
      ['closed', '!=', true],
    ]);
  const properties = {
    ...{ company, account_receivable: await ofType('receivable'), account_payable: await ofType('payable') },
  };
  await step({ properties }, 'create_properties', desk.context);
  await desk.raw(`${wizard}.delete`, session, desk.context);
  return { expense: await ofType('expense'), revenue: await ofType('revenue') };
}

/** Invoices are posted into periods, and numbered by the year. */
async function openYear(desk: TrytonDesk, company: number, series: SeriesName): Promise<void> {
  const year = new Date().getUTCFullYear();
  const typeOf = (name: string) => desk.first('ir.sequence.type', [['name', '=', name]]);
  const [numbered, sequence] = SERIES[series].moves;
  const moves = await desk.createOne(sequence, {
    ...{ name: 'Moves', company, sequence_type: await typeOf('Account Move') },
  });
  const invoices = await desk.createOne('ir.sequence.strict', {
    ...{ name: 'Invoices', company, sequence_type: await typeOf('Invoice') },
  });
  const outgoing = { out_invoice_sequence: invoices, out_credit_note_sequence: invoices };
  const id = await desk.createOne('account.fiscalyear', {
    ...{ name: String(year), company, start_date: date(`${year}-01-01`), end_date: date(`${year}-12-31`) },
    [numbered]: moves,
    invoice_sequences: [
      ['create', [{ company, ...outgoing, in_invoice_sequence: invoices, in_credit_note_sequence: invoices }]],
    ],
  });
  await desk.step('account.fiscalyear', 'create_period', [id]);
}
