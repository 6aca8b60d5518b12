/** From a config file to a hub's settings: everything named, checked, with its defaults. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { readSecret } from '#connections';
import { isStored, loadCanonicalModel, type Model, ModelError, ownershipUnit } from '#model';
import { ConfigError, type ConnectionDefinition, type HubConfig, type QueryLimits } from '#sdk';
import type { WebhookSettings } from '#webhooks';
import { readTopics, type TopicsSettings, topicsShape } from './topics-config.ts';
import { readWebhooks, webhooksShape } from './webhooks-config.ts';

/** Connections by ownership unit, for one entity; `'*'` stands for every unit not named. */
export type OwnershipTable = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export interface HubSettings {
  readonly connections: Readonly<Record<string, ConnectionDefinition>>;
  readonly ownership: OwnershipTable;
  /** Absolute paths of the enterprise's own SDL files. */
  readonly modelFiles: readonly string[];
  readonly store:
    | { readonly kind: 'sqlite'; readonly folder: string }
    | { readonly kind: 'postgresql'; readonly url: string };
  readonly host: string;
  readonly port: number;
  readonly allowedHosts: readonly string[];
  /** What the config changes of the graph's own limits. */
  readonly limits: Partial<QueryLimits>;
  readonly maxClaims: number;
  /** The hub's own log where the config names no brokers. */
  readonly topics: TopicsSettings;
  readonly webhooks: WebhookSettings;
}

const positive = z.number().int().positive();
const secretRef = z.object({ secret: z.string().min(1) }).loose();
const shape = z.object({
  connections: z.record(
    z
      .string()
      .regex(/^[a-z][A-Za-z0-9]*$/, 'a connection name is a letter followed by letters and digits, such as "erp"'),
    z.custom<ConnectionDefinition>((value) => typeof value === 'object' && value !== null && 'connector' in value, {
      message: 'a connection is what a connector returns, such as sapS4({ … })',
    }),
  ),
  ownership: z.record(z.string(), z.record(z.string(), z.array(z.string()))).optional(),
  model: z.array(z.string()).optional(),
  store: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('sqlite'), folder: z.string().optional() }),
      z.object({ kind: z.literal('postgresql'), url: z.union([z.string().regex(/^postgres(ql)?:\/\//), secretRef]) }),
    ])
    .optional(),
  server: z
    .object({
      port: z.number().int().min(0).max(65_535).optional(),
      host: z.string().optional(),
      allowedHosts: z.array(z.string()).optional(),
    })
    .optional(),
  limits: z
    .object({
      maxDepth: positive,
      maxAliases: positive,
      maxTokens: positive,
      maxPageSize: positive,
      maxCost: positive,
      maxBodyBytes: positive,
      maxSubscriptions: positive,
      maxSubscriptionsPerConnection: positive,
      maxBufferedEvents: positive,
      maxBufferedBytes: positive,
    })
    .partial()
    .optional(),
  maxClaims: positive.optional(),
  topics: topicsShape.optional(),
  webhooks: webhooksShape.optional(),
});

/** Imports the file and takes its default export. Throws `ConfigError` when there is none. */
export async function importConfig(file: string): Promise<HubConfig> {
  if (!existsSync(file)) {
    throw new ConfigError(
      `There is no config file ${file}. Write one with defineHub({ … }), or name another with --config.`,
    );
  }
  const module = (await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw whyNotLoaded(file, error);
  })) as { readonly default?: HubConfig };
  if (module.default === undefined) {
    throw new ConfigError(`${file} has no default export. It should end in: export default defineHub({ … }).`);
  }
  return module.default;
}

/** What is written wrongly is said in a line; what the config's own code throws keeps its stack, which tells where. */
function whyNotLoaded(file: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') {
    const connector = /[\\/]dist[\\/]connectors[\\/]([^\\/]+)[\\/]index\.js/.exec(error.message)?.[1];
    const why =
      connector === undefined
        ? `${error.message}.`
        : `isthmus/connectors/${connector} is not built. If connectors/${connector} is there, run: npm run build`;
    return new ConfigError(`${file} cannot be loaded: ${why}`, { cause: error });
  }
  if (!(error instanceof SyntaxError)) return error;
  // The first lines of its stack are where it is, and the line itself.
  const [where = file] = /^\S+:\d+$/m.exec(error.stack ?? '') ?? [];
  return new ConfigError(`${where.replace(/^file:\/\//, '')} cannot be read: ${error.message}.`, { cause: error });
}

/**
 * Checks a config and fills in defaults. `file` resolves relative paths; `env` gives PORT and secrets.
 * Throws one `ConfigError` that lists every problem, each with its field.
 */
export function readConfig(config: HubConfig, file: string, env: NodeJS.ProcessEnv): HubSettings {
  const parsed = shape.safeParse(config);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const reasons =
        issue.code === 'invalid_key' ? issue.issues.map(({ message }) => message).join('; ') : issue.message;
      return `${issue.path.join('.') || 'the config'}: ${reasons}`;
    });
    throw new ConfigError(`The config ${file} is not valid:\n  ${problems.join('\n  ')}`, {
      details: { field: parsed.error.issues[0]?.path.join('.') },
    });
  }
  const { data } = parsed;
  const folder = dirname(file);
  const modelFiles = (data.model ?? []).map((path) => resolve(folder, path));
  for (const path of modelFiles) {
    if (!existsSync(path))
      throw new ConfigError(`model names the file ${path}, which does not exist.`, { details: { field: 'model' } });
  }
  return {
    connections: data.connections,
    ownership: data.ownership ?? {},
    modelFiles,
    store: storeOf(data.store, env),
    host: data.server?.host ?? '127.0.0.1',
    port: portOf(env, data.server?.port ?? 4000),
    allowedHosts: data.server?.allowedHosts ?? [],
    limits: data.limits ?? {},
    maxClaims: data.maxClaims ?? 20,
    topics: readTopics(data.topics, { folder, env, connections: data.connections }),
    webhooks: readWebhooks(data.webhooks),
  };
}

function storeOf(store: z.output<typeof shape>['store'], env: NodeJS.ProcessEnv): HubSettings['store'] {
  if (store?.kind === 'postgresql') {
    if (typeof store.url === 'string') return { kind: 'postgresql', url: store.url };
    return { kind: 'postgresql', url: readSecret(store.url.secret, { field: 'store.url' }, env) };
  }
  return { kind: 'sqlite', folder: resolve(env.ISTHMUS_DATA ?? store?.folder ?? '.isthmus') };
}

function portOf(env: NodeJS.ProcessEnv, fallback: number): number {
  const text = env.PORT;
  if (text === undefined || text === '') return fallback;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new ConfigError(`PORT is "${text}"; it must be a whole number from 0 to 65535.`, {
    details: { field: 'PORT' },
  });
}

/** Ownership may only name what exists: entities, fields or groups of theirs, connections. */
function checkOwnership(settings: HubSettings, model: Model): void {
  const problems: string[] = [];
  for (const [entityName, units] of Object.entries(settings.ownership)) {
    const entity = model.entities.get(entityName);
    if (!entity) {
      problems.push(
        `ownership.${entityName}: the model has no such entity; it has ${[...model.entities.keys()].join(', ')}.`,
      );
      continue;
    }
    const lines = entity.fields.filter(
      (field) => field.kind === 'collection' && model.entities.get(field.target)?.partOf?.parent === entityName,
    );
    const known = new Set([
      '*',
      ...entity.fields.filter(isStored).map(ownershipUnit),
      ...lines.map(({ name }) => name),
    ]);
    for (const [unit, connections] of Object.entries(units)) {
      const grouped = entity.fields.find(
        (field) => field.name === unit && isStored(field) && field.group !== undefined,
      );
      if (grouped)
        problems.push(
          `ownership.${entityName}.${unit}: the field belongs to the group "${grouped.group}"; own the group instead.`,
        );
      else if (!known.has(unit))
        problems.push(`ownership.${entityName}.${unit}: ${entityName} has no such field or group.`);
      for (const connection of connections) {
        if (!Object.hasOwn(settings.connections, connection)) {
          problems.push(`ownership.${entityName}.${unit}: there is no connection "${connection}".`);
        }
      }
    }
  }
  if (problems.length > 0) {
    throw new ConfigError(`The config's ownership does not fit the model:\n  ${problems.join('\n  ')}`, {
      details: { field: 'ownership' },
    });
  }
}

/** The canonical model with the enterprise's own files; ownership is checked against it. Throws `ConfigError`. */
export function loadModel(settings: HubSettings): Model {
  const own = settings.modelFiles.map((file) => ({ file, text: readFileSync(file, 'utf8') }));
  let model: Model;
  try {
    model = loadCanonicalModel(own);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new ConfigError(error.message, { cause: error, details: { field: 'model' } });
  }
  checkOwnership(settings, model);
  return model;
}
