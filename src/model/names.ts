/** How names of the model become names elsewhere: root fields, columns, tables. One place, so that all rooms agree. */

/** `StockLevel` to `stockLevel`. */
export function singularName(typeName: string): string {
  return typeName.charAt(0).toLowerCase() + typeName.slice(1);
}

/** `StockLevel` to `stockLevels`, by the plain rules of English spelling. */
export function pluralName(typeName: string): string {
  const singular = singularName(typeName);
  if (/[^aeiou]y$/.test(singular)) return `${singular.slice(0, -1)}ies`;
  return /(s|x|z|ch|sh)$/.test(singular) ? `${singular}es` : `${singular}s`;
}

/** `creditLimit` to `credit_limit`, `VATNumber` to `vat_number`: as columns and tables are named. */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}
