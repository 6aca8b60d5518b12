import { expect, test } from '@jest/globals';
import { after, column, literal, oneOf, whereOf } from './statement.ts';

test.each([
  ["O'Neil", "'O\\'Neil'"],
  ['back\\slash', "'back\\\\slash'"],
  ["\\' OR 1=1", "'\\\\\\' OR 1=1'"],
  [true, 'TRUE'],
  [12, '12'],
])('%j is written as the literal %s', (value, expected) => {
  expect(literal(value)).toBe(expected);
});

test('a name that is none is refused', () => {
  expect(() => column("cmis:name FROM x WHERE 'a'='a'")).toThrow(expect.objectContaining({ code: 'CONFIG' }));
});

test('a position goes on after its id within its stamp', () => {
  const at = "TIMESTAMP '2026-01-02T03:04:05.006Z'";
  const stamp = Date.parse('2026-01-02T03:04:05.006Z');
  expect(after({ stamp })).toBe(`cmis:lastModificationDate >= ${at}`);
  expect(after({ stamp, objectId: "a'" })).toBe(
    `cmis:lastModificationDate >= ${at} AND (cmis:lastModificationDate > ${at} OR cmis:objectId > 'a\\'')`,
  );
});

test('lists and conditions', () => {
  expect(oneOf('cmis:objectId', ['a', "b'"])).toBe("cmis:objectId IN ('a', 'b\\'')");
  const where = [
    { field: 'cmis:creationDate', op: 'ge', value: '2026-01-02T00:00:00.000Z' },
    { field: 'demo:kind', op: 'eq', value: null },
  ] as const;
  expect(whereOf({ where, orderBy: [], limit: 1, select: [] })).toBe(
    " WHERE cmis:creationDate >= TIMESTAMP '2026-01-02T00:00:00.000Z' AND demo:kind IS NULL",
  );
});
