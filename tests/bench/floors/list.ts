/** The floor of `list`: the same three statements, objects by hand, `JSON.stringify`. */
import { serveFloor } from './process.ts';
import { openStoreRows } from './store-rows.ts';

const { folder } = JSON.parse(process.argv[2]!) as { folder: string };
const rows = openStoreRows(folder);

serveFloor(() => {
  const customers = rows.customers();
  const ids = JSON.stringify(customers.map(([id]) => id));
  const orders: object[][] = customers.map(() => []);
  for (const [, number, orderedOn, amount, currency, parent] of rows.orders(ids)) {
    const total = amount === null ? null : { amount, currency };
    orders[parent]!.push({ node: { number, orderedOn, total } });
  }
  const documents: object[][] = customers.map(() => []);
  for (const [, name, mimeType, sizeInBytes, parent] of rows.documents(ids)) {
    documents[parent]!.push({ node: { name, mimeType, sizeInBytes } });
  }
  const edges = customers.map(([id, name, accountManager, amount, currency], at) => ({
    node: {
      id,
      name,
      accountManager,
      creditLimit: amount === null ? null : { amount, currency },
      salesOrders: { edges: orders[at] },
      documents: { edges: documents[at] },
    },
  }));
  return JSON.stringify({ data: { customers: { edges } } });
});
