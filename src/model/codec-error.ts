/** A value that is not of its type. The message says what would be right and never repeats the value, which may be personal. */
export class CodecError extends Error {
  /** The field concerned, such as `creditLimit.amount`; empty when the value stands alone. */
  readonly path: string;

  constructor(message: string, path = '') {
    super(path === '' ? message : `${path}: ${message}`);
    this.name = 'CodecError';
    this.path = path;
  }
}
