/**
 * The canonical model: SDL files in, model values and types out; scalars and their codecs. Promises that two stores
 * order and compare alike. Refuses I/O beyond reading SDL text it is handed.
 */
export * from './canonical.ts';
export * from './canonical-files.ts';
export * from './card.ts';
export * from './codec.ts';
export * from './codec-error.ts';
export * from './compile.ts';
export * from './generate-types.ts';
export * from './generated/entities.ts';
export * from './mask-cards.ts';
export * from './model.ts';
export * from './model-error.ts';
export * from './names.ts';
export * from './parse-values.ts';
export * from './text.ts';
