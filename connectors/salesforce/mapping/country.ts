/** Names that people type and that are not the English ones. */
const ALIASES: Readonly<Record<string, string>> = {
  usa: 'US',
  'u.s.a.': 'US',
  'united states of america': 'US',
  uk: 'GB',
  'great britain': 'GB',
  england: 'GB',
  deutschland: 'DE',
  österreich: 'AT',
  schweiz: 'CH',
  holland: 'NL',
  'the netherlands': 'NL',
  'czech republic': 'CZ',
  türkiye: 'TR',
};

let byName: ReadonlyMap<string, string> | undefined;

/** ISO 3166-1 alpha-2 of a code or an English name; null for anything else, since the field is free text. */
export function countryCode(text: string): string | null {
  const trimmed = text.trim();
  if (/^[A-Z]{2}$/.test(trimmed)) return trimmed;
  byName ??= namesOfCountries();
  const lower = trimmed.toLowerCase();
  return byName.get(lower) ?? ALIASES[lower] ?? null;
}

function namesOfCountries(): Map<string, string> {
  const display = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  const names = new Map<string, string>();
  for (let first = 65; first <= 90; first++) {
    for (let second = 65; second <= 90; second++) {
      const code = String.fromCharCode(first, second);
      const name = display.of(code)?.toLowerCase();
      // Withdrawn codes carry the names of their successors.
      if (name !== undefined && new Intl.Locale('und', { region: code }).maximize().region === code && !names.has(name))
        names.set(name, code);
    }
  }
  return names;
}
