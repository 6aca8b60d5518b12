/** Columns as JSON text, and as the values that graphql-js expects. */
import type { SqlValue } from '#store';
import type { ScalarPlan } from './plan.ts';

type Known = string | number;

export function quote(text: string): string {
  const { length } = text;
  if (length > 200) return JSON.stringify(text);
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code < 32 || code === 34 || code === 92 || (code >= 0xd800 && code <= 0xdfff)) return JSON.stringify(text);
  }
  return `"${text}"`;
}

export function jsonWriter(type: ScalarPlan['type']): (value: Known) => string {
  switch (type) {
    case 'String':
    case 'ID':
      return (value) => quote(value as string);
    case 'Decimal':
    case 'Date':
    case 'enum':
      return (value) => `"${value}"`;
    case 'DateTime':
      return (value) => `"${new Date(value as number).toISOString()}"`;
    case 'Boolean':
      return (value) => (value === 0 ? 'false' : 'true');
    case 'Int':
    case 'JSON':
      return (value) => String(value);
  }
}

export function plainValue(type: ScalarPlan['type'], value: SqlValue): unknown {
  if (value === null) return null;
  if (type === 'DateTime') return new Date(value as number).toISOString();
  if (type === 'Boolean') return value !== 0;
  if (type === 'JSON') return JSON.parse(value as string);
  return value;
}
