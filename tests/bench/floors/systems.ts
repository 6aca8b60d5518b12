import { Pool } from 'undici';

/** Source rows as the systems give them. */
export type Source = Readonly<Record<string, unknown>>;

/** The fewest calls to the three systems, each by hand: one a list of keys. */
export interface Systems {
  accounts(ids: readonly string[]): Promise<ReadonlyMap<string, Source>>;
  partners(numbers: readonly string[]): Promise<ReadonlyMap<string, Source>>;
  creditAccounts(numbers: readonly string[]): Promise<ReadonlyMap<string, Source>>;
  orders(numbers: readonly string[]): Promise<ReadonlyMap<string, Source>>;
  documents(seriesIds: readonly string[]): Promise<ReadonlyMap<string, Source>>;
}

export async function openSystems(env: NodeJS.ProcessEnv): Promise<Systems> {
  const erp = jsonClient(env.ERP_URL!, { authorization: basic(env.ERP_USER!, env.ERP_PASSWORD!) });
  const crm = jsonClient(env.CRM_URL!, { authorization: `Bearer ${await crmToken(env)}` });
  const service = new URL(env.RECORDS_URL!);
  const records = jsonClient(service.origin, {
    authorization: basic(env.RECORDS_USER!, env.RECORDS_PASSWORD!),
    'content-type': 'application/x-www-form-urlencoded',
  });
  const [repository] = Object.values(await records<Record<string, { repositoryUrl: string }>>('GET', service.pathname));
  const repositoryPath = new URL(repository!.repositoryUrl).pathname;

  const odata = async (set: string, key: string, keys: readonly string[], select: string, more = '') => {
    const filter = more + keys.map((each) => `${key} eq '${each}'`).join(' or ') + (more === '' ? '' : ')');
    const query = `$filter=${encodeURIComponent(filter)}&$select=${key},${select}&$format=json`;
    const { d } = await erp<{ d: { results: Source[]; __next?: string } }>('GET', `/sap/opu/odata/sap/${set}?${query}`);
    if (d.__next !== undefined) throw new Error(`${set} answers in pages`);
    return byKey(d.results, key);
  };
  return {
    async accounts(ids) {
      const soql = `SELECT Id,Name,Owner.Name FROM Account WHERE Id IN (${quoted(ids)})`;
      const path = `/services/data/v67.0/query?q=${encodeURIComponent(soql)}`;
      return byKey((await crm<{ records: Source[] }>('GET', path)).records, 'Id');
    },
    partners: (numbers) =>
      odata(
        'API_BUSINESS_PARTNER/A_BusinessPartner',
        'BusinessPartner',
        numbers,
        'OrganizationBPName1,OrganizationBPName2',
      ),
    creditAccounts: (numbers) =>
      odata(
        'API_CRDTMBUSINESSPARTNER/CreditManagementAccount',
        'BusinessPartner',
        numbers,
        'CreditLimitAmount,CreditLimitIsZero,CreditSegmentCurrency',
        "CreditSegment eq '0000' and (",
      ),
    orders: (numbers) =>
      odata(
        'API_SALES_ORDER_SRV/A_SalesOrder',
        'SalesOrder',
        numbers,
        'SalesOrderDate,TotalNetAmount,TransactionCurrency',
      ),
    async documents(seriesIds) {
      const columns = 'cmis:versionSeriesId, cmis:name, cmis:contentStreamMimeType, cmis:contentStreamLength';
      const statement = `SELECT ${columns} FROM cmis:document WHERE cmis:versionSeriesId IN (${quoted(seriesIds)})`;
      const form = { cmisaction: 'query', statement, succinct: 'true', searchAllVersions: 'false', maxItems: '1000' };
      const body = new URLSearchParams(form).toString();
      const found = await records<{ results: { succinctProperties: Source }[] }>('POST', repositoryPath, body);
      return byKey(
        found.results.map((each) => each.succinctProperties),
        'cmis:versionSeriesId',
      );
    },
  };
}

type JsonClient = <T>(method: 'GET' | 'POST', path: string, body?: string) => Promise<T>;

function jsonClient(url: string, headers: Readonly<Record<string, string>>): JsonClient {
  const pool = new Pool(url, { connections: 8 });
  return async <T>(method: 'GET' | 'POST', path: string, body?: string) => {
    const response = await pool.request({ method, path, headers, ...(body === undefined ? {} : { body }) });
    if (response.statusCode !== 200) {
      throw new Error(
        `${url}${path.slice(0, 200)}: ${response.statusCode} ${(await response.body.text()).slice(0, 300)}`,
      );
    }
    return (await response.body.json()) as T;
  };
}

async function crmToken(env: NodeJS.ProcessEnv): Promise<string> {
  const grant = { client_id: env.CRM_CLIENT_ID!, client_secret: env.CRM_CLIENT_SECRET! };
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...grant });
  const answer = await fetch(`${env.CRM_URL}/services/oauth2/token`, { method: 'POST', body });
  return ((await answer.json()) as { access_token: string }).access_token;
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function quoted(keys: readonly string[]): string {
  return keys.map((key) => `'${key}'`).join(',');
}

function byKey(rows: readonly Source[], key: string): ReadonlyMap<string, Source> {
  return new Map(rows.map((row) => [String(row[key]), row]));
}
