import type { SecretRef } from 'isthmus/sdk';
import { z } from 'zod';

/** In a hub's config a `secret('NAME')`, resolved before it is checked. */
const secretText = z.custom<string | SecretRef>().pipe(z.string().min(1));

/** What a connection to Tally needs. */
export const config = z.strictObject({
  url: z.url().describe('The system, such as https://tally.example.com'),
  apiKey: secretText.describe('A key with the right to read customers; a secret'),
});

export type Config = z.output<typeof config>;
