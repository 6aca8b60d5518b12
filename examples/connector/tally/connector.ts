import { defineConnector, type NativeType } from 'isthmus/sdk';
import { protocol, readVersion } from './client.ts';
import { config } from './config.ts';
import { manifest } from './manifest.ts';
import { customer } from './streams.ts';

/** Tally over its JSON API. */
export const tally = defineConnector({
  manifest,
  config,
  protocol,
  connect: () => ({
    check: async (http) => ({ status: 'ok', product: 'Tally', version: await readVersion(http) }),
    discover: async () => [CUSTOMER],
    streams: { customer },
  }),
});

const field = (name: string, type: string, nullable = false) => ({
  name,
  type,
  nullable,
  writable: false,
  custom: false,
});

/** The API does not describe itself. */
const CUSTOMER: NativeType = {
  name: 'customer',
  stream: 'customer',
  fields: [
    field('id', 'string'),
    field('name', 'string'),
    field('email', 'string', true),
    field('limit', 'object', true),
    field('blocked', 'boolean'),
    field('created', 'timestamp'),
    field('updated', 'timestamp'),
  ],
};
