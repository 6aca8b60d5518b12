import type { SandboxRequest } from 'isthmus/sdk/testing';
import { refuse } from './refusal.ts';
import type { PropertyType, TypeDefinition } from './types.ts';

export interface UploadedFile {
  readonly bytes: Buffer;
  readonly fileName: string;
  readonly mimeType: string;
}

/** The controls of a POST and the one file that may come with them. */
export interface Form {
  control(name: string): string | undefined;
  /** `name[0]`, `name[1]`, ... without gaps. */
  list(name: string): readonly string[];
  /** The properties by id: `propertyId[i]` with `propertyValue[i]` or `propertyValue[i][j]`; null where none is sent. */
  properties(): ReadonlyMap<string, string | readonly string[] | null>;
  readonly file: UploadedFile | undefined;
}

export async function readForm(request: SandboxRequest): Promise<Form> {
  const type = request.headers['content-type'] ?? '';
  const fields = new Map<string, string>();
  let file: UploadedFile | undefined;
  if (type.startsWith('multipart/form-data')) {
    // The platform's own parser; `_charset_` is always UTF-8 here.
    const form = await new Response(new Uint8Array(request.body), { headers: { 'content-type': type } })
      .formData()
      .catch(() => refuse('invalidArgument', 'Invalid multipart request!'));
    for (const [name, value] of form.entries()) {
      if (typeof value === 'string') fields.set(name, value);
      else if (file !== undefined) refuse('invalidArgument', 'More than one content stream!');
      else {
        const bytes = Buffer.from(await value.arrayBuffer());
        file = { bytes, fileName: value.name, mimeType: value.type || 'application/octet-stream' };
      }
    }
  } else if (type.startsWith('application/x-www-form-urlencoded')) {
    for (const [name, value] of request.form()) fields.set(name, value);
  } else {
    refuse('invalidArgument', 'Invalid form encoding!');
  }
  const content = fields.get('content');
  if (file === undefined && content !== undefined) {
    const mimeType = fields.get('contenttype') ?? 'application/octet-stream';
    file = { bytes: Buffer.from(content), fileName: fields.get('filename') ?? 'content', mimeType };
  }
  const control = (name: string) => fields.get(name) ?? request.query.get(name) ?? undefined;
  return { control, list: (name) => listOf(fields, name), properties: () => propertiesOf(fields), file };
}

function listOf(fields: ReadonlyMap<string, string>, name: string): string[] {
  const values: string[] = [];
  for (let i = 0; fields.has(`${name}[${i}]`); i++) values.push(fields.get(`${name}[${i}]`)!);
  return values;
}

function propertiesOf(fields: ReadonlyMap<string, string>): Map<string, string | string[] | null> {
  const ids = listOf(fields, 'propertyId');
  const sent = [...fields.keys()].filter((name) => name.startsWith('propertyId[')).length;
  if (sent !== ids.length) refuse('invalidArgument', 'Property ids have gaps!');
  return new Map(
    ids.map((id, i): [string, string | string[] | null] => {
      const single = fields.get(`propertyValue[${i}]`);
      if (single !== undefined) return [id, single];
      const several = listOf(fields, `propertyValue[${i}]`);
      return [id, several.length === 0 ? null : several];
    }),
  );
}

/** Sent texts as property values of a type; what the type does not have or a client may not set is refused. */
export function propertyValues(
  sent: ReadonlyMap<string, string | readonly string[] | null>,
  type: TypeDefinition,
  isNew: boolean,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [id, text] of sent) {
    const property = type.properties.get(id) ?? refuse('invalidArgument', `Property '${id}' is unknown!`);
    if (property.updatability === 'readonly' || (property.updatability === 'oncreate' && !isNew)) {
      refuse('constraint', `Property '${id}' is read-only!`);
    }
    if (text === null) values[id] = null;
    else if (typeof text === 'string') values[id] = parsedValue(text, property.propertyType, id);
    else values[id] = text.map((item) => parsedValue(item, property.propertyType, id));
  }
  return values;
}

function parsedValue(text: string, type: PropertyType, id: string): string | number | boolean {
  if (type === 'boolean') return text === 'true';
  if (type !== 'integer' && type !== 'datetime') return text;
  const number = /^-?\d+$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isNaN(number) ? refuse('invalidArgument', `Property '${id}' is not a ${type}!`) : number;
}
