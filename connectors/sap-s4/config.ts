import type { SecretRef } from 'isthmus/sdk';
import { z } from 'zod';

/** In a hub's config a `secret('NAME')`, resolved before it is checked. */
const secretText = z.custom<string | SecretRef>().pipe(z.string().min(1));

/** What a connection to S/4HANA needs. Basic user or OAuth client: one of the two. */
export const config = z
  .strictObject({
    baseUrl: z.url().describe('The system, such as https://my300000-api.s4hana.cloud.sap'),
    username: z.string().min(1).optional().describe('The communication user'),
    password: secretText.optional().describe('Its password; a secret'),
    clientId: z.string().min(1).optional().describe('OAuth 2.0 client, instead of user and password'),
    clientSecret: secretText.optional().describe('Its secret'),
    tokenUrl: z
      .url()
      .optional()
      .describe("Where tokens come from; the system's own /sap/bc/sec/oauth2/token when absent"),
    client: z
      .string()
      .regex(/^\d{3}$/)
      .optional()
      .describe('Client (mandant) of an on-premise system, such as 100'),
    language: z.string().length(2).default('EN').describe('Of product descriptions, as SAP codes it'),
    creditSegment: z.string().min(1).default('0000').describe('Whose credit limit is the customer’s'),
    pageSize: z.number().int().min(1).max(5000).default(500).describe('Rows of a page when reading all'),
    urlBudget: z
      .number()
      .int()
      .min(500)
      .max(30_000)
      .default(6000)
      .describe('Longest filter in a URL; longer ones go by $batch'),
  })
  .refine((settings) => (settings.username === undefined) === (settings.password === undefined), {
    message: 'username and password belong together',
    path: ['password'],
  })
  .refine((settings) => (settings.clientId === undefined) === (settings.clientSecret === undefined), {
    message: 'clientId and clientSecret belong together',
    path: ['clientSecret'],
  })
  .refine((settings) => (settings.username === undefined) !== (settings.clientId === undefined), {
    message: 'name either username and password, or clientId and clientSecret',
    path: ['username'],
  });

export type SapS4Config = z.output<typeof config>;
