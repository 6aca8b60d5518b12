import {
  address,
  type CustomField,
  field,
  picklist,
  READ_ONLY,
  REQUIRED,
  reference,
  type SandboxField,
  SYSTEM,
  systemFields,
} from './fields.ts';

/** One object of the org. `hidden` fields are those that field-level security keeps from the connection's user. */
export interface SandboxObject {
  readonly name: string;
  readonly keyPrefix: string;
  readonly isWritable: boolean;
  readonly fields: ReadonlyMap<string, SandboxField>;
  /** Kept beside the document for filters and sorts. */
  readonly columns: readonly string[];
  readonly indexes: readonly (readonly string[])[];
  readonly hidden: Set<string>;
}

/** The standard sales stages: what a stage means is in this table, not in its label. */
export const STAGES = [
  { name: 'Prospecting', probability: 10, isClosed: false, isWon: false },
  { name: 'Qualification', probability: 10, isClosed: false, isWon: false },
  { name: 'Needs Analysis', probability: 20, isClosed: false, isWon: false },
  { name: 'Value Proposition', probability: 50, isClosed: false, isWon: false },
  { name: 'Id. Decision Makers', probability: 60, isClosed: false, isWon: false },
  { name: 'Perception Analysis', probability: 70, isClosed: false, isWon: false },
  { name: 'Proposal/Price Quote', probability: 75, isClosed: false, isWon: false },
  { name: 'Negotiation/Review', probability: 90, isClosed: false, isWon: false },
  { name: 'Closed Won', probability: 100, isClosed: true, isWon: true },
  { name: 'Closed Lost', probability: 0, isClosed: true, isWon: false },
] as const;

const owner = () => reference('OwnerId', 'User', 'Owner', { nillable: false });
const INDUSTRIES = ['Agriculture', 'Chemicals', 'Construction', 'Electronics', 'Energy', 'Engineering', 'Machinery'];

const ACCOUNT = [
  field('Name', 'string', REQUIRED),
  reference('MasterRecordId', 'Account', 'MasterRecord', READ_ONLY),
  reference('ParentId', 'Account', 'Parent'),
  picklist('Type', ['Customer', 'Prospect', 'Vendor', 'Partner', 'Other']),
  ...address('Billing'),
  ...address('Shipping'),
  field('Phone', 'phone'),
  field('Fax', 'phone'),
  field('AccountNumber', 'string', { length: 40 }),
  field('Website', 'url'),
  picklist('Industry', INDUSTRIES),
  field('AnnualRevenue', 'currency'),
  field('NumberOfEmployees', 'int'),
  field('Description', 'textarea'),
  owner(),
  field('ERP_Number__c', 'string', { label: 'ERP Number', length: 20, externalId: true }),
  picklist('Loyalty__c', ['Bronze', 'Silver', 'Gold', 'Platinum'], { restricted: true }),
];
const CONTACT = [
  reference('MasterRecordId', 'Contact', 'MasterRecord', READ_ONLY),
  reference('AccountId', 'Account', 'Account'),
  field('Salutation', 'picklist', { length: 40 }),
  field('FirstName', 'string', { length: 40 }),
  field('LastName', 'string', { ...REQUIRED, length: 80 }),
  field('Name', 'string', { ...SYSTEM, calculated: true }),
  field('Title', 'string', { length: 128 }),
  field('Department', 'string', { length: 80 }),
  field('Email', 'email'),
  field('Phone', 'phone'),
  field('MobilePhone', 'phone'),
  field('HasOptedOutOfEmail', 'boolean'),
  ...address('Mailing'),
  field('Description', 'textarea'),
  owner(),
];
const LEAD_STATUSES = ['Open - Not Contacted', 'Working - Contacted', 'Closed - Converted', 'Closed - Not Converted'];
const LEAD = [
  reference('MasterRecordId', 'Lead', 'MasterRecord', READ_ONLY),
  field('FirstName', 'string', { length: 40 }),
  field('LastName', 'string', { ...REQUIRED, length: 80 }),
  field('Name', 'string', { ...SYSTEM, calculated: true }),
  field('Title', 'string', { length: 128 }),
  field('Company', 'string', REQUIRED),
  field('City', 'string', { length: 40 }),
  field('Country', 'string', { length: 80 }),
  field('Email', 'email'),
  field('Phone', 'phone'),
  picklist('LeadSource', ['Web', 'Phone Inquiry', 'Partner Referral', 'Trade Show', 'Other']),
  picklist('Status', LEAD_STATUSES, REQUIRED),
  picklist('Industry', INDUSTRIES),
  picklist('Rating', ['Hot', 'Warm', 'Cold']),
  field('IsConverted', 'boolean', SYSTEM),
  field('ConvertedDate', 'date', READ_ONLY),
  reference('ConvertedAccountId', 'Account', 'ConvertedAccount', READ_ONLY),
  reference('ConvertedContactId', 'Contact', 'ConvertedContact', READ_ONLY),
  reference('ConvertedOpportunityId', 'Opportunity', 'ConvertedOpportunity', READ_ONLY),
  owner(),
];
const STAGE_NAMES = STAGES.map((stage) => stage.name);
const OPPORTUNITY = [
  field('Name', 'string', { ...REQUIRED, length: 120 }),
  reference('AccountId', 'Account', 'Account'),
  picklist('StageName', STAGE_NAMES, REQUIRED),
  field('Amount', 'currency'),
  field('Probability', 'percent'),
  field('CloseDate', 'date', REQUIRED),
  picklist('Type', ['New Business', 'Existing Business']),
  picklist('LeadSource', ['Web', 'Phone Inquiry', 'Partner Referral', 'Trade Show', 'Other']),
  field('IsClosed', 'boolean', SYSTEM),
  field('IsWon', 'boolean', SYSTEM),
  field('Description', 'textarea'),
  owner(),
];
const CASE = [
  reference('MasterRecordId', 'Case', 'MasterRecord', READ_ONLY),
  field('CaseNumber', 'string', { ...SYSTEM, length: 30 }),
  reference('AccountId', 'Account', 'Account'),
  reference('ContactId', 'Contact', 'Contact'),
  field('Subject', 'string'),
  field('Description', 'textarea'),
  picklist('Status', ['New', 'Working', 'Escalated', 'Closed']),
  picklist('Priority', ['High', 'Medium', 'Low']),
  picklist('Origin', ['Phone', 'Email', 'Web']),
  picklist('Type', ['Mechanical', 'Electrical', 'Electronic', 'Structural', 'Other']),
  field('IsClosed', 'boolean', SYSTEM),
  field('ClosedDate', 'datetime', READ_ONLY),
  owner(),
];
const USER = [
  field('Username', 'string', { ...REQUIRED, length: 80 }),
  field('FirstName', 'string', { length: 40 }),
  field('LastName', 'string', { ...REQUIRED, length: 80 }),
  field('Name', 'string', { ...SYSTEM, calculated: true }),
  field('Email', 'email', REQUIRED),
  field('IsActive', 'boolean'),
];
const OPPORTUNITY_STAGE = [
  field('ApiName', 'string', SYSTEM),
  field('MasterLabel', 'string', SYSTEM),
  field('IsActive', 'boolean', SYSTEM),
  field('IsClosed', 'boolean', SYSTEM),
  field('IsWon', 'boolean', SYSTEM),
  field('DefaultProbability', 'percent', SYSTEM),
  field('SortOrder', 'int', SYSTEM),
];

interface Plan {
  readonly keyPrefix: string;
  readonly isWritable?: false;
  readonly fields: readonly SandboxField[];
  readonly columns?: readonly string[];
  readonly indexes?: readonly (readonly string[])[];
}
const PLANS: Readonly<Record<string, Plan>> = {
  Account: {
    keyPrefix: '001',
    fields: ACCOUNT,
    columns: ['Name', 'ERP_Number__c', 'Industry', 'BillingCountry'],
    indexes: [['ERP_Number__c'], ['Name']],
  },
  Contact: { keyPrefix: '003', fields: CONTACT, columns: ['Name', 'AccountId', 'Email'], indexes: [['AccountId']] },
  User: { keyPrefix: '005', isWritable: false, fields: USER, columns: ['Name', 'Username'] },
  Opportunity: {
    keyPrefix: '006',
    fields: OPPORTUNITY,
    columns: ['Name', 'AccountId', 'StageName', 'CloseDate'],
    indexes: [['AccountId']],
  },
  Lead: { keyPrefix: '00Q', fields: LEAD, columns: ['Name', 'Company', 'Status'] },
  Case: {
    keyPrefix: '500',
    fields: CASE,
    columns: ['CaseNumber', 'AccountId', 'ContactId', 'Status'],
    indexes: [['AccountId']],
  },
  OpportunityStage: { keyPrefix: '01J', isWritable: false, fields: OPPORTUNITY_STAGE },
};

export type SandboxObjects = ReadonlyMap<string, SandboxObject>;

export function sandboxObjects(custom: Readonly<Record<string, readonly CustomField[]>> = {}): SandboxObjects {
  const objects = new Map<string, SandboxObject>();
  for (const [name, plan] of Object.entries(PLANS)) {
    const own = (custom[name] ?? []).map(({ name: fieldName, type, ...options }) => field(fieldName, type, options));
    const fields = [...systemFields(), ...plan.fields, ...own];
    const owned = fields.some((each) => each.name === 'OwnerId') ? ['OwnerId'] : [];
    objects.set(name, {
      name,
      keyPrefix: plan.keyPrefix,
      isWritable: plan.isWritable ?? true,
      fields: new Map(fields.map((each) => [each.name, each])),
      columns: ['SystemModstamp', 'IsDeleted', ...owned, ...(plan.columns ?? [])],
      indexes: [['SystemModstamp', 'Id'], ...(plan.indexes ?? [])],
      hidden: new Set(),
    });
  }
  return objects;
}

/** Object and field names are matched regardless of case, as SOQL does. */
export function findObject(objects: SandboxObjects, name: string): SandboxObject | undefined {
  const exact = objects.get(name);
  if (exact !== undefined) return exact;
  return [...objects.values()].find((object) => object.name.toLowerCase() === name.toLowerCase());
}

export function findField(object: SandboxObject, name: string): SandboxField | undefined {
  const lower = name.toLowerCase();
  const found =
    object.fields.get(name) ?? [...object.fields.values()].find((each) => each.name.toLowerCase() === lower);
  return found !== undefined && object.hidden.has(found.name) ? undefined : found;
}

export function visibleFields(object: SandboxObject): SandboxField[] {
  return [...object.fields.values()].filter((each) => !object.hidden.has(each.name));
}
