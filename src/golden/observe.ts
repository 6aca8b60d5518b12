import { maskText } from '#model';
import { isIsthmusError } from '#sdk';
import { countMaskedCards } from './metrics.ts';
import type { ObservationPage, ObservedInput, ObserveOutcome } from './observation.ts';
import { type PrepareContext, type PreparedRecord, prepareRecord } from './prepare.ts';
import { type PageContext, type PreparedPage, type SetAsideRow, storePage } from './store-page.ts';

const LONGEST_RAW = 1_000_000;

/** Stores a page; what is wrong with single records is set aside, never the page. */
export async function observePage(
  context: PageContext,
  prepare: PrepareContext,
  page: ObservationPage,
): Promise<ObserveOutcome> {
  const outcome = await observePrepared(context, page, preparePage(prepare, page));
  countMaskedCards(page, outcome.maskedCards);
  return outcome;
}

async function observePrepared(
  context: PageContext,
  page: ObservationPage,
  prepared: PreparedPage,
): Promise<ObserveOutcome> {
  try {
    return await context.store.write((tx) => storePage(context, tx, prepared));
  } catch (error) {
    if (!isDataError(error)) throw error;
    const refused = await findRefused(context, prepared, prepared.records);
    if (refused.length === 0) throw error;
    const without = new Set(refused.map(({ record }) => record));
    const rest: PreparedPage = {
      page,
      records: prepared.records.filter((record) => !without.has(record)),
      setAside: [...prepared.setAside, ...refused.map(({ record }) => asideOf(record.input, 'STORE_REFUSED', REFUSED))],
    };
    return context.store.write((tx) => storePage(context, tx, rest));
  }
}

const REFUSED = 'The database refused the record: one of its values does not fit.';

function preparePage(prepare: PrepareContext, page: ObservationPage): PreparedPage {
  const records: PreparedRecord[] = [];
  const setAside: SetAsideRow[] = (page.setAside ?? []).map(({ key, raw, code, reason }) => ({
    key,
    ...rawText(raw),
    code,
    reason,
  }));
  for (const input of page.records) {
    try {
      records.push(prepareRecord(prepare, page.connection, page.stream, input));
    } catch (error) {
      if (!isIsthmusError(error) || error.code !== 'REJECTED_RECORD') throw error;
      setAside.push(asideOf(input, error.code, error.message));
    }
  }
  return { page, records, setAside };
}

function asideOf(input: ObservedInput, code: string, reason: string): SetAsideRow {
  return {
    key: String(input.key).slice(0, 500).replaceAll('\0', '\u{fffd}').toWellFormed(),
    ...rawText(input.raw ?? input.mapped),
    code,
    reason,
  };
}

/** Raw bytes that are text stay as they are but for card numbers; everything else is kept as JSON. */
function rawText(raw: unknown): Pick<SetAsideRow, 'raw' | 'maskedCards'> {
  const text = typeof raw === 'string' ? raw : (JSON.stringify(raw) ?? '');
  let maskedCards = 0;
  const masked = maskText(text, (cards) => {
    maskedCards += cards;
  });
  return { raw: masked.slice(0, LONGEST_RAW).replaceAll('\0', '\u{fffd}').toWellFormed(), maskedCards };
}

interface Refused {
  readonly record: PreparedRecord;
}

/** Halves the page until the records that the database refuses stand alone. Nothing of it stays stored. */
async function findRefused(
  context: PageContext,
  prepared: PreparedPage,
  records: readonly PreparedRecord[],
): Promise<readonly Refused[]> {
  if (await canStore(context, { ...prepared, records })) return [];
  if (records.length === 1) return records.map((record) => ({ record }));
  const middle = Math.ceil(records.length / 2);
  const left = await findRefused(context, prepared, records.slice(0, middle));
  const right = await findRefused(context, prepared, records.slice(middle));
  return [...left, ...right];
}

class TakenBack extends Error {}

async function canStore(context: PageContext, prepared: PreparedPage): Promise<boolean> {
  if (prepared.records.length === 0) return true;
  try {
    await context.store.write(async (tx) => {
      await storePage(context, tx, prepared);
      throw new TakenBack();
    });
    return true;
  } catch (error) {
    if (error instanceof TakenBack) return true;
    if (isDataError(error)) return false;
    throw error;
  }
}

/** The database's word that a value does not fit: SQLSTATE classes 22, 23 and 54, or SQLite's constraints and limits. */
function isDataError(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' && /^(22|23|54)|^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH)/.test(code);
}
