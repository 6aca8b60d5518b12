import type { Mapped } from 'isthmus/model';
import type { SourceRecord } from 'isthmus/sdk';
import { date, decimal, flag, known, many, moment, money, rowOf, type Source, text } from './values.ts';

const STREAM = 'businessPartner';
/** The longest part of a name: a longer name goes on in the next part without a gap. */
const NAME_PART = 40;

/** A business partner as customer, as supplier, as both, or, when it is neither, as nothing. */
export function toParties(record: SourceRecord): readonly Mapped[] {
  const row = rowOf(record);
  const name = partnerName(row);
  const address = currentAddress(row);
  const shared = {
    name,
    legalName: name,
    taxNumber: taxNumber(row),
    email: address && contactPoint(address.to_EmailAddress, 'IsDefaultEmailAddress', 'EmailAddress'),
    phone: address && contactPoint(address.to_PhoneNumber, 'IsDefaultPhoneNumber', 'PhoneNumber'),
    isBlocked: isBlocked(row),
    address: address === undefined ? undefined : postalAddress(address),
    createdAt: moment(record.createdAt, row.CreationDate),
    changedAt: moment(record.changedAt, row.LastChangeDate),
  };
  const mapped: Mapped[] = [];
  const customer = text(row.Customer);
  const supplier = text(row.Supplier);
  if (customer) {
    mapped.push({ entity: 'Customer', values: known({ number: customer, industry: text(row.Industry), ...shared }) });
  }
  if (supplier) mapped.push({ entity: 'Supplier', values: known({ number: supplier, ...shared }) });
  return mapped;
}

/** The partner's number is the customer's: the account only adds to what the partner says. */
export function toCreditLimit(record: SourceRecord): readonly Mapped[] {
  const row = rowOf(record);
  return [
    {
      entity: 'Customer',
      values: known({ creditLimit: creditLimit(row), isBlocked: flag(row.CreditAccountIsBlocked) }),
      alsoKnownAs: [{ stream: STREAM, key: record.key }],
    },
  ];
}

/** A person; who has no company any more speaks for nobody. */
export function toContact(record: SourceRecord): readonly Mapped[] {
  const row = rowOf(record);
  const relationship = currentRelationship(many(row.relationships) ?? []);
  if (relationship === undefined) return [];
  const details = (relationship.to_ContactRelationship ?? {}) as Source;
  const company = (relationship.company ?? {}) as Source;
  const companyKey = text(relationship.BusinessPartnerCompany);
  const reference = companyKey ? { stream: STREAM, key: companyKey } : null;
  return [
    {
      entity: 'Contact',
      values: known({
        name: partnerName(row),
        givenName: text(row.FirstName),
        familyName: text(row.LastName),
        email: text(details.EmailAddress),
        phone: text(details.PhoneNumber),
        jobTitle: text(details.ContactPersonFunctionName),
        role: text(details.ContactPersonDepartmentName),
        customer: text(company.Customer) ? reference : null,
        supplier: text(company.Supplier) ? reference : null,
        changedAt: moment(record.changedAt, row.LastChangeDate),
      }),
    },
  ];
}

function partnerName(row: Source): string | null | undefined {
  const parts = [1, 2, 3, 4].map((part) => String(row[`OrganizationBPName${part}`] ?? ''));
  const organization = parts
    .reduce((name, part, at) =>
      part === '' ? name : `${name}${parts[at - 1]?.length === NAME_PART ? '' : ' '}${part}`,
    )
    .trim();
  if (organization !== '') return organization;
  const person = [text(row.FirstName), text(row.LastName)].filter((part) => typeof part === 'string').join(' ');
  return person === '' ? text(row.BusinessPartnerFullName) : person;
}

function isBlocked(row: Source): boolean | undefined {
  const blocked = flag(row.BusinessPartnerIsBlocked);
  return blocked === undefined ? undefined : blocked || flag(row.IsMarkedForArchiving) === true;
}

/** The VAT number of the tax numbers, else the first. */
function taxNumber(row: Source): string | null | undefined {
  const numbers = many(row.to_BusinessPartnerTax);
  if (numbers === undefined) return undefined;
  const vat = numbers.find((each) => /^[A-Z]{2}0$/.test(String(each.BPTaxType)));
  return text((vat ?? numbers[0])?.BPTaxNumber) ?? null;
}

/** The first by number of those that are still valid; null when there is none, undefined when they were not read. */
function currentAddress(row: Source): Source | null | undefined {
  const addresses = many(row.to_BusinessPartnerAddress);
  if (addresses === undefined) return undefined;
  const ordered = [...addresses].sort((left, right) => String(left.AddressID).localeCompare(String(right.AddressID)));
  return ordered.find((address) => isEndless(address.ValidityEndDate)) ?? ordered.at(-1) ?? null;
}

function isEndless(end: unknown): boolean {
  const day = date(end);
  return day === undefined || day === null || day >= '9999';
}

function postalAddress(address: Source | null) {
  if (address === null) return null;
  if (address.CityName === undefined) return undefined;
  const parts = {
    street: text(address.StreetName) ?? null,
    houseNumber: text(address.HouseNumber) ?? null,
    postalCode: text(address.PostalCode) ?? null,
    city: text(address.CityName) ?? null,
    region: text(address.Region) ?? null,
    country: text(address.Country) ?? null,
  };
  return Object.values(parts).every((part) => part === null) ? null : parts;
}

function contactPoint(value: unknown, isDefault: string, field: string): string | null | undefined {
  const points = many(value);
  if (points === undefined) return undefined;
  return text((points.find((point) => flag(point[isDefault])) ?? points[0])?.[field]) ?? null;
}

/** Zero is a limit only when the account says so: an initial amount means that none was set. */
function creditLimit(row: Source) {
  const amount = decimal(row.CreditLimitAmount, 'CreditLimitAmount');
  if (
    amount !== undefined &&
    amount !== null &&
    /^-?0+(\.0+)?$/.test(amount) &&
    flag(row.CreditLimitIsZero) === false
  ) {
    return null;
  }
  return money(row.CreditLimitAmount, row.CreditSegmentCurrency, 'CreditLimitAmount');
}

/** Of several companies the oldest relationship that has not ended. */
function currentRelationship(relationships: readonly Source[]): Source | undefined {
  const endless = relationships.filter((each) => isEndless(each.ValidityEndDate));
  return [...endless].sort((left, right) => Number(left.RelationshipNumber) - Number(right.RelationshipNumber))[0];
}
