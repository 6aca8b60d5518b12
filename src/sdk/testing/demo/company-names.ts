import type { Dice } from './dice.ts';
import { AWKWARD_NAMES, SECOND_STEMS, STEMS, TRADES } from './words.ts';

export interface CompanyName {
  /** Without legal form. */
  readonly base: string;
  readonly legalForm: string;
  readonly full: string;
  readonly industry: string;
}

const LONG_TAIL =
  ' Gesellschaft für internationale Beschaffung, Instandhaltung und Vertrieb technischer Anlagen und Ersatzteile';

export function drawName(dice: Dice, legalForms: readonly string[]): CompanyName {
  const legalForm = dice.pick(legalForms);
  const stem = dice.pick(STEMS);
  const [trade, industry] = dice.pick(TRADES);
  const shape = dice.unit();
  let base = `${stem} ${trade}`;
  if (shape < 0.03) base = dice.pick(AWKWARD_NAMES).replace('@', stem);
  else if (shape < 0.045) base = `${stem} ${trade}${LONG_TAIL}`;
  else if (shape < 0.55) base = `${stem} ${dice.pick(SECOND_STEMS)} ${trade}`;
  const full = legalForm === '株式会社' ? `${legalForm}${base}` : `${base} ${legalForm}`;
  return { base, legalForm, full, industry };
}

const ERP_LEGAL_FORMS: Readonly<Record<string, string>> = {
  'GmbH & Co. KG': 'GMBH&CO.KG',
  Limited: 'LTD',
  Incorporated: 'INC',
  Corporation: 'CORP',
  'B.V.': 'BV',
  'N.V.': 'NV',
  'S.L.': 'SL',
  'S.A.': 'SA',
  'Sp. z o.o.': 'SP.Z O.O.',
  株式会社: 'K.K.',
};

/** As a clerk keys it: upper case, the legal form abbreviated, umlauts spelt out by most. */
export function erpName(name: CompanyName, spellsOut: boolean): string {
  const form = ERP_LEGAL_FORMS[name.legalForm] ?? name.legalForm;
  const base = spellsOut ? spellOut(name.base) : name.base;
  return `${base} ${form}`.toUpperCase();
}

/** As a salesperson types it. */
export function crmName(name: CompanyName, dice: Dice): string {
  const draw = dice.unit();
  if (draw < 0.35) return name.full;
  if (draw < 0.6) return name.base;
  if (draw < 0.75) return `${name.base.replace(' & ', ' and ')}, ${name.legalForm}`;
  if (draw < 0.85) return spellOut(name.full);
  if (draw < 0.93) return swapLetters(name.base, dice);
  return `${name.base.split(' ').slice(0, 2).join(' ')} ${name.legalForm}`;
}

/** As a folder may be called: no slashes or other signs that file systems refuse, no end that they cut. */
export function folderName(number: string, name: CompanyName): string {
  const plain = name.full
    .replace(/[\\/:*?"<>|]/g, '-')
    .slice(0, 80)
    .replace(/[ .]+$/, '');
  return `${number} ${plain}`;
}

export function spellOut(text: string): string {
  return text
    .replace(/[äöüÄÖÜß]/g, (letter) => SPELLINGS[letter]!)
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '');
}

const SPELLINGS: Readonly<Record<string, string>> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  Ä: 'Ae',
  Ö: 'Oe',
  Ü: 'Ue',
  ß: 'ss',
};

function swapLetters(text: string, dice: Dice): string {
  const at = 1 + dice.below(Math.max(text.length - 3, 1));
  return text.slice(0, at) + (text[at + 1] ?? '') + (text[at] ?? '') + text.slice(at + 2);
}
