import { describe, expect, test } from '@jest/globals';
import {
  chunkByLength,
  dateLiteral,
  encodeValue,
  literal,
  milliseconds,
  momentLiteral,
  queryPath,
  readBatch,
  timeLiteral,
  timeOfDay,
} from './odata.ts';
import { afterKey } from './reading.ts';
import { cookiesOf } from './session-pool.ts';
import { withoutLeadingZeros } from './streams.ts';

describe('dates and times', () => {
  test.each([
    ['/Date(1492041600000)/', 1492041600000],
    ['/Date(1492041600000+0060)/', 1492041600000],
    ['/Date(-86400000)/', -86400000],
    [null, undefined],
    ['2026-01-01', undefined],
  ])('%s', (value, expected) => expect(milliseconds(value)).toBe(expected));

  test.each([
    ['PT13H05M09S', 47109000],
    ['PT09S', 9000],
    ['PT5M', 300000],
    [null, 0],
  ])('%s', (value, expected) => expect(timeOfDay(value)).toBe(expected));

  test('literals', () => {
    const at = Date.UTC(2026, 0, 31, 10, 0, 5);
    expect(dateLiteral(at)).toBe("datetime'2026-01-31T00:00:00'");
    expect(momentLiteral(at)).toBe("datetimeoffset'2026-01-31T10:00:05Z'");
    expect(momentLiteral(at + 7)).toBe("datetimeoffset'2026-01-31T10:00:05.007Z'");
    expect(timeLiteral(at)).toBe("time'PT10H00M05S'");
    expect(literal("O'Hara", 'string')).toBe("'O''Hara'");
    expect(literal('12.5', 'decimal')).toBe('12.5m');
    expect(literal(null, 'datetime')).toBe('null');
  });
});

describe('URLs', () => {
  test('everything that could be read otherwise is encoded', () => {
    expect(encodeValue("a+b 'c&d#%/e,f")).toBe('a%2Bb%20%27c%26d%23%25/e,f');
    expect(queryPath('A_X', { filter: "K eq 'ü'", top: 5 })).toBe(
      'A_X?$filter=K%20eq%20%27%C3%BC%27&$top=5&$format=json',
    );
  });

  test('clauses are grouped by their encoded length, and one too long stands alone', () => {
    const clauses = ["K eq '1'", "K eq '2'", `K eq '${'ü'.repeat(100)}'`, "K eq '3'"];
    expect(chunkByLength(clauses, 60).map((chunk) => chunk.length)).toEqual([2, 1, 1]);
    expect(chunkByLength([], 60)).toEqual([]);
  });

  test('a position in a key of several parts', () => {
    expect(afterKey(['A', 'B'], ["x'", ''])).toBe("(A gt 'x''' or (A eq 'x''' and B gt ''))");
  });

  test.each([
    ['0001000012', '1000012'],
    ['0000', '0'],
    ['A001', 'A001'],
    ['00A1', '00A1'],
  ])('%s is known as %s', (key, expected) => expect(withoutLeadingZeros(key)).toBe(expected));
});

describe('batch', () => {
  const body = (part: string) => `--b\r\nContent-Type: application/http\r\n\r\n${part}\r\n--b--\r\n`;

  test('an answer and its body, line breaks and all', () => {
    const [answer] = readBatch(
      'multipart/mixed; boundary=b',
      body('HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\n{"d":"\\r\\n\\r\\n--b"}'),
    )!;
    expect(answer).toEqual({ status: 200, headers: { 'x-a': '1' }, body: '{"d":"\\r\\n\\r\\n--b"}' });
  });

  test('one that was cut is none', () => {
    expect(readBatch('multipart/mixed; boundary=b', body('HTTP/1.1 200 OK\r\n\r\n{}').slice(0, 50))).toBeUndefined();
    expect(readBatch('text/html', '<html>')).toBeUndefined();
  });
});

test('cookies of several headers in one text', () => {
  const header =
    'SAP_SESSIONID_S4H_100=abc%3d; path=/; expires=Tue, 19 Jan 2038 03:14:07 GMT, sap-usercontext=sap-client=100; path=/';
  expect(cookiesOf(header)).toBe('SAP_SESSIONID_S4H_100=abc%3d; sap-usercontext=sap-client=100');
});
