import type { Mapped, Money, OpportunityStage } from 'isthmus/model';
import type { Row } from '../client.ts';
import type { Config } from '../config.ts';
import { assignees, dateTime, reference, text, wholeNumber } from './values.ts';

const OPEN_STAGES: Readonly<Record<string, OpportunityStage>> = {
  PROSPECTING: 'PROSPECTING',
  QUALIFICATION: 'QUALIFICATION',
  PROPOSAL: 'PROPOSAL',
  NEGOTIATION: 'NEGOTIATION',
};

export function toOpportunity(row: Row, config: Pick<Config, 'currency'>): readonly Mapped[] {
  const name = text(row, 'stage');
  const stage = stageOf(row, name);
  const values = {
    name: text(row, 'name'),
    ...(name === undefined ? {} : { stage: stage ?? null }),
    ...(stage === undefined ? { stageText: text(row, 'stage_label') ?? name } : {}),
    amount: amount(row, config.currency),
    closesOn: text(row, 'closed_on'),
    probability: wholeNumber(row, 'probability'),
    customer: reference(row, 'account', 'account'),
    owner: assignees(row),
    createdAt: dateTime(row, 'created_at'),
  };
  return [{ entity: 'Opportunity', values }];
}

/** Stages are the organisation's own; each says whether it is won, lost or open. */
function stageOf(row: Row, name: string | null | undefined): OpportunityStage | undefined {
  if (row.stage_kind === 'won') return 'WON';
  if (row.stage_kind === 'lost') return 'LOST';
  return OPEN_STAGES[name ?? ''];
}

/** Amounts are texts with all their digits. */
function amount(row: Row, currency: string): Money | null | undefined {
  const value = text(row, 'amount');
  return value === undefined || value === null ? value : { amount: value, currency: text(row, 'currency') ?? currency };
}
