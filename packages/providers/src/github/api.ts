import type { ForgeConnection } from '../forge-options.ts';
import type { JsonApi } from '../http/json-api.ts';
import { isWebAddress } from '../names.ts';
import type { RepositoryMemory } from './repository-memory.ts';

/** What every part of one repository needs to talk to GitHub. */
export interface RepositoryApi extends JsonApi, ForgeConnection {
  readonly fullName: string;
  readonly owner: string;
  readonly name: string;
  /** The web address of the repository. */
  readonly webUrl: string;
  /** The address of the GraphQL API. */
  readonly graphqlUrl: string;
  readonly memory: RepositoryMemory;
}

/** Hands on the link of an answer when it is an http address; else the one that is built here. */
export function webLink(href: string | null | undefined, otherwise: string): string {
  return typeof href === 'string' && isWebAddress(href) ? href : otherwise;
}
