import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EdmV2, OData } from '@odata/client';
import { type SapS4Sandbox, startSapS4 } from './start.ts';

// A client that knows nothing of this project: what it cannot do, a real system's users could not do either.
let sandbox: SapS4Sandbox;
const cookies = new Map<string, string>();

beforeAll(async () => {
  sandbox = await startSapS4({ pageCap: 100 });
});
afterAll(async () => {
  await sandbox.stop();
});

/** The client leaves cookies to its surroundings. */
async function fetchWithCookies(url: string, init?: { headers?: object; method?: string; body?: unknown }) {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const response = await fetch(url, { ...(init as RequestInit), headers: { ...init?.headers, cookie } });
  for (const line of response.headers.getSetCookie()) {
    const [pair] = line.split(';');
    cookies.set(pair!.slice(0, pair!.indexOf('=')), pair!.slice(pair!.indexOf('=') + 1));
  }
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  return { content: isJson ? JSON.parse(text) : text, response };
}

function client(service: string, headers: Record<string, string> = {}) {
  const { username, password } = sandbox.credentials;
  return OData.New({
    serviceEndpoint: `${sandbox.url}/sap/opu/odata/sap/${service}/`,
    credential: { username, password },
    variant: 'sap-gateway',
    commonHeaders: headers,
    fetchProxy: fetchWithCookies as never,
  });
}

describe('reading', () => {
  test('pages with an inline count and follows the server to the end', async () => {
    const orders = client('API_SALES_ORDER_SRV');
    const params = orders.newOptions().inlinecount(true).select(['SalesOrder', 'TotalNetAmount']);
    const first = await orders.newRequest({ collection: 'A_SalesOrder', params });
    const body = first.d as { results: { SalesOrder: string }[]; __count: string; __next?: string };
    expect(body.__count).toBe('2000');
    expect(body.results).toHaveLength(100);
    const seen = new Set<string>();
    let page: typeof body | undefined = body;
    while (page !== undefined) {
      for (const order of page.results) seen.add(order.SalesOrder);
      if (page.__next === undefined) break;
      const { content } = await fetchWithCookies(page.__next, { headers: authorization() });
      page = content.d;
    }
    expect(seen.size).toBe(2000);
  });

  test('filters by values, chains, dates and functions, and sorts', async () => {
    const orders = client('API_SALES_ORDER_SRV').getEntitySet('A_SalesOrder');
    const [one, two] = await orders.query(orders.newOptions().top(2));
    const both = await orders.query(
      orders
        .newFilter()
        .field('SalesOrder')
        .in([one.SalesOrder, `000${two.SalesOrder}`]),
    );
    expect(both.map((order) => order.SalesOrder).sort()).toEqual([one.SalesOrder, two.SalesOrder].sort());
    const since = new Date('2026-01-01T00:00:00Z');
    const changed = await orders.query(
      orders
        .newOptions()
        .filter(orders.newFilter().field('LastChangeDateTime').ge(EdmV2.DateTimeOffset.from(since)))
        .orderby('LastChangeDateTime', 'asc')
        .top(50),
    );
    const stamps = changed.map((order) => Number(/\d+/.exec(order.LastChangeDateTime)![0]));
    expect(stamps.length).toBeGreaterThan(0);
    expect(stamps).toEqual([...stamps].sort((a, b) => a - b));
    expect(stamps[0]).toBeGreaterThanOrEqual(since.getTime());
    const partners = client('API_BUSINESS_PARTNER').getEntitySet('A_BusinessPartner');
    const count = await partners.count(partners.newFilter().field('BusinessPartnerCategory').eq('2'));
    const named = await partners.query(
      partners.newOptions().filter("substringof('GMBH',OrganizationBPName1) eq true or startswith(LastName,'M')"),
    );
    expect(count).toBeGreaterThan(150);
    expect(named.length).toBeGreaterThan(0);
  });

  test('one entity, expanded, with string decimals and deferred links', async () => {
    const orders = client('API_SALES_ORDER_SRV').getEntitySet('A_SalesOrder');
    const [any] = await orders.query(orders.newOptions().top(1));
    expect(any.to_Item.__deferred.uri).toContain(`A_SalesOrder('${any.SalesOrder}')/to_Item`);
    const order = await orders.retrieve(any.SalesOrder, orders.newOptions().expand('to_Item') as never);
    expect(order.to_Item.results.length).toBeGreaterThan(0);
    expect(order.TotalNetAmount).toMatch(/^\d+(\.\d+)?$/);
    expect(order.SalesOrderDate).toMatch(/^\/Date\(\d+\)\/$/);
    expect(order.__metadata.etag).toMatch(/^W\//);
  });

  test('stock by its eleven-part key', async () => {
    const stock = client('API_MATERIAL_STOCK_SRV').getEntitySet('A_MatlStkInAcctMod');
    const [level] = await stock.query(stock.newOptions().top(1));
    const names = ['Material', 'Plant', 'StorageLocation', 'Batch', 'Supplier', 'Customer', 'WBSElementInternalID'];
    const rest = ['SDDocument', 'SDDocumentItem', 'InventorySpecialStockType', 'InventoryStockType'];
    const key = Object.fromEntries([...names, ...rest].map((name) => [name, level[name]]));
    const again = await stock.retrieve(key);
    expect(again.MatlWrhsStkQtyInMatlBaseUnit).toBe(level.MatlWrhsStkQtyInMatlBaseUnit);
  });

  test('an unknown entity and an unknown property are refused in V2 words', async () => {
    const orders = client('API_SALES_ORDER_SRV').getEntitySet('A_SalesOrder');
    await expect(orders.retrieve('1')).rejects.toThrow("Resource not found for the segment 'A_SalesOrder'");
    await expect(orders.query(orders.newOptions().filter("Nothing eq '1'"))).rejects.toThrow('Property Nothing');
  });
});

describe('writing', () => {
  const header = {
    SalesOrderType: 'OR',
    SalesOrganization: '1010',
    DistributionChannel: '10',
    OrganizationDivision: '00',
    SoldToParty: '1000012',
    TransactionCurrency: 'EUR',
  };

  test('creates deep, changes with an ETag, deletes', async () => {
    const orders = client('API_SALES_ORDER_SRV').getEntitySet('A_SalesOrder');
    const item = { Material: 'PMP-10000', RequestedQuantity: '2', NetAmount: '10.00', TransactionCurrency: 'EUR' };
    const created = await orders.create({ ...header, to_Item: { results: [item] } } as never);
    const number = created.SalesOrder as string;
    await expect(orders.update(number, { PurchaseOrderByCustomer: 'X' } as never)).rejects.toThrow(
      'Precondition required',
    );
    const stale = client('API_SALES_ORDER_SRV', { 'If-Match': 'W/"old"' }).getEntitySet('A_SalesOrder');
    await expect(stale.update(number, { PurchaseOrderByCustomer: 'X' } as never)).rejects.toThrow(
      'Precondition failed',
    );
    const matching = client('API_SALES_ORDER_SRV', { 'If-Match': created.__metadata.etag }).getEntitySet(
      'A_SalesOrder',
    );
    await matching.update(number, { PurchaseOrderByCustomer: "O'Neill" } as never);
    expect((await orders.retrieve(number)).PurchaseOrderByCustomer).toBe("O'Neill");
    await client('API_SALES_ORDER_SRV', { 'If-Match': '*' }).getEntitySet('A_SalesOrder').delete(number);
    await expect(orders.retrieve(number)).rejects.toThrow('Resource not found');
    const operations = sandbox.store.commits.entries({ table: 'A_SalesOrder', key: number }).map((c) => c.operation);
    expect(operations).toEqual(['create', 'update', 'delete']);
  });

  test('a CSRF token that was forgotten is asked for again', async () => {
    const partners = client('API_BUSINESS_PARTNER', { 'If-Match': '*' }).getEntitySet('A_BusinessPartner');
    const [partner] = await partners.query(partners.newOptions().top(1));
    sandbox.forgetSessions();
    cookies.clear();
    await partners.update(partner.BusinessPartner, { SearchTerm1: 'RENAMED' } as never);
    const after = await partners.retrieve(partner.BusinessPartner);
    expect(after.SearchTerm1).toBe('RENAMED');
    expect(after.LastChangeTime).toMatch(/^PT\d\dH\d\dM\d\dS$/);
  });

  test('a changed item moves the stamp of its order', async () => {
    const service = client('API_SALES_ORDER_SRV');
    const [item] = await service.getEntitySet('A_SalesOrderItem').query(service.newOptions().top(1));
    const before = await service.getEntitySet('A_SalesOrder').retrieve(item.SalesOrder);
    const key = { SalesOrder: item.SalesOrder, SalesOrderItem: item.SalesOrderItem };
    await service.getEntitySet('A_SalesOrderItem').update(key, { RequestedQuantity: '77' } as never);
    const after = await service.getEntitySet('A_SalesOrder').retrieve(item.SalesOrder);
    expect(after.LastChangeDateTime).not.toBe(before.LastChangeDateTime);
  });

  test('a batch of reads and a change set', async () => {
    const service = client('API_SALES_ORDER_SRV');
    const [item] = await service.getEntitySet('A_SalesOrderItem').query(service.newOptions().top(1));
    const id = { SalesOrder: item.SalesOrder, SalesOrderItem: item.SalesOrderItem };
    const entity = { RequestedQuantity: '78' };
    const replies = await service.execBatchRequests([
      service.newBatchRequest({ collection: 'A_SalesOrder', params: service.newOptions().top(3) }),
      service.newBatchRequest({ collection: 'A_SalesOrderItem', id, method: 'PATCH', entity }),
      service.newBatchRequest({ collection: 'A_SalesOrderItem', id }),
    ]);
    expect(replies.map((reply) => reply.status)).toEqual([200, 204, 200]);
    const [orders, , read] = await Promise.all(
      replies.map((reply) => (reply.status === 204 ? undefined : reply.json())),
    );
    expect(orders!.d!.results).toHaveLength(3);
    expect((read!.d as unknown as { RequestedQuantity: string }).RequestedQuantity).toBe('78');
  });
});

function authorization(): Record<string, string> {
  const { username, password } = sandbox.credentials;
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}
