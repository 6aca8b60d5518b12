import type { DemoInvoice, DemoPurchaseOrder, DemoSalesOrder } from 'isthmus/sdk/testing';
import { dateOf, instantOf, type Row, timeOf } from './edm.ts';

export function salesOrder(order: DemoSalesOrder): Row {
  return {
    SalesOrder: order.number,
    LastChangeDateTime: instantOf(order.changedAt),
    SalesOrderType: order.type,
    SalesOrganization: order.salesOrganization,
    DistributionChannel: '10',
    OrganizationDivision: '00',
    SoldToParty: order.customerNumber,
    CreationDate: dateOf(order.createdAt),
    LastChangeDate: order.changedAt === order.createdAt ? null : dateOf(order.changedAt),
    PurchaseOrderByCustomer: order.customerReference,
    SalesOrderDate: dateOf(order.orderedOn),
    TotalNetAmount: order.total.amount,
    TransactionCurrency: order.total.currency,
    RequestedDeliveryDate: dateOf(order.requestedDeliveryOn),
    OverallDeliveryStatus: order.deliveryStatus,
    OverallTotalDeliveryStatus: order.deliveryStatus,
    OverallSDProcessStatus: order.processStatus,
    OverallSDDocumentRejectionSts: order.rejectionStatus,
    CustomerPaymentTerms: '0004',
  };
}

export function salesOrderItems(order: DemoSalesOrder): Row[] {
  return order.lines.map((line) => ({
    SalesOrder: order.number,
    SalesOrderItem: line.position,
    SalesOrderItemCategory: 'TAN',
    SalesOrderItemText: line.text.slice(0, 40),
    Material: line.productNumber,
    RequestedQuantity: line.quantity,
    RequestedQuantityUnit: line.unit,
    RequestedQuantitySAPUnit: line.unit,
    RequestedQuantityISOUnit: isoUnit(line.unit),
    NetAmount: line.netAmount,
    TransactionCurrency: order.total.currency,
    ProductionPlant: line.plant,
    StorageLocation: line.storageLocation,
    SalesDocumentRjcnReason: line.isRejected ? '50' : '',
    SDProcessStatus: order.processStatus,
  }));
}

const ISO_UNITS: Readonly<Record<string, string>> = { PC: 'PCE', ST: 'PCE', KG: 'KGM', G: 'GRM', L: 'LTR', M: 'MTR' };

function isoUnit(unit: string): string {
  return ISO_UNITS[unit] ?? unit;
}

export function purchaseOrder(order: DemoPurchaseOrder): Row {
  return {
    PurchaseOrder: order.number,
    CompanyCode: order.companyCode,
    PurchaseOrderType: order.type,
    PurchasingDocumentDeletionCode: order.isDeleted ? 'L' : '',
    PurchasingProcessingStatus: '05',
    CreationDate: dateOf(order.createdAt),
    LastChangeDateTime: instantOf(order.changedAt),
    Supplier: order.supplierNumber,
    PurchasingOrganization: order.purchasingOrganization,
    PurchasingGroup: '001',
    PurchaseOrderDate: dateOf(order.orderedOn),
    DocumentCurrency: order.total.currency,
  };
}

export function purchaseOrderItems(order: DemoPurchaseOrder): Row[] {
  return order.lines.map((line) => ({
    PurchaseOrder: order.number,
    PurchaseOrderItem: line.position,
    PurchasingDocumentDeletionCode: order.isDeleted ? 'L' : '',
    PurchaseOrderItemText: line.text.slice(0, 40),
    Plant: line.plant,
    StorageLocation: line.storageLocation,
    Material: line.productNumber,
    OrderQuantity: line.quantity,
    PurchaseOrderQuantityUnit: line.unit,
    NetPriceAmount: line.unitPrice,
    NetPriceQuantity: '1',
    DocumentCurrency: order.total.currency,
    IsCompletelyDelivered: line.isDelivered,
  }));
}

export function billingDocument(invoice: DemoInvoice): Row {
  return {
    BillingDocument: invoice.number,
    LastChangeDateTime: instantOf(invoice.changedAt),
    BillingDocumentType: invoice.type,
    BillingDocumentDate: dateOf(invoice.invoicedOn),
    BillingDocumentIsCancelled: invoice.isCancelled,
    CreationDate: dateOf(invoice.createdAt),
    CreationTime: timeOf(invoice.createdAt),
    LastChangeDate: dateOf(invoice.changedAt),
    SoldToParty: invoice.customerNumber,
    PayerParty: invoice.customerNumber,
    CustomerPaymentTerms: '0004',
    TotalNetAmount: invoice.net.amount,
    TaxAmount: invoice.tax.amount,
    TotalGrossAmount: invoice.total.amount,
    TransactionCurrency: invoice.total.currency,
    OverallBillingStatus: 'C',
    AccountingPostingStatus: 'C',
    InvoiceClearingStatus: invoice.isCleared ? 'C' : 'A',
  };
}

export function billingDocumentItems(invoice: DemoInvoice): Row[] {
  return invoice.lines.map((line) => ({
    BillingDocument: invoice.number,
    BillingDocumentItem: line.position,
    BillingDocumentItemText: line.text.slice(0, 40),
    Material: line.productNumber,
    BillingQuantity: line.quantity,
    BillingQuantityUnit: line.unit,
    NetAmount: line.netAmount,
    TaxAmount: line.taxAmount,
    TransactionCurrency: invoice.total.currency,
    SalesDocument: line.salesOrderNumber,
    SalesDocumentItem: line.salesOrderPosition,
    ReferenceSDDocument: line.salesOrderNumber,
    ReferenceSDDocumentItem: line.salesOrderPosition,
  }));
}
