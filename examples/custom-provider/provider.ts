// The provider: the forge behind the interface of Bowline.
import type {
  Branch,
  CommitStatus,
  Provider,
  ProviderRepository,
  Tag,
} from '@bowline/gitops-providers';
import { checkPath, checkRef, checkRepository, checkWebAddress, refuse } from './checks.ts';
import { commits } from './commits.ts';
import type { Forge } from './forge.ts';
import { each, on, type Place, resolve } from './place.ts';
import { pullRequests } from './pull-requests.ts';

const origin = 'https://forge.example';

/** Makes a provider from options; sends nothing. */
export function memoryProvider(options: { readonly forge: Forge }): Provider {
  return {
    // The kinds are those that Bowline ships; `local` is the one that calls nobody.
    kind: 'local',
    host: new URL(origin).host,
    mergeStrategies: ['merge', 'squash', 'fast-forward'],
    repository: (fullName) => repository({ ...options, ...placeOf(fullName) }),
    parsePullRequestUrl: (url) => {
      const [, name, id] =
        /^https:\/\/forge\.example\/([^/]+\/[^/]+)\/pulls\/([1-9]\d*)$/.exec(url) ?? [];
      return name === undefined ? undefined : { repository: name, id: Number(id) };
    },
  };
}

function placeOf(fullName: string): Omit<Place, 'forge'> {
  return { fullName: checkRepository(fullName), webUrl: `${origin}/${fullName}` };
}

function repository(place: Place): ProviderRepository {
  const { forge, fullName, webUrl } = place;
  return {
    fullName,
    get: async (options) => {
      if (!forge.repositories.has(fullName)) return undefined;
      return on(place, options, ({ branches }) => ({
        fullName,
        defaultBranch: branches.has('main') ? 'main' : undefined,
        private: false,
        webUrl,
        cloneUrl: `${webUrl}.git`,
      }));
    },
    branches: branches(place),
    files: files(place),
    commits: commits(place),
    pullRequests: pullRequests(place),
    statuses: statuses(place),
    tags: tags(place),
    // `webhooks` and `ci` are left out: this forge calls nobody and runs nothing.
  };
}

function branches(place: Place): ProviderRepository['branches'] {
  const toBranch = (name: string, sha: string): Branch => ({
    name,
    sha,
    webUrl: `${place.webUrl}/branches/${encodeURIComponent(name)}`,
  });
  return {
    get: (name, options) =>
      on(place, options, ({ branches: all }) => {
        const sha = all.get(checkRef(name));
        return sha === undefined ? undefined : toBranch(name, sha);
      }),
    list: (options) =>
      each(place, options, ({ branches: all }) =>
        [...all]
          .filter(([name]) => name.includes(options?.nameContains ?? ''))
          .map(([name, sha]) => toBranch(name, sha)),
      ),
    create: (name, sha, options) =>
      on(place, options, ({ branches: all, commits: known }) => {
        if (all.has(checkRef(name))) {
          throw refuse('PROVIDER_ALREADY_EXISTS', `There is a branch "${name}".`);
        }
        if (!known.has(sha)) throw refuse('PROVIDER_NOT_FOUND', `There is no commit "${sha}".`);
        all.set(name, sha);
        return toBranch(name, sha);
      }),
    delete: (name, options) =>
      on(place, options, ({ branches: all }) => {
        const sha = all.get(checkRef(name));
        if (sha !== undefined && (options?.expectedHead ?? sha) !== sha) {
          throw refuse('PROVIDER_CONFLICT', `Branch "${name}" is at "${sha}".`);
        }
        return all.delete(name);
      }),
  };
}

function files(place: Place): ProviderRepository['files'] {
  return {
    read: (path, ref, options) =>
      on(place, options, (found) => {
        const sha = resolve(found, ref);
        const file = found.tree(sha).get(checkPath(path));
        if (file === undefined) return undefined;
        if (file.content.byteLength > (options?.maxBytes ?? Number.POSITIVE_INFINITY)) {
          throw refuse('PROVIDER_LIMIT_EXCEEDED', `"${path}" is larger than ${options?.maxBytes}.`);
        }
        // With the commit and the mode a reader can commit on top without asking again. The head of a tag is none to commit on.
        return { path, ...file, ...(found.tags.has(ref) ? {} : { commit: sha }) };
      }),
  };
}

function statuses(place: Place): ProviderRepository['statuses'] {
  return {
    set: (sha, status, options) =>
      on(place, options, (found) => {
        if (status.url !== undefined) checkWebAddress(status.url);
        if (!found.commits.has(sha)) {
          throw refuse('PROVIDER_NOT_FOUND', `There is no commit "${sha}".`);
        }
        // One status per commit and context: setting it again replaces it.
        const of = found.statuses.get(sha) ?? new Map<string, object>();
        found.statuses.set(sha, of.set(status.context, { ...status }));
      }),
    list: (sha, options) =>
      each(place, options, (found) => [
        ...((found.statuses.get(sha)?.values() ?? []) as Iterable<CommitStatus>),
      ]),
  };
}

function tags(place: Place): ProviderRepository['tags'] {
  return {
    get: (name, options) =>
      on(place, options, ({ tags: all }): Tag | undefined => {
        const sha = all.get(checkRef(name));
        return sha === undefined ? undefined : { name, sha };
      }),
    list: (options) =>
      each(place, options, ({ tags: all }) => [...all].map(([name, sha]) => ({ name, sha }))),
    create: (name, sha, options) =>
      on(place, options, ({ tags: all, commits: known }) => {
        if (all.has(checkRef(name))) {
          throw refuse('PROVIDER_ALREADY_EXISTS', `There is a tag "${name}".`);
        }
        if (!known.has(sha)) throw refuse('PROVIDER_NOT_FOUND', `There is no commit "${sha}".`);
        all.set(name, sha);
        return { name, sha };
      }),
  };
}
