import type { ChangesPage, Http, Page, SourceRecord, StreamAbilities, StreamMapping } from 'isthmus/sdk';
import type { Domain, Row } from './client.ts';
import { changed, milliseconds } from './domain.ts';
import { toStockLevel } from './mapping/product.ts';
import { recordOf, type Source } from './reading.ts';

const FIELDS = ['quantity', 'default_uom.symbol', '_timestamp'];
const GOODS = [['type', '=', 'goods']];

/** Where a read stands: at a warehouse, behind a product. */
interface Place {
  readonly warehouse: number;
  readonly product: number;
}

/** Behind a move, with nothing later than the server's clock before the pass, or than what its first page told. */
interface Pass {
  readonly id: number;
  readonly until: number;
}

/** Tryton computes stock for a product at a place: key is `product/warehouse`, and moves tell which changed. */
export function stockOf({
  client,
  pageSize,
}: Source): StreamMapping & Pick<StreamAbilities, 'snapshot' | 'changes' | 'lookup' | 'listIds'> {
  const warehousesOf = (http: Http) => client.ids(http, 'stock.location', [['type', '=', 'warehouse']], null);

  async function levels(
    warehouse: number,
    domain: Domain,
    limit: number | null,
    fields: readonly string[],
    http: Http,
  ) {
    const today = await client.call(http, 'ir.date.today', []);
    const context = { locations: [warehouse], stock_date_end: today, with_childs: true };
    const query = { domain: [...GOODS, ...domain], limit, fields };
    const rows = await client.rows(http, 'product.product', query, context);
    return rows.map((row) => ({ ...row, product: row.id, warehouse, id: `${row.id}/${warehouse}` }) as Row);
  }

  /** Page after page through the warehouses, of what lies in each. */
  async function whole(page: string | undefined, size: number, fields: readonly string[], http: Http) {
    const warehouses = await warehousesOf(http);
    const from = page === undefined ? undefined : (JSON.parse(page) as Place);
    const warehouse = warehouses.find((id) => from === undefined || id >= from.warehouse);
    if (warehouse === undefined) return { rows: [] };
    const behind = from?.warehouse === warehouse ? from.product : 0;
    const rows = await levels(
      warehouse,
      [
        ['id', '>', behind],
        ['quantity', '!=', 0],
      ],
      size,
      fields,
      http,
    );
    const following = warehouses.find((id) => id > warehouse);
    const isFull = rows.length >= size;
    const product = isFull ? Number(rows.at(-1)!.product) : 0;
    const next: Place | undefined = isFull
      ? { warehouse, product }
      : following === undefined
        ? undefined
        : { warehouse: following, product };
    return { rows, ...(next === undefined ? {} : { next: JSON.stringify(next) }) };
  }

  return {
    map: toStockLevel,

    async snapshot({ page, select }, http): Promise<Page> {
      const { rows, ...next } = await whole(page, pageSize, [...FIELDS, ...select], http);
      return { records: rows.map((row) => recordOf(row, [])), ...next };
    },

    async changes({ since = 0, page, select }, http): Promise<ChangesPage> {
      const pass = page === undefined ? undefined : (JSON.parse(page) as Pass);
      const behind = pass === undefined ? [] : [['id', '>', pass.id]];
      const domain = [['state', 'in', ['done', 'cancelled']], ...behind, changed([], since, pass?.until)];
      const { clock } = client;
      const moves = await client.rows(http, 'stock.move', {
        domain,
        limit: pageSize,
        fields: ['product', '_timestamp'],
      });
      const stamps = new Map<unknown, number>();
      for (const { product, _timestamp } of moves) {
        stamps.set(product, Math.max(stamps.get(product) ?? 0, milliseconds(_timestamp) ?? 0));
      }
      const until = pass?.until ?? Math.max(since, clock, ...stamps.values());
      const records: SourceRecord[] = [];
      for (const warehouse of stamps.size === 0 ? [] : await warehousesOf(http)) {
        const rows = await levels(warehouse, [['id', 'in', [...stamps.keys()]]], null, [...FIELDS, ...select], http);
        for (const row of rows) {
          records.push({ ...recordOf(row, []), changedAt: Math.min(stamps.get(row.product)!, until) });
        }
      }
      const isFull = moves.length >= pageSize;
      return { records, ...(isFull ? { next: JSON.stringify({ id: Number(moves.at(-1)!.id), until }) } : {}) };
    },

    async lookup({ keys, select }, http): Promise<readonly SourceRecord[]> {
      const products = new Map<number, number[]>();
      for (const key of keys) {
        const [product, warehouse] = key.split('/').map(Number);
        if (product && warehouse) products.set(warehouse, [...(products.get(warehouse) ?? []), product]);
      }
      const places = new Set(await warehousesOf(http));
      const found: SourceRecord[] = [];
      for (const [warehouse, ids] of products) {
        if (!places.has(warehouse)) continue;
        const rows = await levels(warehouse, [['id', 'in', ids]], null, [...FIELDS, ...select], http);
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
