import type { CheckResult, Http, NativeType } from 'isthmus/sdk';
import type { Config } from './config.ts';
import type { StreamName } from './manifest.ts';
import { STREAMS } from './streams.ts';

/** Is the version there, and may the connection's user read the objects? What fails on the way is the engine's to tell. */
export async function check(config: Config, http: Http): Promise<CheckResult> {
  const versions = await http.json<readonly { version: string }[]>({ path: '/services/data' });
  const offered = versions.body.map(({ version }) => `v${version}`);
  if (!offered.includes(config.version)) {
    const message = `The org does not offer API version ${config.version}; its newest is ${offered.at(-1)}.`;
    return { status: 'config', message, fix: `Set version to ${offered.at(-1)}.` };
  }
  const global = await http.json<{ sobjects: readonly { name: string; queryable: boolean }[] }>({
    path: `/services/data/${config.version}/sobjects`,
  });
  const readable = new Set(global.body.sobjects.filter(({ queryable }) => queryable).map(({ name }) => name));
  const missing = Object.values(STREAMS).filter(({ object }) => !readable.has(object));
  if (missing.length > 0) {
    const names = missing.map(({ object }) => object).join(', ');
    const fix = `Give the connection's user a permission set with read access to ${names}, or leave the stream out.`;
    return { status: 'permission', message: `The connection's user may not read ${names}.`, fix };
  }
  return { status: 'ok', product: 'Salesforce', version: config.version };
}

interface Described {
  readonly label: string;
  readonly fields: readonly {
    readonly name: string;
    readonly type: string;
    readonly label: string;
    readonly updateable: boolean;
    readonly custom: boolean;
    readonly nillable: boolean;
  }[];
}

/** Only what the connection's user may see is told. */
export async function discover(config: Config, http: Http): Promise<readonly NativeType[]> {
  const types: NativeType[] = [];
  for (const stream of Object.keys(STREAMS) as StreamName[]) {
    const { object } = STREAMS[stream];
    const { body } = await http.json<Described>({
      path: `/services/data/${config.version}/sobjects/${object}/describe`,
    });
    const fields = body.fields.map(({ name, type, label, updateable, custom, nillable }) => {
      return { name, type, title: label, writable: updateable, custom, nullable: nillable };
    });
    types.push({ name: object, title: body.label, stream, fields });
  }
  return types;
}
