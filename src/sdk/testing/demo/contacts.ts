import { companyFacts } from './companies.ts';
import { spellOut } from './company-names.ts';
import type { DemoContact } from './demo-types.ts';
import { CONTACTS_PER_COMPANY, type Directory } from './directory.ts';
import { AS_OF_MS, changedAfter, instant, momentBetween } from './moments.ts';
import { DEPARTMENTS, FIRST_NAMES, JOB_TITLES, LAST_NAMES } from './words.ts';

const PERSONS_FROM = 7_000_000;

/** In which systems a contact is: in one at least of those that know the company. */
export function contactPresence(
  directory: Directory,
  index: number,
): { readonly inErp: boolean; readonly inCrm: boolean } {
  const { inErp, inCrm } = directory.presence(Math.floor(index / CONTACTS_PER_COMPANY));
  const draw = directory.dice('presence', -1 - index).unit();
  if (!inErp || !inCrm) return { inErp, inCrm };
  return { inErp: draw < 0.6, inCrm: draw > 0.15 };
}

export function contact(directory: Directory, index: number): DemoContact {
  const dice = directory.dice('contact', index);
  const company = Math.floor(index / CONTACTS_PER_COMPANY);
  const facts = companyFacts(directory, company);
  const { inErp, inCrm } = contactPresence(directory, index);
  const firstName = dice.pick(FIRST_NAMES);
  const lastName = dice.pick(LAST_NAMES);
  const createdMs = momentBetween(dice, facts.createdMs, AS_OF_MS, dice.unit());
  const address = spellOut(`${firstName}.${lastName}`)
    .toLowerCase()
    .replace(/[^a-z.]/g, '');
  return {
    truthId: `contact-${String(index).padStart(7, '0')}`,
    index,
    company,
    salutation: dice.chance(0.3) ? null : dice.pick(['Ms.', 'Mr.', 'Dr.']),
    firstName,
    lastName,
    title: dice.chance(0.2) ? null : dice.pick(JOB_TITLES),
    department: dice.chance(0.3) ? null : dice.pick(DEPARTMENTS),
    email: dice.chance(0.08) ? null : `${address}@${facts.domain}`,
    phone: dice.chance(0.2) ? null : `${facts.phone}${dice.digits(2)}`,
    mobile: dice.chance(0.6) ? null : `${facts.country.dialling} 555 02${dice.digits(5)}`,
    crmView: inCrm
      ? {
          id: directory.contactId(index),
          accountId: directory.accountId(company),
          ownerId: directory.userId(directory.ownerOf(company)),
        }
      : null,
    erpView: inErp
      ? {
          partnerNumber: String(PERSONS_FROM + index),
          companyPartnerNumber: directory.partnerNumber(company),
          relationshipNumber: String(index + 1),
        }
      : null,
    createdAt: instant(createdMs),
    changedAt: instant(changedAfter(dice, createdMs, index, 500)),
  };
}
