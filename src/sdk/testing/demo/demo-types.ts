/** Decimal text such as `1250.00`, in the currency's own number of decimals. */
export interface DemoMoney {
  readonly amount: string;
  readonly currency: string;
}

export type DemoSystem = 'erp' | 'crm' | 'records';

/** Instants are ISO with milliseconds and `Z`; dates are `YYYY-MM-DD`. */
export interface DemoStamps {
  readonly createdAt: string;
  /** Equal to `createdAt` where never changed. Bulk imports make these tie. */
  readonly changedAt: string;
}

/** One company of the enterprise's world: what is true, and what each system says about it. */
export interface DemoCompany {
  readonly truthId: string;
  readonly index: number;
  readonly roles: readonly ('customer' | 'supplier')[];
  readonly name: string;
  readonly country: string;
  readonly city: string;
  readonly systems: readonly DemoSystem[];
  readonly erpView: ErpCompanyView | null;
  /** Mostly one; a few companies were entered twice; empty when unknown to the CRM. */
  readonly crmViews: readonly CrmAccountView[];
  readonly recordsView: RecordsCompanyView | null;
}

export interface ErpCompanyView extends DemoStamps {
  /** With leading zeros: `0001000012`. Customer, supplier and business partner share it. */
  readonly erpNumber: string;
  /** Without leading zeros, as OData shows it: `1000012`. */
  readonly partnerNumber: string;
  readonly roles: readonly ('customer' | 'supplier')[];
  /** Upper case, legal form abbreviated; may be over 40 characters: `name` is the first 40, `name2` the rest. */
  readonly name: string;
  readonly name2: string;
  readonly searchTerm: string;
  readonly addressId: string;
  readonly street: string | null;
  readonly houseNumber: string | null;
  readonly postalCode: string | null;
  readonly city: string | null;
  readonly region: string | null;
  readonly country: string;
  readonly language: string;
  readonly taxType: string;
  readonly taxNumber: string | null;
  readonly phone: string | null;
  readonly email: string | null;
  readonly industry: string | null;
  /** What its orders and invoices are in. */
  readonly currency: string;
  /** Always EUR; null where no credit account exists (suppliers, some customers). */
  readonly creditLimit: DemoMoney | null;
  readonly creditLimitChangedOn: string | null;
  readonly isBlocked: boolean;
}

export interface CrmAccountView extends DemoStamps {
  /** 18 characters with a valid suffix. */
  readonly id: string;
  readonly name: string;
  readonly type: 'Customer' | 'Prospect' | 'Vendor';
  /** The ERP number as someone typed it: missing, or without its leading zeros, for some. */
  readonly erpNumber: string | null;
  readonly ownerId: string;
  readonly ownerName: string;
  readonly phone: string | null;
  readonly website: string | null;
  readonly industry: string | null;
  readonly street: string | null;
  readonly postalCode: string | null;
  readonly city: string | null;
  readonly state: string | null;
  /** The country's English name. */
  readonly country: string | null;
  readonly annualRevenue: string | null;
  readonly employees: number | null;
  readonly description: string | null;
  readonly loyaltyTier: 'Bronze' | 'Silver' | 'Gold' | 'Platinum' | null;
  readonly isDuplicate: boolean;
}

export interface RecordsCompanyView extends DemoStamps {
  readonly folderId: string;
  readonly folderName: string;
  readonly path: string;
  /** With leading zeros; null where nobody filled the property (the folder name still says it). */
  readonly customerNumber: string | null;
}

/** A CRM user: account managers own accounts, opportunities, leads and cases. */
export interface DemoUser {
  readonly id: string;
  readonly name: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
}

export interface DemoContact extends DemoStamps {
  readonly truthId: string;
  readonly index: number;
  readonly company: number;
  readonly salutation: string | null;
  readonly firstName: string;
  readonly lastName: string;
  readonly title: string | null;
  readonly department: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly mobile: string | null;
  readonly crmView: { readonly id: string; readonly accountId: string; readonly ownerId: string } | null;
  /** Contact persons are business partners of their own, related to the company's. */
  readonly erpView: {
    readonly partnerNumber: string;
    readonly companyPartnerNumber: string;
    readonly relationshipNumber: string;
  } | null;
}

export interface DemoProduct extends DemoStamps {
  readonly index: number;
  /** The material number, such as `PMP-10012`. */
  readonly number: string;
  readonly name: string;
  readonly group: string;
  readonly type: string;
  readonly baseUnit: string;
  readonly grossWeight: string;
  readonly netWeight: string;
  readonly weightUnit: string;
  readonly gtin: string | null;
  readonly isDiscontinued: boolean;
  readonly listPrice: DemoMoney;
}

export interface DemoWarehouse {
  readonly index: number;
  readonly plant: string;
  readonly storageLocation: string;
  readonly name: string;
  readonly city: string;
  readonly country: string;
}

export interface DemoStockLevel {
  readonly product: number;
  readonly productNumber: string;
  readonly plant: string;
  readonly storageLocation: string;
  /** Three decimals. */
  readonly quantity: string;
  readonly unit: string;
}

export interface DemoSalesOrderLine {
  /** `10`, `20`, ... */
  readonly position: string;
  readonly productNumber: string;
  readonly text: string;
  readonly quantity: string;
  readonly unit: string;
  readonly unitPrice: string;
  readonly netAmount: string;
  readonly plant: string;
  readonly storageLocation: string;
  readonly isRejected: boolean;
}

export interface DemoSalesOrder extends DemoStamps {
  readonly index: number;
  /** Without leading zeros. */
  readonly number: string;
  readonly type: string;
  readonly salesOrganization: string;
  /** Index of the company, and its number as OData shows it. */
  readonly customer: number;
  readonly customerNumber: string;
  readonly customerReference: string;
  readonly orderedOn: string;
  readonly requestedDeliveryOn: string;
  readonly total: DemoMoney;
  /** A not yet, B partly, C completely processed or delivered. */
  readonly processStatus: 'A' | 'B' | 'C';
  readonly deliveryStatus: 'A' | 'B' | 'C';
  /** A nothing, B partly, C everything rejected (cancelled). */
  readonly rejectionStatus: 'A' | 'B' | 'C';
  readonly lines: readonly DemoSalesOrderLine[];
}

export interface DemoPurchaseOrderLine {
  readonly position: string;
  readonly productNumber: string;
  readonly text: string;
  readonly quantity: string;
  readonly unit: string;
  readonly unitPrice: string;
  readonly netAmount: string;
  readonly plant: string;
  readonly storageLocation: string;
  readonly deliveryOn: string;
  readonly isDelivered: boolean;
}

export interface DemoPurchaseOrder extends DemoStamps {
  readonly index: number;
  readonly number: string;
  readonly type: string;
  readonly companyCode: string;
  readonly purchasingOrganization: string;
  readonly supplier: number;
  readonly supplierNumber: string;
  readonly orderedOn: string;
  readonly total: DemoMoney;
  readonly isDeleted: boolean;
  readonly lines: readonly DemoPurchaseOrderLine[];
}

export interface DemoInvoiceLine {
  readonly position: string;
  readonly salesOrderNumber: string;
  readonly salesOrderPosition: string;
  readonly productNumber: string;
  readonly text: string;
  readonly quantity: string;
  readonly unit: string;
  readonly netAmount: string;
  readonly taxAmount: string;
}

export interface DemoInvoice extends DemoStamps {
  readonly index: number;
  readonly number: string;
  readonly type: string;
  readonly salesOrder: number;
  readonly salesOrderNumber: string;
  readonly customer: number;
  readonly customerNumber: string;
  readonly invoicedOn: string;
  readonly dueOn: string;
  readonly net: DemoMoney;
  readonly tax: DemoMoney;
  readonly total: DemoMoney;
  readonly isCancelled: boolean;
  readonly isCleared: boolean;
  readonly lines: readonly DemoInvoiceLine[];
}

export interface DemoLead extends DemoStamps {
  readonly index: number;
  readonly id: string;
  readonly company: string;
  readonly firstName: string | null;
  readonly lastName: string;
  readonly title: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly city: string | null;
  readonly country: string | null;
  readonly status: 'Open - Not Contacted' | 'Working - Contacted' | 'Closed - Converted' | 'Closed - Not Converted';
  readonly source: string | null;
  readonly rating: 'Hot' | 'Warm' | 'Cold' | null;
  readonly industry: string | null;
  readonly ownerId: string;
  readonly isConverted: boolean;
  readonly convertedAccountId: string | null;
  readonly convertedOn: string | null;
}

export type DemoStage =
  | 'Prospecting'
  | 'Qualification'
  | 'Needs Analysis'
  | 'Proposal/Price Quote'
  | 'Negotiation/Review'
  | 'Closed Won'
  | 'Closed Lost';

export interface DemoOpportunity extends DemoStamps {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly customer: number;
  readonly accountId: string;
  readonly ownerId: string;
  readonly stage: DemoStage;
  /** 0 to 100. */
  readonly probability: number;
  /** In EUR, the CRM's only currency. */
  readonly amount: string | null;
  readonly closesOn: string;
  readonly type: string | null;
  readonly source: string | null;
  readonly isClosed: boolean;
  readonly isWon: boolean;
}

export interface DemoCase extends DemoStamps {
  readonly index: number;
  readonly id: string;
  /** Eight digits. */
  readonly number: string;
  readonly customer: number;
  readonly accountId: string;
  readonly contactId: string | null;
  readonly ownerId: string;
  readonly subject: string;
  readonly description: string | null;
  readonly status: 'New' | 'Working' | 'Escalated' | 'Closed';
  readonly priority: 'High' | 'Medium' | 'Low';
  readonly origin: 'Phone' | 'Email' | 'Web';
  readonly type: string | null;
  readonly closedAt: string | null;
}

/** `/Customers`, one below it per customer, one below that per year with documents. */
export interface DemoFolder extends DemoStamps {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly parentId: string | null;
  readonly customer: number | null;
  readonly customerNumber: string | null;
  readonly year: number | null;
}

export interface DemoDocument extends DemoStamps {
  readonly index: number;
  readonly id: string;
  readonly versionSeriesId: string;
  readonly versionLabel: string;
  readonly name: string;
  readonly title: string;
  readonly kind: 'contract' | 'invoice' | 'deliveryNote' | 'photo' | 'note';
  readonly mimeType: 'application/pdf' | 'text/plain' | 'image/png';
  /** Exactly the length of `documentContent`. */
  readonly sizeBytes: number;
  readonly customer: number;
  readonly folderId: string;
  readonly path: string;
  /** With leading zeros; null for some, which only their folder tells. */
  readonly customerNumber: string | null;
  readonly orderNumber: string | null;
  readonly invoiceNumber: string | null;
  readonly createdBy: string;
}

/** Who is who: one line of the truth file. */
export interface DemoTruth {
  readonly truthId: string;
  readonly kind: 'company' | 'contact';
  readonly name: string;
  readonly roles: readonly string[];
  /** With leading zeros for companies. */
  readonly erpNumber: string | null;
  readonly crmIds: readonly string[];
  /** Those of `crmIds` that carry the ERP number, and so can be matched by it. */
  readonly crmIdsClaiming: readonly string[];
  readonly folder: { readonly id: string; readonly name: string } | null;
}

export interface DemoCounts {
  readonly customers: number;
  readonly suppliers: number;
  readonly companies: number;
  readonly contacts: number;
  readonly users: number;
  readonly products: number;
  readonly warehouses: number;
  readonly salesOrders: number;
  readonly purchaseOrders: number;
  readonly invoices: number;
  readonly leads: number;
  readonly opportunities: number;
  readonly cases: number;
  readonly documents: number;
}

export interface DemoEnterpriseOptions {
  /** 1 when absent. */
  readonly seed?: number;
  /** 1 to 500; 1 = 200 customers, 2,000 sales orders, 1,200 documents. */
  readonly scale?: number;
}

/**
 * A made-up enterprise, deterministic for a seed. Every iterable streams and can be asked for again; every record can
 * be made alone by its index. A record's number does not depend on the scale; who orders what does.
 */
export interface DemoEnterprise {
  readonly seed: number;
  readonly scale: number;
  /** The instant before which everything happened. */
  readonly asOf: string;
  readonly counts: DemoCounts;
  /** Customers first (0 to `counts.customers`), then suppliers. */
  companies(): Iterable<DemoCompany>;
  company(index: number): DemoCompany;
  users(): Iterable<DemoUser>;
  contacts(): Iterable<DemoContact>;
  contact(index: number): DemoContact;
  products(): Iterable<DemoProduct>;
  product(index: number): DemoProduct;
  warehouses(): Iterable<DemoWarehouse>;
  /** Not every product lies in every warehouse. */
  stockLevels(): Iterable<DemoStockLevel>;
  salesOrders(): Iterable<DemoSalesOrder>;
  salesOrder(index: number): DemoSalesOrder;
  purchaseOrders(): Iterable<DemoPurchaseOrder>;
  purchaseOrder(index: number): DemoPurchaseOrder;
  invoices(): Iterable<DemoInvoice>;
  invoice(index: number): DemoInvoice;
  leads(): Iterable<DemoLead>;
  lead(index: number): DemoLead;
  opportunities(): Iterable<DemoOpportunity>;
  opportunity(index: number): DemoOpportunity;
  cases(): Iterable<DemoCase>;
  case(index: number): DemoCase;
  /** Parents before children. */
  folders(): Iterable<DemoFolder>;
  documents(): Iterable<DemoDocument>;
  document(index: number): DemoDocument;
  /** Real bytes, made from the index alone: a PDF, a text or a PNG that opens. */
  documentContent(index: number): Buffer;
  truth(): Iterable<DemoTruth>;
  /** Writes `truth()` as JSON lines. */
  writeTruth(file: string): Promise<void>;
}
