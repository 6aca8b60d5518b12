/** A city: name, postal code, region code as an ERP writes it. */
export type City = readonly [name: string, postalCode: string, region: string];

export interface Country {
  readonly code: string;
  readonly name: string;
  readonly language: string;
  readonly currency: string;
  /** Of 100 companies. */
  readonly share: number;
  readonly dialling: string;
  readonly taxType: string;
  /** `#` stands for a digit. */
  readonly taxPattern: string | null;
  readonly legalForms: readonly string[];
  readonly streets: readonly string[];
  readonly isNumberFirst: boolean;
  readonly cities: readonly City[];
}

const GERMAN_STREETS = ['Hauptstraße', 'Industriestraße', 'Bahnhofstraße', 'Am Hafen', 'Gewerbepark', 'Lindenweg'];

export const COUNTRIES: readonly Country[] = [
  {
    code: 'DE',
    name: 'Germany',
    language: 'DE',
    currency: 'EUR',
    share: 42,
    dialling: '+49',
    taxType: 'DE0',
    taxPattern: 'DE#########',
    legalForms: ['GmbH', 'GmbH', 'AG', 'GmbH & Co. KG', 'OHG', 'e.K.'],
    streets: GERMAN_STREETS,
    isNumberFirst: false,
    cities: [
      ['Hamburg', '20457', 'HH'],
      ['München', '80331', 'BY'],
      ['Köln', '50667', 'NW'],
      ['Düsseldorf', '40213', 'NW'],
      ['Stuttgart', '70173', 'BW'],
      ['Leipzig', '04109', 'SN'],
      ['Nürnberg', '90402', 'BY'],
      ['Lübeck', '23552', 'SH'],
      ['Walldorf', '69190', 'BW'],
      ['Frankfurt am Main', '60311', 'HE'],
    ],
  },
  {
    code: 'AT',
    name: 'Austria',
    language: 'DE',
    currency: 'EUR',
    share: 6,
    dialling: '+43',
    taxType: 'AT0',
    taxPattern: 'ATU########',
    legalForms: ['GmbH', 'AG', 'KG'],
    streets: GERMAN_STREETS,
    isNumberFirst: false,
    cities: [
      ['Wien', '1010', 'W'],
      ['Graz', '8010', 'ST'],
      ['Linz', '4020', 'OOE'],
    ],
  },
  {
    code: 'CH',
    name: 'Switzerland',
    language: 'DE',
    currency: 'CHF',
    share: 6,
    dialling: '+41',
    taxType: 'CH0',
    taxPattern: 'CHE#########',
    legalForms: ['AG', 'GmbH', 'Sàrl'],
    streets: ['Bahnhofstrasse', 'Seestrasse', 'Rue du Lac'],
    isNumberFirst: false,
    cities: [
      ['Zürich', '8001', 'ZH'],
      ['Genève', '1201', 'GE'],
      ['Basel', '4051', 'BS'],
    ],
  },
  {
    code: 'FR',
    name: 'France',
    language: 'FR',
    currency: 'EUR',
    share: 9,
    dialling: '+33',
    taxType: 'FR0',
    taxPattern: 'FR###########',
    legalForms: ['SARL', 'SAS', 'SA'],
    streets: ['rue de la République', 'avenue Victor Hugo', 'boulevard Saint-Michel', "rue de l'Église"],
    isNumberFirst: true,
    cities: [
      ['Lyon', '69002', '69'],
      ['Besançon', '25000', '25'],
      ['Saint-Étienne', '42000', '42'],
      ['Nantes', '44000', '44'],
    ],
  },
  {
    code: 'NL',
    name: 'Netherlands',
    language: 'NL',
    currency: 'EUR',
    share: 5,
    dialling: '+31',
    taxType: 'NL0',
    taxPattern: 'NL#########B01',
    legalForms: ['B.V.', 'N.V.', 'V.O.F.'],
    streets: ['Keizersgracht', 'Havenweg', 'Stationsplein'],
    isNumberFirst: false,
    cities: [
      ['Rotterdam', '3011 AA', '09'],
      ["'s-Hertogenbosch", '5211 GG', '06'],
      ['Utrecht', '3511 LX', '08'],
    ],
  },
  {
    code: 'ES',
    name: 'Spain',
    language: 'ES',
    currency: 'EUR',
    share: 4,
    dialling: '+34',
    taxType: 'ES0',
    taxPattern: 'ESB########',
    legalForms: ['S.L.', 'S.A.'],
    streets: ['Calle Mayor', 'Avenida de la Constitución', 'Paseo del Prado'],
    isNumberFirst: false,
    cities: [
      ['A Coruña', '15001', '15'],
      ['Logroño', '26001', '26'],
      ['Málaga', '29001', '29'],
    ],
  },
  {
    code: 'PL',
    name: 'Poland',
    language: 'PL',
    currency: 'EUR',
    share: 4,
    dialling: '+48',
    taxType: 'PL0',
    taxPattern: 'PL##########',
    legalForms: ['Sp. z o.o.', 'S.A.'],
    streets: ['ul. Długa', 'ul. Świętojańska', 'al. Jerozolimskie'],
    isNumberFirst: false,
    cities: [
      ['Łódź', '90-001', 'LDZ'],
      ['Gdańsk', '80-001', 'PMR'],
      ['Wrocław', '50-001', 'DSL'],
    ],
  },
  {
    code: 'GB',
    name: 'United Kingdom',
    language: 'EN',
    currency: 'GBP',
    share: 8,
    dialling: '+44',
    taxType: 'GB0',
    taxPattern: 'GB#########',
    legalForms: ['Limited', 'Limited', 'PLC', 'LLP'],
    streets: ['High Street', 'Station Road', "King's Road", 'Dock Lane'],
    isNumberFirst: true,
    cities: [
      ['London', 'EC1A 1BB', 'LND'],
      ['Stratford-upon-Avon', 'CV37 6BB', 'WAR'],
      ['Leeds', 'LS1 4AP', 'WYK'],
    ],
  },
  {
    code: 'US',
    name: 'United States',
    language: 'EN',
    currency: 'USD',
    share: 12,
    dialling: '+1',
    taxType: 'US01',
    taxPattern: '##-#######',
    legalForms: ['Incorporated', 'LLC', 'Corporation'],
    streets: ['Main Street', 'Market Street', 'Industrial Parkway', 'Elm Avenue'],
    isNumberFirst: true,
    cities: [
      ['Chicago', '60601', 'IL'],
      ["Coeur d'Alene", '83814', 'ID'],
      ['Austin', '78701', 'TX'],
      ['Portland', '97201', 'OR'],
    ],
  },
  {
    code: 'JP',
    name: 'Japan',
    language: 'JA',
    currency: 'JPY',
    share: 4,
    dialling: '+81',
    taxType: 'JP2',
    taxPattern: 'T#############',
    legalForms: ['株式会社', 'K.K.'],
    streets: ['Chuo-dori', 'Meiji-dori', '桜通り'],
    isNumberFirst: true,
    cities: [
      ['Tokyo', '100-0001', '13'],
      ['大阪市', '530-0001', '27'],
    ],
  },
];

/** 100 entries: drawing one evenly draws countries by their share. */
export const COUNTRY_BY_SHARE: readonly Country[] = COUNTRIES.flatMap((country) =>
  Array.from({ length: country.share }, () => country),
);
