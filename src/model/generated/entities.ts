// Printed from schema/canonical by `npm run generate`. Do not edit.
import type { SourceRef } from '../canonical.ts';

/** The values of InvoiceStatus. */
export interface InvoiceStatusValues {
  /** Being written, not yet sent. */
  readonly DRAFT: true;
  /** Sent, not yet paid (schema.org `PaymentDue`). */
  readonly OPEN: true;
  /** Paid in part. */
  readonly PARTIALLY_PAID: true;
  /** Paid in full (schema.org `PaymentComplete`). */
  readonly PAID: true;
  /** Not paid by the day it was due (schema.org `PaymentPastDue`). */
  readonly OVERDUE: true;
  /** Withdrawn. */
  readonly CANCELLED: true;
}
/** How far an invoice has come. */
export type InvoiceStatus = keyof InvoiceStatusValues;
/** The values of LeadStatus. */
export interface LeadStatusValues {
  /** Taken down, nobody has looked at it yet. */
  readonly NEW: true;
  /** Somebody is in touch with the person. */
  readonly WORKING: true;
  /** Worth an offer. */
  readonly QUALIFIED: true;
  /** Not worth an offer. */
  readonly DISQUALIFIED: true;
  /** Became a customer, a contact or an opportunity. */
  readonly CONVERTED: true;
}
/** How far a lead has come. */
export type LeadStatus = keyof LeadStatusValues;
/** The values of OpportunityStage. */
export interface OpportunityStageValues {
  /** A first talk: is there a need? */
  readonly PROSPECTING: true;
  /** There is a need, and the means: does it fit? */
  readonly QUALIFICATION: true;
  /** An offer was made. */
  readonly PROPOSAL: true;
  /** The terms are being settled. */
  readonly NEGOTIATION: true;
  /** The customer bought. */
  readonly WON: true;
  /** The customer did not buy. */
  readonly LOST: true;
}
/** How far an opportunity has come, from the first talk to the decision. */
export type OpportunityStage = keyof OpportunityStageValues;
/** The values of SalesOrderStatus. */
export interface SalesOrderStatusValues {
  /** Being written, not yet valid. */
  readonly DRAFT: true;
  /** Valid; nothing was delivered yet (schema.org `OrderProcessing`). */
  readonly OPEN: true;
  /** Some of it was delivered. */
  readonly PARTIALLY_DELIVERED: true;
  /** All of it was delivered (schema.org `OrderDelivered`). */
  readonly DELIVERED: true;
  /** Delivered and invoiced: nothing more is to be done. */
  readonly COMPLETED: true;
  /** Withdrawn, or rejected (schema.org `OrderCancelled`). */
  readonly CANCELLED: true;
}
/** How far a sales order has come. */
export type SalesOrderStatus = keyof SalesOrderStatusValues;
/** The values of TicketStatus. */
export interface TicketStatusValues {
  /** Raised, nobody works on it yet. */
  readonly NEW: true;
  /** Somebody works on it. */
  readonly IN_PROGRESS: true;
  /** Waits for the customer or for somebody else. */
  readonly WAITING: true;
  /** Handed to people who decide more or know more. */
  readonly ESCALATED: true;
  /** A solution was given; the customer has not yet agreed. */
  readonly RESOLVED: true;
  /** Settled. */
  readonly CLOSED: true;
}
/** How far a ticket has come. */
export type TicketStatus = keyof TicketStatusValues;
/** The values of TicketPriority. */
export interface TicketPriorityValues {
  /** Can wait. */
  readonly LOW: true;
  /** In its turn. */
  readonly MEDIUM: true;
  /** Before others. */
  readonly HIGH: true;
  /** At once. */
  readonly CRITICAL: true;
}
/** How urgent a ticket is. */
export type TicketPriority = keyof TicketPriorityValues;
/** The values of PurchaseOrderStatus. */
export interface PurchaseOrderStatusValues {
  /** Being written, not yet valid. */
  readonly DRAFT: true;
  /** Waits for a release inside the enterprise. */
  readonly IN_APPROVAL: true;
  /** Placed with the supplier; goods are awaited. */
  readonly OPEN: true;
  /** Some of the goods have come in. */
  readonly PARTIALLY_DELIVERED: true;
  /** All of the goods have come in. */
  readonly DELIVERED: true;
  /** Nothing more is to be done. */
  readonly CLOSED: true;
  /** Withdrawn before it was fulfilled. */
  readonly CANCELLED: true;
}
/** How far a purchase order has come. */
export type PurchaseOrderStatus = keyof PurchaseOrderStatusValues;
/** A postal address (UN/CEFACT PostalTradeAddress; schema.org `PostalAddress`). Always taken whole. */
export interface Address {
  /** The street, with the house number where the system does not part them (schema.org `streetAddress`). */
  readonly street?: string | null;
  /** The number of the house in its street. */
  readonly houseNumber?: string | null;
  /** The postal code (schema.org `postalCode`). */
  readonly postalCode?: string | null;
  /** The town (schema.org `addressLocality`). */
  readonly city?: string | null;
  /** The state, province or county, as the system codes it (schema.org `addressRegion`). */
  readonly region?: string | null;
  /** The country (schema.org `addressCountry`). */
  readonly country?: string | null;
}
/** An amount of money in its currency (UN/CEFACT Amount; schema.org `MonetaryAmount`). Never one without the other. */
export interface Money {
  /** The amount, in units of the currency. Compared as it stands, without conversion between currencies. */
  readonly amount: string;
  /** The currency of the amount. */
  readonly currency: string;
}
/** A bill that the enterprise sent to a customer (UN/CEFACT Cross Industry Invoice; schema.org `Invoice`). */
export interface Invoice {
  /** The number of the invoice (UN/CEFACT ExchangedDocument ID). */
  readonly number: string | null;
  /** Who owes it (UN/CEFACT InvoiceeTradeParty; schema.org `customer`). */
  readonly customer: SourceRef | null;
  /** The order that it bills (schema.org `referencesOrder`); of several, the first. */
  readonly order: SourceRef | null;
  /** The day on which it was written (UN/CEFACT IssueDateTime). */
  readonly issuedOn: string | null;
  /** The day by which it is to be paid (schema.org `paymentDueDate`). */
  readonly dueOn: string | null;
  /** How far it has come (schema.org `paymentStatus`). */
  readonly status: InvoiceStatus | null;
  /** The system's own code for `status`, where no mapping knows it. */
  readonly statusText: string | null;
  /** The amount to pay, taxes included (UN/CEFACT GrandTotalAmount). */
  readonly total: Money | null;
  /** The taxes within the total (UN/CEFACT TaxTotalAmount). */
  readonly tax: Money | null;
  /** When the record was last changed in the system that owns it (schema.org `dateModified`). */
  readonly changedAt: string | null;
}
/** One line of an invoice (UN/CEFACT SupplyChainTradeLineItem). */
export interface InvoiceLine {
  /** The invoice that it belongs to. */
  readonly invoice: SourceRef | null;
  /** The number of the line in its invoice, as the system spells it (UN/CEFACT LineID). */
  readonly lineNumber: string | null;
  /** What is billed. */
  readonly product: SourceRef | null;
  /** What is billed, in words (schema.org `description`). */
  readonly description: string | null;
  /** How much is billed, in `unit` (UN/CEFACT BilledQuantity). */
  readonly quantity: string | null;
  /** The unit of the quantity. */
  readonly unit: string | null;
  /** The net amount of the line (UN/CEFACT LineTotalAmount). */
  readonly netAmount: Money | null;
}
/** A party that buys from the enterprise, or may (UN/CEFACT Buyer; schema.org `customer`). */
export interface Customer {
  /** The customer number by which people know it (UN/CEFACT buyer assigned identifier). */
  readonly number: string | null;
  /** The name in daily use (schema.org `name`). */
  readonly name: string | null;
  /** The registered name of the company (schema.org `legalName`). */
  readonly legalName: string | null;
  /** The tax registration, such as a VAT number (schema.org `taxID`; UN/CEFACT SpecifiedTaxRegistration). */
  readonly taxNumber: string | null;
  /** The main e-mail address (schema.org `email`, RFC 5322). */
  readonly email: string | null;
  /** The main telephone number, as the system spells it (schema.org `telephone`). */
  readonly phone: string | null;
  /** The address of the web site (schema.org `url`). */
  readonly website: string | null;
  /** The branch of industry, in the words of the system that owns it (schema.org `industry`). */
  readonly industry: string | null;
  /** The name of the person in the enterprise who looks after this customer. */
  readonly accountManager: string | null;
  /** The most that the customer may owe (UN/CEFACT credit limit). */
  readonly creditLimit: Money | null;
  /** Whether new business with the customer is blocked, for whatever reason. */
  readonly isBlocked: boolean | null;
  /** The main address (schema.org `address`; UN/CEFACT PostalTradeAddress). */
  readonly address: Address | null;
  /** When the record was made in the system that owns it (schema.org `dateCreated`). */
  readonly createdAt: string | null;
  /** When the record was last changed in the system that owns it (schema.org `dateModified`). */
  readonly changedAt: string | null;
}
/** A party that sells to the enterprise, or may (UN/CEFACT Seller, Supplier; schema.org `seller`). */
export interface Supplier {
  /** The supplier number by which people know it (UN/CEFACT seller assigned identifier). */
  readonly number: string | null;
  /** The name in daily use (schema.org `name`). */
  readonly name: string | null;
  /** The registered name of the company (schema.org `legalName`). */
  readonly legalName: string | null;
  /** The tax registration, such as a VAT number (schema.org `taxID`). */
  readonly taxNumber: string | null;
  /** The main e-mail address (schema.org `email`, RFC 5322). */
  readonly email: string | null;
  /** The main telephone number, as the system spells it (schema.org `telephone`). */
  readonly phone: string | null;
  /** Whether new business with the supplier is blocked, for whatever reason. */
  readonly isBlocked: boolean | null;
  /** The main address (schema.org `address`; UN/CEFACT PostalTradeAddress). */
  readonly address: Address | null;
  /** When the record was made in the system that owns it (schema.org `dateCreated`). */
  readonly createdAt: string | null;
  /** When the record was last changed in the system that owns it (schema.org `dateModified`). */
  readonly changedAt: string | null;
}
/** A person who speaks for a customer or a supplier (UN/CEFACT DefinedTradeContact; schema.org `Person`). */
export interface Contact {
  /** The whole name as it is written (schema.org `name`). */
  readonly name: string | null;
  /** The given name (schema.org `givenName`). */
  readonly givenName: string | null;
  /** The family name (schema.org `familyName`). */
  readonly familyName: string | null;
  /** The e-mail address (schema.org `email`, RFC 5322). */
  readonly email: string | null;
  /** The telephone number, as the system spells it (schema.org `telephone`). */
  readonly phone: string | null;
  /** The position in the own company (schema.org `jobTitle`). */
  readonly jobTitle: string | null;
  /** What the person is asked about, such as purchasing or accounts (schema.org `contactType`). */
  readonly role: string | null;
  /** The customer that the person speaks for. */
  readonly customer: SourceRef | null;
  /** The supplier that the person speaks for. */
  readonly supplier: SourceRef | null;
  /** When the record was last changed in the system that owns it (schema.org `dateModified`). */
  readonly changedAt: string | null;
}
/** A document that is filed in a records system (ISO 15489 document; CMIS `cmis:document`; schema.org `DigitalDocument`). */
export interface Document {
  /** The name under which it is filed (CMIS `cmis:name`). */
  readonly name: string | null;
  /** The kind of its bytes (CMIS `cmis:contentStreamMimeType`; schema.org `encodingFormat`). */
  readonly mimeType: string | null;
  /** The length of its bytes (CMIS `cmis:contentStreamLength`). Unknown from 2 GiB on. */
  readonly sizeInBytes: number | null;
  /** Where it is filed: the names of the folders down to it, each after a slash (CMIS path). */
  readonly path: string | null;
  /** The label of its newest version, such as 1.2 (CMIS `cmis:versionLabel`). */
  readonly versionLabel: string | null;
  /** The name of the file that holds its bytes (CMIS `cmis:contentStreamFileName`). */
  readonly fileName: string | null;
  /** When it was filed (CMIS `cmis:creationDate`). */
  readonly createdAt: string | null;
  /** When it was last changed (CMIS `cmis:lastModificationDate`). */
  readonly changedAt: string | null;
  /** Who filed it, by the name of the account (CMIS `cmis:createdBy`). */
  readonly createdBy: string | null;
  /** The customer that it is about. */
  readonly customer: SourceRef | null;
  /** The sales order that it is about. */
  readonly order: SourceRef | null;
  /** The folder that it is filed in (CMIS parent). */
  readonly folder: SourceRef | null;
}
/** A folder of a records system, kept for one matter (ISO 15489 aggregation; CMIS `cmis:folder`). */
export interface Folder {
  /** The name of the folder (CMIS `cmis:name`). */
  readonly name: string | null;
  /** Where it lies: the names of the folders down to it, each after a slash (CMIS `cmis:path`). */
  readonly path: string | null;
  /** The folder that it lies in (CMIS `cmis:parentId`). */
  readonly parent: SourceRef | null;
  /** The customer that it is kept for. */
  readonly customer: SourceRef | null;
  /** When it was made (CMIS `cmis:creationDate`). */
  readonly createdAt: string | null;
  /** When it was last changed (CMIS `cmis:lastModificationDate`). */
  readonly changedAt: string | null;
}
/** A party that showed interest and is not yet known to be worth an offer. */
export interface Lead {
  /** The name of the person (schema.org `name`). */
  readonly name: string | null;
  /** The company that the person works for, as told (schema.org `worksFor`). */
  readonly company: string | null;
  /** The e-mail address (schema.org `email`, RFC 5322). */
  readonly email: string | null;
  /** The telephone number, as the system spells it (schema.org `telephone`). */
  readonly phone: string | null;
  /** How far it has come. */
  readonly status: LeadStatus | null;
  /** The system's own code for `status`, where no mapping knows it. */
  readonly statusText: string | null;
  /** Where the interest came from, such as a fair or the web site. */
  readonly source: string | null;
  /** When the lead was taken down (schema.org `dateCreated`). */
  readonly createdOn: string | null;
  /** The customer that it became. */
  readonly convertedCustomer: SourceRef | null;
  /** When the record was last changed in the system that owns it (schema.org `dateModified`). */
  readonly changedAt: string | null;
}
/** A chance to sell something to a customer. */
export interface Opportunity {
  /** What it is about, in a few words (schema.org `name`). */
  readonly name: string | null;
  /** How far it has come. */
  readonly stage: OpportunityStage | null;
  /** The system's own code for `stage`, where no mapping knows it. */
  readonly stageText: string | null;
  /** What it is expected to bring in. */
  readonly amount: Money | null;
  /** The day on which the decision is expected. */
  readonly closesOn: string | null;
  /** How likely it is to be won. */
  readonly probability: number | null;
  /** To whom something may be sold. */
  readonly customer: SourceRef | null;
  /** The name of the person in the enterprise who looks after it. */
  readonly owner: string | null;
  /** When the record was made in the system that owns it (schema.org `dateCreated`). */
  readonly createdAt: string | null;
  /** When the record was last changed in the system that owns it (schema.org `dateModified`). */
  readonly changedAt: string | null;
}
/** An order that a customer placed with the enterprise (UN/CEFACT Order, seller's side; schema.org `Order`). */
export interface SalesOrder {
  /** The number of the order (schema.org `orderNumber`). */
  readonly number: string | null;
  /** Who placed it (UN/CEFACT BuyerTradeParty; schema.org `customer`). */
  readonly customer: SourceRef | null;
  /** The day on which it was placed (schema.org `orderDate`). */
  readonly orderedOn: string | null;
  /** The day by which the customer wants the goods (UN/CEFACT RequestedDelivery). */
  readonly requestedDeliveryOn: string | null;
  /** How far it has come (schema.org `orderStatus`). */
  readonly status: SalesOrderStatus | null;
  /** The system's own code for `status`, where no mapping knows it. */
  readonly statusText: string | null;
  /** The net total of all lines (UN/CEFACT LineTotalAmount). */
  readonly total: Money | null;
  /** The customer's own number for the order (UN/CEFACT BuyerOrderReferencedDocument). */
  readonly customerReference: string | null;
  /** When the record was made in the system that owns it (schema.org `dateCreated`). */
  readonly createdAt: string | null;
  /** When the record was last changed in the system that owns it (schema.org `dateModified`). */
  readonly changedAt: string | null;
}
/** One line of a sales order (UN/CEFACT SupplyChainTradeLineItem; schema.org `OrderItem`). */
export interface SalesOrderLine {
  /** The order that it belongs to. */
  readonly order: SourceRef | null;
  /** The number of the line in its order, as the system spells it (schema.org `orderItemNumber`). */
  readonly lineNumber: string | null;
  /** What was ordered (schema.org `orderedItem`). */
  readonly product: SourceRef | null;
  /** What was ordered, in words (schema.org `description`). */
  readonly description: string | null;
  /** How much was ordered, in `unit` (schema.org `orderQuantity`). */
  readonly quantity: string | null;
  /** The unit of the quantity. */
  readonly unit: string | null;
  /** The net amount of the line (UN/CEFACT LineTotalAmount). */
  readonly netAmount: Money | null;
}
/** A question, fault or complaint that is followed until it is settled (ITIL incident or service request). */
export interface Ticket {
  /** The number that the customer is told (schema.org `identifier`). */
  readonly number: string | null;
  /** What it is about, in a line. */
  readonly subject: string | null;
  /** What happened, in the customer's words. */
  readonly description: string | null;
  /** How far it has come. */
  readonly status: TicketStatus | null;
  /** The system's own code for `status`, where no mapping knows it. */
  readonly statusText: string | null;
  /** How urgent it is (ITIL priority). */
  readonly priority: TicketPriority | null;
  /** The system's own code for `priority`, where no mapping knows it. */
  readonly priorityText: string | null;
  /** The customer concerned. */
  readonly customer: SourceRef | null;
  /** The person who raised it. */
  readonly contact: SourceRef | null;
  /** Whose work it is (ITIL assignment group). */
  readonly queue: SourceRef | null;
  /** When it was raised. */
  readonly openedAt: string | null;
  /** When it was settled. */
  readonly closedAt: string | null;
  /** When the record was last changed in the system that owns it (schema.org `dateModified`). */
  readonly changedAt: string | null;
}
/**
 * Where tickets wait for the people who work on them (ITIL support group; a queue of Request Tracker and Salesforce, a group
 * of Zendesk, an assignment group of ServiceNow).
 */
export interface TicketQueue {
  /** The name by which people know it (schema.org `name`). */
  readonly name: string | null;
  /** What belongs into it (schema.org `description`). */
  readonly description: string | null;
  /** The address to which customers write (schema.org `email`, RFC 5322). */
  readonly email: string | null;
  /** Whether new tickets can come into it. */
  readonly isActive: boolean | null;
  /** When the record was last changed in the system that owns it (schema.org `dateModified`). */
  readonly changedAt: string | null;
}
/** A good or a service that is sold, bought or kept in stock (UN/CEFACT SpecifiedTradeProduct; schema.org `Product`). */
export interface Product {
  /** The product number, also called material or article number (schema.org `sku`). */
  readonly number: string | null;
  /** The name in daily use (schema.org `name`). */
  readonly name: string | null;
  /** What the product is, in a sentence or more (schema.org `description`). */
  readonly description: string | null;
  /** The unit in which the product is counted. */
  readonly unit: string | null;
  /** The product group in the words of the system that owns it (schema.org `category`). */
  readonly group: string | null;
  /** The gross weight of one unit (schema.org `weight`; UN/CEFACT GrossWeightMeasure). */
  readonly weight: string | null;
  /** Whether the product is no longer sold (schema.org `Discontinued`). */
  readonly isDiscontinued: boolean | null;
  /** When the record was last changed in the system that owns it (schema.org `dateModified`). */
  readonly changedAt: string | null;
}
/** A place where goods are kept: a plant or a storage location (UN/CEFACT Warehouse). */
export interface Warehouse {
  /** The code by which people know it. */
  readonly code: string | null;
  /** The name in daily use (schema.org `name`). */
  readonly name: string | null;
}
/** How much of one product lies in one warehouse (schema.org `inventoryLevel`). */
export interface StockLevel {
  /** What is counted. */
  readonly product: SourceRef | null;
  /** Where it lies. */
  readonly warehouse: SourceRef | null;
  /** The quantity in unrestricted stock, in `unit`. */
  readonly quantity: string | null;
  /** The unit of the quantity. */
  readonly unit: string | null;
  /** When the record was last changed in the system that owns it (schema.org `dateModified`). */
  readonly changedAt: string | null;
}
/** An order that the enterprise placed with a supplier (UN/CEFACT Order, buyer's side). */
export interface PurchaseOrder {
  /** The number of the order (schema.org `orderNumber`). */
  readonly number: string | null;
  /** With whom it was placed (UN/CEFACT SellerTradeParty). */
  readonly supplier: SourceRef | null;
  /** The day on which it was placed (schema.org `orderDate`). */
  readonly orderedOn: string | null;
  /** How far it has come. */
  readonly status: PurchaseOrderStatus | null;
  /** The system's own code for `status`, where no mapping knows it. */
  readonly statusText: string | null;
  /** The net total of all lines (UN/CEFACT LineTotalAmount). */
  readonly total: Money | null;
  /** When the record was last changed in the system that owns it (schema.org `dateModified`). */
  readonly changedAt: string | null;
}
/** One line of a purchase order (UN/CEFACT SupplyChainTradeLineItem). */
export interface PurchaseOrderLine {
  /** The order that it belongs to. */
  readonly order: SourceRef | null;
  /** The number of the line in its order, as the system spells it (UN/CEFACT LineID). */
  readonly lineNumber: string | null;
  /** What was ordered. */
  readonly product: SourceRef | null;
  /** What was ordered, in words (schema.org `description`). */
  readonly description: string | null;
  /** How much was ordered, in `unit` (UN/CEFACT RequestedQuantity). */
  readonly quantity: string | null;
  /** The unit of the quantity. */
  readonly unit: string | null;
  /** The net amount of the line (UN/CEFACT LineTotalAmount). */
  readonly netAmount: Money | null;
}
/** Every entity by its name. An enterprise adds its own by `declare module`. */
export interface Entities {
  Invoice: Invoice;
  InvoiceLine: InvoiceLine;
  Customer: Customer;
  Supplier: Supplier;
  Contact: Contact;
  Document: Document;
  Folder: Folder;
  Lead: Lead;
  Opportunity: Opportunity;
  SalesOrder: SalesOrder;
  SalesOrderLine: SalesOrderLine;
  Ticket: Ticket;
  TicketQueue: TicketQueue;
  Product: Product;
  Warehouse: Warehouse;
  StockLevel: StockLevel;
  PurchaseOrder: PurchaseOrder;
  PurchaseOrderLine: PurchaseOrderLine;
}
