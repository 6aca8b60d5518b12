import { type ConnectionDefinition, defineHub } from 'isthmus/sdk';
import demo from '../../isthmus.config.ts';

const paced = (definition: ConnectionDefinition): ConnectionDefinition => ({
  ...definition,
  common: {
    ...definition.common,
    pollEvery: Number(process.env.POLL_EVERY ?? 0.3),
    sweepEvery: Number(process.env.SWEEP_EVERY ?? 2),
  },
});

/** The demo's config, looking for changes and deletions more often than a person would wait for, or hardly ever. */
export default defineHub({
  ...demo,
  connections: {
    erp: paced(demo.connections.erp),
    crm: paced(demo.connections.crm),
    records: paced(demo.connections.records),
  },
});
