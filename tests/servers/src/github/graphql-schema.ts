import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { buildASTSchema, type GraphQLSchema, parse } from 'graphql';

let loaded: GraphQLSchema | undefined;

/**
 * Loads GitHub's own GraphQL schema, as Octokit publishes it, once per process.
 *
 * Read as a file: the module beside it would parse the same schema twice more, as JSON of five megabytes.
 */
export function loadGraphqlSchema(): GraphQLSchema {
  if (loaded !== undefined) return loaded;
  const manifest = findPackageJSON('@octokit/graphql-schema', import.meta.url);
  if (manifest === undefined) throw new Error('@octokit/graphql-schema is not installed');
  const source = readFileSync(manifest.replace(/package\.json$/, 'schema.graphql'), 'utf8');
  loaded = buildASTSchema(parse(source, { noLocation: true }), {
    assumeValid: true,
    assumeValidSDL: true,
  });
  return loaded;
}
