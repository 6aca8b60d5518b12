import type { Model } from '#model';
import { ConfigError, type Manifest, type NativeType } from '#sdk';
import { draftMapping } from './draft-mapping.ts';

/** Types with their fields as tables, then the draft of a mapping for each. */
export function discoveryInWords(
  types: readonly NativeType[],
  manifest: Manifest,
  model: Model,
  only: string | undefined,
): string {
  const chosen = only === undefined ? types : types.filter(({ name }) => name === only);
  if (chosen.length === 0) {
    throw new ConfigError(`${manifest.title} has no type ${only}; it has ${types.map(({ name }) => name).join(', ')}.`);
  }
  const drafts = chosen.map((type) => draftMapping(type, manifest, model)).filter((draft) => draft !== undefined);
  return [...chosen.map(inWords), ...drafts].join('\n\n');
}

function inWords({ name, title, stream, fields }: NativeType): string {
  const reader = stream === undefined ? 'no stream reads it' : `read by the stream ${stream}`;
  const widest = Math.max(...fields.map((field) => field.name.length));
  const lines = fields.map((field) => {
    const marks = [field.nullable ? '' : 'required', field.writable ? 'writable' : '', field.custom ? 'custom' : ''];
    const told = [field.type, ...marks, field.title ?? ''].filter((text) => text !== '');
    return `  ${field.name.padEnd(widest)}  ${told.join(', ')}`;
  });
  return [`${name}${title === undefined || title === name ? '' : ` "${title}"`}: ${reader}`, ...lines].join('\n');
}
