import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './build.ts';

export const README = join(ROOT, 'README.md');
const WIDTH = 160;

/** What stands in the README: its shell commands, the query, the answer to it, and the config. */
export interface Readme {
  readonly commands: readonly string[];
  readonly query: string;
  readonly answer: unknown;
  readonly config: string;
}

export function readReadme(text = readFileSync(README, 'utf8')): Readme {
  const blocks = (language: string) =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, block]) => block!);
  return {
    commands: blocks('bash').map((block) => block.trim()),
    query: blocks('graphql')[0]!,
    answer: JSON.parse(blocks('json')[0]!),
    config: blocks('ts')[0]!,
  };
}

/** The answer as the README quotes it: the first customer of the page stands for all. */
export function quotedAnswer(answer: {
  readonly data: { readonly customers: { readonly edges: readonly unknown[] } };
}) {
  const { customers } = answer.data;
  return { data: { customers: { ...customers, edges: customers.edges.slice(0, 1) } } };
}

/** Without what differs from run to run: ids, cursors, times and URLs. */
export function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => {
    const isMasked = ['id', 'endCursor', 'observedAt', 'contentUrl'].includes(name) && typeof member === 'string';
    return [name, isMasked ? '…' : masked(member)] as const;
  });
  return Object.fromEntries(entries);
}

/** JSON whose short parts stay on one line. */
export function printJson(value: unknown, indent = ''): string {
  const flat = printFlat(value);
  if (typeof value !== 'object' || value === null || indent.length + flat.length <= WIDTH) return flat;
  const deeper = `${indent}  `;
  const [only, ...others] = Object.entries(value);
  // What has one member only is no step to the right.
  if (only !== undefined && others.length === 0) {
    const [name, member] = only;
    if (Array.isArray(value)) return `[${printJson(member, indent)}]`;
    return `{ ${JSON.stringify(name)}: ${printJson(member, indent)} }`;
  }
  if (Array.isArray(value)) {
    return `[\n${value.map((member) => deeper + printJson(member, deeper)).join(',\n')}\n${indent}]`;
  }
  const members = Object.entries(value).map(
    ([name, member]) => `${deeper}${JSON.stringify(name)}: ${printJson(member, deeper)}`,
  );
  return `{\n${members.join(',\n')}\n${indent}}`;
}

function printFlat(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printFlat).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}: ${printFlat(member)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}
