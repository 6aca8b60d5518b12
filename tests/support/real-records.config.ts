import { cmis } from 'isthmus/connectors/cmis';
import { defineHub, secret } from 'isthmus/sdk';
import demo from '../../isthmus.config.ts';

/** The demo with another records system, whose types are named in the environment. */
export default defineHub({
  ...demo,
  connections: {
    ...demo.connections,
    records: cmis({
      ...JSON.parse(process.env.RECORDS_SETTINGS ?? '{}'),
      url: process.env.RECORDS_URL ?? '',
      user: process.env.RECORDS_USER ?? '',
      password: secret('RECORDS_PASSWORD'),
    }),
  },
});
