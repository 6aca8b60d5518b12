import {
  type DemoCase,
  type DemoCompany,
  type DemoDocument,
  type DemoOpportunity,
  type DemoProduct,
  type DemoSalesOrder,
  demoEnterprise,
} from '#sdk/testing';

/** One company of moderate size, as the systems are told of it. */
export interface Company {
  readonly customers: readonly Customer[];
  readonly suppliers: readonly DemoCompany[];
  readonly products: readonly DemoProduct[];
  readonly orders: readonly DemoSalesOrder[];
  readonly opportunities: readonly DemoOpportunity[];
  /** Half of them for each of the two systems that take tickets. */
  readonly cases: readonly DemoCase[];
  isFiled(document: DemoDocument): boolean;
}

/** A customer under its one number: Tryton's party code, and what the others name it by. */
export interface Customer {
  readonly code: string;
  readonly company: DemoCompany;
}

export const DEMO = demoEnterprise();

const ORDERS_EACH = 3;
const DEALS_EACH = 2;
const LEAST_LIMIT = 50_000;

/** Those with a deal under negotiation and credit come first, so that the README's query has something to find. */
export function chooseCompany(size: { readonly customers: number; readonly cases: number }): Company {
  const opportunities = [...DEMO.opportunities()];
  const negotiating = new Set(
    opportunities.filter(({ stage }) => stage === 'Negotiation/Review').map((o) => o.customer),
  );
  const isAsked = ({ index, erpView }: DemoCompany) =>
    negotiating.has(index) && Number(erpView?.creditLimit?.amount ?? 0) >= LEAST_LIMIT;
  const known = [...DEMO.companies()].filter(
    ({ roles, erpView, crmViews }) => roles.includes('customer') && erpView !== null && crmViews.length === 1,
  );
  const half = Math.floor(size.customers / 2);
  const first = known.filter(isAsked).slice(0, half);
  const others = known.filter((each) => !first.includes(each)).slice(0, size.customers - first.length);
  const chosen = [...first, ...others];
  const indices = new Set(chosen.map(({ index }) => index));
  const orders = ordersOf(indices);
  const wanted = new Set(orders.flatMap(({ lines }) => lines.map(({ productNumber }) => productNumber)));
  return {
    customers: chosen.map((company) => ({ code: company.erpView!.erpNumber, company })),
    suppliers: [...DEMO.companies()].filter(({ roles, erpView }) => roles.join() === 'supplier' && erpView).slice(0, 5),
    products: [...DEMO.products()].filter(({ number }) => wanted.has(number)),
    orders,
    opportunities: dealsOf(indices, opportunities),
    cases: [...DEMO.cases()].filter(({ customer }) => indices.has(customer)).slice(0, size.cases),
    isFiled: ({ customer }) => indices.has(customer),
  };
}

/** BottleCRM takes a name once only. What is under negotiation comes first. */
function dealsOf(customers: ReadonlySet<number>, all: readonly DemoOpportunity[]): readonly DemoOpportunity[] {
  const names = new Set<string>();
  const counts = new Map<number, number>();
  const isFirst = ({ stage }: DemoOpportunity) => stage === 'Negotiation/Review';
  return [...all.filter(isFirst), ...all.filter((each) => !isFirst(each))].filter(({ customer, name }) => {
    const count = counts.get(customer) ?? 0;
    if (!customers.has(customer) || names.has(name) || count >= DEALS_EACH) return false;
    names.add(name);
    counts.set(customer, count + 1);
    return true;
  });
}

/** In euro, the currency of the company that sells. */
function ordersOf(customers: ReadonlySet<number>): readonly DemoSalesOrder[] {
  const counts = new Map<number, number>();
  return [...DEMO.salesOrders()].filter(({ customer, total }) => {
    const count = counts.get(customer) ?? 0;
    if (!customers.has(customer) || total.currency !== 'EUR' || count >= ORDERS_EACH) return false;
    counts.set(customer, count + 1);
    return true;
  });
}
