import type { KeyObject } from 'node:crypto';
import { Secret } from '@bowline/gitops-errors';
import * as v from 'valibot';
import { ProviderError } from '../errors.ts';
import type { ForgeConnection } from '../forge-options.ts';
import type { HttpRequest, HttpResponse } from '../http/http-message.ts';
import { parseAnswer } from '../http/json-api.ts';
import { Lane } from '../http/lane.ts';
import { appJwt, appKey } from './app-jwt.ts';
import type { Credential } from './connection.ts';
import { explainResponse, refused } from './errors.ts';
import type { GithubAppAuth } from './options.ts';

const RENEW_BEFORE_MS = 5 * 60_000;
const REFUSED_TOGETHER_MS = 10_000;
// The permissions of an installation may grow, which a token learns of that is made after that. One lives an hour.
const INSTALLATION_KNOWN_MS = 50 * 60_000;

/** What the calls of this package need at most; a token gets what the installation has of it. */
const wanted: Readonly<Record<string, 'read' | 'write'>> = {
  actions: 'write',
  actions_variables: 'write',
  checks: 'read',
  contents: 'write',
  environments: 'write',
  issues: 'write',
  merge_queues: 'write',
  metadata: 'read',
  pull_requests: 'write',
  repository_hooks: 'write',
  secrets: 'write',
  statuses: 'write',
  workflows: 'write',
};

const installationSchema = v.looseObject({
  id: v.pipe(v.number(), v.integer()),
  permissions: v.optional(v.record(v.string(), v.string()), {}),
});
type Installation = v.InferOutput<typeof installationSchema>;

const tokenSchema = v.looseObject({
  token: v.pipe(v.string(), v.regex(/^[\x21-\x7e]+$/)),
  expires_at: v.pipe(v.string(), v.isoTimestamp()),
});

interface Token {
  readonly value: Secret;
  /** Milliseconds since 1970, by the clock of GitHub. */
  readonly expiresAt: number;
  readonly madeAt: number;
}

interface KnownInstallation {
  readonly found: Promise<Installation>;
  readonly since: number;
}

/** The repository that a token is for. */
interface Reached {
  readonly owner: string;
  readonly name: string;
}

/** The credential of one repository, whose token Git takes too. */
export interface AppCredential extends Credential {
  /** Returns a token that holds for five minutes or more. */
  token(): Promise<Secret>;
}

/**
 * The tokens of a GitHub App.
 *
 * Each repository gets its own, which reaches that repository alone and carries no permission that this package does not use. That is
 * one request an hour for each repository, and one for each owner to find the installation and its permissions.
 */
export class AppTokens {
  readonly #auth: GithubAppAuth;
  readonly #key: KeyObject;
  readonly #connect: (credential: Credential) => ForgeConnection;
  readonly #installations = new Map<string, KnownInstallation>();
  /** An installation is an account of its own, so that its repositories share one lane. */
  readonly #lanes = new Map<string, Lane>();
  #connection: ForgeConnection | undefined;
  /** How far the clock of GitHub is ahead of this one, in milliseconds. */
  #skew = 0;

  constructor(auth: GithubAppAuth, connect: (credential: Credential) => ForgeConnection) {
    this.#auth = auth;
    this.#key = appKey(auth);
    this.#connect = connect;
  }

  /** Makes the credential of one repository. Its token is made when it is first needed, and once however many wait for it. */
  credentialOf(repository: Reached): AppCredential {
    let token: Token | undefined;
    let coming: Promise<Token> | undefined;
    const create = async (): Promise<Token> => {
      try {
        token = await this.#createToken(repository);
        return token;
      } finally {
        coming = undefined;
      }
    };
    const current = (): Token | Promise<Token> => {
      if (token !== undefined && token.expiresAt - this.#now() >= RENEW_BEFORE_MS) return token;
      // Waited for by all who need it, so the signal of one of them does not stop it.
      coming ??= create();
      return coming;
    };
    return {
      lane: this.#laneOf(repository),
      authorize: async () => ({ authorization: `Bearer ${(await current()).value.reveal()}` }),
      token: async () => (await current()).value,
      renew: () => {
        // Without a token it was the App itself that was refused, and will be again.
        if (token === undefined) return coming !== undefined;
        // Of many requests that were refused together, those that hear of it later do not give up the new one.
        if (this.#now() - token.madeAt >= REFUSED_TOGETHER_MS) token = undefined;
        return true;
      },
    };
  }

  #laneOf({ owner }: Reached): Lane {
    const key = owner.toLowerCase();
    const lane = this.#lanes.get(key) ?? new Lane();
    this.#lanes.set(key, lane);
    return lane;
  }

  get #http(): ForgeConnection {
    this.#connection ??= this.#connect({
      lane: new Lane(),
      authorize: () => {
        const jwt = appJwt(this.#auth.appId, this.#key, this.#now());
        return { authorization: `Bearer ${jwt}` };
      },
    });
    return this.#connection;
  }

  /** The time by the clock of GitHub. */
  #now(): number {
    return this.#http.clock.now() + this.#skew;
  }

  async #createToken(repository: Reached): Promise<Token> {
    const { owner, name } = repository;
    const former = this.#known(owner);
    let response = await this.#askForToken(repository);
    if (response.status !== 201 && former !== undefined) {
      if (await this.#hasChanged(repository, former))
        response = await this.#askForToken(repository);
    }
    if (response.status !== 201) {
      throw refused(
        'PROVIDER_NOT_FOUND',
        `GitHub App "${this.#auth.appId}" gets no token for "${owner}/${name}"`,
        response,
      );
    }
    const request = { doing: doingFor(repository) };
    const answer = parseAnswer({ forge: 'GitHub' }, tokenSchema, { response, request });
    const expiresAt = Date.parse(answer.expires_at);
    return { value: new Secret(answer.token), expiresAt, madeAt: this.#now() };
  }

  async #askForToken(repository: Reached): Promise<HttpResponse> {
    const installation = await this.#installation(repository);
    const permissions = Object.fromEntries(
      Object.entries(wanted).flatMap(([permission, most]) => {
        const granted = installation.permissions[permission];
        if (granted === undefined) return [];
        return [[permission, most === 'read' || granted === 'read' ? 'read' : 'write']];
      }),
    );
    const body = { repositories: [repository.name], permissions };
    return this.#send({
      method: 'POST',
      path: `/app/installations/${installation.id}/access_tokens`,
      body: { type: 'application/json', bytes: Buffer.from(JSON.stringify(body)) },
      expect: [201, 404, 422],
      doing: doingFor(repository),
      // A token that nobody has got ends by itself.
      idempotent: true,
    });
  }

  #installation(repository: Reached): Promise<Installation> {
    const { owner } = repository;
    const known = this.#known(owner);
    if (known !== undefined) return known.found;
    const key = owner.toLowerCase();
    const found = this.#findInstallation(repository).catch((error: unknown) => {
      this.#installations.delete(key);
      throw error;
    });
    this.#installations.set(key, { found, since: this.#now() });
    return found;
  }

  /** Tells whether the App was installed anew, or has other permissions, since its installation was looked up. */
  async #hasChanged(repository: Reached, former: KnownInstallation): Promise<boolean> {
    try {
      const now = await this.#findInstallation(repository);
      if (JSON.stringify(now) === JSON.stringify(await former.found)) return false;
      const known = { found: Promise.resolve(now), since: this.#now() };
      this.#installations.set(repository.owner.toLowerCase(), known);
      return true;
    } catch (error) {
      // It is there without this repository, or not at all: what was said before says more.
      if (error instanceof ProviderError && error.code === 'PROVIDER_NOT_FOUND') return false;
      throw error;
    }
  }

  #known(owner: string): KnownInstallation | undefined {
    const known = this.#installations.get(owner.toLowerCase());
    const current = known !== undefined && this.#now() - known.since < INSTALLATION_KNOWN_MS;
    return current ? known : undefined;
  }

  async #findInstallation(repository: Reached): Promise<Installation> {
    const { owner, name } = repository;
    const { installationId } = this.#auth;
    const doing = `find the installation of the GitHub App for "${owner}/${name}"`;
    const path =
      installationId === undefined
        ? `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}/installation`
        : `/app/installations/${installationId}`;
    const response = await this.#send({ method: 'GET', path, expect: [200], doing });
    return parseAnswer({ forge: 'GitHub' }, installationSchema, { response, request: { doing } });
  }

  /** Sends as the App. Where the clocks differ the claim is refused; the answer tells the time, and it is made once more by that. */
  async #send(request: HttpRequest): Promise<HttpResponse> {
    const expect = [...request.expect, 401];
    const response = await this.#http.http.send({ ...request, expect });
    if (response.status !== 401) return response;
    const date = Date.parse(response.headers.get('date') ?? '');
    const skew = date - this.#http.clock.now();
    if (Number.isNaN(skew) || Math.abs(skew - this.#skew) < 10_000) {
      const { code, message, details } = explainResponse(response, request);
      throw new ProviderError(code, message, {
        hint: 'Check the id and the private key of the GitHub App; a key that was deleted there is refused like a wrong one.',
        ...(details === undefined ? {} : { details }),
      });
    }
    this.#skew = skew;
    return this.#http.http.send(request);
  }
}

function doingFor({ owner, name }: Reached): string {
  return `get a token for "${owner}/${name}"`;
}
