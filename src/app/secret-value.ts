import { readFileSync } from 'node:fs';
import { ConfigError, type SecretRef } from '#sdk';

/** The environment variable, or the contents of the file that `<NAME>_FILE` names, without its last line break. */
export function secretValue({ secret }: SecretRef, field: string, env: NodeJS.ProcessEnv): string {
  const value = env[secret] || contentOf(env[`${secret}_FILE`], secret, field);
  if (value) return value;
  throw new ConfigError(
    `${field} is secret('${secret}'), but the environment variable ${secret} is not set. Set it, or ${secret}_FILE to the path of a file that holds it.`,
    { details: { field } },
  );
}

function contentOf(file: string | undefined, secret: string, field: string): string | undefined {
  if (!file) return undefined;
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new ConfigError(`${field}: the file that ${secret}_FILE names cannot be read. Check its path and rights.`, {
      cause: error,
      details: { field },
    });
  }
}
