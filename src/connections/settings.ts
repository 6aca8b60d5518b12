import { z } from 'zod';
import { ConfigError, type ConnectionDefinition, type ConnectionSettings, type Limits, type Manifest } from '#sdk';
import { type Environment, readSecret } from './secret.ts';

export interface CheckedSettings {
  /** The connector's own config, validated, its secrets resolved. Never to be logged. */
  readonly config: unknown;
  readonly common: ConnectionSettings & {
    readonly pollEvery: number;
    readonly sweepEvery: number;
    readonly maxDeleteShare: number;
  };
  readonly limits: Limits;
  readonly streams: readonly string[];
  /** The values of all secrets, to keep them out of messages. */
  readonly secrets: readonly string[];
}

const commonSchema = z.object({
  streams: z.array(z.string()).optional(),
  limits: z
    .object({
      concurrency: z.number().int().min(1).optional(),
      requestsPerSecond: z.number().positive().optional(),
      requestsPerDay: z.number().int().positive().optional(),
    })
    .strict()
    .optional(),
  pollEvery: z.number().positive().default(2),
  sweepEvery: z.number().positive().default(300),
  maxDeleteShare: z.number().min(0).max(1).default(0.1),
  extend: z
    .record(
      z.string(),
      z.object({ select: z.array(z.string()).optional(), map: z.custom(isFunction, 'must be a function') }),
    )
    .optional(),
});

/** Validates one connection's settings and resolves its secrets; throws a `ConfigError` that names the field and the fix. */
export function checkSettings(name: string, definition: ConnectionDefinition, env: Environment): CheckedSettings {
  const { connector, manifest } = definition;
  const common = parse(name, commonSchema, definition.common) as CheckedSettings['common'];
  const secrets: string[] = [];
  const resolved = resolveSecrets(definition.settings, { connection: name, path: '', env, secrets });
  const config = parse(name, connector.config as unknown as z.ZodType, resolved, secrets);
  const streams = common.streams ?? Object.keys(manifest.streams);
  checkStreamNames(name, 'streams', streams, manifest);
  checkStreamNames(name, 'extend', Object.keys(common.extend ?? {}), manifest);
  return { config, common, limits: lowered(name, manifest.limits, common.limits ?? {}), streams, secrets };
}

function parse<T>(connection: string, schema: z.ZodType<T>, value: unknown, secrets: readonly string[] = []): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const field = issue.path.map(String).join('.') || 'the settings';
  const message = withoutSecrets(issue.message, secrets);
  throw new ConfigError(`connection "${connection}": ${field}: ${message}. Correct it in the hub's config.`, {
    details: { connection, field },
  });
}

export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((masked, secret) => (secret.length < 3 ? masked : masked.replaceAll(secret, '***')), text);
}

function checkStreamNames(connection: string, field: string, names: readonly string[], manifest: Manifest): void {
  const unknown = names.find((name) => !Object.hasOwn(manifest.streams, name));
  if (unknown === undefined) return;
  const known = Object.keys(manifest.streams).join(', ');
  throw new ConfigError(
    `connection "${connection}": ${field}: ${manifest.id} has no stream "${unknown}". Use one of: ${known}.`,
    {
      details: { connection, field },
    },
  );
}

function lowered(connection: string, allowed: Limits, wanted: Partial<Limits>): Limits {
  for (const field of ['concurrency', 'requestsPerSecond', 'requestsPerDay'] as const) {
    const [most, asked] = [allowed[field], wanted[field]];
    if (most === undefined || asked === undefined || asked <= most) continue;
    throw new ConfigError(
      `connection "${connection}": limits.${field}: the vendor allows ${most}, the config asks for ${asked}. Set it to ${most} or lower.`,
      { details: { connection, field: `limits.${field}` } },
    );
  }
  return { ...allowed, ...Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)) };
}

interface Resolving {
  readonly connection: string;
  readonly path: string;
  readonly env: Environment;
  readonly secrets: string[];
}

function resolveSecrets(value: unknown, at: Resolving): unknown {
  if (Array.isArray(value)) return value.map((item, i) => resolveSecrets(item, { ...at, path: `${at.path}[${i}]` }));
  if (typeof value !== 'object' || value === null) return value;
  if (isSecretRef(value)) {
    const secret = readSecret(value.secret, { connection: at.connection, field: at.path }, at.env);
    at.secrets.push(secret);
    return secret;
  }
  if (Object.getPrototypeOf(value) !== null && !isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const path = at.path === '' ? name : `${at.path}.${name}`;
      return [name, resolveSecrets(member, { ...at, path })];
    }),
  );
}

export function isSecretRef(value: object): value is { readonly secret: string } {
  const { secret, toJSON } = value as { secret?: unknown; toJSON?: unknown };
  return typeof secret === 'string' && (isFunction(toJSON) || Object.keys(value).length === 1);
}

function isPlain(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Object]' && value.constructor?.name === 'Object';
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
