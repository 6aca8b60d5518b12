import type { SecretRef } from 'isthmus/sdk';
import { z } from 'zod';
import { PAGE } from './manifest.ts';

/** In a hub's config a text or `secret('NAME')`, which is resolved before it is checked. */
const fromConfig = z.custom<string | SecretRef>();
const text = fromConfig.pipe(z.string().min(1));

export const config = z.strictObject({
  url: fromConfig.pipe(z.url()).describe('Where the server answers, without the database: `https://erp.acme.example`.'),
  database: z.string().min(1).describe('Name of the database.'),
  user: text.describe('Login of the user that reads.'),
  password: text.describe("Secret. `secret('ERP_PASSWORD')`."),
  authentication: z
    .enum(['session', 'basic'])
    .default('session')
    .describe('`session` logs in once; `basic` sends the password with each call, which costs the server a hash each.'),
  company: z.number().int().positive().optional().describe("Id of the company to read; the user's own when absent."),
  language: z.string().min(2).default('en').describe('Language of translated names. Default `en`.'),
  customerCategory: z
    .string()
    .min(1)
    .optional()
    .describe('Name of the party category of customers; all parties when absent.'),
  supplierCategory: z
    .string()
    .min(1)
    .optional()
    .describe('Name of the party category of suppliers; all parties when absent.'),
  pageSize: z
    .number()
    .int()
    .min(1)
    .max(2000)
    .default(PAGE)
    .describe('Records of a page; ids come ten times as many. Default 200.'),
  knownByNumber: z
    .boolean()
    .default(false)
    .describe(
      'Whether others name parties by their code and sales by their number: as keys of streams `partyCode` and `saleNumber`.',
    ),
});

export type Config = z.output<typeof config>;
