/** GraphiQL from local files, with queries that answer on the demo enterprise. No content delivery network. */
export interface PreparedQuery {
  readonly title: string;
  readonly query: string;
  readonly variables?: string;
}

let page: string | undefined;

/** The whole page as one HTML text; made once, on the first visit, since the bundle is large. */
export async function explorerPage(queries: readonly PreparedQuery[]): Promise<string> {
  if (page === undefined) {
    const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
    page = renderGraphiQL({
      title: 'Isthmus',
      defaultTabs: queries.map(({ query, variables }) => ({ query, variables: variables ?? null })),
      shouldPersistHeaders: false,
      credentials: 'same-origin',
      subscriptionsProtocol: 'WS',
    });
  }
  return page;
}
