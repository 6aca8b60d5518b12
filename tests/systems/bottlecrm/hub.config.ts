import { bottlecrm } from 'isthmus/connectors/bottlecrm';
import { defineHub, secret } from 'isthmus/sdk';

/** A hub over one BottleCRM, with what a test sets in the environment. */
export default defineHub({
  connections: {
    crm: bottlecrm({
      url: process.env.CRM_URL ?? '',
      token: secret('CRM_TOKEN'),
      ...(process.env.CRM_HOOK_SECRET ? { webhookSecret: secret('CRM_HOOK_SECRET') } : {}),
      currency: 'EUR',
      alsoKnownAs: { customField: 'erp_number', connection: 'erp', stream: 'party' },
      sweepEvery: Number(process.env.SWEEP_EVERY),
      // A sweep of a handful of records deletes a great share of them.
      maxDeleteShare: 0.5,
    }),
  },
  ownership: {},
});
