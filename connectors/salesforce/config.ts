import type { SecretRef } from 'isthmus/sdk';
import { z } from 'zod';

/** In a hub's config a text or `secret('NAME')`, which is resolved before it is checked. */
const fromConfig = z.custom<string | SecretRef>();
const secretText = fromConfig.pipe(z.string().min(1));

const clientId = secretText.describe('Consumer key of the External Client App, such as `3MVG9…`.');

export const config = z.strictObject({
  url: fromConfig.pipe(z.url()).describe('My Domain of the org, such as `https://acme.my.salesforce.com`.'),
  version: z
    .string()
    .regex(/^v\d\d\.0$/)
    .default('v67.0')
    .describe('API version. Default `v67.0`.'),
  auth: z
    .discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('jwt'),
        clientId,
        username: secretText.describe('The user to act as; the app must be approved for it beforehand.'),
        privateKey: secretText.describe("Secret. PEM of the key whose certificate the app has: `secret('SF_KEY')`."),
        audience: z
          .url()
          .default('https://login.salesforce.com')
          .describe('`https://test.salesforce.com` for the vendor’s test orgs.'),
      }),
      z.strictObject({
        kind: z.literal('client-credentials'),
        clientId,
        clientSecret: secretText.describe("Secret. Consumer secret of the app: `secret('SF_SECRET')`."),
      }),
    ])
    .describe('How to log in: `jwt` (JWT bearer) or `client-credentials` (the app needs a run-as user).'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .describe('Currency of the org, ISO 4217, such as `EUR`: that of amounts which carry none themselves.'),
  isMultiCurrency: z
    .boolean()
    .default(false)
    .describe('Whether the org has several currencies: `CurrencyIsoCode` is read then. Default false.'),
  pageSize: z
    .number()
    .int()
    .min(200)
    .max(2000)
    .default(2000)
    .describe('Records of a page, as the product allows them: 200 to 2000. Default 2000.'),
  alsoKnownAs: z
    .strictObject({
      field: z.string().min(1).describe('Account field with the key, such as `ERP_Number__c`.'),
      connection: z.string().min(1).describe('Connection of the other system, such as `erp`.'),
      stream: z.string().min(1).describe('Its stream, such as `businessPartner`.'),
    })
    .optional()
    .describe('The account field that holds the key of the same company in another system.'),
});

export type Config = z.output<typeof config>;
