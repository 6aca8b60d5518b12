import { describe, expect, test } from '@jest/globals';
import type { Row } from '../client.ts';
import { config } from '../config.ts';
import { documentColumns, toDocument } from './document.ts';
import { toFiling } from './filing.ts';
import { folderColumns, toFolder } from './folder.ts';

const ERP = { connection: 'erp', stream: 'businessPartner' };
const LOGIN = { url: 'http://127.0.0.1/cmis/browser', user: 'u', password: 'p' };
const plain = config.parse(LOGIN);
const full = config.parse({
  ...LOGIN,
  documentType: 'demo:document',
  customerProperty: { property: 'demo:customer', ...ERP },
  customerFolder: { pattern: '^/Customers/(\\d{10}) ', ...ERP },
  orderProperty: { property: 'demo:order', connection: 'erp', stream: 'salesOrder' },
});
const customer = (key: string) => ({ ...ERP, key });
const valuesOf = (mapped: readonly { readonly values: object }[]) => mapped[0]!.values as Record<string, unknown>;

describe('a document', () => {
  const row: Row = {
    'cmis:objectId': 'd1;2.0',
    'cmis:versionSeriesId': 'd1',
    'cmis:name': 'Offer.pdf',
    'cmis:versionLabel': '2.0',
    'cmis:createdBy': 'm.keller',
    'cmis:creationDate': 1700000000123,
    'cmis:lastModificationDate': -1,
    'cmis:contentStreamLength': 12,
    'cmis:contentStreamMimeType': 'application/pdf',
    'cmis:contentStreamFileName': 'offer (1).pdf',
    'demo:customer': '0001000012',
    'demo:order': 4711,
  };

  test('whole', () => {
    expect(toDocument(row, full)).toEqual([
      {
        entity: 'Document',
        values: {
          name: 'Offer.pdf',
          mimeType: 'application/pdf',
          sizeInBytes: 12,
          versionLabel: '2.0',
          fileName: 'offer (1).pdf',
          createdAt: '2023-11-14T22:13:20.123Z',
          changedAt: '1969-12-31T23:59:59.999Z',
          createdBy: 'm.keller',
          customer: customer('0001000012'),
          order: { connection: 'erp', stream: 'salesOrder', key: '4711' },
        },
      },
    ]);
  });

  test.each([
    ['a size beyond what an Int holds', { 'cmis:contentStreamLength': 2 ** 31 }, { sizeInBytes: null }],
    ['an unknown size', { 'cmis:contentStreamLength': -1 }, { sizeInBytes: null }],
    ['no content', { 'cmis:contentStreamLength': null, 'cmis:contentStreamMimeType': null }, { mimeType: null }],
    ['a blank customer', { 'demo:customer': '  ' }, { customer: null }],
    ['a customer with blanks around', { 'demo:customer': ' 12 ' }, { customer: customer('12') }],
    ['several customers', { 'demo:customer': ['12', '13'] }, { customer: null }],
    ['a property that was not delivered', { 'demo:order': undefined }, { order: undefined }],
  ])('with %s', (_case, change, expected) => {
    expect(valuesOf(toDocument({ ...row, ...change }, full))).toMatchObject(expected);
  });

  test('says nothing of customer and order where the config names no property', () => {
    expect(valuesOf(toDocument(row, plain))).not.toHaveProperty('customer');
    expect(valuesOf(toDocument(row, plain))).not.toHaveProperty('order');
    expect(documentColumns(plain).filter((name) => !name.startsWith('cmis:'))).toEqual([]);
  });
});

describe('a folder', () => {
  const row: Row = { 'cmis:objectId': 'f1', 'cmis:name': '2025', 'cmis:parentId': 'f0', 'cmis:path': '/A/2025' };

  test.each([
    ['its property', { 'demo:customer': '12' }, customer('12')],
    ['its path', { 'cmis:path': '/Customers/0001000012 Acme/2025' }, customer('0001000012')],
    [
      'its property before its path',
      { 'cmis:path': '/Customers/0001000012 Acme', 'demo:customer': '7' },
      customer('7'),
    ],
    ['nothing', {}, null],
  ])('has the customer of %s', (_case, change, expected) => {
    expect(valuesOf(toFolder({ ...row, ...change }, full)).customer).toEqual(expected);
  });

  test('lies in its parent; the root lies nowhere', () => {
    expect(valuesOf(toFolder(row, plain)).parent).toEqual({ stream: 'folder', key: 'f0' });
    expect(valuesOf(toFolder({ ...row, 'cmis:parentId': '' }, plain)).parent).toBeNull();
    expect(valuesOf(toFolder(row, plain))).not.toHaveProperty('customer');
  });
});

describe('filing', () => {
  const document: Row = { 'cmis:versionSeriesId': 'd1', 'cmis:name': 'Offer.pdf' };
  const folder: Row = { 'cmis:objectId': 'f1', 'cmis:path': '/A', 'demo:customer': '12' };

  test('joins the document under its own key', () => {
    expect(toFiling({ document, folder }, full)).toEqual([
      {
        entity: 'Document',
        values: { path: '/A/Offer.pdf', folder: { stream: 'folder', key: 'f1' }, customer: customer('12') },
        alsoKnownAs: [{ stream: 'document', key: 'd1' }],
      },
    ]);
  });

  test.each([
    ['in the root', { folder: { ...folder, 'cmis:path': '/' } }, { path: '/Offer.pdf' }],
    ['nowhere', { folder: null }, { path: null, folder: null, customer: null }],
    ['with a customer of its own', { document: { ...document, 'demo:customer': '7' } }, { customer: customer('7') }],
  ])('%s', (_case, change, expected) => {
    expect(valuesOf(toFiling({ document, folder, ...change }, full))).toMatchObject(expected);
  });
});

describe('what was read for some fields only', () => {
  const row: Row = Object.fromEntries(documentColumns(full).map((name) => [name, /Date$/.test(name) ? 0 : 'x']));
  const narrowed = (columns: readonly string[]) => Object.fromEntries(columns.map((name) => [name, row[name]]));

  test.each(Object.keys(valuesOf(toDocument(row, full))))('%s alone', (field) => {
    const columns = documentColumns(full, { Document: [field] });
    expect(columns.length).toBe(5);
    const values = Object.entries(valuesOf(toDocument(narrowed(columns), full)));
    const known = values.filter(([, value]) => value !== undefined);
    expect(known).toEqual([[field, valuesOf(toDocument(row, full))[field]]]);
  });

  test('of a folder', () => {
    expect(folderColumns(full, { Folder: ['name'] })).toEqual(['cmis:objectId', 'cmis:name']);
    const values = Object.entries(valuesOf(toFolder({ 'cmis:objectId': 'f', 'cmis:name': 'F' }, full)));
    expect(values.filter(([, value]) => value !== undefined)).toEqual([['name', 'F']]);
  });
});
