import { readFileSync } from 'node:fs';
import Sequencer from '@jest/test-sequencer';

/** Suites that take minutes. The first two install different systems, so that neither waits for the other. */
const LONGEST = JSON.parse(readFileSync(new URL('longest-suites.json', import.meta.url), 'utf8'));

/** The longest suites first, in their order, so that none of them is begun last; the others as jest would run them. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const placeOf = ({ path }) => {
      const place = LONGEST.findIndex((suite) => path.endsWith(`/${suite}`));
      return place < 0 ? LONGEST.length : place;
    };
    return super.sort(tests).toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}
