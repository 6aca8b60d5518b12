/** `topics` in the config: where changes go beside the hub's own log, and who may read what of them. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { readSecret } from '#connections';
import { ConfigError, type ConnectionDefinition } from '#sdk';

interface CommonTopicsSettings {
  readonly prefix: string;
  /** How long changes are kept, in the hub's log and in topics that it creates. */
  readonly retentionDays: number;
  readonly personal: Readonly<Record<string, readonly string[]>>;
  /** Streams whose observed records have topics of their own, by connection. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
}

export interface EmbeddedTopicsSettings extends CommonTopicsSettings {
  readonly kind: 'embedded';
}

export interface KafkaTopicsSettings extends CommonTopicsSettings {
  readonly kind: 'kafka';
  readonly brokers: readonly string[];
  readonly replication: number | undefined;
  readonly sasl: SaslSettings | undefined;
  readonly tls: TlsSettings | undefined;
}

export interface SaslSettings {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

/** Texts in PEM; without a ca the authorities that Node knows are trusted. */
export interface TlsSettings {
  readonly ca?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
}

export type TopicsSettings = EmbeddedTopicsSettings | KafkaTopicsSettings;

const secretRef = z
  .object(
    { secret: z.string().min(1) },
    { message: "a password is never written here: name it, secret('KAFKA_PASSWORD')" },
  )
  .loose();
const common = {
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,100}$/, 'a prefix is letters, digits, ".", "_" and "-"')
    .default('isthmus'),
  retentionDays: z.number().positive().default(7),
  personal: z.record(z.string(), z.array(z.string())).default({}),
  sources: z
    .union([z.literal(true), z.record(z.string(), z.union([z.literal(true), z.array(z.string())]))])
    .default({}),
};

export const topicsShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('embedded'), ...common }),
  z.strictObject({
    kind: z.literal('kafka'),
    ...common,
    brokers: z.array(z.string().regex(/^[^\s:/]+:\d+$/, 'a broker is host:port, such as "kafka-1:9092"')).min(1),
    replication: z.number().int().positive().optional(),
    sasl: z
      .strictObject({
        mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
        username: z.union([z.string().min(1), secretRef]),
        password: secretRef,
      })
      .optional(),
    tls: z
      .union([
        z.boolean(),
        z
          .strictObject({
            ca: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
            cert: z.string().optional(),
            key: z.string().optional(),
          })
          .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
            message: 'cert and key go together',
          }),
      ])
      .optional(),
  }),
]);

export interface TopicsSurroundings {
  /** The config file's folder; files are named from there. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly connections: Readonly<Record<string, ConnectionDefinition>>;
}

/** Secrets and files are read here, so that a missing one refuses to start. */
export function readTopics(
  topics: z.output<typeof topicsShape> | undefined,
  { folder, env, connections }: TopicsSurroundings,
): TopicsSettings {
  const { prefix, retentionDays, personal, sources, ...kafka } = topics ?? topicsShape.parse({ kind: 'embedded' });
  const shared = { prefix, retentionDays, personal, sources: namedStreams(sources, connections) };
  if (kafka.kind === 'embedded') return { kind: 'embedded', ...shared };
  const { sasl, tls } = kafka;
  return {
    kind: 'kafka',
    ...shared,
    brokers: kafka.brokers,
    replication: kafka.replication,
    sasl: sasl && {
      mechanism: sasl.mechanism,
      username:
        typeof sasl.username === 'string'
          ? sasl.username
          : readSecret(sasl.username.secret, { field: 'topics.sasl.username' }, env),
      password: readSecret(sasl.password.secret, { field: 'topics.sasl.password' }, env),
    },
    tls: tls === undefined || tls === false ? undefined : tls === true ? {} : certificates(tls, folder),
  };
}

interface CertificateFiles {
  readonly ca?: string | readonly string[] | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

function certificates({ ca, cert, key }: CertificateFiles, folder: string): TlsSettings {
  const read = (field: string, file: string) => {
    const path = resolve(folder, file);
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw new ConfigError(`topics.tls.${field} names the file ${path}, which cannot be read.`, {
        cause: error,
        details: { field: `topics.tls.${field}` },
      });
    }
  };
  return {
    ...(ca !== undefined && { ca: [ca].flat().map((file) => read('ca', file)) }),
    ...(cert !== undefined && { cert: read('cert', cert) }),
    ...(key !== undefined && { key: read('key', key) }),
  };
}

function namedStreams(
  sources: true | Readonly<Record<string, true | readonly string[]>>,
  connections: TopicsSurroundings['connections'],
): Readonly<Record<string, readonly string[]>> {
  const asked = sources === true ? Object.fromEntries(Object.keys(connections).map((name) => [name, true])) : sources;
  return Object.fromEntries(
    Object.entries(asked).map(([name, streams]) => {
      const connection = connections[name];
      if (!connection) throw sourceError(name, `there is no connection "${name}".`);
      const known = connection.common.streams ?? Object.keys(connection.manifest.streams ?? {});
      if (streams === true) return [name, known];
      const strange = streams.find((stream: string) => !known.includes(stream));
      if (strange !== undefined) throw sourceError(name, `"${name}" reads no stream "${strange}".`);
      return [name, streams];
    }),
  );
}

function sourceError(name: string, told: string): ConfigError {
  const field = `topics.sources.${name}`;
  return new ConfigError(`${field}: ${told}`, { details: { field } });
}
