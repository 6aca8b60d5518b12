import type { CheckResult, Http, NativeType } from 'isthmus/sdk';
import { type FieldDescription, findServer, type TrytonClient } from './client.ts';
import type { Config } from './config.ts';
import { PLANS } from './streams.ts';

const LOG = 'ir.model.log';
const LOG_NOTE =
  'The log of deletions cannot be read, so a deletion is found by the regular sweep only. It is there from Tryton 7.0 on; grant the user read access to ir.model.log.';

/** Is it Tryton, does it know the user, and may the user read what the streams need? */
export async function check(config: Config, client: TrytonClient, http: Http): Promise<CheckResult> {
  const { version } = await findServer(config, http);
  const needed = [...new Set(Object.values(PLANS).flatMap(({ model, parts }) => [model, ...Object.values(parts)]))];
  const there = await modelNames(client, [...needed, LOG], http);
  const missing = needed.filter((model) => !there.has(model));
  const rights = await client.mayRead(http, [...there.keys()]);
  const refused = needed.filter((model) => rights[model] === false);
  if (refused.length > 0) {
    const message = `The user may not read ${refused.join(', ')}.`;
    return { status: 'permission', message, fix: 'Put the user into groups that may, or leave those streams out.' };
  }
  const notes = [
    ...(missing.length === 0
      ? []
      : [`Not there: ${missing.join(', ')}. Activate their modules, or leave their streams out (streams).`]),
    ...(rights[LOG] === true ? [] : [LOG_NOTE]),
  ];
  return { status: 'ok', product: 'Tryton', version, notes };
}

/** Titles by model, of those that are there. Before series 8 `name` is the title, and `model` the name. */
async function modelNames(client: TrytonClient, names: readonly string[], http: Http): Promise<Map<string, string>> {
  const isOlder = 'model' in (await client.fields(http, 'ir.model'));
  const [name, title] = isOlder ? (['model', 'name'] as const) : (['name', 'string'] as const);
  const query = { domain: [[name, 'in', names]], limit: null, fields: [name, title] };
  const rows = await client.rows(http, 'ir.model', query);
  return new Map(rows.map((row) => [String(row[name]), String(row[title] ?? row[name])]));
}

export async function discover(client: TrytonClient, http: Http): Promise<readonly NativeType[]> {
  const streams = new Map(Object.entries(PLANS).map(([stream, { model }]) => [model, stream]));
  const parts = Object.values(PLANS).flatMap((plan) => Object.values(plan.parts));
  const names = await modelNames(client, [...streams.keys(), ...parts], http);
  const types: NativeType[] = [];
  for (const [name, title] of names) {
    const fields = await client.fields(http, name);
    const stream = streams.get(name);
    types.push({
      name,
      title,
      ...(stream === undefined ? {} : { stream }),
      fields: Object.entries(fields).map(described),
    });
  }
  return types;
}

/** Tryton has no fields of an enterprise's own but those of its modules, which look like any other. */
function described([name, field]: [string, FieldDescription]) {
  return {
    name,
    type: field.relation ? `${field.type}(${field.relation})` : String(field.type),
    ...(field.string === undefined ? {} : { title: field.string }),
    writable: !field.readonly,
    custom: name.startsWith('x_'),
    nullable: !field.required,
  };
}
