import { productBasics, warehouse } from './catalogue.ts';
import { orderCurrency } from './companies.ts';
import type { DemoPurchaseOrder, DemoPurchaseOrderLine } from './demo-types.ts';
import type { Dice } from './dice.ts';
import type { Directory } from './directory.ts';
import { AS_OF_MS, changedAfter, DAY_MS, date, instant, momentBetween, OPENED_MS } from './moments.ts';
import { decimal, decimalsOf, fromEuroCents, money } from './money.ts';
import { drawQuantity } from './sales.ts';

const NUMBERS_FROM = 4_500_000_000;
/** What we pay of the list price, in percent. */
const BUYING_PERCENT = 60;

export function purchaseOrder(directory: Directory, index: number): DemoPurchaseOrder {
  const { counts } = directory;
  const dice = directory.dice('purchaseOrder', index);
  const supplier = drawSupplier(directory, dice);
  const currency = orderCurrency(directory, supplier);
  const share = (index + dice.unit()) / counts.purchaseOrders;
  const createdMs = momentBetween(dice, OPENED_MS, AS_OF_MS - DAY_MS, share);
  const lines = drawLines(directory, dice, currency, createdMs);
  return {
    index,
    number: String(NUMBERS_FROM + index),
    type: 'NB',
    companyCode: '1010',
    purchasingOrganization: '1010',
    supplier,
    supplierNumber: directory.partnerNumber(supplier),
    orderedOn: date(createdMs),
    total: money(
      lines.reduce((sum, line) => sum + line.netMinor, 0),
      currency,
    ),
    isDeleted: dice.chance(0.02),
    lines: lines.map(({ netMinor: _, ...line }) => line),
    createdAt: instant(createdMs),
    changedAt: instant(changedAfter(dice, createdMs, index, 60)),
  };
}

/** Mostly a pure supplier, sometimes a customer that we buy from as well. */
function drawSupplier(directory: Directory, dice: Dice): number {
  const { customers, suppliers } = directory.counts;
  const both = 31 * dice.below(Math.floor(customers / 31)) + 30;
  if (dice.chance(0.05) && directory.isSupplier(both)) return both;
  return customers + dice.skewed(suppliers);
}

type LineWithAmount = DemoPurchaseOrderLine & { readonly netMinor: number };

function drawLines(directory: Directory, dice: Dice, currency: string, createdMs: number): LineWithAmount[] {
  const count = 1 + Math.floor(dice.unit() * dice.unit() * 6);
  const place = warehouse(directory, dice.below(directory.counts.warehouses));
  return Array.from({ length: count }, (_, at) => {
    const basics = productBasics(directory, dice.below(directory.counts.products));
    const quantity = drawQuantity(dice, basics) * 4;
    const unitMinor = fromEuroCents(Math.ceil((basics.priceCents * BUYING_PERCENT) / 100), currency);
    const netMinor = Math.round((unitMinor * quantity) / 1000);
    const deliveryMs = createdMs + dice.between(5, 70) * DAY_MS;
    return {
      position: String(10 * (at + 1)),
      productNumber: basics.number,
      text: basics.name,
      quantity: decimal(quantity, 3),
      unit: basics.unit,
      unitPrice: decimal(unitMinor, decimalsOf(currency)),
      netAmount: decimal(netMinor, decimalsOf(currency)),
      netMinor,
      plant: place.plant,
      storageLocation: place.storageLocation,
      deliveryOn: date(deliveryMs),
      isDelivered: deliveryMs < AS_OF_MS && dice.chance(0.97),
    };
  });
}
