/** All invented or everyday words; no list names a real company or person. */
export const STEMS =
  `Nordlicht Falkenberg Rheinufer Sonnfeld Brückner Hellweg Steinbach Lindner Auerbach Kranz Weissenhof Sturmvogel
  Alpenglück Grünwald Hohenau Möwe Seelager Eichhorn Silberquelle Kupferdach Altmark Börde Wendland Havelblick
  Meridian Corvus Altiva Lumenor Verdanta Quintara Solvex Ardenne Belmont Clairval Dumonteil Fontaine Girard
  Montclair Rivière Sablon Vauban Castellan Iberia Almendro Olivar Serrano Zielona Bursztyn Dębowy Wisła Żuraw
  Hawthorne Blackwater Ashford Pemberton Kingsley Thornbury Redwood Lakeside Cascade Juniper Summit Granite
  Copperfield Bluebird Ironbridge Fairhaven Oakhurst Stonegate Windermere Northgate Silverlake Maplewood Brightwater
  Sakura Fujimoto Kitayama Minato Aozora Hoshino Tanimura Yamabuki Zeeland Noordzee Waterland Polder Duinzicht`
    .trim()
    .split(/\s+/);

export const SECOND_STEMS =
  `Nova Prima Plus Delta Vario Tempo Forma Linea Terra Aqua Ventus Ferro Lux Omni Astra Vita Futura Optima Dynamo
  Central Nord Süd West Ost Union Global Regio Alpha Omega Integra Concordia Fortis Tecta Modula Pacta`
    .trim()
    .split(/\s+/);

/** Trade, and its industry as the CRM writes it. */
export const TRADES: readonly (readonly [string, string])[] = [
  ['Maschinenbau', 'Machinery'],
  ['Antriebstechnik', 'Machinery'],
  ['Werkzeuge', 'Manufacturing'],
  ['Metallbau', 'Manufacturing'],
  ['Verpackungen', 'Manufacturing'],
  ['Logistik', 'Transportation'],
  ['Spedition', 'Transportation'],
  ['Shipping', 'Shipping'],
  ['Elektrotechnik', 'Electronics'],
  ['Sensorik', 'Electronics'],
  ['Systems', 'Technology'],
  ['Software', 'Technology'],
  ['Solutions', 'Consulting'],
  ['Engineering', 'Engineering'],
  ['Bau', 'Construction'],
  ['Holzwerke', 'Construction'],
  ['Pharma', 'Healthcare'],
  ['Medizintechnik', 'Healthcare'],
  ['Energie', 'Energy'],
  ['Solar', 'Energy'],
  ['Lebensmittel', 'Food & Beverage'],
  ['Brauerei', 'Food & Beverage'],
  ['Handel', 'Retail'],
  ['Trading', 'Retail'],
  ['Chemie', 'Chemicals'],
  ['Kunststoffe', 'Chemicals'],
  ['Textil', 'Apparel'],
  ['Druckerei', 'Media'],
  ['Umwelttechnik', 'Environmental'],
  ['Agrar', 'Agriculture'],
];

/** Names that break careless code: quotes, wildcards, slashes, other scripts. `@` stands for the stem. */
export const AWKWARD_NAMES: readonly string[] = [
  "O'Neil & Sons @",
  'D\'Angelo "@" Foods',
  "L'Atelier @ d'Été",
  '@/Meier Handels',
  '100% @_Werk',
  'Łukasiewicz @ Żelazo',
  'Çağdaş @ Makine',
  '@ 山田製作所',
  'Ærø @ Skibsværft',
  'Straße & Söhne @',
  '@ (vormals Kühn) + Partner',
  'A\\B @ Systems; DROP',
];

export const FIRST_NAMES =
  `Anna Lukas Marie Jonas Sophie Felix Clara Paul Greta Emil Léa Hugo Chloé Théo Inès Zoë Łucja Paweł Zofia Jan
  Emma Oliver Grace Henry Isla Jack Mia Noah Ava Liam Yuki Haruto Sakura Ren Lucía Mateo Sofía Álvaro Fleur Daan
  Sanne Bram Søren Astrid Nils Freya Björn Márta Ilse Otto`
    .trim()
    .split(/\s+/);

export const LAST_NAMES =
  `Albrecht Böhm Dietrich Engel Fuchs Große Hartmann Jäger Köhler Lehmann Müller Neumann Ott Pfeiffer Richter
  Schröder Thiele Ullmann Vogt Weiß Zöllner Bernard Delacroix Fournier Lefèvre Moreau Perrin O'Connor O'Neil
  McAllister Whitfield Harrington Bradshaw Carrington Fitzgerald Lindqvist Åkesson Nowak Wiśniewski Kowalczyk
  Tanaka Sato Watanabe García Núñez Fernández van-Dijk de-Vries D'Amico Rossi`
    .trim()
    .split(/\s+/)
    .map((name) => name.replace('-', ' '));

export const JOB_TITLES = [
  'Head of Purchasing',
  'Buyer',
  'Managing Director',
  'Accounts Payable',
  'Operations Manager',
  'Plant Manager',
  'Chief Financial Officer',
  'Quality Manager',
  'Logistics Coordinator',
  'IT Manager',
];

export const DEPARTMENTS = ['Purchasing', 'Finance', 'Operations', 'Quality', 'Logistics', 'IT', 'Management'];

/** Product kinds: number prefix, name, material group, unit, price range in cents, weight range in grams. */
export const PRODUCT_KINDS: readonly (readonly [string, string, string, string, number, number, number, number])[] = [
  ['PMP', 'Pump', 'L001', 'PC', 24_000, 480_000, 4_000, 90_000],
  ['VLV', 'Valve', 'L001', 'PC', 1_200, 64_000, 200, 12_000],
  ['MTR', 'Motor', 'L002', 'PC', 18_000, 620_000, 3_000, 140_000],
  ['SNS', 'Sensor', 'L003', 'PC', 1_900, 39_000, 20, 900],
  ['CBL', 'Cable', 'L004', 'M', 80, 2_400, 50, 1_500],
  ['BRG', 'Bearing', 'L002', 'PC', 350, 18_000, 30, 6_000],
  ['OIL', 'Lubricant', 'L005', 'L', 450, 4_800, 850, 1_050],
  ['FLT', 'Filter', 'L001', 'PC', 600, 12_000, 100, 3_000],
  ['CTL', 'Controller', 'L003', 'PC', 9_000, 240_000, 300, 5_000],
  ['SPR', 'Spare part kit', 'L006', 'KIT', 4_000, 90_000, 500, 20_000],
];

export const PRODUCT_ADJECTIVES = [
  'Compact',
  'Heavy Duty',
  'Stainless',
  'Inline',
  'High Pressure',
  'Low Noise',
  'Explosion-Proof',
  'Modular',
  'Precision',
  'Standard',
];

export const CASE_SUBJECTS = [
  'Delivery incomplete',
  'Invoice does not match the order',
  'Pump leaks after commissioning',
  'Spare part needed urgently',
  'Question about the service contract',
  'Wrong item delivered',
  'Sensor reports implausible values',
  'Certificate of conformity missing',
  "Customer can't log in to the portal",
  'Return of surplus material',
];

export const LEAD_SOURCES = ['Web', 'Phone Inquiry', 'Partner Referral', 'Purchased List', 'Trade Show', 'Other'];

export const OPPORTUNITY_SUBJECTS = [
  'Line extension',
  'Retrofit',
  'Service contract',
  'Framework agreement',
  'Pilot installation',
  'Replacement of pumps',
  'Spare part package',
  'New plant',
];
