const FIELDS = `
  customers(first: 50, orderBy: [{ name: ASC }]) {
    edges { node {
      id name accountManager creditLimit { amount currency }
      salesOrders(first: 5, orderBy: [{ orderedOn: DESC }]) {
        edges { node { number orderedOn total { amount currency } } }
      }
      documents(first: 3, orderBy: [{ name: ASC }]) { edges { node { name mimeType sizeInBytes } } }
    } }
  }`;

/** 50 customers, 5 orders and 3 documents each, from the store. */
export const LIST_QUERY = `query List {${FIELDS}\n}`;

/** The same; membership and order are the store's, values are the systems'. */
export const LIVE_QUERY = `query Live @maxStaleness(seconds: 0) {${FIELDS}\n}`;
