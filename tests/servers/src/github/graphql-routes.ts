import {
  execute,
  type GraphQLError,
  NoDeprecatedCustomRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { type Answer, type Exchange, jsonBody } from '../forge/exchange.ts';
import {
  createCommitOnBranch,
  dequeuePullRequest,
  disablePullRequestAutoMerge,
  enablePullRequestAutoMerge,
  enqueuePullRequest,
  type Repositories,
  updateRefs,
} from './graphql-mutations.ts';
import { problem } from './graphql-problem.ts';
import { repositoryFields } from './graphql-query.ts';
import { loadGraphqlSchema } from './graphql-schema.ts';

type Argument<T extends (repositories: Repositories, input: never) => unknown> = {
  readonly input: Parameters<T>[1];
};

/**
 * Answers a query or mutation, which must be valid by GitHub's own schema and use nothing that is to be removed; else the test fails.
 */
export async function answerGraphql(
  exchange: Exchange<undefined>,
  repositories: Repositories,
  server: { readonly updateRefs: boolean },
): Promise<Answer> {
  const { query, variables } = jsonBody(exchange);
  if (!server.updateRefs && String(query).includes('updateRefs')) return unknownField('updateRefs');
  const schema = loadGraphqlSchema();
  const document = parse(String(query));
  const invalid = validate(schema, document, [...specifiedRules, NoDeprecatedCustomRule]);
  if (invalid.length > 0) throw new Error(`GraphQL: ${invalid.map(String).join('; ')}`);
  const result = await execute({
    schema,
    document,
    variableValues: variables as Record<string, unknown>,
    rootValue: rootOf(repositories, exchange.account),
  });
  return {
    status: 200,
    json: {
      data: result.data ?? null,
      ...(result.errors === undefined ? {} : { errors: result.errors.map(errorJson) }),
    },
  };
}

/** What a server answers to a query that its schema does not know; nothing of it is carried out. */
function unknownField(name: string): Answer {
  const message = `Field '${name}' doesn't exist on type 'Mutation'`;
  const error = { path: ['mutation', name], extensions: { code: 'undefinedField' }, message };
  return { status: 200, json: { errors: [error] } };
}

function rootOf(repositories: Repositories, account: string): object {
  return {
    repository: ({ owner, name }: { owner: string; name: string }) => {
      const found = repositories.get(`${owner}/${name}`.toLowerCase());
      if (found !== undefined) return repositoryFields(found, account);
      throw problem(
        'NOT_FOUND',
        `Could not resolve to a Repository with the name '${owner}/${name}'.`,
      );
    },
    createCommitOnBranch: ({ input }: Argument<typeof createCommitOnBranch>) =>
      createCommitOnBranch(repositories, input),
    updateRefs: ({ input }: Argument<typeof updateRefs>) => updateRefs(repositories, input),
    enablePullRequestAutoMerge: ({ input }: Argument<typeof enablePullRequestAutoMerge>) =>
      enablePullRequestAutoMerge(repositories, input),
    disablePullRequestAutoMerge: ({ input }: Argument<typeof disablePullRequestAutoMerge>) =>
      disablePullRequestAutoMerge(repositories, input),
    enqueuePullRequest: ({ input }: Argument<typeof enqueuePullRequest>) =>
      enqueuePullRequest(repositories, input),
    dequeuePullRequest: ({ input }: Argument<typeof dequeuePullRequest>) =>
      dequeuePullRequest(repositories, input),
  };
}

function errorJson(error: GraphQLError): object {
  const type = error.extensions['type'];
  // What no problem was made for is a fault of the simulator.
  if (type === undefined) throw new Error(`GraphQL: ${error.message}`, { cause: error });
  return { type, path: error.path, message: error.message };
}
