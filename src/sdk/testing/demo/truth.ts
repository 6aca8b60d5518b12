import { company } from './companies.ts';
import { contact } from './contacts.ts';
import type { DemoCompany, DemoTruth } from './demo-types.ts';
import type { Directory } from './directory.ts';

/** Companies first, then contacts. */
export function* truth(directory: Directory): IterableIterator<DemoTruth> {
  const { companies, contacts } = directory.counts;
  for (let index = 0; index < companies; index++) yield companyTruth(company(directory, index));
  for (let index = 0; index < contacts; index++) {
    const person = contact(directory, index);
    yield {
      truthId: person.truthId,
      kind: 'contact',
      name: `${person.firstName} ${person.lastName}`,
      roles: [],
      erpNumber: person.erpView?.partnerNumber ?? null,
      crmIds: person.crmView === null ? [] : [person.crmView.id],
      crmIdsClaiming: [],
      folder: null,
    };
  }
}

function companyTruth(of: DemoCompany): DemoTruth {
  return {
    truthId: of.truthId,
    kind: 'company',
    name: of.name,
    roles: of.roles,
    erpNumber: of.erpView?.erpNumber ?? null,
    crmIds: of.crmViews.map((view) => view.id),
    crmIdsClaiming: of.crmViews.filter((view) => view.erpNumber !== null).map((view) => view.id),
    folder: of.recordsView === null ? null : { id: of.recordsView.folderId, name: of.recordsView.folderName },
  };
}
