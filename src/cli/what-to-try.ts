/** What a newcomer sees when the demo is ready. */
export function whatToTry(url: string): string {
  return `
Isthmus is ready: one graph over an ERP, a CRM and a records system.

  Explore   ${url}/graphql   (three prepared queries; open it in a browser)
  Ask       curl -s ${url}/graphql -H 'content-type: application/json' \\
              -d '{"query":"{ customers(first: 3, orderBy: [{ creditLimit: { amount: DESC } }]) { edges { node { name accountManager creditLimit { amount currency } provenance { field connection } } } } }"}'
  Status    curl -s ${url}/graphql -H 'content-type: application/json' \\
              -d '{"query":"{ hubConnections { name product streams { name phase records freshThrough } } }"}'

Ctrl-C ends it and everything it started. "npm start -- --fresh" begins again with an empty store.`;
}
