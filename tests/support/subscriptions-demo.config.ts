import { defineHub, secret } from 'isthmus/sdk';
import paced from './paced-demo.config.ts';

/** The demo's config, on a database server where the environment names one. */
export default defineHub({
  ...paced,
  ...(process.env.DATABASE_URL && { store: { kind: 'postgresql' as const, url: secret('DATABASE_URL') } }),
});
