import { ManifestError } from './errors.ts';

/** The parts of an image reference, as the OCI distribution specification names them. */
export interface ImageReference {
  /** Host, with the port if there is one: `registry.example.com:5000`. Absent when the text names none. */
  readonly registry?: string;
  /** Path below the registry, such as `shop/web`. */
  readonly repository: string;
  readonly tag?: string;
  /** Algorithm and value, such as `sha256:…`. */
  readonly digest?: string;
}

/** The part of an image that changes when the repository is kept. */
export interface ImageVersion {
  readonly repository?: undefined;
  readonly tag?: string;
  readonly digest?: string;
}

const MAX_NAME = 255;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const componentPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const hostPattern =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?$/;
const digestPattern = /^([a-z0-9]+(?:[+._-][a-z0-9]+)*):([A-Za-z0-9=_-]+)$/;
const digestLengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/**
 * Parses an image reference: `[registry[:port]/]repository[:tag][@digest]`.
 *
 * The first component is a registry when it has a dot or a colon, is `localhost`, or has an upper-case letter; this is
 * how container runtimes decide. Nothing is filled in: `nginx` has neither a registry nor a tag. Grammar: OCI distribution
 * specification 1.1 ("pulling manifests") and OCI image specification (digests), with the reference grammar of
 * `github.com/distribution/reference` for registries.
 *
 * @throws {@link ManifestError} `MANIFEST_IMAGE_INVALID` with the reason.
 *
 * @example
 * ```ts
 * import { parseImageReference } from '@bowline/gitops-manifests';
 *
 * const image = parseImageReference('registry.example.com:5000/shop/web:2.1.0');
 * console.log(image.registry, image.repository, image.tag);
 * //=> registry.example.com:5000 shop/web 2.1.0
 * ```
 */
export function parseImageReference(text: string): ImageReference {
  const parsed = readImageReference(text);
  if (typeof parsed === 'string') throw invalidImage(text, parsed);
  return parsed;
}

/** Writes a reference as text; the inverse of {@link parseImageReference}. */
export function formatImageReference(reference: ImageReference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${imageName(reference)}${tag}${digest}`;
}

/** Registry and repository as text, without tag and digest. */
export function imageName(reference: ImageReference): string {
  return reference.registry === undefined
    ? reference.repository
    : `${reference.registry}/${reference.repository}`;
}

/**
 * The name by which two spellings of one repository are equal: Docker Hub may be left out or written, and its official
 * images live in `library/`.
 */
export function canonicalName(reference: ImageReference): string {
  const { registry, repository } = reference;
  const hub = registry === undefined || registry === 'docker.io' || registry === 'index.docker.io';
  if (!hub) return `${registry.toLowerCase()}/${repository}`;
  return `docker.io/${repository.includes('/') ? repository : `library/${repository}`}`;
}

/** Parses a reference; answers with the reason as text when it is none. */
export function readImageReference(text: string): ImageReference | string {
  if (text === '') return 'it is empty';
  const space = /\s/.exec(text);
  if (space !== null) return 'it has a blank in it';
  if (/^[a-z][a-z0-9+.-]*:\/\//.test(text)) return 'it is an address with a scheme';
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  let name = at < 0 ? text : text.slice(0, at);
  const colon = name.lastIndexOf(':');
  let tag: string | undefined;
  if (colon > name.lastIndexOf('/')) {
    tag = name.slice(colon + 1);
    name = name.slice(0, colon);
  }
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isHost = /[.:A-Z]/.test(first) || first === 'localhost';
  const registry = isHost ? first : undefined;
  const repository = isHost ? name.slice(slash + 1) : name;
  const reason =
    (registry === undefined ? undefined : registryProblem(registry)) ??
    repositoryProblem(repository) ??
    (name.length > MAX_NAME ? `its name is longer than ${MAX_NAME} characters` : undefined) ??
    (tag === undefined ? undefined : tagProblem(tag)) ??
    (digest === undefined ? undefined : digestProblem(digest));
  if (reason !== undefined) return reason;
  return {
    ...(registry === undefined ? {} : { registry }),
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/**
 * Reads what a user wants an image to be: a reference, or a version that keeps the repository: `2.1.0`, `:2.1.0`,
 * `@sha256:…`, `2.1.0@sha256:…`. This is what {@link setImage} takes; `repository` is absent in a version.
 *
 * @throws {@link ManifestError} `MANIFEST_IMAGE_INVALID` with the reason.
 */
export function parseWantedImage(text: string): ImageReference | ImageVersion {
  if (!isImageVersion(text)) return parseImageReference(text);
  const at = text.indexOf('@');
  const word = (at < 0 ? text : text.slice(0, at)).replace(/^:/, '');
  const tag = word === '' && at === 0 ? undefined : word;
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const reason =
    (tag === undefined ? undefined : tagProblem(tag)) ??
    (digest === undefined ? undefined : digestProblem(digest));
  if (reason !== undefined) throw invalidImage(text, reason);
  return { ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/**
 * Says whether a text names only a version, which {@link setImage} puts behind the repository that is there.
 *
 * `:tag`, `@digest` and `:tag@digest` always do. A single word, with or without a digest, can be both: it is a version when it looks like one (`2.1.0`,
 * `v3`, `release-5.1`, `sha-1a2b3c4`, a commit), is a usual moving tag (`latest`, `stable`, `main`, `prod` …), or cannot
 * be a repository (`RC1`). Any other word is a repository: `nginx`.
 */
export function isImageVersion(text: string): boolean {
  if (/^[:@]/.test(text)) return true;
  const [word = ''] = text.split('@', 1);
  if (word === '' || /[\s:/]/.test(word)) return false;
  return (
    !componentPattern.test(word) ||
    /^v?[0-9]/.test(word) ||
    /[0-9]\.[0-9]/.test(word) ||
    (/^[0-9a-f]{7,64}$/.test(word) && /[0-9]/.test(word)) ||
    /^(?:sha|git|build|release|rel|rc|pr|main|master|dev|develop|stable|nightly|staging|prod)[._-][a-z0-9._-]*[0-9]/.test(
      word,
    ) ||
    /^(?:latest|stable|edge|nightly|canary|main|master|dev|develop|staging|prod|production|lts)$/.test(
      word,
    )
  );
}

export function invalidImage(text: string, reason: string): ManifestError {
  const shown = text.length > 300 ? `${text.slice(0, 300)}…` : text;
  return new ManifestError(
    'MANIFEST_IMAGE_INVALID',
    `"${shown}" is not an image reference: ${reason}.`,
    { details: { image: shown, reason } },
  );
}

/** Says why a text is not a tag. */
export function tagProblem(tag: string): string | undefined {
  if (tag === '') return 'the tag after ":" is empty';
  if (tag.length > 128) return 'the tag is longer than 128 characters';
  if (tagPattern.test(tag)) return undefined;
  return /^[.-]/.test(tag)
    ? `the tag "${tag}" begins with "${tag[0]}"`
    : `the tag "${tag}" may only have letters, digits, "_", "." and "-"`;
}

/** Says why a text is not a digest. */
export function digestProblem(digest: string): string | undefined {
  const match = digestPattern.exec(digest);
  if (match === null) return `the digest "${digest}" does not look like "sha256:…"`;
  const [, algorithm = '', value = ''] = match;
  const length = digestLengths[algorithm];
  if (length === undefined) return undefined;
  if (/^[0-9a-f]+$/.test(value) && value.length === length) return undefined;
  return `the ${algorithm} digest must be ${length} lower-case hexadecimal digits`;
}

function registryProblem(registry: string): string | undefined {
  return hostPattern.test(registry) ? undefined : `the registry "${registry}" is not a host name`;
}

function repositoryProblem(repository: string): string | undefined {
  if (repository === '') return 'the repository is empty';
  for (const part of repository.split('/')) {
    if (part === '') return 'the repository has an empty part between two "/"';
    if (componentPattern.test(part)) continue;
    if (/[A-Z]/.test(part)) return `the repository "${repository}" has an upper-case letter`;
    return `"${part}" in the repository may only have lower-case letters and digits, joined by ".", "_", "__" or "-"`;
  }
  return undefined;
}
