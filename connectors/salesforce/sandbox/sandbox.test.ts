import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import jsforce from '@jsforce/jsforce-node';
import { type SalesforceSandbox, startSalesforce } from './start.ts';

const { Connection, OAuth2 } = jsforce;
type Client = InstanceType<typeof Connection>;

let sandbox: SalesforceSandbox;
let client: Client;

beforeAll(async () => {
  sandbox = await startSalesforce();
  client = await connected();
});
afterAll(async () => {
  await sandbox.stop();
});

async function connected(): Promise<Client> {
  const { clientId, clientSecret } = sandbox.ready;
  const oauth2 = new OAuth2({ loginUrl: sandbox.url, clientId, clientSecret });
  const connection = new Connection({ oauth2, instanceUrl: sandbox.url, version: '67.0' });
  await connection.authorize({ grant_type: 'client_credentials' });
  return connection;
}

describe('a client we did not write', () => {
  test('logs in by client credentials and knows who it is', async () => {
    const identity = await client.identity();
    expect(identity.username).toBe(sandbox.ready.username);
    expect(client.limitInfo.apiUsage?.limit).toBe(100_000);
  });

  test('logs in again when its session has expired', async () => {
    const { accessToken } = client;
    const own = new Connection({
      instanceUrl: sandbox.url,
      accessToken: 'expired',
      version: '67.0',
      refreshFn: (_connection, callback) => callback(null, accessToken!),
    });
    const { totalSize } = await own.query('SELECT COUNT() FROM Account');
    expect(totalSize).toBeGreaterThan(100);
  });

  test('reads a result page by page, each record once', async () => {
    const all = await client.query<{ Id: string }>('SELECT Id FROM Opportunity', {
      maxFetch: 100_000,
      autoFetch: true,
    });
    const ids = new Set<string>();
    let pages = 1;
    let page = await client.request<{ done: boolean; nextRecordsUrl: string; records: { Id: string }[] }>({
      method: 'GET',
      url: `/query?q=${encodeURIComponent('SELECT Id FROM Opportunity')}`,
      headers: { 'Sforce-Query-Options': 'batchSize=200' },
    });
    for (const record of page.records) ids.add(record.Id);
    while (!page.done) {
      page = (await client.queryMore<{ Id: string }>(page.nextRecordsUrl)) as typeof page;
      for (const record of page.records) ids.add(record.Id);
      pages += 1;
    }
    expect(ids.size).toBe(all.totalSize);
    expect(pages).toBe(Math.ceil(all.totalSize / 200));
  });

  test('asks with conditions, parents and order', async () => {
    const { records } = await client.query<{
      Name: string;
      Amount: number;
      Owner: { Name: string };
      Account: { Name: string };
    }>(
      `SELECT Name, Amount, Owner.Name, Account.Name FROM Opportunity
       WHERE (StageName = 'Negotiation/Review' OR StageName LIKE 'Closed%') AND Amount > 1000 AND NOT IsWon = true
         AND CreatedDate >= 2000-01-01T00:00:00Z AND CloseDate < 2100-01-01
       ORDER BY Amount DESC NULLS LAST, Id LIMIT 20`,
    );
    expect(records.length).toBeGreaterThan(3);
    expect(records[0]!.Owner.Name).toMatch(/\w+ \w+/);
    expect(records[0]!.Account.Name).toEqual(expect.any(String));
    const amounts = records.map((record) => record.Amount);
    expect(amounts).toEqual([...amounts].sort((left, right) => right - left));
    const owner = records[0]!.Owner.Name.replaceAll("'", "\\'");
    const byOwner = await client.query<{ Owner: { Name: string } }>(
      `SELECT Owner.Name FROM Opportunity WHERE Owner.Name = '${owner}'`,
    );
    expect(new Set(byOwner.records.map((record) => record.Owner.Name))).toEqual(new Set([records[0]!.Owner.Name]));
  });

  test('treats null as a value: != finds it too', async () => {
    const count = async (where: string) => (await client.query(`SELECT COUNT() FROM Account WHERE ${where}`)).totalSize;
    const all = (await client.query('SELECT COUNT() FROM Account')).totalSize;
    const gold = await count("Loyalty__c = 'Gold'");
    expect(gold).toBeGreaterThan(0);
    expect(await count("Loyalty__c != 'Gold'")).toBe(all - gold);
    expect(await count("NOT (Loyalty__c = 'Gold')")).toBe(all - gold);
    expect(await count("Loyalty__c NOT IN ('Gold')")).toBe(all - gold);
    expect(await count("Loyalty__c IN ('Gold', null)")).toBe(gold + (await count('Loyalty__c = null')));
  });

  test('is told what is wrong with a query', async () => {
    const code = (soql: string) =>
      client.query(soql).then(
        () => 'none',
        (error: Error) => (error as Error & { errorCode: string }).errorCode,
      );
    expect(await code('SELECT Idd FROM Account')).toBe('INVALID_FIELD');
    expect(await code('SELECT Id FROM Nowhere')).toBe('INVALID_TYPE');
    expect(await code('SELECT Id FROM Account WHERE')).toBe('MALFORMED_QUERY');
    expect(await code("SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'")).toBe('MALFORMED_QUERY');
    expect(await code("SELECT Id FROM Account WHERE SystemModstamp > '2026-01-01'")).toBe('INVALID_FIELD');
    expect(await code('SELECT Id FROM Account OFFSET 2001')).toBe('NUMBER_OUTSIDE_VALID_RANGE');
    expect(await code(`SELECT Id FROM Account WHERE Name IN (${Array(900).fill("'abcdefghijklmno'").join(',')})`)).toBe(
      'URI_TOO_LONG',
    );
  });

  test('creates, reads, changes and deletes a record with its quotes', async () => {
    const name = `O'Neil \\ "Sons" ${'ü'} 100%`;
    const created = await client.sobject('Account').create({ Name: name, ERP_Number__c: '0000424242' });
    expect(created.success).toBe(true);
    const id = created.id!;
    const literal = name.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
    const found = await client.query<{ Id: string }>(`SELECT Id FROM Account WHERE Name = '${literal}'`);
    expect(found.records.map((record) => record.Id)).toEqual([id]);
    await client.sobject('Account').update({ Id: id, Phone: '+49 30 1' });
    expect(await client.sobject('Account').retrieve(id)).toMatchObject({ Name: name, Phone: '+49 30 1', Fax: null });
    const upserted = await client
      .sobject('Account')
      .upsert({ ERP_Number__c: '0000424242', Website: 'x.example' }, 'ERP_Number__c');
    expect(upserted).toMatchObject({ id, created: false });
    await client.sobject('Account').destroy(id);
    expect((await client.query(`SELECT Id FROM Account WHERE Id = '${id}'`)).totalSize).toBe(0);
    const all = await client.query<{ IsDeleted: boolean }>(
      `SELECT IsDeleted FROM Account WHERE Id = '${id.slice(0, 15)}'`,
      { scanAll: true },
    );
    expect(all.records[0]!.IsDeleted).toBe(true);
    sandbox.writes.undelete(id);
    expect((await client.query(`SELECT Id FROM Account WHERE Id = '${id}'`)).totalSize).toBe(1);
  });

  test('retrieves many by id in one call, and writes many with an outcome each', async () => {
    const { records } = await client.query<{ Id: string }>('SELECT Id FROM Account ORDER BY Id LIMIT 3');
    const ids = records.map((record) => record.Id);
    const many = await client.sobject('Account').retrieve([ids[2]!, '001000000000000AAA', ids[0]!]);
    expect(many.map((record) => record?.Id ?? null)).toEqual([ids[2], null, ids[0]]);
    const outcomes = await client
      .sobject('Contact')
      .create([
        { LastName: 'Fine', AccountId: ids[0] },
        { FirstName: 'Nameless' },
        { LastName: 'Lost', AccountId: '001000000000000AAA' },
      ]);
    expect(outcomes.map((outcome) => outcome.success)).toEqual([true, false, false]);
    expect(outcomes[1]!.errors[0]).toMatchObject({ statusCode: 'REQUIRED_FIELD_MISSING' });
    const removed = await client.sobject('Contact').destroy([outcomes[0]!.id!]);
    expect(removed).toMatchObject([{ success: true }]);
  });

  test('describes what is there, and what was changed and deleted', async () => {
    const global = await client.describeGlobal();
    expect(global.sobjects.map((object) => object.name)).toEqual(expect.arrayContaining(['Account', 'Case', 'User']));
    const { fields } = await client.describe('Account');
    expect(fields.find((field) => field.name === 'Loyalty__c')).toMatchObject({ type: 'picklist', custom: true });
    const { id } = await client.sobject('Lead').create({ LastName: 'Short', Company: 'Lived' });
    const window = [
      new Date(Date.now() - 600_000).toISOString(),
      new Date(Date.now() + 600_000).toISOString(),
    ] as const;
    expect((await client.sobject('Lead').updated(...window)).ids).toContain(id);
    await client.sobject('Lead').destroy(id!);
    const { deletedRecords } = await client.sobject('Lead').deleted(...window);
    expect(deletedRecords.map((record) => record.id)).toContain(id);
  });

  test('is refused over the daily limit', async () => {
    const used = sandbox.limit.usedToday;
    sandbox.limit.set({ perDay: used });
    await expect(client.query('SELECT COUNT() FROM Lead')).rejects.toMatchObject({
      errorCode: 'REQUEST_LIMIT_EXCEEDED',
    });
    sandbox.limit.set({ perDay: 100_000 });
  });
});

test('a merge moves children and leaves the loser with its master', async () => {
  const winner = (await client.sobject('Account').create({ Name: 'Winner' })).id!;
  const loser = (await client.sobject('Account').create({ Name: 'Loser' })).id!;
  const contact = (await client.sobject('Contact').create({ LastName: 'Moved', AccountId: loser })).id!;
  sandbox.writes.merge(winner, [loser]);
  expect(await client.sobject('Contact').retrieve(contact)).toMatchObject({ AccountId: winner });
  const { records } = await client.query<{ MasterRecordId: string }>(
    `SELECT MasterRecordId FROM Account WHERE Id = '${loser}' AND IsDeleted = true`,
    { scanAll: true },
  );
  expect(records[0]!.MasterRecordId).toBe(winner);
});

test('preconditions guard a row against lost updates', async () => {
  const id = (await client.sobject('Case').create({ Subject: 'Guarded' })).id!;
  const url = `/sobjects/Case/${id}`;
  const past = new Date(Date.now() - 3_600_000).toUTCString();
  const patch = (since: string) =>
    client.request({
      method: 'PATCH',
      url,
      body: '{"Subject":"x"}',
      headers: { 'If-Unmodified-Since': since, 'content-type': 'application/json' },
    });
  await expect(patch(past)).rejects.toMatchObject({ errorCode: 'ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE' });
  await patch(new Date(Date.now() + 60_000).toUTCString());
  expect(await client.sobject('Case').retrieve(id)).toMatchObject({ Subject: 'x' });
});
