import { type DemoEnterprise, type DemoStamps, salesforceId } from 'isthmus/sdk/testing';
import { STAGES } from './objects.ts';
import type { Org, Row } from './org.ts';

/** The integration user: client credentials run as it, and it wrote whatever has no other author. */
export const INTEGRATION_USER = {
  id: salesforceId('005', 900_000_000),
  username: 'integration@demo.example',
  firstName: 'Integration',
  lastName: 'User',
};

/** Change stamps of this product have whole seconds. */
function time(iso: string): string {
  return `${iso.slice(0, 19)}.000+0000`;
}

function stamps({ createdAt, changedAt }: DemoStamps): Row {
  return {
    IsDeleted: false,
    CreatedDate: time(createdAt),
    CreatedById: INTEGRATION_USER.id,
    LastModifiedDate: time(changedAt),
    LastModifiedById: INTEGRATION_USER.id,
    SystemModstamp: time(changedAt),
  };
}

/** Null members are left out: that is how records are stored. */
function known(row: Row): Row {
  const kept: Row = {};
  for (const name in row) if (row[name] !== null && row[name] !== undefined) kept[name] = row[name];
  return kept;
}

function* accounts(demo: DemoEnterprise): Iterable<Row> {
  for (const company of demo.companies()) {
    for (const view of company.crmViews) {
      yield known({
        Id: view.id,
        Name: view.name,
        Type: view.type,
        ERP_Number__c: view.erpNumber,
        Loyalty__c: view.loyaltyTier,
        OwnerId: view.ownerId,
        Phone: view.phone,
        Website: view.website,
        Industry: view.industry,
        BillingStreet: view.street,
        BillingCity: view.city,
        BillingState: view.state,
        BillingPostalCode: view.postalCode,
        BillingCountry: view.country,
        AnnualRevenue: view.annualRevenue === null ? null : Number(view.annualRevenue),
        NumberOfEmployees: view.employees,
        Description: view.description,
        ...stamps(view),
      });
    }
  }
}

function* contacts(demo: DemoEnterprise): Iterable<Row> {
  for (const contact of demo.contacts()) {
    if (contact.crmView === null) continue;
    yield known({
      Id: contact.crmView.id,
      AccountId: contact.crmView.accountId,
      OwnerId: contact.crmView.ownerId,
      Salutation: contact.salutation,
      FirstName: contact.firstName,
      LastName: contact.lastName,
      Name: `${contact.firstName} ${contact.lastName}`,
      Title: contact.title,
      Department: contact.department,
      Email: contact.email,
      Phone: contact.phone,
      MobilePhone: contact.mobile,
      HasOptedOutOfEmail: false,
      ...stamps(contact),
    });
  }
}

function* leads(demo: DemoEnterprise): Iterable<Row> {
  for (const lead of demo.leads()) {
    yield known({
      Id: lead.id,
      FirstName: lead.firstName,
      LastName: lead.lastName,
      Name: [lead.firstName, lead.lastName].filter((part) => part !== null).join(' '),
      Title: lead.title,
      Company: lead.company,
      City: lead.city,
      Country: lead.country,
      Email: lead.email,
      Phone: lead.phone,
      LeadSource: lead.source,
      Status: lead.status,
      Industry: lead.industry,
      Rating: lead.rating,
      IsConverted: lead.isConverted,
      ConvertedAccountId: lead.convertedAccountId,
      ConvertedDate: lead.convertedOn,
      OwnerId: lead.ownerId,
      ...stamps(lead),
    });
  }
}

function* opportunities(demo: DemoEnterprise): Iterable<Row> {
  for (const opportunity of demo.opportunities()) {
    yield known({
      Id: opportunity.id,
      Name: opportunity.name,
      AccountId: opportunity.accountId,
      StageName: opportunity.stage,
      Amount: opportunity.amount === null ? null : Number(opportunity.amount),
      Probability: opportunity.probability,
      CloseDate: opportunity.closesOn,
      Type: opportunity.type,
      LeadSource: opportunity.source,
      IsClosed: opportunity.isClosed,
      IsWon: opportunity.isWon,
      OwnerId: opportunity.ownerId,
      ...stamps(opportunity),
    });
  }
}

function* cases(demo: DemoEnterprise): Iterable<Row> {
  for (const each of demo.cases()) {
    yield known({
      Id: each.id,
      CaseNumber: each.number,
      AccountId: each.accountId,
      ContactId: each.contactId,
      OwnerId: each.ownerId,
      Subject: each.subject,
      Description: each.description,
      Status: each.status,
      Priority: each.priority,
      Origin: each.origin,
      Type: each.type,
      IsClosed: each.status === 'Closed',
      ClosedDate: each.closedAt === null ? null : time(each.closedAt),
      ...stamps(each),
    });
  }
}

function* users(demo: DemoEnterprise): Iterable<Row> {
  const founded = stamps({ createdAt: '2015-01-01T00:00:00.000Z', changedAt: '2015-01-01T00:00:00.000Z' });
  const { id, username, firstName, lastName } = INTEGRATION_USER;
  const name = `${firstName} ${lastName}`;
  yield {
    Id: id,
    Username: username,
    FirstName: firstName,
    LastName: lastName,
    Name: name,
    Email: username,
    IsActive: true,
    ...founded,
  };
  for (const user of demo.users()) {
    yield {
      Id: user.id,
      Username: user.email,
      FirstName: user.firstName,
      LastName: user.lastName,
      Name: user.name,
      Email: user.email,
      IsActive: true,
      ...founded,
    };
  }
}

function* stages(): Iterable<Row> {
  const founded = stamps({ createdAt: '2015-01-01T00:00:00.000Z', changedAt: '2015-01-01T00:00:00.000Z' });
  for (const [at, stage] of STAGES.entries()) {
    yield {
      Id: salesforceId('01J', at + 1),
      ApiName: stage.name,
      MasterLabel: stage.name,
      IsActive: true,
      IsClosed: stage.isClosed,
      IsWon: stage.isWon,
      DefaultProbability: stage.probability,
      SortOrder: at + 1,
      ...founded,
    };
  }
}

/** Streams the demo enterprise's CRM side into the org. */
export async function seedDemo(org: Org, demo: DemoEnterprise): Promise<void> {
  const fill = (name: string, rows: Iterable<Row>) => org.table(org.object(name)).seedInSlices(rows);
  await fill('User', users(demo));
  await fill('OpportunityStage', stages());
  await fill('Account', accounts(demo));
  await fill('Contact', contacts(demo));
  await fill('Lead', leads(demo));
  await fill('Opportunity', opportunities(demo));
  await fill('Case', cases(demo));
}
