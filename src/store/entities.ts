import { defineEntity, p } from '@mikro-orm/core';

/** The hub's bookkeeping as entities. What is read and written in bulk goes by set operations instead. */
export const StreamStateEntity = defineEntity({
  name: 'StreamState',
  tableName: 'stream_state',
  properties: {
    connection: p.text().primary(),
    stream: p.text().primary(),
    phase: p.text().$type<'snapshot' | 'changes'>(),
    position: p.text().nullable(),
    cursor: p.text().nullable(),
    epoch: p.bigint('number'),
    freshThrough: p.bigint('number').nullable(),
    fingerprint: p.text().nullable(),
    sweepPosition: p.text().nullable(),
    lastSweepAt: p.bigint('number').nullable(),
    lastErrorCode: p.text().nullable(),
    lastError: p.text().nullable(),
    records: p.bigint('number'),
    updatedAt: p.bigint('number'),
    maskedCards: p.bigint('number'),
  },
});

export const LeaseEntity = defineEntity({
  name: 'Lease',
  tableName: 'lease',
  properties: {
    name: p.text().primary(),
    holder: p.text(),
    epoch: p.bigint('number'),
    expiresAt: p.bigint('number'),
  },
});

export const SetAsideEntity = defineEntity({
  name: 'SetAside',
  tableName: 'set_aside',
  properties: {
    id: p.bigint('number').primary(),
    connection: p.text(),
    stream: p.text(),
    sourceId: p.text(),
    raw: p.text(),
    code: p.text(),
    reason: p.text(),
    at: p.bigint('number'),
    attempts: p.bigint('number'),
  },
});

export const HubMetaEntity = defineEntity({
  name: 'HubMeta',
  tableName: 'hub_meta',
  properties: { key: p.text().primary(), value: p.text() },
});

export const entities = [StreamStateEntity, LeaseEntity, SetAsideEntity, HubMetaEntity];
