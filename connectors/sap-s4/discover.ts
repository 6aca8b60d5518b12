import type { NativeType } from 'isthmus/sdk';

const ENTITY_TYPE = /<EntityType\s([^>]*)>([\s\S]*?)<\/EntityType>/g;
const ENTITY_SET = /<EntitySet\s([^>]*?)\/?>/g;
const PROPERTY = /<Property\s([^>]*?)\/?>/g;
const ATTRIBUTE = /([\w:]+)="([^"]*)"/g;

/** The types of a service's `$metadata` (EDMX of V2), with the streams that read them. */
export function nativeTypes(edmx: string, streamOf: (set: string) => string | undefined): NativeType[] {
  const sets = new Map<string, string>();
  for (const [, attributes] of edmx.matchAll(ENTITY_SET)) {
    const { Name, EntityType } = attributesOf(attributes!);
    if (Name !== undefined && EntityType !== undefined) sets.set(EntityType.replace(/^.*\./, ''), Name);
  }
  return [...edmx.matchAll(ENTITY_TYPE)].flatMap(([, head, body]) => {
    const attributes = attributesOf(head!);
    const set = sets.get(attributes.Name ?? '');
    if (set === undefined) return [];
    const stream = streamOf(set);
    const fields = [...body!.matchAll(PROPERTY)].map(([, text]) => fieldOf(attributesOf(text!)));
    return [{ name: set, ...titled(attributes['sap:label']), ...(stream === undefined ? {} : { stream }), fields }];
  });
}

function fieldOf(attributes: Readonly<Record<string, string>>): NativeType['fields'][number] {
  const name = attributes.Name ?? '';
  return {
    name,
    type: (attributes.Type ?? '').replace(/^Edm\./, ''),
    ...titled(attributes['sap:label']),
    writable: attributes['sap:updatable'] !== 'false',
    custom: name.startsWith('YY1_'),
    nullable: attributes.Nullable !== 'false',
  };
}

function titled(label: string | undefined): { readonly title?: string } {
  return label === undefined ? {} : { title: unescaped(label) };
}

function attributesOf(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(ATTRIBUTE)].map(([, name, value]) => [name!, value!]));
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name]!);
}
