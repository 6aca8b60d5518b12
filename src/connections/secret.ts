import { readFileSync } from 'node:fs';
import { ConfigError } from '#sdk';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the config names a secret. */
export interface SecretPlace {
  readonly field: string;
  /** Of the field's connection, where it is one's. */
  readonly connection?: string;
}

/**
 * The environment variable, or the contents of the file that `<NAME>_FILE` names, without its last line break. Throws a
 * `ConfigError` where there is neither, or nothing in it.
 */
export function readSecret(name: string, { field, connection }: SecretPlace, env: Environment): string {
  const at = connection === undefined ? field : `connection "${connection}": ${field}`;
  const details = connection === undefined ? { field } : { connection, field };
  const value = env[name] || contentOf(env[`${name}_FILE`]);
  if (value) return value;
  throw new ConfigError(
    `${at}: the secret ${name} is not set. Set the environment variable ${name}, or ${name}_FILE to the path of a file that holds it.`,
    { details },
  );

  function contentOf(file: string | undefined): string | undefined {
    if (!file) return undefined;
    try {
      return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    } catch (cause) {
      const told = `${at}: the file that ${name}_FILE names cannot be read. Check its path and rights.`;
      throw new ConfigError(told, { cause, details });
    }
  }
}
