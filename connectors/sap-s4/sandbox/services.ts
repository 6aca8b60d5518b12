import { type EntityType, type Navigation, properties, type Service } from './edm.ts';

interface Declared {
  readonly key: string;
  readonly etag?: string;
  readonly fields: string;
  /** `name: set own=other,own=other`, many unless `1`. */
  readonly to?: Readonly<Record<string, string>>;
  /** Some of `c`, `u`, `d`; none: read only. */
  readonly edits?: string;
  readonly indexes?: readonly (readonly string[])[];
  readonly header?: EntityType['header'];
}

function entityType(set: string, declared: Declared): EntityType {
  const key = properties(declared.key);
  const etag = declared.etag === undefined ? [] : properties(declared.etag);
  const edits = declared.edits ?? '';
  return {
    set,
    key: key.map((property) => property.name),
    ...(etag[0] === undefined ? {} : { etag: etag[0].name }),
    properties: [...key, ...etag, ...properties(declared.fields)],
    navigations: Object.entries(declared.to ?? {}).map(([name, target]) => navigation(name, target)),
    canCreate: edits.includes('c'),
    canUpdate: edits.includes('u'),
    canDelete: edits.includes('d'),
    indexes: declared.indexes ?? [],
    ...(declared.header === undefined ? {} : { header: declared.header }),
  };
}

function navigation(name: string, target: string): Navigation {
  const [set, pairs, one] = target.split(' ');
  const on = pairs!.split(',').map((pair) => {
    const [own, other] = pair.split('=');
    return [own!, other ?? own!] as const;
  });
  return { name, set: set!, isMany: one === undefined, on };
}

function service(name: string, pageCap: number, types: Readonly<Record<string, Declared>>): Service {
  return {
    name,
    namespace: name,
    pageCap,
    types: Object.entries(types).map(([set, declared]) => entityType(set, declared)),
  };
}

const RELATIONSHIP = 'RelationshipNumber:12 BusinessPartnerCompany:a10 BusinessPartnerPerson:a10 ValidityEndDate@';
const RELATIONSHIP_JOIN = 'RelationshipNumber,BusinessPartnerCompany,BusinessPartnerPerson,ValidityEndDate';

const BUSINESS_PARTNER = service('API_BUSINESS_PARTNER', 1000, {
  A_BusinessPartner: {
    key: 'BusinessPartner:a10',
    etag: 'ETag:26',
    fields: `Customer:a10 Supplier:a10 BusinessPartnerCategory:1 BusinessPartnerFullName:81 BusinessPartnerName:81
      BusinessPartnerGrouping:4 BusinessPartnerUUID! CorrespondenceLanguage:2 Language:2 FormOfAddress:4 FirstName:40
      LastName:40 OrganizationBPName1:40 OrganizationBPName2:40 OrganizationBPName3:40 OrganizationBPName4:40
      SearchTerm1:20 Industry:10 BusinessPartnerIsBlocked? IsMarkedForArchiving? BusinessPartnerIDByExtSystem:20
      CreatedByUser:12 CreationDate@ CreationTime~ LastChangedByUser:12 LastChangeDate@ LastChangeTime~`,
    to: {
      to_BusinessPartnerAddress: 'A_BusinessPartnerAddress BusinessPartner',
      to_BusinessPartnerContact: 'A_BusinessPartnerContact BusinessPartner=BusinessPartnerCompany',
      to_BusinessPartnerRole: 'A_BusinessPartnerRole BusinessPartner',
      to_BusinessPartnerTax: 'A_BusinessPartnerTaxNumber BusinessPartner',
      to_Customer: 'A_Customer Customer 1',
      to_Supplier: 'A_Supplier Supplier 1',
    },
    edits: 'cu',
    indexes: [['LastChangeDate', 'LastChangeTime'], ['CreationDate', 'CreationTime'], ['BusinessPartnerCategory']],
  },
  A_BusinessPartnerAddress: {
    key: 'BusinessPartner:a10 AddressID:10',
    fields: `ValidityStartDate@@ ValidityEndDate@@ AddressTimeZone:6 StreetName:60 HouseNumber:10 PostalCode:10
      CityName:40 Region:3 Country:3 Language:2 POBox:10 AddressIDByExternalSystem:20`,
    to: {
      to_EmailAddress: 'A_AddressEmailAddress AddressID',
      to_PhoneNumber: 'A_AddressPhoneNumber AddressID',
    },
    edits: 'cud',
    indexes: [['BusinessPartner'], ['AddressID']],
  },
  A_AddressEmailAddress: {
    key: 'AddressID:10 Person:10 OrdinalNumber:3',
    fields: 'IsDefaultEmailAddress? EmailAddress:241 SearchEmailAddress:20',
    edits: 'cud',
    indexes: [['AddressID']],
  },
  A_AddressPhoneNumber: {
    key: 'AddressID:10 Person:10 OrdinalNumber:3',
    fields:
      'DestinationLocationCountry:3 IsDefaultPhoneNumber? PhoneNumber:30 PhoneNumberExtension:10 InternationalPhoneNumber:30 PhoneNumberType:1',
    edits: 'cud',
    indexes: [['AddressID']],
  },
  A_BusinessPartnerRole: {
    key: 'BusinessPartner:a10 BusinessPartnerRole:6',
    fields: 'ValidFrom@@ ValidTo@@',
    edits: 'cu',
    indexes: [['BusinessPartner']],
  },
  A_BusinessPartnerTaxNumber: {
    key: 'BusinessPartner:a10 BPTaxType:4',
    fields: 'BPTaxNumber:20 BPTaxLongNumber:60',
    edits: 'cud',
    indexes: [['BusinessPartner']],
  },
  A_Customer: {
    key: 'Customer:a10',
    fields: `CustomerName:80 CustomerFullName:220 CustomerAccountGroup:4 VATRegistration:20 Industry:4 DeletionIndicator?
      OrderIsBlockedForCustomer:2 DeliveryIsBlocked:2 PostingIsBlocked? CreatedByUser:12 CreationDate@`,
    edits: 'u',
  },
  A_Supplier: {
    key: 'Supplier:a10',
    fields: `SupplierName:80 SupplierFullName:220 SupplierAccountGroup:4 VATRegistration:20 DeletionIndicator?
      PurchasingIsBlocked? PaymentIsBlockedForSupplier? PostingIsBlocked? CreatedByUser:12 CreationDate@`,
    edits: 'u',
  },
  A_BusinessPartnerContact: {
    key: RELATIONSHIP,
    fields: 'ValidityStartDate@ IsStandardRelationship? RelationshipCategory:6',
    to: { to_ContactRelationship: `A_BPContactToFuncAndDept ${RELATIONSHIP_JOIN} 1` },
    edits: 'cd',
    indexes: [['BusinessPartnerCompany'], ['BusinessPartnerPerson']],
  },
  A_BPContactToFuncAndDept: {
    key: RELATIONSHIP,
    fields: `ContactPersonFunction:4 ContactPersonFunctionName:40 ContactPersonDepartment:4
      ContactPersonDepartmentName:40 PhoneNumber:30 PhoneNumberExtension:10 FaxNumber:30 EmailAddress:241
      RelationshipCategory:6`,
    edits: 'u',
    indexes: [['RelationshipNumber']],
  },
});

const CREDIT = service('API_CRDTMBUSINESSPARTNER', 1000, {
  CreditMgmtBusinessPartner: {
    key: 'BusinessPartner:a10',
    fields: 'CreditRiskClass:3 CreditWorthinessScoreValue:10 CreditCheckRule:10 CreditScoreAndLimitCalcRule:10',
    to: { to_CreditMgmtAccountTP: 'CreditManagementAccount BusinessPartner' },
    edits: 'u',
  },
  CreditManagementAccount: {
    key: 'BusinessPartner:a10 CreditSegment:10',
    fields: `BusinessPartnerIsCritical? CreditAccountIsBlocked? CreditAccountBlockReason:2 CreditLimitAmount#
      CreditLimitValidityEndDate@ CreditLimitLastChangeDate@ CreditLimitIsZero? CreditSegmentCurrency:5`,
    edits: 'cud',
    indexes: [['BusinessPartner'], ['CreditLimitLastChangeDate']],
  },
});

const PRODUCT = service('API_PRODUCT_SRV', 1000, {
  A_Product: {
    key: 'Product:a40',
    fields: `ProductType:4 CrossPlantStatus:2 CreationDate@ CreatedByUser:12 LastChangeDate@ LastChangedByUser:12
      LastChangeDateTime@@ IsMarkedForDeletion? ProductOldID:40 GrossWeight# NetWeight# WeightUnit:3 ProductGroup:9
      BaseUnit:3 ProductStandardID:18 ItemCategoryGroup:4`,
    to: { to_Description: 'A_ProductDescription Product' },
    edits: 'cu',
    indexes: [['LastChangeDateTime']],
  },
  A_ProductDescription: {
    key: 'Product:a40 Language:2',
    fields: 'ProductDescription:40',
    edits: 'cu',
    indexes: [['Product']],
  },
});

const STOCK = service('API_MATERIAL_STOCK_SRV', 1000, {
  A_MaterialStock: {
    key: 'Material:a40',
    fields: 'MaterialBaseUnit:3',
    to: { to_MatlStkInAcctMod: 'A_MatlStkInAcctMod Material' },
  },
  A_MatlStkInAcctMod: {
    key: `Material:a40 Plant:4 StorageLocation:4 Batch:10 Supplier:a10 Customer:a10 WBSElementInternalID:24 SDDocument:a10
      SDDocumentItem:6 InventorySpecialStockType:1 InventoryStockType:2`,
    fields: 'MaterialBaseUnit:3 MatlWrhsStkQtyInMatlBaseUnit#',
    indexes: [['Material'], ['Plant']],
  },
});

const PLANT = service('API_PLANT_SRV', 1000, {
  A_Plant: { key: 'Plant:4', fields: 'PlantName:30 CompanyCode:4 Language:2 Country:3 CityName:40' },
});

const SALES_ORDER = service('API_SALES_ORDER_SRV', 1000, {
  A_SalesOrder: {
    key: 'SalesOrder:a10',
    etag: 'LastChangeDateTime@@',
    fields: `SalesOrderType:4 SalesOrganization:4 DistributionChannel:2 OrganizationDivision:2 SoldToParty:a10 CreationDate@
      CreatedByUser:12 LastChangeDate@ PurchaseOrderByCustomer:35 SalesOrderDate@ TotalNetAmount# TransactionCurrency:5
      RequestedDeliveryDate@ OverallDeliveryStatus:1 OverallTotalDeliveryStatus:1 OverallSDProcessStatus:1
      OverallSDDocumentRejectionSts:1 CustomerPaymentTerms:4`,
    to: { to_Item: 'A_SalesOrderItem SalesOrder' },
    edits: 'cud',
    indexes: [['LastChangeDateTime'], ['SoldToParty']],
  },
  A_SalesOrderItem: {
    key: 'SalesOrder:a10 SalesOrderItem:6',
    fields: `HigherLevelItem:6 SalesOrderItemCategory:4 SalesOrderItemText:40 Material:a40 RequestedQuantity#
      RequestedQuantityUnit:3 RequestedQuantitySAPUnit:3 RequestedQuantityISOUnit:3 NetAmount# TransactionCurrency:5
      ProductionPlant:4 StorageLocation:4 SalesDocumentRjcnReason:2 SDProcessStatus:1`,
    to: { to_SalesOrder: 'A_SalesOrder SalesOrder 1' },
    edits: 'cud',
    indexes: [['SalesOrder']],
    header: { set: 'A_SalesOrder', on: ['SalesOrder'] },
  },
});

const PURCHASE_ORDER = service('API_PURCHASEORDER_PROCESS_SRV', 1000, {
  A_PurchaseOrder: {
    key: 'PurchaseOrder:a10',
    fields: `CompanyCode:4 PurchaseOrderType:4 PurchasingDocumentDeletionCode:1 PurchasingProcessingStatus:2 CreatedByUser:12
      CreationDate@ LastChangeDateTime@@ Supplier:a10 PurchasingOrganization:4 PurchasingGroup:3 PurchaseOrderDate@
      DocumentCurrency:5 ReleaseIsNotCompleted? CorrespncExternalReference:12 CorrespncInternalReference:12`,
    to: { to_PurchaseOrderItem: 'A_PurchaseOrderItem PurchaseOrder' },
    edits: 'cud',
    indexes: [['LastChangeDateTime'], ['Supplier']],
  },
  A_PurchaseOrderItem: {
    key: 'PurchaseOrder:a10 PurchaseOrderItem:5',
    fields: `PurchasingDocumentDeletionCode:1 PurchaseOrderItemText:40 Plant:4 StorageLocation:4 Material:a40 OrderQuantity#
      PurchaseOrderQuantityUnit:3 NetPriceAmount# NetPriceQuantity# DocumentCurrency:5 IsCompletelyDelivered?
      IsFinallyInvoiced?`,
    edits: 'cud',
    indexes: [['PurchaseOrder']],
    header: { set: 'A_PurchaseOrder', on: ['PurchaseOrder'] },
  },
});

const BILLING_DOCUMENT = service('API_BILLING_DOCUMENT_SRV', 1000, {
  A_BillingDocument: {
    key: 'BillingDocument:a10',
    etag: 'LastChangeDateTime@@',
    fields: `BillingDocumentType:4 BillingDocumentDate@ BillingDocumentIsCancelled? CancelledBillingDocument:a10
      CreationDate@ CreationTime~ CreatedByUser:12 LastChangeDate@ SoldToParty:a10 PayerParty:a10 CustomerPaymentTerms:4
      TotalNetAmount# TaxAmount# TotalGrossAmount# TransactionCurrency:5 OverallBillingStatus:1
      AccountingPostingStatus:1 InvoiceClearingStatus:1`,
    to: { to_Item: 'A_BillingDocumentItem BillingDocument' },
    indexes: [['LastChangeDateTime'], ['SoldToParty']],
  },
  A_BillingDocumentItem: {
    key: 'BillingDocument:a10 BillingDocumentItem:6',
    fields: `BillingDocumentItemText:40 Material:a40 BillingQuantity# BillingQuantityUnit:3 NetAmount# TaxAmount#
      GrossAmount# TransactionCurrency:5 SalesDocument:a10 SalesDocumentItem:6 ReferenceSDDocument:a10
      ReferenceSDDocumentItem:6`,
    indexes: [['BillingDocument']],
    header: { set: 'A_BillingDocument', on: ['BillingDocument'] },
  },
});

export const SERVICES: readonly Service[] = [
  BUSINESS_PARTNER,
  CREDIT,
  PRODUCT,
  STOCK,
  PLANT,
  SALES_ORDER,
  PURCHASE_ORDER,
  BILLING_DOCUMENT,
];
