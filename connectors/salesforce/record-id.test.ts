import { expect, test } from '@jest/globals';
import { fullId, isRecordId } from './record-id.ts';

test.each([
  ['001M000000qfPyS', '001M000000qfPySIAU'],
  ['a0RE000000IJmcN', 'a0RE000000IJmcNMAT'],
  ['aBcDEfgHIJKLMNO', 'aBcDEfgHIJKLMNO025'],
  ['0F9E000000092w2', '0F9E000000092w2KAA'],
  ['001m000000qfpysiau', '001M000000qfPySIAU'],
  [' 001M000000qfPySIAU ', '001M000000qfPySIAU'],
])('%s is spelled %s', (given, full) => {
  expect(fullId(given)).toBe(full);
  expect(isRecordId(fullId(given))).toBe(true);
});

test('what is no id stays what it is', () => {
  expect(fullId("1' OR Id != '")).toBe("1' OR Id != '");
  expect(isRecordId(fullId("1' OR Id != '"))).toBe(false);
});
