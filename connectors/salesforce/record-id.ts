const SUFFIX = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/**
 * The 18-character form of an id. Its suffix says which of the 15 are upper case, so an 18-character id whose case was
 * lost is repaired by it. What is no id stays as it is, and belongs to no record.
 */
export function fullId(key: string): string {
  const id = key.trim();
  if (/^[A-Za-z0-9]{15}$/.test(id)) return id + suffixOf(id);
  if (!/^[A-Za-z0-9]{15}[A-Za-z0-5]{3}$/.test(id)) return id;
  const suffix = id.slice(15).toUpperCase();
  let repaired = '';
  for (let at = 0; at < 15; at++) {
    const isUpper = (SUFFIX.indexOf(suffix[Math.floor(at / 5)]!) >> (at % 5)) & 1;
    repaired += isUpper ? id[at]!.toUpperCase() : id[at]!.toLowerCase();
  }
  return repaired + suffix;
}

export function isRecordId(key: string): boolean {
  return /^[A-Za-z0-9]{18}$/.test(key);
}

function suffixOf(id: string): string {
  let suffix = '';
  for (let chunk = 0; chunk < 15; chunk += 5) {
    let bits = 0;
    for (let at = 0; at < 5; at++) if (/[A-Z]/.test(id[chunk + at]!)) bits |= 1 << at;
    suffix += SUFFIX[bits];
  }
  return suffix;
}
