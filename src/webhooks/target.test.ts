import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkTarget, hostOf, readTarget } from './target.ts';

const strict = { allowPrivate: false, allowHttp: true } as const;
const nowhere = async (name: string): Promise<readonly string[]> => {
  throw new Error(`${name} was resolved`);
};

/** Ways in which browsers and libraries read an IPv4 address. */
function spellings([a, b, c, d]: readonly [number, number, number, number]): readonly string[] {
  const number = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  const hex = (part: number) => `0x${part.toString(16)}`;
  const octal = (part: number) => `0${part.toString(8)}`;
  return [
    `${a}.${b}.${c}.${d}`,
    `${a}.${b}.${c}.${d}.`,
    `${number}`,
    `0x${number.toString(16)}`,
    `0${number.toString(8)}`,
    [a, b, c, d].map(hex).join('.'),
    [a, b, c, d].map(octal).join('.'),
    `${a}.${b}.${(c << 8) | d}`,
    `${a}.${(b << 16) | (c << 8) | d}`,
    `[::ffff:${a}.${b}.${c}.${d}]`,
    `${a}%2e${b}%2e${c}%2e${d}`,
    `${a}。${b}。${c}。${d}`,
  ];
}

describe('the URL of an endpoint', () => {
  test('a private address is refused in every spelling, without asking for a name', async () => {
    const privates = fc.oneof(
      fc.tuple(fc.constantFrom(10, 127), fc.nat(255), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(192), fc.constant(168), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(169), fc.constant(254), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), fc.nat(255), fc.nat(255)),
    );
    await fc.assert(
      fc.asyncProperty(privates, async (parts) => {
        for (const spelling of spellings(parts)) {
          await expect(checkTarget(`http://${spelling}:8080/hooks`, strict, nowhere)).rejects.toMatchObject({
            code: 'CONFIG',
            message: expect.stringContaining('webhooks go to public addresses only'),
          });
        }
      }),
    );
  });

  test('a name is refused when any of its addresses is', async () => {
    const mixed = async () => ['93.184.215.14', '10.0.0.5'];
    await expect(checkTarget('https://example.com/', strict, mixed)).rejects.toThrow('10.0.0.5, a private address');
    await expect(checkTarget('https://example.com/', strict, async () => [])).rejects.toThrow('has no address');
    await expect(checkTarget('https://nowhere.example/', strict, nowhere)).rejects.toThrow('cannot be resolved');
    const url = await checkTarget('https://example.com/a?b=c', strict, async () => ['93.184.215.14']);
    expect(url.href).toBe('https://example.com/a?b=c');
  });

  test.each([
    ['ftp://example.com/', 'https://'],
    ['file:///etc/passwd', 'https://'],
    ['https://user@example.com/', 'credentials'],
    ['https://:word@example.com/', 'credentials'],
    ['https://example.com/#part', 'fragment'],
    ['example.com', 'not a URL'],
    [`https://example.com/${'x'.repeat(3000)}`, 'not a URL'],
    ['http://example.com/', 'webhooks.allowHttp'],
  ])('%s is refused', (text, words) => {
    expect(() => readTarget(text, { allowPrivate: true, allowHttp: false })).toThrow(words);
  });

  test('a host is asked for without its last dot and its brackets', () => {
    expect(hostOf(new URL('https://example.com./'))).toBe('example.com');
    expect(hostOf(new URL('https://[2606:4700::1111]/'))).toBe('2606:4700::1111');
  });
});
