import type { SecretRef } from 'isthmus/sdk';
import { z } from 'zod';
import { PAGE } from './manifest.ts';

/** In a hub's config a text or `secret('NAME')`, which is resolved before it is checked. */
const fromConfig = z.custom<string | SecretRef>();
const text = fromConfig.pipe(z.string().min(1));

const target = {
  connection: z.string().min(1).describe('Connection of the other system, such as `erp`.'),
  stream: z.string().min(1).describe('Its stream, such as `businessPartner`.'),
};
const propertyId = z.string().regex(/^[A-Za-z_][\w:.-]*$/, 'must be the query name of a property');
const typeId = z.string().regex(/^[A-Za-z_][\w:.-]*$/, 'must be the query name of a type');

function isPatternWithGroup(pattern: string): boolean {
  try {
    return (new RegExp(`${pattern}|`).exec('')?.length ?? 0) > 1;
  } catch {
    return false;
  }
}

export const config = z.strictObject({
  url: fromConfig
    .pipe(z.url())
    .describe('Service document of the browser binding, such as `https://dms.acme.example/cmis/browser`.'),
  repositoryId: z.string().min(1).optional().describe('Needed only where the service has several repositories.'),
  user: text.describe('Name for Basic authentication.'),
  password: text.describe("Secret. `secret('RECORDS_PASSWORD')`."),
  documentType: typeId
    .default('cmis:document')
    .describe('Type to read documents of; it must have the properties named below. Default `cmis:document`.'),
  folderType: typeId.default('cmis:folder').describe('Type to read folders of. Default `cmis:folder`.'),
  pageSize: z
    .number()
    .int()
    .min(1)
    .max(2000)
    .default(PAGE)
    .describe('Objects of a page when reading all; ids come twice as many. Default 500.'),
  customerProperty: z
    .strictObject({
      property: propertyId.describe('Property with the key of the customer, such as `acme:customerNumber`.'),
      folderProperty: propertyId.optional().describe('The same on folders, where it is named otherwise.'),
      ...target,
    })
    .optional()
    .describe('The property of documents and folders that names the customer.'),
  customerFolder: z
    .strictObject({
      pattern: z
        .string()
        .refine(isPatternWithGroup, 'must be a regular expression with a group for the key')
        .describe('Expression over folder paths, its first group the key, such as `^/Customers/(\\d{10}) `.'),
      ...target,
    })
    .optional()
    .describe('How the path of a folder names the customer of all that is in it, where no property does.'),
  orderProperty: z
    .strictObject({ property: propertyId.describe('Property with the number of the sales order.'), ...target })
    .optional()
    .describe('The property of documents that names the sales order.'),
});

export type Config = z.output<typeof config>;
