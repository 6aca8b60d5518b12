import { defineHub, secret } from 'isthmus/sdk';
import { tally } from '../../examples/connector/tally/index.ts';

/** One small system. */
export default defineHub({
  connections: { desk: tally({ url: process.env.TALLY_URL ?? '', apiKey: secret('TALLY_API_KEY') }) },
});
