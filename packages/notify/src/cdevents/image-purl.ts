import { cleanText } from '../text.ts';

const MAX_IMAGE = 1_024;
// The grammar of image references (github.com/distribution/reference), with the registry taken apart.
const reference =
  /^(?<name>[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?::\d{1,5})?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-f]{32,128}))?$/i;

/**
 * Writes an image as a package URL of type `oci` (https://github.com/package-url/purl-spec): `pkg:oci/web@sha256%3A…?repository_url=…&tag=…`.
 *
 * The digest is the version; without one the package URL names the tag alone. An image without a registry is on Docker Hub, and one without tag and digest
 * has the tag `latest`. Text that is no image reference becomes a `pkg:generic` URL of the same text. Redacted, as all text from outside.
 */
export function imagePurl(image: string): string {
  const text = cleanText(image, MAX_IMAGE);
  const parts = reference.exec(text)?.groups;
  if (parts?.['name'] === undefined || !isRepository(parts['name'])) return genericPurl(text);
  const repository = withRegistry(parts['name']);
  const { tag, digest } = parts;
  const version = digest === undefined ? '' : `@${encodeURIComponent(digest.toLowerCase())}`;
  const named = tag ?? (digest === undefined ? 'latest' : undefined);
  const name = repository.slice(repository.lastIndexOf('/') + 1);
  // Qualifiers stand in the order of their keys.
  const qualifiers = [
    `repository_url=${repository.split('/').map(encodeURIComponent).join('/')}`,
    ...(named === undefined ? [] : [`tag=${encodeURIComponent(named)}`]),
  ];
  return `pkg:oci/${encodeURIComponent(name)}${version}?${qualifiers.join('&')}`;
}

/** Only a host, which is a first part before a slash, has a port or upper case. */
function isRepository(name: string): boolean {
  const slash = name.indexOf('/');
  const path = slash === -1 ? name : name.slice(slash + 1);
  return !/[:A-Z]/.test(path);
}

function withRegistry(name: string): string {
  // Docker Hub has two names, and images of one word are in its `library`.
  const [, onHub] = /^(?:index\.)?docker\.io\/(.+)$/i.exec(name) ?? [];
  const slash = name.indexOf('/');
  const host = name.slice(0, Math.max(slash, 0));
  if (onHub === undefined && (/[.:A-Z]/.test(host) || host === 'localhost'))
    return name.toLowerCase();
  const path = onHub ?? name;
  return `docker.io/${path.includes('/') ? path : `library/${path}`}`;
}

function genericPurl(text: string): string {
  const name = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `pkg:generic/${name === '' ? 'unknown' : name}`;
}
