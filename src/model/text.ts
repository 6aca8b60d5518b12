/** Text as people compare it: without regard to case, accents and ways of writing one character. */

/**
 * Keys of order are cut here: an index of PostgreSQL holds no more than about 2,700 bytes. Text is compared, sorted and
 * searched by so much of its folded form.
 */
export const LONGEST_TEXT_KEY = 2000;

/** Text that both stores hold: PostgreSQL refuses NUL, and half a surrogate pair has no UTF-8; both become U+FFFD. */
export function parseText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', '\u{fffd}') : whole;
}

const PLAIN = /^[\x20-\x7e]*$/;
/** Accents of the scripts that write them above and below letters; marks that make other letters stay (Japanese が). */
const ACCENTS = /[\u0300-\u036f]/g;
const WITHOUT_ACCENT: Readonly<Record<string, string>> = {
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  ς: 'σ',
};
const LETTERS_WITHOUT_ACCENT = new RegExp(`[${Object.keys(WITHOUT_ACCENT).join('')}]`, 'g');

/** The folded form by which text is compared and ordered, as bytes of UTF-8. Folding twice changes nothing. */
export function foldText(text: string): string {
  const folded = PLAIN.test(text) ? text.toLowerCase() : foldOnce(foldOnce(text));
  return folded.length * 3 <= LONGEST_TEXT_KEY ? folded : cut(folded);
}

function foldOnce(text: string): string {
  return parseText(text)
    .normalize('NFKD')
    .replace(ACCENTS, '')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKD')
    .replace(ACCENTS, '')
    .replace(LETTERS_WITHOUT_ACCENT, (letter) => WITHOUT_ACCENT[letter] ?? letter)
    .normalize('NFKC');
}

function cut(folded: string): string {
  const bytes = Buffer.from(folded, 'utf8');
  if (bytes.length <= LONGEST_TEXT_KEY) return folded;
  let end = LONGEST_TEXT_KEY;
  while (((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end -= 1;
  return bytes.toString('utf8', 0, end);
}
