import { companyFacts } from './companies.ts';
import { drawName, spellOut } from './company-names.ts';
import { contactPresence } from './contacts.ts';
import type { DemoCase, DemoLead, DemoOpportunity, DemoStage } from './demo-types.ts';
import type { Dice } from './dice.ts';
import { ANCHORS, CONTACTS_PER_COMPANY, type Directory } from './directory.ts';
import { AS_OF_MS, changedAfter, DAY_MS, date, instant, momentBetween, OPENED_MS } from './moments.ts';
import { decimal } from './money.ts';
import { COUNTRY_BY_SHARE } from './places.ts';
import { salesforceId } from './salesforce-id.ts';
import { CASE_SUBJECTS, FIRST_NAMES, JOB_TITLES, LAST_NAMES, LEAD_SOURCES, OPPORTUNITY_SUBJECTS } from './words.ts';

const PROBABILITIES: Readonly<Record<DemoStage, number>> = {
  Prospecting: 10,
  Qualification: 20,
  'Needs Analysis': 35,
  'Proposal/Price Quote': 60,
  'Negotiation/Review': 80,
  'Closed Won': 100,
  'Closed Lost': 0,
};

export function opportunity(directory: Directory, index: number): DemoOpportunity {
  const dice = directory.dice('opportunity', index);
  const isAnchor = index < ANCHORS;
  const customer = isAnchor ? index : drawCrmCustomer(directory, dice);
  const createdMs = momentBetween(dice, OPENED_MS, AS_OF_MS, isAnchor ? 0.9 : dice.unit());
  const closesMs = createdMs + dice.between(isAnchor ? 150 : 20, 300) * DAY_MS;
  const stage = isAnchor ? 'Negotiation/Review' : drawStage(dice, closesMs < AS_OF_MS);
  const subject = dice.pick(OPPORTUNITY_SUBJECTS);
  return {
    index,
    id: salesforceId('006', 1 + index),
    name: `${companyFacts(directory, customer).name.base.slice(0, 80)} - ${subject} ${date(createdMs).slice(0, 4)}`,
    customer,
    accountId: directory.accountId(customer),
    ownerId: directory.userId(directory.ownerOf(customer)),
    stage,
    probability: PROBABILITIES[stage],
    amount: dice.chance(0.06) ? null : decimal(drawAmount(dice), 2),
    closesOn: date(closesMs),
    type: dice.chance(0.2) ? null : dice.pick(['New Business', 'Existing Business']),
    source: dice.chance(0.25) ? null : dice.pick(LEAD_SOURCES),
    isClosed: stage.startsWith('Closed'),
    isWon: stage === 'Closed Won',
    createdAt: instant(createdMs),
    changedAt: instant(changedAfter(dice, createdMs, index, 200)),
  };
}

/** In cents: many small ones, few very large, round as salespeople guess. */
function drawAmount(dice: Dice): number {
  const unit = dice.unit();
  const euros = Math.round((2_000 + unit * unit * unit * 480_000) / 500) * 500;
  return euros * 100 + (dice.chance(0.2) ? dice.below(50_000) : 0);
}

function drawStage(dice: Dice, isPast: boolean): DemoStage {
  const draw = dice.unit();
  if (isPast && draw < 0.95) return dice.chance(0.55) ? 'Closed Won' : 'Closed Lost';
  return dice.pick([
    'Prospecting',
    'Qualification',
    'Needs Analysis',
    'Proposal/Price Quote',
    'Negotiation/Review',
  ] satisfies DemoStage[]);
}

function drawCrmCustomer(directory: Directory, dice: Dice): number {
  return directory.customerFrom(dice.skewed(directory.counts.customers), (at) => at.inCrm);
}

export function lead(directory: Directory, index: number): DemoLead {
  const dice = directory.dice('lead', index);
  const country = dice.pick(COUNTRY_BY_SHARE);
  const name = drawName(dice, country.legalForms);
  const firstName = dice.pick(FIRST_NAMES);
  const lastName = dice.pick(LAST_NAMES);
  const createdMs = momentBetween(dice, OPENED_MS, AS_OF_MS, dice.unit());
  const changedMs = changedAfter(dice, createdMs, index, 120);
  const isConverted = dice.chance(0.12);
  const customer = drawCrmCustomer(directory, dice);
  return {
    index,
    id: salesforceId('00Q', 1 + index),
    company: isConverted ? companyFacts(directory, customer).name.base : name.full,
    firstName: dice.chance(0.08) ? null : firstName,
    lastName,
    title: dice.chance(0.3) ? null : dice.pick(JOB_TITLES),
    email: dice.chance(0.1) ? null : `${plainLetters(lastName)}${index}@lead.example.org`,
    phone: dice.chance(0.25) ? null : `${country.dialling} 555 03${dice.digits(5)}`,
    city: dice.chance(0.2) ? null : dice.pick(country.cities)[0],
    country: dice.chance(0.1) ? null : country.name,
    status: isConverted
      ? 'Closed - Converted'
      : dice.pick(['Open - Not Contacted', 'Working - Contacted', 'Working - Contacted', 'Closed - Not Converted']),
    source: dice.chance(0.1) ? null : dice.pick(LEAD_SOURCES),
    rating: dice.chance(0.3) ? null : dice.pick(['Hot', 'Warm', 'Cold']),
    industry: dice.chance(0.3) ? null : name.industry,
    ownerId: directory.userId(dice.below(directory.counts.users)),
    isConverted,
    convertedAccountId: isConverted ? directory.accountId(customer) : null,
    convertedOn: isConverted ? date(changedMs) : null,
    createdAt: instant(createdMs),
    changedAt: instant(changedMs),
  };
}

export function supportCase(directory: Directory, index: number): DemoCase {
  const dice = directory.dice('case', index);
  const customer = drawCrmCustomer(directory, dice);
  const createdMs = momentBetween(dice, OPENED_MS, AS_OF_MS, (index + dice.unit()) / directory.counts.cases);
  const closedMs = createdMs + Math.ceil(dice.unit() * dice.unit() * 60 * 24) * 3_600_000;
  const isClosed = closedMs < AS_OF_MS && !dice.chance(0.03);
  const contact = CONTACTS_PER_COMPANY * customer + dice.below(CONTACTS_PER_COMPANY);
  const hasContact = contactPresence(directory, contact).inCrm && !dice.chance(0.15);
  const subject = dice.pick(CASE_SUBJECTS);
  return {
    index,
    id: salesforceId('500', 1 + index),
    number: String(1_000 + index).padStart(8, '0'),
    customer,
    accountId: directory.accountId(customer),
    contactId: hasContact ? directory.contactId(contact) : null,
    ownerId: directory.userId(dice.below(directory.counts.users)),
    subject,
    description: dice.chance(0.3)
      ? null
      : `${subject}.\nReported by telephone, please call back. Ref. ${dice.digits(6)}`,
    status: isClosed ? 'Closed' : dice.pick(['New', 'Working', 'Working', 'Escalated']),
    priority: dice.pick(['High', 'Medium', 'Medium', 'Low']),
    origin: dice.pick(['Phone', 'Email', 'Web']),
    type: dice.chance(0.2) ? null : dice.pick(['Mechanical', 'Electrical', 'Electronic', 'Other']),
    createdAt: instant(createdMs),
    closedAt: isClosed ? instant(closedMs) : null,
    changedAt: instant(isClosed ? closedMs : changedAfter(dice, createdMs, index, 20)),
  };
}

function plainLetters(text: string): string {
  return spellOut(text)
    .toLowerCase()
    .replace(/[^a-z]/g, '');
}
