import { defineHub } from 'isthmus/sdk';
import paced from './paced-demo.config.ts';

/** The demo's config, paced, sending webhooks to this machine and not waiting long. */
export default defineHub({
  ...paced,
  topics: { kind: 'embedded', personal: { Contact: ['email'] } },
  webhooks: {
    allowHttp: true,
    ...(process.env.WEBHOOKS_TO_PRIVATE !== 'no' && { allowPrivate: ['127.0.0.0/8'] }),
    retry: { firstSeconds: 0.1, longestSeconds: 0.5 },
  },
});
