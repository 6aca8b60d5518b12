import type { SecretRef } from 'isthmus/sdk';
import { z } from 'zod';
import { PAGE } from './manifest.ts';

/** In a hub's config a text or `secret('NAME')`, which is resolved before it is checked. */
const fromConfig = z.custom<string | SecretRef>();

export const config = z.strictObject({
  url: fromConfig
    .pipe(z.url())
    .describe('Address of Request Tracker, such as `https://rt.example.com`, without `/REST/2.0`.'),
  token: fromConfig.pipe(z.string().min(1)).describe("Secret. An authentication token: `secret('RT_TOKEN')`."),
  queues: z
    .array(z.string().regex(/^[^'"\\]+$/))
    .min(1)
    .optional()
    .describe('Names of the queues whose tickets are read; all that the token may see when absent.'),
  pageSize: z
    .number()
    .int()
    .min(1)
    .max(PAGE)
    .default(PAGE)
    .describe('Records a call; Request Tracker gives no more than 100. Default 100.'),
  customer: z
    .strictObject({
      customField: z.string().min(1).describe('Name of the ticket’s custom field, such as `Customer number`.'),
      connection: z.string().min(1).describe('Connection of the other system, such as `erp`.'),
      stream: z.string().min(1).describe('Its stream, such as `party`.'),
    })
    .optional()
    .describe('The ticket’s custom field that holds the customer’s key in another system.'),
});

export type Config = z.output<typeof config>;
