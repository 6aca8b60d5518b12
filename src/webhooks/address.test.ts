import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isRange, refusedAddress } from './address.ts';

const REFUSED = [
  ...['127.0.0.1', '127.255.255.254', '0.0.0.0', '0.1.2.3', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  ...['100.64.0.1', '100.127.255.255', '169.254.0.1', '169.254.169.254', '192.0.0.192', '192.0.2.1', '198.18.0.1'],
  ...['198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '168.63.129.16'],
  ...['::', '::1', '::7f00:1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:0:127.0.0.1', '64:ff9b::10.0.0.1'],
  ...['64:ff9b:1::7f00:1', '2002:7f00:1::', '2001::1', '2001:db8::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1'],
  ...['fec0::1', 'ff02::1', '100::1', '4000::1', '5f00::1', '3fff::1', 'fe80::1%eth0', 'not an address', ''],
];

const bytes = (first: fc.Arbitrary<number>) => fc.tuple(first, fc.nat(255), fc.nat(255), fc.nat(255));
const dotted = (parts: readonly number[]) => parts.join('.');

/** The same IPv6 address written at length, shortened and in capitals. */
function mappedSpellings([a, b, c, d]: readonly [number, number, number, number]): readonly string[] {
  const high = ((a << 8) | b).toString(16);
  const low = ((c << 8) | d).toString(16);
  return [
    `::ffff:${a}.${b}.${c}.${d}`,
    `::ffff:${high}:${low}`,
    `::FFFF:${high.toUpperCase()}:${low.toUpperCase()}`,
    `0:0:0:0:0:ffff:${high}:${low}`,
    `0000:0000:0000:0000:0000:ffff:${high.padStart(4, '0')}:${low.padStart(4, '0')}`,
  ];
}

describe('addresses that a webhook may go to', () => {
  test.each(REFUSED)('%s is refused', (address) => {
    expect(refusedAddress(address, false)).toEqual(expect.any(String));
  });

  test.each(['8.8.8.8', '1.1.1.1', '172.15.0.1', '172.32.0.1', '100.63.255.255', '100.128.0.1', '2606:4700::1111'])(
    '%s is public',
    (address) => {
      expect(refusedAddress(address, false)).toBeUndefined();
      expect(refusedAddress(address, ['10.0.0.0/8'])).toBeUndefined();
    },
  );

  test('an IPv4 address is judged alike, however IPv6 writes it', () => {
    fc.assert(
      fc.property(bytes(fc.nat(255)), (parts) => {
        const verdict = refusedAddress(dotted(parts), false);
        for (const spelling of mappedSpellings(parts)) expect(refusedAddress(spelling, false)).toBe(verdict);
      }),
    );
  });

  test('loopback and private networks are refused as a whole', () => {
    fc.assert(
      fc.property(bytes(fc.constantFrom(10, 127, 0)), (parts) => {
        expect(refusedAddress(dotted(parts), false)).toBeDefined();
      }),
    );
  });

  test('what the config allows is allowed, and no more', () => {
    expect(refusedAddress('127.0.0.1', true)).toBeUndefined();
    expect(refusedAddress('192.168.7.1', true)).toBeUndefined();
    expect(refusedAddress('fd00::1', true)).toBeUndefined();
    expect(refusedAddress('::ffff:10.1.2.3', ['10.0.0.0/8'])).toBeUndefined();
    expect(refusedAddress('169.254.169.254', ['169.254.0.0/16'])).toBeUndefined();
    expect(refusedAddress('169.254.169.254', true)).toBe('a link-local address');
    expect(refusedAddress('168.63.129.16', true)).toBe('a link-local address');
    expect(refusedAddress('0.0.0.0', true)).toBe('an unspecified address');
    expect(refusedAddress('192.168.7.1', ['10.0.0.0/8', 'fd00::/8'])).toBe('a private address');
    expect([isRange('10.0.0.0/8'), isRange('fd00::/8'), isRange('10.0.0.0'), isRange('all')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
