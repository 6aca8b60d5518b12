import { type ConnectionDefinition, defineHub } from 'isthmus/sdk';
import demo from '../../../isthmus.config.ts';

const quiet = (definition: ConnectionDefinition): ConnectionDefinition => ({
  ...definition,
  common: { ...definition.common, pollEvery: 3600, sweepEvery: 36_000 },
});

/** The demo's config that, once all is read, leaves the systems alone: what is measured then is answering. */
export default defineHub({
  ...demo,
  connections: {
    erp: quiet(demo.connections.erp),
    crm: quiet(demo.connections.crm),
    records: quiet(demo.connections.records),
  },
});
