import { type CheckResult, defineConnector, type Http, hasCode, type NativeType } from 'isthmus/sdk';
import { GatewayClient, protocol } from './client.ts';
import { config, type SapS4Config } from './config.ts';
import { nativeTypes } from './discover.ts';
import { manifest } from './manifest.ts';
import { reading } from './reading.ts';
import { streamSources } from './streams.ts';

/** SAP S/4HANA over its OData V2 services. */
export const sapS4 = defineConnector({
  manifest,
  config,
  protocol,
  connect(settings) {
    const client = new GatewayClient(settings);
    const sources = streamSources(settings);
    const { plant, stock, ...stamped } = sources;
    // Without change stamps there are no changes to read.
    const { changes: _plant, ...plants } = reading(plant, settings, client);
    const { changes: _stock, ...stocks } = reading(stock, settings, client);
    return {
      check: (http) => check(client, settings, http),
      discover: (http) => discover(client, settings, http),
      streams: {
        businessPartner: reading(stamped.businessPartner, settings, client),
        contact: reading(stamped.contact, settings, client),
        creditAccount: reading(stamped.creditAccount, settings, client),
        product: reading(stamped.product, settings, client),
        plant: plants,
        stock: stocks,
        salesOrder: reading(stamped.salesOrder, settings, client),
        purchaseOrder: reading(stamped.purchaseOrder, settings, client),
        billingDocument: reading(stamped.billingDocument, settings, client),
      },
    };
  },
});

/** What each service that is opened to this user tells of itself. */
async function discover(client: GatewayClient, settings: SapS4Config, http: Http): Promise<readonly NativeType[]> {
  const sources = Object.entries(streamSources(settings));
  const types: NativeType[] = [];
  for (const service of new Set(sources.map(([, source]) => source.service))) {
    const streamOf = (set: string) =>
      sources.find(([, source]) => source.service === service && source.set === set)?.[0];
    const { status, body } = await client.metadata(service, http);
    if (status < 300) types.push(...nativeTypes(body, streamOf));
  }
  return types;
}

/** Knocks at every service once: who is let in everywhere can read every stream. */
async function check(client: GatewayClient, settings: SapS4Config, http: Http): Promise<CheckResult> {
  const services = [...new Set(Object.values(streamSources(settings)).map((source) => source.service))];
  const refused: string[] = [];
  const unknown: string[] = [];
  try {
    for (const service of services) {
      const { status } = await client.metadata(service, http);
      if (status === 403) refused.push(service);
      if (status === 404) unknown.push(service);
    }
  } catch (error) {
    return failure(error);
  }
  if (unknown.length === services.length) {
    return {
      status: 'config',
      message: 'No OData service answers at this address.',
      fix: 'Check baseUrl: in the public cloud the host has -api in its name.',
    };
  }
  if (refused.length + unknown.length > 0) {
    return {
      status: 'permission',
      message: `SAP does not open ${[...refused, ...unknown].join(', ')} to the communication user.`,
      fix: 'Add the communication scenario of each service to the arrangement (or activate it), or name fewer streams in the connection.',
    };
  }
  return { status: 'ok', product: 'SAP S/4HANA', notes: [`${services.length} services answer.`] };
}

function failure(error: unknown): CheckResult {
  const message = error instanceof Error ? error.message : String(error);
  if (hasCode(error, 'CREDENTIAL')) {
    return {
      status: 'auth',
      message,
      fix: 'Check the communication user or the OAuth client, and whether it is locked.',
    };
  }
  if (hasCode(error, 'RATE_LIMITED')) {
    return { status: 'quota', message, fix: 'Wait, or lower the connection’s limits.' };
  }
  if (hasCode(error, 'TRANSIENT')) {
    return { status: 'network', message, fix: 'Check that the system runs, and the network and proxies between.' };
  }
  if (hasCode(error, 'CONTRACT', 'CONFIG', 'NOT_FOUND', 'NOT_SUPPORTED')) {
    return {
      status: 'config',
      message,
      fix: 'Open baseUrl in a browser: it should be the system itself, not a portal.',
    };
  }
  throw error;
}
