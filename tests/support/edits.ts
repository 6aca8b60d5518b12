import type { DemoSystems } from './demo-systems.ts';

type Values = Readonly<Record<string, unknown>>;

/** What users of the three systems do, over each system's own protocol. */
export interface Edits {
  readonly erp: {
    update(service: string, entity: string, values: Values): Promise<void>;
    create(service: string, set: string, values: Values): Promise<Values>;
    remove(service: string, entity: string): Promise<void>;
  };
  readonly crm: {
    update(type: string, id: string, values: Values): Promise<void>;
    /** Gives the id. */
    create(type: string, values: Values): Promise<string>;
    remove(type: string, id: string): Promise<void>;
  };
  readonly records: {
    update(objectId: string, properties: Readonly<Record<string, string>>): Promise<void>;
    /** Gives the object id. */
    create(folderId: string, properties: Readonly<Record<string, string>>, text: string): Promise<string>;
    remove(objectId: string): Promise<void>;
  };
}

type Repository = Readonly<Record<'service' | 'repositoryId' | 'user' | 'password', string>>;

export function editsOf(systems: DemoSystems): Edits {
  return { erp: erpEdits(systems), crm: crmEdits(systems), records: recordsEdits(systems.records) };
}

function erpEdits(systems: DemoSystems): Edits['erp'] {
  const send = async (method: string, service: string, path: string, values?: Values): Promise<Response> => {
    const { username, password } = systems.erp.credentials;
    const root = `${systems.erp.url}/sap/opu/odata/sap/${service}/`;
    const authorization = basic(username, password);
    const opened = await succeed(fetch(root, { headers: { authorization, 'x-csrf-token': 'Fetch' } }));
    const cookie = opened.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    const token = opened.headers.get('x-csrf-token') ?? '';
    const headers = { authorization, cookie, 'x-csrf-token': token, 'if-match': '*', 'content-type': JSON_TYPE };
    const body = values && JSON.stringify(values);
    return succeed(fetch(root + path, { method, headers, ...(body && { body }) }));
  };
  return {
    update: async (service, entity, values) => void (await send('PATCH', service, entity, values)),
    create: async (service, set, values) => {
      const answer = (await (await send('POST', service, set, values)).json()) as { readonly d: Values };
      return answer.d;
    },
    remove: async (service, entity) => void (await send('DELETE', service, entity)),
  };
}

function crmEdits(systems: DemoSystems): Edits['crm'] {
  const send = async (method: string, path: string, values?: Values): Promise<Response> => {
    const { clientId, clientSecret } = systems.crm.ready;
    const grant = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    const token = await succeed(
      fetch(`${systems.crm.url}/services/oauth2/token`, { method: 'POST', body: new URLSearchParams(grant) }),
    );
    const { access_token } = (await token.json()) as { readonly access_token: string };
    const headers = { authorization: `Bearer ${access_token}`, 'content-type': JSON_TYPE };
    const url = `${systems.crm.url}/services/data/v67.0/sobjects/${path}`;
    return succeed(fetch(url, { method, headers, ...(values && { body: JSON.stringify(values) }) }));
  };
  return {
    update: async (type, id, values) => void (await send('PATCH', `${type}/${id}`, values)),
    create: async (type, values) => ((await (await send('POST', type, values)).json()) as { id: string }).id,
    remove: async (type, id) => void (await send('DELETE', `${type}/${id}`)),
  };
}

/** `service` is the service document of any repository with the browser binding. */
export function recordsEdits(repository: Repository): Edits['records'] {
  const send = async (
    objectId: string,
    fields: Readonly<Record<string, string>>,
    properties: Values,
    text?: string,
  ) => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...fields, objectId })) form.set(name, value);
    Object.entries(properties).forEach(([id, value], at) => {
      form.set(`propertyId[${at}]`, id);
      form.set(`propertyValue[${at}]`, String(value));
    });
    if (text !== undefined) form.set('content', new Blob([text], { type: 'text/plain' }), 'content.txt');
    const { service, repositoryId, user, password } = repository;
    const headers = { authorization: basic(user, password) };
    return succeed(fetch(`${service}/${repositoryId}/root`, { method: 'POST', headers, body: form }));
  };
  return {
    update: async (objectId, properties) => void (await send(objectId, { cmisaction: 'update' }, properties)),
    create: async (folderId, properties, text) => {
      const answer = await send(folderId, { cmisaction: 'createDocument', succinct: 'true' }, properties, text);
      const { succinctProperties } = (await answer.json()) as { succinctProperties: Record<string, string> };
      return String(succinctProperties['cmis:objectId']);
    },
    remove: async (objectId) => void (await send(objectId, { cmisaction: 'delete', allVersions: 'true' }, {})),
  };
}

const JSON_TYPE = 'application/json';

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

async function succeed(sent: Promise<Response>): Promise<Response> {
  const response = await sent;
  if (!response.ok) throw new Error(`${response.url} answers ${response.status}: ${await response.text()}`);
  return response;
}
