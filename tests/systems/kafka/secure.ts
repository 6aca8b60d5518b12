import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../support/free-port.ts';
import { runTool } from '../downloads.ts';
import { startKafka } from './cluster.ts';

/** A broker that wants a login, TLS, or both, each at a port of its own. */
export interface SecureKafka {
  /** `host:port`, by what it asks for. */
  readonly open: string;
  readonly login: string;
  readonly tls: string;
  readonly tlsAndLogin: string;
  /** The certificate that its own is signed by, as a file in PEM. */
  readonly caFile: string;
  readonly username: string;
  /** Of its login by PLAIN, and of both SCRAM. */
  readonly password: string;
  stop(): Promise<void>;
}

const USER = 'ann';
const PASSWORD = 'a-secret-of-ann';
const STORE_PASSWORD = 'keystore';
const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];

export async function startSecureKafka(): Promise<SecureKafka> {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-secure-'));
  const keystore = join(folder, 'keystore.p12');
  const caFile = join(folder, 'ca.pem');
  await makeCertificate(folder, keystore, caFile);
  const [login, tls, both] = (await freePorts(3)) as [number, number, number];
  const cluster = await startKafka({
    scram: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map((kind) => `${kind}=[name=${USER},password=${PASSWORD}]`),
    settings: ({ client, controller }) => [
      `listeners=PLAINTEXT://127.0.0.1:${client},LOGIN://127.0.0.1:${login},TLS://127.0.0.1:${tls},BOTH://127.0.0.1:${both},CONTROLLER://127.0.0.1:${controller}`,
      `advertised.listeners=PLAINTEXT://127.0.0.1:${client},LOGIN://127.0.0.1:${login},TLS://127.0.0.1:${tls},BOTH://127.0.0.1:${both}`,
      'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,LOGIN:SASL_PLAINTEXT,TLS:SSL,BOTH:SASL_SSL',
      `sasl.enabled.mechanisms=${MECHANISMS.join(',')}`,
      ...['login', 'both'].flatMap((listener) => jaas(`listener.name.${listener}`)),
      'ssl.keystore.type=PKCS12',
      `ssl.keystore.location=${keystore}`,
      `ssl.keystore.password=${STORE_PASSWORD}`,
    ],
  }).catch(async (error) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  return {
    open: cluster.brokers[0]!,
    login: `127.0.0.1:${login}`,
    tls: `127.0.0.1:${tls}`,
    tlsAndLogin: `127.0.0.1:${both}`,
    caFile,
    username: USER,
    password: PASSWORD,
    async stop() {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function jaas(listener: string): readonly string[] {
  const module = (kind: string) => `org.apache.kafka.common.security.${kind} required`;
  return [
    `${listener}.plain.sasl.jaas.config=${module('plain.PlainLoginModule')} user_${USER}="${PASSWORD}";`,
    `${listener}.scram-sha-256.sasl.jaas.config=${module('scram.ScramLoginModule')};`,
    `${listener}.scram-sha-512.sasl.jaas.config=${module('scram.ScramLoginModule')};`,
  ];
}

/** Signed by itself, so it is its own authority. */
async function makeCertificate(folder: string, keystore: string, caFile: string): Promise<void> {
  const store = ['-keystore', keystore, '-storetype', 'PKCS12', '-storepass', STORE_PASSWORD, '-alias', 'broker'];
  await runTool('keytool could not make a certificate', 'keytool', folder, [
    ...['-genkeypair', ...store, '-keyalg', 'EC', '-groupname', 'secp256r1', '-validity', '2'],
    ...['-dname', 'CN=127.0.0.1', '-ext', 'san=ip:127.0.0.1', '-ext', 'bc=ca:true'],
  ]);
  await runTool('keytool could not print a certificate', 'keytool', folder, [
    ...['-exportcert', '-rfc', '-file', caFile, ...store],
  ]);
  if (!(await readFile(caFile, 'utf8')).includes('BEGIN CERTIFICATE')) throw new Error(`${caFile} is no PEM.`);
}
