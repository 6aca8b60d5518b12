import type { Http, SourceRecord, StreamAbilities, StreamMapping } from 'isthmus/sdk';
import { readChanged, stampOf } from './changes-pass.ts';
import type { Domain, Row } from './client.ts';
import { toStockLevel } from './mapping/product.ts';
import { recordOf, type Source } from './reading.ts';

const FIELDS = ['quantity', 'default_uom.symbol', '_timestamp'];
const GOODS = [['type', '=', 'goods']];
/** Any product could be anywhere: where none of it lies there is no level. */
const IN_STOCK = [['quantity', '!=', 0]];

/** Where a read stands: at a warehouse, behind a product. */
interface Place {
  readonly warehouse: number;
  readonly product: number;
}

interface Levels {
  readonly domain: Domain;
  readonly limit: number | null;
  readonly fields: readonly string[];
}

/** Tryton computes stock for a product at a place: key is `product/warehouse`, and moves tell which changed. */
export function stockOf({
  client,
  pageSize,
}: Source): StreamMapping & Pick<StreamAbilities, 'snapshot' | 'changes' | 'lookup' | 'listIds'> {
  const warehousesOf = (http: Http) => client.ids(http, 'stock.location', [['type', '=', 'warehouse']], null);

  async function levels(warehouse: number, { domain, limit, fields }: Levels, http: Http): Promise<readonly Row[]> {
    const today = await client.call(http, 'ir.date.today', []);
    const context = { locations: [warehouse], stock_date_end: today, with_childs: true };
    const query = { domain: [...GOODS, ...domain], limit, fields };
    const rows = await client.rows(http, 'product.product', query, context);
    return rows.map((row) => ({ ...row, product: row.id, warehouse, id: `${row.id}/${warehouse}` }));
  }

  /** Page after page through the warehouses, of what lies in each. */
  async function whole(page: string | undefined, limit: number, fields: readonly string[], http: Http) {
    const from: Place = page === undefined ? { warehouse: 0, product: 0 } : JSON.parse(page);
    const [warehouse, following] = (await warehousesOf(http)).filter((id) => id >= from.warehouse);
    if (warehouse === undefined) return { rows: [] };
    const behind = ['id', '>', from.warehouse === warehouse ? from.product : 0];
    const rows = await levels(warehouse, { domain: [behind, ...IN_STOCK], limit, fields }, http);
    const isFull = rows.length >= limit;
    if (!isFull && following === undefined) return { rows };
    const next = isFull ? { warehouse, product: Number(rows.at(-1)!.product) } : { warehouse: following!, product: 0 };
    return { rows, next: JSON.stringify(next satisfies Place) };
  }

  return {
    map: toStockLevel,

    async snapshot({ page, select }, http) {
      const { rows, ...next } = await whole(page, pageSize, [...FIELDS, ...select], http);
      return { records: rows.map((row) => recordOf(row, [])), ...next };
    },

    async changes(request, http) {
      const done = [['state', 'in', ['done', 'cancelled']]];
      const read = (domain: Domain, limit: number) =>
        client.rows(http, 'stock.move', { domain: [...done, ...domain], limit, fields: ['product', '_timestamp'] });
      const { rows: moves, until, next } = await readChanged(request, { client, pageSize, parts: [], read });
      const stamps = new Map<unknown, number>();
      for (const move of moves) {
        stamps.set(move.product, Math.min(Math.max(stamps.get(move.product) ?? 0, stampOf(move, []) ?? 0), until));
      }
      const records: SourceRecord[] = [];
      const moved = { domain: [['id', 'in', [...stamps.keys()]]], limit: null, fields: [...FIELDS, ...request.select] };
      for (const warehouse of stamps.size === 0 ? [] : await warehousesOf(http)) {
        for (const row of await levels(warehouse, moved, http)) {
          const gone = row.quantity === 0 ? { deleted: true as const } : {};
          records.push({ ...recordOf(row, []), changedAt: stamps.get(row.product)!, ...gone });
        }
      }
      return { records, ...next };
    },

    async lookup({ keys, select }, http) {
      const products = new Map<number, number[]>();
      for (const key of keys) {
        const [product, warehouse] = key.split('/').map(Number);
        if (product && warehouse) products.set(warehouse, [...(products.get(warehouse) ?? []), product]);
      }
      const found: SourceRecord[] = [];
      for (const warehouse of await warehousesOf(http)) {
        const ids = products.get(warehouse);
        if (ids === undefined) continue;
        const domain = [['id', 'in', ids], ...IN_STOCK];
        const rows = await levels(warehouse, { domain, limit: null, fields: [...FIELDS, ...select] }, http);
        found.push(...rows.map((row) => recordOf(row, [])));
      }
      return found;
    },

    async listIds({ page }, http) {
      const { rows, ...next } = await whole(page, 10 * pageSize, ['default_uom'], http);
      return { keys: rows.map(({ id }) => String(id)), ...next };
    },
  };
}
