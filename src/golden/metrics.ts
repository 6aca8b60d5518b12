import Counter from 'prom-client/lib/counter.js';

const maskedCards = new Counter({
  name: 'isthmus_masked_card_numbers_total',
  help: 'Payment card numbers that were found in what a stream delivered, and masked before it was stored.',
  labelNames: ['connection', 'stream'],
});

export function countMaskedCards(
  { connection, stream }: { readonly connection: string; readonly stream: string },
  cards: number,
): void {
  if (cards > 0) maskedCards.inc({ connection, stream }, cards);
}
