import { type CompanyName, crmName, drawName, erpName, folderName, spellOut } from './company-names.ts';
import type {
  CrmAccountView,
  DemoCompany,
  DemoMoney,
  DemoUser,
  ErpCompanyView,
  RecordsCompanyView,
} from './demo-types.ts';
import type { Dice } from './dice.ts';
import { ANCHORS, type Directory } from './directory.ts';
import { AS_OF_MS, changedAfter, date, FOUNDED_MS, instant, momentBetween, OPENED_MS } from './moments.ts';
import { money } from './money.ts';
import { type City, COUNTRY_BY_SHARE, type Country } from './places.ts';
import { FIRST_NAMES, LAST_NAMES } from './words.ts';

/** What is true of a company, before any system wrote it down. */
export interface CompanyFacts {
  readonly index: number;
  readonly name: CompanyName;
  readonly country: Country;
  readonly city: City;
  readonly street: string;
  readonly houseNumber: string;
  readonly phone: string;
  readonly domain: string;
  readonly isLarge: boolean;
  readonly createdMs: number;
}

export const CUSTOMERS_PATH = '/Customers';

export function companyFacts(directory: Directory, index: number): CompanyFacts {
  const dice = directory.dice('company', directory.rank(index));
  const country = dice.pick(COUNTRY_BY_SHARE);
  const name = drawName(dice, country.legalForms);
  const share = (directory.rank(index) % 1000) / 1000;
  return {
    index,
    name,
    country,
    city: dice.pick(country.cities),
    street: dice.pick(country.streets),
    houseNumber: String(dice.between(1, 180)),
    phone: `${country.dialling} 555 01${dice.digits(2)}-${dice.digits(3)}`,
    domain: `${domainPart(name.base)}${directory.rank(index)}.example.${dice.chance(0.8) ? 'com' : 'org'}`,
    isLarge: dice.chance(0.3),
    createdMs: momentBetween(dice, FOUNDED_MS, OPENED_MS, share),
  };
}

export function orderCurrency(directory: Directory, company: number): string {
  return directory.dice('company', directory.rank(company)).pick(COUNTRY_BY_SHARE).currency;
}

export function company(directory: Directory, index: number): DemoCompany {
  const facts = companyFacts(directory, index);
  const presence = directory.presence(index);
  const roles = rolesOf(directory, index);
  const crmViews = presence.inCrm ? [crmView(directory, facts, 0)] : [];
  if (presence.hasDuplicate) crmViews.push(crmView(directory, facts, 1));
  return {
    truthId: `company-${String(directory.rank(index)).padStart(7, '0')}`,
    index,
    roles,
    name: facts.name.full,
    country: facts.country.code,
    city: facts.city[0],
    systems: presence.systems,
    erpView: presence.inErp ? erpView(directory, facts, roles) : null,
    crmViews,
    recordsView: presence.inRecords ? recordsView(directory, facts) : null,
  };
}

export function user(directory: Directory, index: number): DemoUser {
  const dice = directory.dice('user', index);
  const firstName = dice.pick(FIRST_NAMES);
  const lastName = dice.pick(LAST_NAMES);
  return {
    id: directory.userId(index),
    name: `${firstName} ${lastName}`,
    firstName,
    lastName,
    email: `user${index}@isthmus-demo.example.com`,
  };
}

export function recordsView(directory: Directory, facts: CompanyFacts): RecordsCompanyView {
  const dice = directory.dice('recordsView', directory.rank(facts.index));
  const erpNumber = directory.erpNumber(facts.index);
  const name = folderName(erpNumber, facts.name);
  const createdMs = Math.min(facts.createdMs + dice.below(40) * 3_600_000 + dice.below(1000), OPENED_MS);
  return {
    folderId: dice.uuid(directory.rank(facts.index)),
    folderName: name,
    path: `${CUSTOMERS_PATH}/${name}`,
    customerNumber: dice.chance(0.06) && facts.index >= ANCHORS ? null : erpNumber,
    createdAt: instant(createdMs),
    changedAt: instant(createdMs),
  };
}

function rolesOf(directory: Directory, index: number): DemoCompany['roles'] {
  if (directory.isSupplierOnly(index)) return ['supplier'];
  return directory.isSupplier(index) ? ['customer', 'supplier'] : ['customer'];
}

function erpView(directory: Directory, facts: CompanyFacts, roles: DemoCompany['roles']): ErpCompanyView {
  const { index, country } = facts;
  const dice = directory.dice('erpView', directory.rank(index));
  const name = erpName(facts.name, dice.chance(0.7));
  const [city, postalCode, region] = facts.city;
  const hasStreet = !dice.chance(0.04);
  const changedMs = changedAfter(dice, facts.createdMs, directory.rank(index), 900);
  const creditLimit = roles.includes('customer') ? drawCreditLimit(dice, facts) : null;
  return {
    erpNumber: directory.erpNumber(index),
    partnerNumber: directory.partnerNumber(index),
    roles,
    name: name.slice(0, 40),
    name2: name.slice(40, 80),
    searchTerm: spellOut(facts.name.base).toUpperCase().slice(0, 20),
    addressId: String(20_000 + directory.rank(index)),
    street: hasStreet ? facts.street : null,
    houseNumber: hasStreet ? facts.houseNumber : null,
    postalCode: dice.chance(0.02) ? null : postalCode,
    city: dice.chance(0.03) ? null : city,
    region: dice.chance(0.15) ? null : region,
    country: country.code,
    language: country.language,
    taxType: country.taxType,
    taxNumber: dice.chance(0.08) ? null : fillDigits(country.taxPattern ?? '########', dice),
    phone: dice.chance(0.1) ? null : facts.phone,
    email: dice.chance(0.15) ? null : `info@${facts.domain}`,
    industry: dice.chance(0.2) ? null : facts.name.industry,
    currency: country.currency,
    creditLimit,
    creditLimitChangedOn: creditLimit === null ? null : date(changedMs),
    isBlocked: dice.chance(0.015) && index >= ANCHORS,
    createdAt: instant(facts.createdMs),
    changedAt: instant(changedMs),
  };
}

const SMALL_LIMITS = [2_500, 5_000, 7_500, 10_000, 15_000, 20_000, 25_000, 30_000, 40_000];
const LARGE_LIMITS = [50_000, 60_000, 75_000, 100_000, 120_000, 150_000, 200_000, 250_000, 400_000, 750_000];

function drawCreditLimit(dice: Dice, facts: CompanyFacts): DemoMoney | null {
  const draw = dice.unit();
  const isAnchor = facts.index < ANCHORS;
  if (draw < 0.08 && !isAnchor) return null;
  const euros = dice.pick(isAnchor || facts.isLarge || draw > 0.9 ? LARGE_LIMITS : SMALL_LIMITS);
  const odd = dice.chance(0.1) ? dice.between(1, 99_999) : 0;
  return money(euros * 100 + odd, 'EUR');
}

function crmView(directory: Directory, facts: CompanyFacts, entry: 0 | 1): CrmAccountView {
  const { index, country, name } = facts;
  const rank = directory.rank(index);
  const dice = directory.dice('crmView', 2 * rank + entry);
  const presence = directory.presence(index);
  const owner = user(directory, entry === 0 ? directory.ownerOf(index) : dice.below(directory.counts.users));
  const createdMs = momentBetween(dice, facts.createdMs, OPENED_MS, dice.unit() * 0.5 + entry * 0.3);
  const [city, postalCode, region] = facts.city;
  const knowsAddress = !dice.chance(0.1);
  const street = country.isNumberFirst
    ? `${facts.houseNumber} ${facts.street}`
    : `${facts.street} ${facts.houseNumber}`;
  return {
    id: directory.accountId(index, entry),
    name: crmName(name, dice),
    type: directory.isSupplierOnly(index) ? 'Vendor' : presence.inErp ? 'Customer' : 'Prospect',
    erpNumber: presence.inErp ? typedErpNumber(directory, facts, entry, dice) : null,
    ownerId: owner.id,
    ownerName: owner.name,
    phone: dice.chance(0.12) ? null : facts.phone.replace(' 555 ', dice.chance(0.3) ? ' (555) ' : ' 555 '),
    website: dice.chance(0.2) ? null : `https://www.${facts.domain}`,
    industry: dice.chance(0.15) ? null : name.industry,
    street: knowsAddress ? street : null,
    postalCode: knowsAddress ? postalCode : null,
    city: dice.chance(0.05) ? null : city,
    state: knowsAddress && dice.chance(0.6) ? region : null,
    country: dice.chance(0.04) ? null : country.name,
    annualRevenue: dice.chance(0.4) ? null : `${dice.between(5, 900)}00000.00`,
    employees: dice.chance(0.3) ? null : dice.between(3, facts.isLarge ? 4_000 : 240),
    description: dice.chance(0.7) ? null : `${name.base}: ${name.industry}, ${city}. "Key account" since 2021.`,
    loyaltyTier: dice.chance(0.2) ? null : dice.pick(['Bronze', 'Bronze', 'Silver', 'Silver', 'Gold', 'Platinum']),
    isDuplicate: entry === 1,
    createdAt: instant(createdMs),
    changedAt: instant(Math.min(changedAfter(dice, createdMs, rank, 1000), AS_OF_MS)),
  };
}

/** Most accounts carry the ERP number; some without the zeros, some not at all. */
function typedErpNumber(directory: Directory, facts: CompanyFacts, entry: number, dice: Dice): string | null {
  const draw = dice.unit();
  if (draw < 0.1 && entry === 0 && facts.index >= ANCHORS && !directory.presence(facts.index).hasDuplicate) return null;
  return draw > 0.83 ? directory.partnerNumber(facts.index) : directory.erpNumber(facts.index);
}

function fillDigits(pattern: string, dice: Dice): string {
  return pattern.replace(/#/g, () => String(dice.below(10)));
}

function domainPart(text: string): string {
  return (
    spellOut(text)
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 24)
      .replace(/-+$/, '') || 'company'
  );
}
