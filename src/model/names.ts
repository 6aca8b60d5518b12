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

/** `creditLimit` to `credit_limit`: every capital begins a word. */
export function snakeCase(name: string): string {
  const snake = name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
  return snake.startsWith('_') ? snake.slice(1) : snake;
}
