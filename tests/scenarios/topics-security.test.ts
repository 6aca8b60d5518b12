/** @jest-environment-options {"customExportConditions": ["isthmus-source", "node"]} */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type KafkaTransportOptions, openKafka } from '#events';
import { until } from '../support/until.ts';
import { INSTALLED_WITHIN_MS } from '../systems/downloads.ts';
import { describeKafka } from '../systems/kafka/index.ts';
import { type SecureKafka, startSecureKafka } from '../systems/kafka/secure.ts';

type Mechanism = NonNullable<KafkaTransportOptions['sasl']>['mechanism'];

describeKafka('brokers that want a login or TLS', () => {
  let kafka: SecureKafka;
  beforeAll(async () => {
    kafka = await startSecureKafka();
  }, INSTALLED_WITHIN_MS);
  afterAll(() => kafka?.stop());

  const open = (access: Pick<KafkaTransportOptions, 'brokers' | 'sasl' | 'tls'>, topic = 'secured') =>
    openKafka({
      ...access,
      clientId: 'secured',
      topics: [{ name: topic, kind: 'changes' }],
      replication: undefined,
      retentionDays: 7,
    });
  const login = (mechanism: Mechanism, password = kafka.password) => ({
    mechanism,
    username: kafka.username,
    password,
  });
  const trusted = () => ({ ca: [readFileSync(kafka.caFile, 'utf8')] });

  const ways = (): readonly (readonly [string, Pick<KafkaTransportOptions, 'brokers' | 'sasl' | 'tls'>])[] => [
    ['plain', { brokers: [kafka.login], sasl: login('plain') }],
    ['scram-256', { brokers: [kafka.login], sasl: login('scram-sha-256') }],
    ['scram-512', { brokers: [kafka.login], sasl: login('scram-sha-512') }],
    ['tls', { brokers: [kafka.tls], tls: trusted() }],
    ['tls-plain', { brokers: [kafka.tlsAndLogin], sasl: login('plain'), tls: trusted() }],
    ['tls-scram', { brokers: [kafka.tlsAndLogin], sasl: login('scram-sha-512'), tls: trusted() }],
  ];

  test('are published to and read from by each way in', async () => {
    for (const [name, access] of ways()) {
      const transport = await open(access, name);
      try {
        await transport.prepare();
        const message = { key: 'a', value: '1', headers: {} };
        await transport.publish(name, 0, [message], AbortSignal.timeout(20_000));
        const read: unknown[] = [];
        await transport.subscribe({
          group: name,
          topics: [name],
          handle: async ({ messages }) => void read.push(...messages),
        });
        await until(`what was published by ${name}`, () => read.length === 1);
        expect(read).toEqual([{ ...message, offset: 0 }]);
      } finally {
        await transport.close();
      }
    }
  }, 90_000);

  const WRONG = 'not-the-password';
  test.each<readonly [string, string, RegExp, () => Pick<KafkaTransportOptions, 'brokers' | 'sasl' | 'tls'>]>([
    ['a wrong password', 'CREDENTIAL', /login/, () => ({ brokers: [kafka.login], sasl: login('plain', WRONG) })],
    [
      'a wrong password by SCRAM',
      'CREDENTIAL',
      /login/,
      () => ({ brokers: [kafka.login], sasl: login('scram-sha-256', WRONG) }),
    ],
    [
      'a wrong password over TLS',
      'CREDENTIAL',
      /login/,
      () => ({ brokers: [kafka.tlsAndLogin], sasl: login('plain', WRONG), tls: trusted() }),
    ],
    ['an unknown authority', 'CONFIG', /topics\.tls\.ca/, () => ({ brokers: [kafka.tls], tls: {} })],
    [
      'a login where none is asked for',
      'CONFIG',
      /topics\.sasl/,
      () => ({ brokers: [kafka.open], sasl: login('plain') }),
    ],
    ['no TLS where it is wanted', 'TRANSIENT', /topics\.tls/, () => ({ brokers: [kafka.tls] })],
    ['TLS where there is none', 'TRANSIENT', /topics\.tls/, () => ({ brokers: [kafka.open], tls: trusted() })],
    ['no login where one is wanted', 'TRANSIENT', /topics\.sasl/, () => ({ brokers: [kafka.login] })],
    ['an unknown host', 'TRANSIENT', /kafka\.invalid/, () => ({ brokers: ['kafka.invalid:9092'] })],
  ])('%s is the error %s', async (_, code, message, access) => {
    const transport = await open(access());
    const error = await transport.prepare().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    await transport.close();
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    for (let cause = error as Error | undefined; cause; cause = cause.cause as Error | undefined) {
      expect(`${cause.message} ${JSON.stringify(cause)}`).not.toMatch(new RegExp(`${WRONG}|${kafka.password}`));
    }
  });
});
