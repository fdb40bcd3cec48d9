import { GraphQLError } from 'graphql';

/** Makes an error as GitHub writes it into `errors`, with its type. */
export function problem(type: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type } });
}
