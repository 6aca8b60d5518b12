import { describe, expect, test } from '@jest/globals';
import { toContact } from './contact.ts';
import { countryCode } from './country.ts';
import { toCustomer } from './customer.ts';
import { toLead } from './lead.ts';
import { toOpportunity } from './opportunity.ts';
import { toTicket } from './ticket.ts';

const SYSTEM = { CreatedDate: '2025-03-01T08:00:00.000+0000', SystemModstamp: '2026-01-02T03:04:05.000+0000' };
const config = {
  currency: 'EUR',
  alsoKnownAs: { field: 'ERP_Number__c', connection: 'erp', stream: 'businessPartner' },
};

describe('account', () => {
  const account = {
    ...SYSTEM,
    Id: '0015g0000000001AAA',
    Name: 'Nordwind GmbH',
    Type: 'Customer',
    AccountNumber: null,
    Phone: '',
    Website: 'https://nordwind.example',
    Industry: 'Energy',
    BillingStreet: 'Hafenstr. 5\r\nTor 3',
    BillingCity: 'Hamburg',
    BillingState: null,
    BillingPostalCode: '20457',
    BillingCountry: 'Germany',
    Owner: { Name: 'Ana Silva' },
    ERP_Number__c: ' 1000012 ',
  };

  test('becomes a customer that claims its number in the other system', () => {
    expect(toCustomer(account, config)).toEqual([
      {
        entity: 'Customer',
        values: {
          number: null,
          name: 'Nordwind GmbH',
          phone: null,
          website: 'https://nordwind.example',
          industry: 'Energy',
          accountManager: 'Ana Silva',
          address: { street: 'Hafenstr. 5, Tor 3', postalCode: '20457', city: 'Hamburg', region: null, country: 'DE' },
          createdAt: '2025-03-01T08:00:00.000Z',
          changedAt: '2026-01-02T03:04:05.000Z',
        },
        alsoKnownAs: [{ connection: 'erp', stream: 'businessPartner', key: '1000012' }],
      },
    ]);
  });

  test.each([null, '', '   '])('claims nothing by the number %j', (number) => {
    expect(toCustomer({ ...account, ERP_Number__c: number }, config)[0]!.alsoKnownAs).toEqual([]);
  });

  test('of type Vendor is a supplier', () => {
    const [supplier] = toCustomer({ ...account, Type: 'Vendor' }, config);
    expect(supplier).toMatchObject({ entity: 'Supplier', values: { name: 'Nordwind GmbH' } });
  });

  test('without any address has none; without an owner no manager', () => {
    const bare = { BillingStreet: null, BillingCity: null, BillingPostalCode: null, BillingCountry: null, Owner: null };
    expect(toCustomer({ ...account, ...bare }, config)[0]!.values).toMatchObject({
      address: null,
      accountManager: null,
    });
  });

  test('what was not delivered stays unknown', () => {
    const { Phone: _phone, Owner: _owner, ...partial } = account;
    const { values } = toCustomer(partial, config)[0]! as { values: Record<string, unknown> };
    expect(values.phone).toBeUndefined();
    expect(values.accountManager).toBeUndefined();
  });

  test('with a member of the wrong type is refused, and its field is named', () => {
    expect(() => toCustomer({ ...account, Name: 7 }, config)).toThrow('Name is not a text.');
    expect(() => toCustomer({ ...account, SystemModstamp: 'soon' }, config)).toThrow(
      'SystemModstamp is not a date and time.',
    );
  });
});

describe('opportunity', () => {
  const opportunity = {
    ...SYSTEM,
    Name: 'Pumps 2026',
    AccountId: '0015g0000000001AAA',
    StageName: 'Negotiation/Review',
    IsClosed: false,
    IsWon: false,
    Amount: 125000.5,
    CloseDate: '2026-03-31',
    Probability: 90,
    Owner: { Name: 'Ana Silva' },
  };
  const values = (change: object) => toOpportunity({ ...opportunity, ...change }, config)[0]!.values;

  test('keeps amount, date and account', () => {
    expect(values({})).toMatchObject({
      stage: 'NEGOTIATION',
      amount: { amount: '125000.50', currency: 'EUR' },
      closesOn: '2026-03-31',
      probability: 90,
      customer: { stream: 'account', key: '0015g0000000001AAA' },
      owner: 'Ana Silva',
    });
  });

  test.each([
    [{ StageName: 'Closed Won', IsClosed: true, IsWon: true }, { stage: 'WON' }],
    [{ StageName: 'Gewonnen', IsClosed: true, IsWon: true }, { stage: 'WON' }],
    [{ StageName: 'Abgesagt', IsClosed: true }, { stage: 'LOST' }],
    [{ StageName: 'Needs Analysis' }, { stage: 'QUALIFICATION' }],
    [{ StageName: 'Pilot' }, { stage: null, stageText: 'Pilot' }],
    [{ Amount: null }, { amount: null }],
    [{ Amount: 1200, CurrencyIsoCode: 'JPY' }, { amount: { amount: '1200', currency: 'JPY' } }],
    [{ Amount: 0.1, CurrencyIsoCode: 'KWD' }, { amount: { amount: '0.100', currency: 'KWD' } }],
    [{ Amount: -5 }, { amount: { amount: '-5.00', currency: 'EUR' } }],
    [
      { AccountId: null, Owner: null },
      { customer: null, owner: null },
    ],
  ])('%j', (change, expected) => {
    expect(values(change)).toMatchObject(expected);
  });
});

test.each([
  [{ Status: 'Open - Not Contacted' }, { status: 'NEW' }],
  [{ Status: 'Closed - Not Converted' }, { status: 'DISQUALIFIED' }],
  [
    { Status: 'Erledigt', IsConverted: true, ConvertedAccountId: 'a' },
    { status: 'CONVERTED', convertedCustomer: { stream: 'account', key: 'a' } },
  ],
  [
    { Status: 'Geparkt', IsConverted: false },
    { status: null, statusText: 'Geparkt' },
  ],
])('lead %j', (row, expected) => {
  expect(toLead({ ...SYSTEM, ...row })[0]!.values).toMatchObject({
    ...expected,
    createdOn: '2025-03-01T08:00:00.000Z',
  });
});

test.each([
  [
    { Status: 'Working', Priority: 'High' },
    { status: 'IN_PROGRESS', priority: 'HIGH' },
  ],
  [
    { Status: 'Fertig', IsClosed: true, Priority: 'P1' },
    { status: 'CLOSED', priority: null, priorityText: 'P1' },
  ],
  [
    { Status: 'Parked', Priority: null },
    { status: null, statusText: 'Parked', priority: null, priorityText: null },
  ],
  [
    { ContactId: 'c', AccountId: null },
    { contact: { stream: 'contact', key: 'c' }, customer: null },
  ],
])('case %j', (row, expected) => {
  expect(toTicket({ ...SYSTEM, ...row })[0]!.values).toMatchObject(expected);
});

test('a contact speaks for a customer, or for a supplier when its account is a vendor', () => {
  const contact = {
    ...SYSTEM,
    Name: 'Bo Ek',
    FirstName: 'Bo',
    LastName: 'Ek',
    Phone: null,
    MobilePhone: '+46 1',
    AccountId: 'a',
  };
  const company = { stream: 'account', key: 'a' };
  expect(toContact({ ...contact, Account: { Type: 'Customer' } })[0]!.values).toMatchObject({
    customer: company,
    supplier: null,
    phone: '+46 1',
  });
  expect(toContact({ ...contact, Account: { Type: 'Vendor' } })[0]!.values).toMatchObject({
    customer: null,
    supplier: company,
  });
});

test.each([
  ['Germany', 'DE'],
  ['united states', 'US'],
  ['USA', 'US'],
  ['AT', 'AT'],
  ['United Kingdom', 'GB'],
  ['Russia', 'RU'],
  ['Atlantis', null],
])('the country %s is %s', (text, code) => {
  expect(countryCode(text)).toBe(code);
});
