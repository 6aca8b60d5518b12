/** What the explorer opens with; each answers on the demo enterprise. */
import type { PreparedQuery } from '#server';

export const PREPARED_QUERIES: readonly PreparedQuery[] = [
  {
    title: 'One question, three systems',
    query: `# Customers in negotiation, by credit limit: limit and orders from the ERP, stage and account manager from the CRM,
# documents from the records system.
query Overview {
  customers(
    first: 5
    orderBy: [{ creditLimit: { amount: DESC } }, { name: ASC }]
    filter: { opportunities: { some: { stage: { eq: NEGOTIATION } } }, creditLimit: { amount: { gte: "50000" } } }
  ) {
    totalCount
    edges { node {
      id name accountManager creditLimit { amount currency }
      salesOrders(first: 3, orderBy: [{ orderedOn: DESC }]) { edges { node { number orderedOn total { amount currency } } } }
      opportunities(first: 3) { edges { node { name stage amount { amount currency } } } }
      documents(first: 3) { edges { node { name mimeType contentUrl } } }
      provenance { field connection stream sourceId observedAt }
    } }
    pageInfo { hasNextPage endCursor }
  }
}
`,
  },
  {
    title: 'As fresh as you ask',
    query: `# Values no older than the given number of seconds: what the store read longer ago is asked of the systems, batched.
# Membership and order of the list stay the store's; "extensions" tells as of when.
query Fresh($seconds: Int! = 0) @maxStaleness(seconds: $seconds) {
  customers(first: 3, orderBy: [{ name: ASC }]) {
    edges { node {
      name phone creditLimit { amount currency }
      provenance(fields: [name, creditLimit]) { field connection observedAt staleness }
    } }
  }
}
`,
    variables: '{ "seconds": 0 }',
  },
  {
    title: 'How the hub is',
    query: `# The systems, and how far each of their streams has been read.
query Status {
  hubConnections { name product streams { name entities phase records freshThrough errorMessage heldDeletions } }
  hubSetAsideRecords(first: 5) { connection stream sourceId code reason at }
}
`,
  },
];
