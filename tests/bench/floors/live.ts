/** The floor of `live`: membership and order from the store, values by the fewest possible calls, merged by hand. */
import { serveFloor } from './process.ts';
import { openStoreRows } from './store-rows.ts';
import { openSystems, type Source } from './systems.ts';

const { folder } = JSON.parse(process.argv[2]!) as { folder: string };
const rows = openStoreRows(folder);
const systems = await openSystems(process.env);

/** Which source record each fact of a row comes from. */
const FACTS = rows.database
  .prepare(
    `SELECT p.key, o.stream, o.source_id, e.key FROM json_each(?) p
     CROSS JOIN golden_customer t ON t.id = p.value, json_each(t.provenance) e
     JOIN observed_record o ON o.id = e.value WHERE e.key IN ('name', 'accountManager', 'creditLimit')`,
  )
  .raw();
const SERIES = rows.database
  .prepare(
    `SELECT o.source_id FROM json_each(?) p CROSS JOIN golden_document t ON t.id = p.value
     JOIN observed_record o ON o.id = json_extract(t.provenance, '$.name') ORDER BY p.key`,
  )
  .raw();

type Fact = [at: number, stream: string, sourceId: string, field: string];

serveFloor(async () => {
  const customers = rows.customers();
  const ids = JSON.stringify(customers.map(([id]) => id));
  const facts = FACTS.all(ids) as Fact[];
  const orders = rows.orders(ids);
  const documents = rows.documents(ids);
  const series = (SERIES.all(JSON.stringify(documents.map(([id]) => id))) as [string][]).map(([id]) => id);
  const keysOf = (stream: string) => [...new Set(facts.filter((fact) => fact[1] === stream).map((fact) => fact[2]))];
  const [accounts, partners, credits, sales, files] = await Promise.all([
    systems.accounts(keysOf('account')),
    systems.partners(keysOf('businessPartner')),
    systems.creditAccounts(keysOf('creditAccount')),
    systems.orders(orders.map(([, number]) => number)),
    systems.documents(series),
  ]);

  const nodes = customers.map(([id]) => {
    const none = { name: null as unknown, accountManager: null as unknown, creditLimit: null as unknown };
    return { id, ...none, salesOrders: { edges: [] as object[] }, documents: { edges: [] as object[] } };
  });
  for (const [at, stream, sourceId, field] of facts) {
    const node = nodes[at]!;
    const account = stream === 'account' ? accounts.get(sourceId) : undefined;
    if (field === 'name') node.name = account?.Name ?? partnerName(partners.get(sourceId));
    else if (field === 'accountManager') node.accountManager = (account?.Owner as Source | null)?.Name ?? null;
    else node.creditLimit = creditLimit(credits.get(sourceId));
  }
  for (const [, number, , , , parent] of orders) {
    const order = sales.get(number)!;
    const orderedOn = new Date(Number(/\d+/.exec(order.SalesOrderDate as string)![0])).toISOString().slice(0, 10);
    const total = { amount: order.TotalNetAmount, currency: order.TransactionCurrency };
    nodes[parent]!.salesOrders.edges.push({ node: { number: order.SalesOrder, orderedOn, total } });
  }
  for (const [at, [, , , , parent]] of documents.entries()) {
    const file = files.get(series[at]!)!;
    const node = {
      name: file['cmis:name'],
      mimeType: file['cmis:contentStreamMimeType'],
      sizeInBytes: file['cmis:contentStreamLength'],
    };
    nodes[parent]!.documents.edges.push({ node });
  }
  return JSON.stringify({ data: { customers: { edges: nodes.map((node) => ({ node })) } } });
});

/** The second part goes on where the first is full. */
function partnerName(partner: Source | undefined): string | null {
  if (partner === undefined) return null;
  const [first, second] = [String(partner.OrganizationBPName1), String(partner.OrganizationBPName2)];
  return second === '' ? first : first + (first.length === 40 ? '' : ' ') + second;
}

function creditLimit(account: Source | undefined): object | null {
  if (account === undefined) return null;
  const isUnset = Number(account.CreditLimitAmount) === 0 && account.CreditLimitIsZero !== true;
  return isUnset ? null : { amount: account.CreditLimitAmount, currency: account.CreditSegmentCurrency };
}
