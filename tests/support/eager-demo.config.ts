import { type ConnectionDefinition, defineHub } from 'isthmus/sdk';
import demo from '../../isthmus.config.ts';

const eager = (definition: ConnectionDefinition): ConnectionDefinition => ({
  ...definition,
  common: { ...definition.common, pollEvery: 0.3, sweepEvery: 2 },
});

/** The demo's config, looking for changes and deletions more often than a person would wait for. */
export default defineHub({
  ...demo,
  connections: {
    erp: eager(demo.connections.erp),
    crm: eager(demo.connections.crm),
    records: eager(demo.connections.records),
  },
});
