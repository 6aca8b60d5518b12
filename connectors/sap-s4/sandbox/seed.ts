import type { DemoCompany, DemoContact, DemoEnterprise, ErpCompanyView, SandboxStore } from 'isthmus/sdk/testing';
import { completeRow, dateOf, instantOf, type Row, type Service, timeOf } from './edm.ts';
import {
  billingDocument,
  billingDocumentItems,
  purchaseOrder,
  purchaseOrderItems,
  salesOrder,
  salesOrderItems,
} from './seed-documents.ts';
import { partnerEtag } from './tables.ts';

const FOREVER = '9999-12-31';
const CREDIT_SEGMENT = '0000';
const PRODUCTIVE_STATUS = '';

/** Fills the store with the demo enterprise as the ERP knows it; streams, one set after the other. */
export async function seed(store: SandboxStore, services: readonly Service[], demo: DemoEnterprise): Promise<void> {
  const types = new Map(services.flatMap((service) => service.types).map((type) => [type.set, type] as const));
  for (const [set, rows] of Object.entries(rowsOf(demo))) {
    const type = types.get(set)!;
    await store.table(set).seedInSlices(map(rows, (row) => completeRow(type, row)));
  }
}

function rowsOf(demo: DemoEnterprise): Record<string, Iterable<Row>> {
  const partners = () => filter(demo.companies(), (company) => company.erpView !== null);
  const persons = () => filter(demo.contacts(), (contact) => contact.erpView !== null);
  const each = (rows: (view: ErpCompanyView, company: DemoCompany) => Row[]) =>
    flatMap(partners(), (company) => rows(company.erpView!, company));
  return {
    A_BusinessPartner: concat(
      each((view) => [partner(view)]),
      map(persons(), person),
    ),
    A_BusinessPartnerAddress: each((view) => [address(view)]),
    A_AddressEmailAddress: each((view) => (view.email === null ? [] : [email(view)])),
    A_AddressPhoneNumber: each((view) => (view.phone === null ? [] : [phone(view)])),
    A_BusinessPartnerRole: each((view) => roles(view)),
    A_BusinessPartnerTaxNumber: each((view) => (view.taxNumber === null ? [] : [tax(view)])),
    A_Customer: each((view) => (view.roles.includes('customer') ? [customer(view)] : [])),
    A_Supplier: each((view) => (view.roles.includes('supplier') ? [supplier(view)] : [])),
    A_BusinessPartnerContact: map(persons(), relationship),
    A_BPContactToFuncAndDept: map(persons(), contactFunction),
    CreditMgmtBusinessPartner: each((view) =>
      view.creditLimit === null ? [] : [{ BusinessPartner: view.partnerNumber, CreditRiskClass: 'B' }],
    ),
    CreditManagementAccount: each((view) => (view.creditLimit === null ? [] : [creditAccount(view)])),
    A_Product: map(demo.products(), (product) => ({
      Product: product.number,
      ProductType: product.type,
      CrossPlantStatus: product.isDiscontinued ? '01' : PRODUCTIVE_STATUS,
      CreationDate: dateOf(product.createdAt),
      LastChangeDate: dateOf(product.changedAt),
      LastChangeDateTime: instantOf(product.changedAt),
      IsMarkedForDeletion: product.isDiscontinued,
      GrossWeight: product.grossWeight,
      NetWeight: product.netWeight,
      WeightUnit: product.weightUnit,
      ProductGroup: product.group,
      BaseUnit: product.baseUnit,
      ProductStandardID: product.gtin ?? '',
    })),
    A_ProductDescription: map(demo.products(), (product) => ({
      Product: product.number,
      Language: 'EN',
      ProductDescription: product.name.slice(0, 40),
    })),
    A_MaterialStock: map(demo.products(), (product) => ({
      Material: product.number,
      MaterialBaseUnit: product.baseUnit,
    })),
    A_MatlStkInAcctMod: map(demo.stockLevels(), (level) => ({
      Material: level.productNumber,
      Plant: level.plant,
      StorageLocation: level.storageLocation,
      InventoryStockType: '01',
      MaterialBaseUnit: level.unit,
      MatlWrhsStkQtyInMatlBaseUnit: level.quantity,
    })),
    A_Plant: plants(demo),
    A_SalesOrder: map(demo.salesOrders(), salesOrder),
    A_SalesOrderItem: flatMap(demo.salesOrders(), salesOrderItems),
    A_PurchaseOrder: map(demo.purchaseOrders(), purchaseOrder),
    A_PurchaseOrderItem: flatMap(demo.purchaseOrders(), purchaseOrderItems),
    A_BillingDocument: map(demo.invoices(), billingDocument),
    A_BillingDocumentItem: flatMap(demo.invoices(), billingDocumentItems),
  };
}

/** Date and time pairs: a partner that was never changed has no change stamp at all. */
function partnerStamps(stamps: { readonly createdAt: string; readonly changedAt: string }): Row {
  const isChanged = stamps.changedAt !== stamps.createdAt;
  return {
    CreatedByUser: 'MIGRATION',
    CreationDate: dateOf(stamps.createdAt),
    CreationTime: timeOf(stamps.createdAt),
    LastChangedByUser: isChanged ? 'MASTERDATA' : '',
    LastChangeDate: isChanged ? dateOf(stamps.changedAt) : null,
    LastChangeTime: isChanged ? timeOf(stamps.changedAt) : 'PT00H00M00S',
  };
}

function partner(view: ErpCompanyView): Row {
  const name = [view.name, view.name2].filter((part) => part !== '').join(' ');
  return {
    BusinessPartner: view.partnerNumber,
    ETag: partnerEtag({ BusinessPartner: view.partnerNumber }, new Date(view.changedAt)),
    Customer: view.roles.includes('customer') ? view.partnerNumber : '',
    Supplier: view.roles.includes('supplier') ? view.partnerNumber : '',
    BusinessPartnerCategory: '2',
    BusinessPartnerFullName: name.slice(0, 81),
    BusinessPartnerName: name.slice(0, 81),
    BusinessPartnerGrouping: 'BP01',
    BusinessPartnerUUID: uuidOf(view.partnerNumber),
    Language: view.language,
    CorrespondenceLanguage: view.language,
    OrganizationBPName1: view.name,
    OrganizationBPName2: view.name2,
    SearchTerm1: view.searchTerm,
    Industry: view.industry ?? '',
    BusinessPartnerIsBlocked: view.isBlocked,
    ...partnerStamps(view),
  };
}

function person(contact: DemoContact): Row {
  const { partnerNumber } = contact.erpView!;
  const name = `${contact.firstName} ${contact.lastName}`;
  return {
    BusinessPartner: partnerNumber,
    ETag: partnerEtag({ BusinessPartner: partnerNumber }, new Date(contact.changedAt)),
    BusinessPartnerCategory: '1',
    BusinessPartnerFullName: name.slice(0, 81),
    BusinessPartnerName: name.slice(0, 81),
    BusinessPartnerGrouping: 'BP02',
    BusinessPartnerUUID: uuidOf(partnerNumber),
    FirstName: contact.firstName,
    LastName: contact.lastName,
    SearchTerm1: contact.lastName.toUpperCase().slice(0, 20),
    ...partnerStamps(contact),
  };
}

function uuidOf(number: string): string {
  return `0050569b-0000-1eda-8000-${number.padStart(12, '0')}`;
}

function address(view: ErpCompanyView): Row {
  return {
    BusinessPartner: view.partnerNumber,
    AddressID: view.addressId,
    ValidityStartDate: instantOf(`${view.createdAt.slice(0, 10)}T00:00:00Z`),
    ValidityEndDate: instantOf(`${FOREVER}T23:59:59Z`),
    StreetName: view.street ?? '',
    HouseNumber: view.houseNumber ?? '',
    PostalCode: view.postalCode ?? '',
    CityName: view.city ?? '',
    Region: view.region ?? '',
    Country: view.country,
    Language: view.language,
  };
}

function email(view: ErpCompanyView): Row {
  return {
    AddressID: view.addressId,
    OrdinalNumber: '1',
    IsDefaultEmailAddress: true,
    EmailAddress: view.email,
    SearchEmailAddress: view.email!.toUpperCase().slice(0, 20),
  };
}

function phone(view: ErpCompanyView): Row {
  return {
    AddressID: view.addressId,
    OrdinalNumber: '1',
    DestinationLocationCountry: view.country,
    IsDefaultPhoneNumber: true,
    PhoneNumber: view.phone,
    InternationalPhoneNumber: view.phone!.replaceAll(/[^\d+]/g, ''),
    PhoneNumberType: '1',
  };
}

function roles(view: ErpCompanyView): Row[] {
  const codes = view.roles.flatMap((role) => (role === 'customer' ? ['FLCU00', 'FLCU01'] : ['FLVN00', 'FLVN01']));
  return codes.map((code) => ({ BusinessPartner: view.partnerNumber, BusinessPartnerRole: code }));
}

function tax(view: ErpCompanyView): Row {
  return { BusinessPartner: view.partnerNumber, BPTaxType: view.taxType, BPTaxNumber: view.taxNumber };
}

function customer(view: ErpCompanyView): Row {
  return {
    Customer: view.partnerNumber,
    CustomerName: view.name,
    CustomerFullName: `${view.name} ${view.name2}`.trim(),
    CustomerAccountGroup: 'CUST',
    VATRegistration: view.taxNumber ?? '',
    OrderIsBlockedForCustomer: view.isBlocked ? '01' : '',
    CreationDate: dateOf(view.createdAt),
  };
}

function supplier(view: ErpCompanyView): Row {
  return {
    Supplier: view.partnerNumber,
    SupplierName: view.name,
    SupplierFullName: `${view.name} ${view.name2}`.trim(),
    SupplierAccountGroup: 'SUPL',
    VATRegistration: view.taxNumber ?? '',
    PurchasingIsBlocked: view.isBlocked,
    CreationDate: dateOf(view.createdAt),
  };
}

function relationshipKey(contact: DemoContact): Row {
  return {
    RelationshipNumber: contact.erpView!.relationshipNumber,
    BusinessPartnerCompany: contact.erpView!.companyPartnerNumber,
    BusinessPartnerPerson: contact.erpView!.partnerNumber,
    ValidityEndDate: dateOf(FOREVER),
  };
}

function relationship(contact: DemoContact): Row {
  return {
    ...relationshipKey(contact),
    ValidityStartDate: dateOf(contact.createdAt),
    RelationshipCategory: 'BUR001',
  };
}

function contactFunction(contact: DemoContact): Row {
  return {
    ...relationshipKey(contact),
    ContactPersonFunctionName: (contact.title ?? '').slice(0, 40),
    ContactPersonDepartmentName: (contact.department ?? '').slice(0, 40),
    PhoneNumber: contact.phone ?? '',
    EmailAddress: contact.email ?? '',
    RelationshipCategory: 'BUR001',
  };
}

function creditAccount(view: ErpCompanyView): Row {
  const limit = view.creditLimit!;
  return {
    BusinessPartner: view.partnerNumber,
    CreditSegment: CREDIT_SEGMENT,
    CreditAccountIsBlocked: view.isBlocked,
    CreditLimitAmount: limit.amount,
    CreditLimitValidityEndDate: null,
    CreditLimitLastChangeDate: dateOf(view.creditLimitChangedOn ?? view.createdAt),
    CreditLimitIsZero: Number(limit.amount) === 0,
    CreditSegmentCurrency: limit.currency,
  };
}

/** A plant has several storage locations; the demo names these, and the first one's name is the plant's. */
function* plants(demo: DemoEnterprise): IterableIterator<Row> {
  const seen = new Set<string>();
  for (const warehouse of demo.warehouses()) {
    if (seen.has(warehouse.plant)) continue;
    seen.add(warehouse.plant);
    yield {
      Plant: warehouse.plant,
      PlantName: warehouse.name.slice(0, 30),
      CompanyCode: '1010',
      Language: 'EN',
      Country: warehouse.country,
      CityName: warehouse.city,
    };
  }
}

function* map<T, U>(items: Iterable<T>, make: (item: T) => U): IterableIterator<U> {
  for (const item of items) yield make(item);
}
function* flatMap<T, U>(items: Iterable<T>, make: (item: T) => Iterable<U>): IterableIterator<U> {
  for (const item of items) yield* make(item);
}
function* filter<T>(items: Iterable<T>, keep: (item: T) => boolean): IterableIterator<T> {
  for (const item of items) if (keep(item)) yield item;
}
function* concat<T>(...lists: readonly Iterable<T>[]): IterableIterator<T> {
  for (const list of lists) yield* list;
}
