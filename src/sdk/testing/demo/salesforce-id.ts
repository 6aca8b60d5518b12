const SUFFIX_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The 18-character form of a 15-character Salesforce id: the suffix says which characters are upper case. */
export function withSalesforceSuffix(id15: string): string {
  let suffix = '';
  for (let chunk = 0; chunk < 15; chunk += 5) {
    let bits = 0;
    for (let k = 0; k < 5; k++) {
      const code = id15.charCodeAt(chunk + k);
      if (code >= 65 && code <= 90) bits |= 1 << k;
    }
    suffix += SUFFIX_ALPHABET[bits];
  }
  return id15 + suffix;
}

/** The n-th id of a key prefix (`001` accounts, `003` contacts, ...): `0015g0` and the number in base 62, nine digits long. */
export function salesforceId(keyPrefix: string, n: number): string {
  let digits = '';
  for (let rest = n; rest > 0; rest = Math.floor(rest / 62)) digits = BASE62[rest % 62] + digits;
  return withSalesforceSuffix(`${keyPrefix}5g0${digits.padStart(9, '0')}`);
}
