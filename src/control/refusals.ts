import { GraphQLError } from 'graphql';
import type { MiddlewareFn } from 'type-graphql';
import { hasCode } from '#sdk';

/** What an operator asked for and cannot have is told in the words that were written for it. */
export const tellRefusals: MiddlewareFn = async (_action, next) => {
  try {
    return await next();
  } catch (error) {
    if (hasCode(error, 'CONFIG'))
      throw new GraphQLError(error.message, { extensions: { code: 'BAD_USER_INPUT', field: error.details.field } });
    if (hasCode(error, 'GONE'))
      throw new GraphQLError(error.message, { extensions: { code: 'GONE', oldest: error.details.oldest } });
    throw error;
  }
};
