import { compileModel, type Model } from '#model';

const SDL = `
"""An amount with its currency."""
type Money @value { "Amount." amount: Decimal! "ISO 4217." currency: String! }
"""How far it is."""
enum Stage { "First." OPEN "Then." WON "Or." LOST }
"""Buys."""
type Customer @entity {
  id: ID!
  "Number." number: String @key
  "Name." name: String
  "Manager." manager: String
  "Limit." creditLimit: Money
  "City." city: String @group(name: "address")
  "Street." street: String @group(name: "address")
  "Stage." stage: Stage
  "Since." since: DateTime
  "Blocked." isBlocked: Boolean
  "Card." cardToken: String @classified(as: PAYMENT)
  "Orders." orders: [SalesOrder!]! @inverse(field: "customer")
}
"""Bought."""
type SalesOrder @entity {
  id: ID!
  "Number." number: String @key
  "Note." note: String
  "Total." total: Decimal
  "Who." customer: Customer
  "Lines." lines: [SalesOrderLine!]! @inverse(field: "order")
}
"""Part of an order."""
type SalesOrderLine @entity @partOf(field: "order") {
  id: ID!
  "Order." order: SalesOrder
  "Which." lineNumber: Int
  "What." description: String
}
`;

/** A small model with one of everything, for tests of rooms that any model must suit. */
export function testModel(more = ''): Model {
  return compileModel([{ file: 'test.graphql', text: SDL }, ...(more ? [{ file: 'more.graphql', text: more }] : [])]);
}
