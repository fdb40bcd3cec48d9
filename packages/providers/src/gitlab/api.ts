import type { ForgeConnection } from '../forge-options.ts';
import type { HttpClient } from '../http/client.ts';
import type { JsonApi } from '../http/json-api.ts';

/** What every part of one project needs to talk to GitLab. */
export interface RepositoryApi extends JsonApi, ForgeConnection {
  readonly fullName: string;
  /** The web address of the project, which is also that of Git over HTTP without `.git`. */
  readonly webUrl: string;
  /** Sends requests of Git over HTTP, below the web address of the instance. */
  readonly git: HttpClient;
  /** What the names of temporary branches begin with. */
  readonly temporaryBranches: string;
}

/** Hands on an address of an answer when it is an http address; else the one that is built here. */
export function webLink(address: string | null | undefined, otherwise: string): string {
  return typeof address === 'string' && /^https?:\/\//i.test(address) && URL.canParse(address)
    ? address
    : otherwise;
}
