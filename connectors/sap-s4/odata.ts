/** OData V2 on the wire: literals, JSON's forms of dates and times, URLs, multipart. Pure. */

/** How a property is written in a filter; a string when nothing else is said. */
export type Literal = 'string' | 'datetime' | 'datetimeoffset' | 'time' | 'decimal' | 'boolean';

const DATE = /^\/Date\((-?\d+)(?:[+-]\d+)?\)\/$/;
const TIME = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?$/;

/** `/Date(ms)/` or `/Date(ms+0060)/`: the milliseconds are UTC already, the suffix only tells an offset. */
export function milliseconds(value: unknown): number | undefined {
  const match = typeof value === 'string' ? DATE.exec(value) : null;
  return match === null ? undefined : Number(match[1]);
}

/** `PT13H05M09S` in milliseconds of the day. */
export function timeOfDay(value: unknown): number {
  const match = typeof value === 'string' ? TIME.exec(value) : null;
  if (match === null) return 0;
  const [, hours = '0', minutes = '0', seconds = '0'] = match;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

export function stringLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A day without a zone, midnight. */
export function dateLiteral(ms: number): string {
  return `datetime'${new Date(ms).toISOString().slice(0, 10)}T00:00:00'`;
}

export function momentLiteral(ms: number): string {
  return `datetimeoffset'${new Date(ms).toISOString().replace(/\.000Z$/, 'Z')}'`;
}

export function timeLiteral(ms: number): string {
  const [hours, minutes, seconds] = new Date(ms).toISOString().slice(11, 19).split(':');
  return `time'PT${hours}H${minutes}M${seconds}S'`;
}

/** A value of a `list` request; dates come as ISO text or milliseconds. */
export function literal(value: string | number | boolean | null, type: Literal): string {
  if (value === null) return 'null';
  switch (type) {
    case 'datetime':
      return dateLiteral(typeof value === 'number' ? value : Date.parse(String(value)));
    case 'datetimeoffset':
      return momentLiteral(typeof value === 'number' ? value : Date.parse(String(value)));
    case 'time':
      return `time'${value}'`;
    case 'decimal':
      return `${value}m`;
    case 'boolean':
      return String(value);
    case 'string':
      return stringLiteral(String(value));
  }
}

export interface Query {
  readonly select?: readonly string[];
  readonly filter?: string | undefined;
  readonly orderBy?: readonly string[];
  readonly expand?: readonly string[];
  readonly top?: number;
  readonly skip?: number;
}

/** Set and query, encoded, relative to the service's root. */
export function queryPath(set: string, query: Query): string {
  const options: [string, string | undefined][] = [
    ['$filter', query.filter],
    ['$select', query.select?.join(',')],
    ['$expand', query.expand?.join(',')],
    ['$orderby', query.orderBy?.join(',')],
    ['$top', query.top?.toString()],
    ['$skip', query.skip?.toString()],
    ['$format', 'json'],
  ];
  const text = options.filter(([, value]) => value !== undefined && value !== '');
  return `${set}?${text.map(([name, value]) => `${name}=${encodeValue(value!)}`).join('&')}`;
}

/** Every character that a proxy could read otherwise is encoded; what stays is what URL parsers leave alone. */
export function encodeValue(value: string): string {
  return encodeURIComponent(value).replaceAll("'", '%27').replaceAll('%2C', ',').replaceAll('%2F', '/');
}

/** Of what `encodeValue` makes of a text. */
function encodedLength(value: string): number {
  let length = value.length;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code > 127) return encodeValue(value).length;
    const isLetterOrDigit = (code > 47 && code < 58) || (code > 64 && code < 91) || (code > 96 && code < 123);
    if (!isLetterOrDigit && !'-_.!~*(),/'.includes(value[at]!)) length += 2;
  }
  return length;
}

export function anyOf(clauses: readonly string[]): string {
  return clauses.join(' or ');
}

export function allOf(clauses: readonly (string | undefined)[]): string | undefined {
  const given = clauses.filter((clause) => clause !== undefined && clause !== '');
  if (given.length < 2) return given[0];
  return given.map((clause) => (/ or /.test(clause!) ? `(${clause})` : clause)).join(' and ');
}

/** Groups of clauses of which each fits a URL when or-ed, by their encoded length. */
export function chunkByLength(clauses: readonly string[], budget: number): string[][] {
  const chunks: string[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const clause of clauses) {
    const more = encodedLength(` or ${clause}`);
    if (length + more > budget) {
      chunks.push([]);
      length = 0;
    }
    chunks.at(-1)!.push(clause);
    length += more;
  }
  return chunks;
}

/** One answer inside a batch. */
export interface BatchAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** GETs as parts of a multipart body; each path is relative to the service's root. */
export function batchOfReads(paths: readonly string[], boundary: string): string {
  const parts = paths.map(
    (path) =>
      `--${boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n` +
      `GET ${path} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n`,
  );
  return `${parts.join('')}--${boundary}--\r\n`;
}

/** The parts of a batch's answer, in order. Undefined: this is no multipart answer, or it was cut. */
export function readBatch(contentType: string, text: string): BatchAnswer[] | undefined {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return undefined;
  const mark = `--${boundary}`;
  const answers: BatchAnswer[] = [];
  let at = text.indexOf(mark);
  while (at >= 0) {
    const from = at + mark.length;
    if (text.startsWith('--', from)) return answers;
    const to = text.indexOf(`\n${mark}`, from);
    if (to < 0) return undefined;
    const answer = readPart(text.slice(from, to));
    if (answer === undefined) return undefined;
    answers.push(answer);
    at = to + 1;
  }
  return undefined;
}

/** The part's own headers, then a whole HTTP response. */
function readPart(part: string): BatchAnswer | undefined {
  const start = part.search(/HTTP\/1\.\d \d{3}/);
  if (start < 0) return undefined;
  const end = /\r?\n\r?\n/g;
  end.lastIndex = start;
  const match = end.exec(part);
  if (match === null) return undefined;
  const [first, ...lines] = part.slice(start, match.index).split(/\r?\n/);
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { status: Number(first!.slice(9, 12)), headers, body: part.slice(match.index + match[0].length).trimEnd() };
}
