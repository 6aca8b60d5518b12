import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inflateSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { type DemoEnterprise, type DemoTruth, demoEnterprise } from '../index.ts';
import { instant } from './moments.ts';
import { withSalesforceSuffix } from './salesforce-id.ts';

const demo = demoEnterprise();
const STREAMS = [
  'companies',
  'users',
  'contacts',
  'products',
  'warehouses',
  'stockLevels',
  'salesOrders',
  'purchaseOrders',
  'invoices',
  'leads',
  'opportunities',
  'cases',
  'folders',
  'documents',
] as const satisfies (keyof DemoEnterprise)[];

const countBy = <T>(items: Iterable<T>, key: (item: T) => number) => {
  const counts = new Map<number, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
};

describe('the same seed', () => {
  test.each(STREAMS)('gives the same %s again, another seed gives others', (stream) => {
    const written = (seed: number) => JSON.stringify([...demoEnterprise({ seed })[stream]()]);
    const first = JSON.stringify([...demo[stream]()]);
    expect(written(1) === first).toBe(true);
    if (stream !== 'warehouses') expect(written(2) === first).toBe(false);
  });

  test('gives a record alone as in its stream', () => {
    expect(demo.salesOrder(1234)).toEqual([...demo.salesOrders()][1234]);
    expect(demo.document(777)).toEqual([...demo.documents()][777]);
    expect(demo.company(239)).toEqual([...demo.companies()][239]);
    expect(demo.documentContent(5)).toEqual(demoEnterprise().documentContent(5));
    expect(() => demo.salesOrder(2000)).toThrow(RangeError);
    expect(() => demoEnterprise({ scale: 501 })).toThrow(/1 to 500/);
  });

  test('gives a company the same numbers at any scale', () => {
    const larger = demoEnterprise({ scale: 3 });
    expect(larger.company(17).erpView).toEqual(demo.company(17).erpView);
    const supplier = (of: DemoEnterprise) => of.company(of.counts.customers + 3).erpView;
    expect(supplier(larger)).toEqual(supplier(demo));
  });
});

test('counts are as announced', () => {
  const { companies, customers, suppliers, ...counted } = demo.counts;
  expect([companies, customers, suppliers]).toEqual([240, 200, 40]);
  expect(counted).toMatchObject({ salesOrders: 2000, documents: 1200 });
  for (const [stream, count] of Object.entries(counted)) {
    expect([stream, [...demo[stream as 'leads']()].length]).toEqual([stream, count]);
  }
});

test('scale 20 streams through a heap that could not hold it', async () => {
  const script = `
    const { demoEnterprise } = await import(${JSON.stringify(new URL('../index.ts', import.meta.url).href)});
    const demo = demoEnterprise({ scale: 20 });
    let count = 0;
    for (const stream of ${JSON.stringify(STREAMS)}) for (const _ of demo[stream]()) count += 1;
    console.log(count);`;
  const flags = ['--conditions=isthmus-source', '--disable-warning=ExperimentalWarning', '--max-old-space-size=40'];
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [...flags, '--input-type=module', '--eval', script]);
  expect(Number(stdout)).toBeGreaterThan(150_000);
});

describe('keys', () => {
  const unique = (keys: Iterable<string>) => {
    const all = [...keys];
    expect(new Set(all).size).toBe(all.length);
  };
  const erpViews = [...demo.companies()].flatMap((company) => company.erpView ?? []);
  const crmViews = [...demo.companies()].flatMap((company) => company.crmViews);

  test('are unique', () => {
    unique(erpViews.map((view) => view.erpNumber));
    unique(erpViews.map((view) => view.addressId));
    unique(crmViews.map((view) => view.id));
    unique([...demo.contacts()].flatMap((contact) => contact.crmView?.id ?? []));
    unique([...demo.contacts()].flatMap((contact) => contact.erpView?.partnerNumber ?? []));
    unique([...demo.products()].map((product) => product.number));
    unique([...demo.warehouses()].map((place) => `${place.plant}/${place.storageLocation}`));
    unique([...demo.stockLevels()].map((level) => `${level.productNumber}/${level.plant}/${level.storageLocation}`));
    for (const stream of ['salesOrders', 'purchaseOrders', 'invoices', 'cases'] as const) {
      unique([...demo[stream]()].map((record) => record.number));
    }
    for (const stream of ['users', 'leads', 'opportunities', 'cases', 'folders', 'documents'] as const) {
      unique([...demo[stream]()].map((record) => record.id));
    }
    unique([...demo.folders()].map((folder) => folder.path));
    unique([...demo.documents()].map((document) => document.path));
  });

  test('have the shape of their product', () => {
    for (const view of erpViews) expect(view.erpNumber).toMatch(/^000[12]\d{6}$/);
    for (const view of crmViews) expect(withSalesforceSuffix(view.id.slice(0, 15))).toBe(view.id);
    expect(withSalesforceSuffix('001M000000qfPyS')).toBe('001M000000qfPySIAU');
    expect(withSalesforceSuffix('a0RE000000IJmcN')).toBe('a0RE000000IJmcNMAT');
    expect(withSalesforceSuffix('aBcDEfgHIJKLMNO')).toBe('aBcDEfgHIJKLMNO025');
  });
});

describe('references', () => {
  const companies = [...demo.companies()];
  const partners = new Set(companies.flatMap((company) => company.erpView?.partnerNumber ?? []));
  const accounts = new Set(companies.flatMap((company) => company.crmViews.map((view) => view.id)));
  const products = new Set([...demo.products()].map((product) => product.number));
  const places = new Set([...demo.warehouses()].map((place) => `${place.plant}/${place.storageLocation}`));
  const users = new Set([...demo.users()].map((user) => user.id));
  const orders = new Map([...demo.salesOrders()].map((order) => [order.number, order]));

  test('of ERP records resolve, and amounts add up', () => {
    for (const order of [...orders.values(), ...demo.purchaseOrders()]) {
      expect(partners.has('customerNumber' in order ? order.customerNumber : order.supplierNumber)).toBe(true);
      let cents = 0;
      for (const line of order.lines) {
        const isKnown = products.has(line.productNumber) && places.has(`${line.plant}/${line.storageLocation}`);
        if (!isKnown) throw new Error(`order ${order.number} has a line nobody knows`);
        if (!('isRejected' in line && line.isRejected)) cents += Number(line.netAmount.replace('.', ''));
      }
      expect(Number(order.total.amount.replace('.', ''))).toBe(cents);
      expect(order.total.amount).toMatch(order.total.currency === 'JPY' ? /^\d+$/ : /^\d+\.\d\d$/);
    }
    for (const invoice of demo.invoices()) {
      const order = orders.get(invoice.salesOrderNumber);
      expect(order?.customerNumber).toBe(invoice.customerNumber);
      expect(invoice.lines.length).toBeGreaterThan(0);
      expect(invoice.net).toEqual(order?.total);
    }
    for (const level of demo.stockLevels()) expect(products.has(level.productNumber)).toBe(true);
    for (const { erpView } of demo.contacts())
      if (erpView) expect(partners.has(erpView.companyPartnerNumber)).toBe(true);
  });

  test('of CRM records resolve', () => {
    const contacts = new Set<string | null>([...demo.contacts()].flatMap((contact) => contact.crmView?.id ?? []));
    for (const { crmView } of demo.contacts()) if (crmView) expect(accounts.has(crmView.accountId)).toBe(true);
    for (const record of [...demo.opportunities(), ...demo.cases()]) {
      expect(accounts.has(record.accountId)).toBe(true);
      expect(users.has(record.ownerId)).toBe(true);
    }
    for (const record of demo.cases()) if (record.contactId !== null) expect(contacts.has(record.contactId)).toBe(true);
    for (const lead of demo.leads()) {
      if (lead.isConverted) expect(accounts.has(lead.convertedAccountId!)).toBe(true);
      else expect(lead.convertedAccountId).toBeNull();
    }
  });

  test('of records resolve, folders after their parents', () => {
    const folders = new Map<string | null, string>([[null, '']]);
    for (const folder of demo.folders()) {
      expect(folder.path).toBe(`${folders.get(folder.parentId)}/${folder.name}`);
      folders.set(folder.id, folder.path);
    }
    const invoices = new Map([...demo.invoices()].map((invoice) => [invoice.number, invoice]));
    for (const document of demo.documents()) {
      expect(document.path).toBe(`${folders.get(document.folderId)}/${document.name}`);
      const { erpView, recordsView } = demo.company(document.customer);
      expect(document.path.startsWith(`${recordsView?.path}/`)).toBe(true);
      if (document.customerNumber !== null) expect(document.customerNumber).toBe(erpView?.erpNumber);
      if (document.orderNumber !== null) {
        expect(orders.get(document.orderNumber)?.customer).toBe(document.customer);
      }
      if (document.invoiceNumber !== null) {
        expect(invoices.get(document.invoiceNumber)?.salesOrderNumber).toBe(document.orderNumber);
      }
    }
  });

  test('everything was created before it changed, and before the demo’s end', () => {
    const wrong: unknown[] = [];
    for (const stream of STREAMS) {
      for (const record of demo[stream]()) {
        const views = 'crmViews' in record ? [record.erpView, ...record.crmViews, record.recordsView] : [record];
        for (const view of views) {
          if (view === null || !('changedAt' in view)) continue;
          const isInOrder = view.createdAt <= view.changedAt && view.changedAt < demo.asOf;
          if (!isInOrder) wrong.push(view);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(instant(Date.parse('2024-02-29T23:59:59.007Z'))).toBe('2024-02-29T23:59:59.007Z');
  });
});

describe('the views', () => {
  const customers = [...demo.companies()].slice(0, demo.counts.customers);

  test.each([1, 2, 3, 42, 4711])('at seed %i enough customers answer the main query', (seed) => {
    const seeded = demoEnterprise({ seed });
    const orders = countBy(seeded.salesOrders(), (order) => order.customer);
    const documents = countBy(seeded.documents(), (document) => document.customer);
    const negotiating = new Set<number>();
    for (const opportunity of seeded.opportunities()) {
      if (opportunity.stage === 'Negotiation/Review') negotiating.add(opportunity.customer);
    }
    const answering = [...seeded.companies()].filter(
      ({ index, systems, erpView, crmViews }) =>
        systems.length === 3 &&
        Number(erpView?.creditLimit?.amount ?? 0) >= 50_000 &&
        crmViews[0]?.erpNumber !== null &&
        negotiating.has(index) &&
        (orders.get(index) ?? 0) >= 3 &&
        (documents.get(index) ?? 0) >= 3,
    );
    expect(answering.length).toBeGreaterThanOrEqual(15);
    expect(answering.length).toBeLessThan(80);
  });

  test('differ in spelling, number and completeness', () => {
    const of = (systems: string) => customers.filter((company) => company.systems.join() === systems).length;
    expect(of('erp,crm,records')).toBeGreaterThan(120);
    for (const some of ['erp,crm', 'erp,records', 'erp', 'crm']) expect(of(some)).toBeGreaterThan(2);
    const accounts = customers.flatMap((company) => company.crmViews);
    expect(accounts.filter((view) => view.isDuplicate).length).toBeGreaterThan(2);
    expect(accounts.filter((view) => view.erpNumber === null).length).toBeGreaterThan(5);
    expect(accounts.filter((view) => view.erpNumber?.length === 7).length).toBeGreaterThan(5);
    expect(accounts.filter((view) => view.city === null).length).toBeGreaterThan(0);
    const both = customers.filter((company) => company.erpView !== null && company.crmViews.length > 0);
    const same = both.filter((company) => company.erpView!.name === company.crmViews[0]!.name);
    expect(same.length).toBeLessThan(both.length / 10);
    for (const { erpView } of customers) {
      if (erpView === null) continue;
      expect(erpView.name.length).toBeLessThanOrEqual(40);
      if (erpView.creditLimit !== null) expect(erpView.creditLimit.currency).toBe('EUR');
    }
    for (const company of customers)
      if (company.crmViews.length === 2) {
        const [first, second] = company.crmViews;
        expect(Number(first?.erpNumber)).toBe(Number(second?.erpNumber));
      }
  });

  test('hold awkward, very long and other than Latin names', () => {
    const names = [...demoEnterprise({ scale: 5 }).companies()].map((company) => company.name);
    for (const sign of [/'/, /"/, /%/, /_/, /[/]/, /\\/, /[\u3040-\u9fff]/, /ł/]) {
      expect(names.some((name) => sign.test(name))).toBe(true);
    }
    expect(Math.max(...names.map((name) => name.length))).toBeGreaterThan(100);
  });

  test('hold change stamps that tie', () => {
    const ties = countBy(demo.salesOrders(), (order) => Date.parse(order.changedAt));
    expect(Math.max(...ties.values())).toBeGreaterThan(10);
  });
});

describe('document contents', () => {
  const documents = [...demo.documents()];

  test('have exactly the announced size', () => {
    for (const { index, sizeBytes } of documents) expect(demo.documentContent(index)).toHaveLength(sizeBytes);
    expect(Math.max(...documents.map((document) => document.sizeBytes))).toBeGreaterThan(150_000);
  });

  test('are PDFs whose cross-reference table is right', () => {
    const pdfs = documents.filter((document) => document.mimeType === 'application/pdf').slice(0, 200);
    expect(new Set(pdfs.map((document) => document.kind)).size).toBe(3);
    for (const { index } of pdfs) {
      const text = demo.documentContent(index).toString('latin1');
      const start = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)![1]);
      expect(text.slice(start, start + 5)).toBe('xref\n');
      const entries = [...text.slice(start).matchAll(/^(\d{10}) 00000 n $/gm)].map((match) => Number(match[1]));
      entries.forEach((offset, at) => {
        expect(text.startsWith(`${at + 1} 0 obj\n`, offset)).toBe(true);
      });
      const [, length, stream] = /\/Length (\d+) >>\nstream\n([\s\S]*?)\nendstream/.exec(text)!;
      expect(stream).toHaveLength(Number(length));
    }
  });

  test('are PNGs whose chunks inflate, and UTF-8 texts', () => {
    const image = documents.find((document) => document.mimeType === 'image/png')!;
    const bytes = demo.documentContent(image.index);
    const types = [];
    for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
      const type = bytes.toString('latin1', at + 4, at + 8);
      types.push(type);
      if (type === 'IDAT') {
        expect(inflateSync(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)))).toHaveLength(32 * 97);
      }
    }
    expect(types).toEqual(['IHDR', 'tEXt', 'IDAT', 'IEND']);
    const note = documents.find((document) => document.mimeType === 'text/plain')!;
    expect(demo.documentContent(note.index).toString('utf8')).toMatch('“please confirm by Friday”');
  });
});

test('the truth file says who is who', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-truth-'));
  try {
    const file = join(folder, 'truth.jsonl');
    await demo.writeTruth(file);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as DemoTruth);
    expect(entries).toHaveLength(demo.counts.companies + demo.counts.contacts);
    const { erpView, crmViews, recordsView } = demo.company(0);
    expect(entries[0]).toMatchObject({
      truthId: 'company-0000000',
      erpNumber: erpView?.erpNumber,
      crmIds: crmViews.map((view) => view.id),
      folder: { id: recordsView?.folderId, name: recordsView?.folderName },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
