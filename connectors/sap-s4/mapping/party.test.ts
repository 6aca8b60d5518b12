import { describe, expect, test } from '@jest/globals';
import { toContact, toCreditLimit, toParties } from './party.ts';

const record = (source: object, key = '1000012') => ({ key, source, changedAt: Date.UTC(2026, 0, 2, 3, 4, 5) });
const FOREVER = '/Date(253402214400000+0000)/';
const partner = {
  BusinessPartner: '1000012',
  Customer: '1000012',
  Supplier: '',
  BusinessPartnerCategory: '2',
  OrganizationBPName1: 'MUELLER GMBH',
  OrganizationBPName2: '',
  BusinessPartnerIsBlocked: false,
  IsMarkedForArchiving: false,
};

describe('business partner', () => {
  test.each([
    ['neither customer nor supplier', { Customer: '', Supplier: '' }, []],
    ['a customer', {}, ['Customer']],
    ['both', { Supplier: '1000012' }, ['Customer', 'Supplier']],
  ])('%s', (_, more, entities) => {
    expect(toParties(record({ ...partner, ...more })).map((each) => each.entity)).toEqual(entities);
  });

  test.each([
    ['a name cut at 40 goes on without a gap', ['A'.repeat(38).concat('MB'), 'H'], `${'A'.repeat(38)}MBH`],
    ['a name of two parts', ['MUELLER', 'GMBH'], 'MUELLER GMBH'],
    ['a part left out', ['MUELLER', '', 'WEST'], 'MUELLER WEST'],
  ])('%s', (_, names, expected) => {
    const parts = Object.fromEntries([0, 1, 2, 3].map((at) => [`OrganizationBPName${at + 1}`, names[at] ?? '']));
    expect(toParties(record({ ...partner, ...parts }))[0]!.values).toMatchObject({ name: expected });
  });

  test('a person who buys', () => {
    const person = { ...partner, OrganizationBPName1: '', FirstName: 'Ana', LastName: "O'Neill" };
    expect(toParties(record(person))[0]!.values).toMatchObject({ name: "Ana O'Neill" });
  });

  test('what was not read is unknown, what is initial is null', () => {
    const [unread] = toParties(record(partner));
    expect(Object.keys(unread!.values)).not.toContain('address');
    expect(Object.keys(unread!.values)).not.toContain('taxNumber');
    const [empty] = toParties(
      record({ ...partner, to_BusinessPartnerAddress: { results: [] }, to_BusinessPartnerTax: { results: [] } }),
    );
    expect(empty!.values).toMatchObject({ address: null, taxNumber: null });
  });

  test('the address that is still valid, with its default contact points', () => {
    const points = (field: string, isDefault: string) => ({
      results: [
        { [field]: 'second', [isDefault]: false },
        { [field]: 'first', [isDefault]: true },
      ],
    });
    const address = {
      StreetName: 'Hauptstr.',
      HouseNumber: '5',
      PostalCode: '',
      CityName: 'Ulm',
      Region: '',
      Country: 'DE',
    };
    const [mapped] = toParties(
      record({
        ...partner,
        to_BusinessPartnerAddress: {
          results: [
            { ...address, AddressID: '1', CityName: 'Bonn', ValidityEndDate: '/Date(0+0000)/' },
            {
              ...address,
              AddressID: '2',
              ValidityEndDate: FOREVER,
              to_EmailAddress: points('EmailAddress', 'IsDefaultEmailAddress'),
              to_PhoneNumber: points('PhoneNumber', 'IsDefaultPhoneNumber'),
            },
          ],
        },
        to_BusinessPartnerTax: {
          results: [
            { BPTaxType: 'DE1', BPTaxNumber: '12' },
            { BPTaxType: 'DE0', BPTaxNumber: 'DE34' },
          ],
        },
      }),
    );
    expect(mapped!.values).toMatchObject({
      address: { street: 'Hauptstr.', houseNumber: '5', postalCode: null, city: 'Ulm', region: null, country: 'DE' },
      email: 'first',
      phone: 'first',
      taxNumber: 'DE34',
      changedAt: '2026-01-02T03:04:05.000Z',
    });
  });

  test('archived counts as blocked', () => {
    const [mapped] = toParties(record({ ...partner, IsMarkedForArchiving: true }));
    expect(mapped!.values).toMatchObject({ isBlocked: true });
  });

  test('without a key it is set aside', () => {
    expect(() => toParties(record(partner, ''))).toThrow('no key');
  });
});

describe('credit account', () => {
  test.each([
    ['a limit', '50000.00', false, { amount: '50000.00', currency: 'EUR' }],
    ['a limit of zero', '0.00', true, { amount: '0.00', currency: 'EUR' }],
    ['no limit set', '0.00', false, null],
  ])('%s', (_, amount, isZero, creditLimit) => {
    const source = {
      CreditLimitAmount: amount,
      CreditLimitIsZero: isZero,
      CreditSegmentCurrency: 'EUR',
      CreditAccountIsBlocked: false,
    };
    expect(toCreditLimit(record(source))).toEqual([
      {
        entity: 'Customer',
        values: { creditLimit, isBlocked: false },
        alsoKnownAs: [{ stream: 'businessPartner', key: '1000012' }],
      },
    ]);
  });

  test('an amount that is no number', () => {
    const source = { CreditLimitAmount: '1.000,00', CreditSegmentCurrency: 'EUR' };
    expect(() => toCreditLimit(record(source))).toThrow('CreditLimitAmount is no decimal');
  });
});

describe('contact', () => {
  const person = { BusinessPartner: '7000001', FirstName: 'Ana', LastName: 'Silva' };
  const relationship = (number: string, company: object, end = FOREVER) => ({
    RelationshipNumber: number,
    BusinessPartnerCompany: '1000012',
    ValidityEndDate: end,
    to_ContactRelationship: {
      ContactPersonFunctionName: 'Buyer',
      ContactPersonDepartmentName: '',
      EmailAddress: 'a@b.c',
    },
    company,
  });

  test.each([
    [
      'of a customer',
      { Customer: '1000012', Supplier: '' },
      { customer: { stream: 'businessPartner', key: '1000012' }, supplier: null },
    ],
    [
      'of a supplier',
      { Customer: '', Supplier: '1000012' },
      { customer: null, supplier: { stream: 'businessPartner', key: '1000012' } },
    ],
  ])('%s', (_, company, expected) => {
    const [mapped] = toContact(
      record({ ...person, relationships: { results: [relationship('2', company)] } }, '7000001'),
    );
    expect(mapped!.values).toMatchObject({
      name: 'Ana Silva',
      jobTitle: 'Buyer',
      role: null,
      email: 'a@b.c',
      ...expected,
    });
  });

  test('whose relationship has ended speaks for nobody', () => {
    const ended = relationship('2', {}, '/Date(0)/');
    expect(toContact(record({ ...person, relationships: { results: [ended] } }))).toEqual([]);
    expect(toContact(record({ ...person, relationships: { results: [] } }))).toEqual([]);
  });
});
