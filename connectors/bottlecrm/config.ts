import type { SecretRef } from 'isthmus/sdk';
import { z } from 'zod';
import { PAGE } from './manifest.ts';

/** In a hub's config a text or `secret('NAME')`, which is resolved before it is checked. */
const fromConfig = z.custom<string | SecretRef>();
const secretText = fromConfig.pipe(z.string().min(1));

export const config = z.strictObject({
  url: fromConfig.pipe(z.url()).describe('Address of the API, such as `https://api.crm.example.com`.'),
  token: secretText.describe("Secret. A personal access token of an administrator: `secret('CRM_TOKEN')`."),
  webhookSecret: secretText
    .optional()
    .describe("Secret. What BottleCRM showed when its webhook to the hub was made: `secret('CRM_HOOK')`."),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .describe('Default currency of the organisation, ISO 4217, such as `EUR`: that of deals which carry none.'),
  pageSize: z
    .number()
    .int()
    .min(1)
    .max(500)
    .default(PAGE)
    .describe('Records a call; the server takes milliseconds for each. Default 100.'),
  alsoKnownAs: z
    .strictObject({
      customField: z.string().min(1).describe('Key of the account’s custom field, such as `erp_number`.'),
      connection: z.string().min(1).describe('Connection of the other system, such as `erp`.'),
      stream: z.string().min(1).describe('Its stream, such as `party`.'),
    })
    .optional()
    .describe('The account’s custom field that holds the key of the same company in another system.'),
});

export type Config = z.output<typeof config>;
