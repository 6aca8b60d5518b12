import type { Mapped, OpportunityStage } from 'isthmus/model';
import type { Row } from '../client.ts';
import type { Config } from '../config.ts';
import type { FieldTable } from './columns.ts';
import { accountReference } from './reference.ts';
import { boolean, dateTime, money, parentText, text, wholeNumber } from './values.ts';

export const OPPORTUNITY_FIELDS: FieldTable = {
  always: [],
  fields: {
    name: ['Name'],
    stage: ['StageName', 'IsClosed', 'IsWon'],
    stageText: ['StageName', 'IsClosed', 'IsWon'],
    amount: ['Amount'],
    closesOn: ['CloseDate'],
    probability: ['Probability'],
    customer: ['AccountId'],
    owner: ['Owner.Name'],
    createdAt: ['CreatedDate'],
    changedAt: ['SystemModstamp'],
  },
};

const OPEN_STAGES: Readonly<Record<string, OpportunityStage>> = {
  Prospecting: 'PROSPECTING',
  Qualification: 'QUALIFICATION',
  'Needs Analysis': 'QUALIFICATION',
  'Value Proposition': 'QUALIFICATION',
  'Id. Decision Makers': 'QUALIFICATION',
  'Perception Analysis': 'QUALIFICATION',
  'Proposal/Price Quote': 'PROPOSAL',
  'Negotiation/Review': 'NEGOTIATION',
};

export function toOpportunity(row: Row, config: Pick<Config, 'currency'>): readonly Mapped[] {
  const name = text(row, 'StageName');
  const stage = stageOf(row, name);
  const values = {
    name: text(row, 'Name'),
    ...(name === undefined ? {} : { stage: stage ?? null }),
    ...(stage === undefined ? { stageText: name } : {}),
    amount: money(row, 'Amount', config.currency),
    closesOn: text(row, 'CloseDate'),
    probability: wholeNumber(row, 'Probability'),
    customer: accountReference(row, 'AccountId'),
    owner: parentText(row, 'Owner', 'Name'),
    createdAt: dateTime(row, 'CreatedDate'),
    changedAt: dateTime(row, 'SystemModstamp'),
  };
  return [{ entity: 'Opportunity', values }];
}

/** Won and lost are what the org's stage table says; an org's own open stages are left to `extend`. */
function stageOf(row: Row, name: string | null | undefined): OpportunityStage | undefined {
  if (boolean(row, 'IsWon') === true) return 'WON';
  if (boolean(row, 'IsClosed') === true) return 'LOST';
  return OPEN_STAGES[name ?? ''];
}
