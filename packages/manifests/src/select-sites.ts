import { ManifestError } from './errors.ts';
import { canonicalName } from './image-reference.ts';
import {
  type ImageSite,
  isTemplateText,
  mainField,
  siteImage,
  siteReference,
} from './image-site.ts';
import { formatPath } from './node-path.ts';
import { isEntryName, type WantedImage } from './plan-edit.ts';
import { fileName, type ManifestText } from './read-text.ts';
import { markerText } from './setter-marker.ts';
import type { DocumentSpan } from './split-documents.ts';
import type { ImageLocation, ImageSelector } from './types.ts';

/** Finds the images that are meant. */
export function selectSites(
  source: ManifestText,
  wanted: WantedImage,
  selector: ImageSelector,
): readonly ImageSite[] {
  const chosen = chooseSites(source, wanted, selector);
  const policies = new Set(chosen.map((site) => site.policy).filter((each) => each !== undefined));
  if (policies.size === 0) return chosen;
  // What carries markers of one policy is one image: Flux sets all of it at once.
  const known = new Set(chosen);
  const others = sitesOf(source, spansHolding(source, markerText), selector).filter(
    (site) =>
      site.policy !== undefined &&
      policies.has(site.policy) &&
      !known.has(site) &&
      takes(site, wanted) &&
      (selector.container === undefined ||
        site.container === undefined ||
        site.container === selector.container),
  );
  return [...chosen, ...others];
}

function chooseSites(
  source: ManifestText,
  wanted: WantedImage,
  selector: ImageSelector,
): readonly ImageSite[] {
  if (selector.all !== true) {
    // A first look only at the documents that can hold what is looked for. Found nothing: then at all of them.
    const needle = selector.container ?? lastPart(wanted);
    const near = needle === undefined ? [] : spansHolding(source, needle);
    if (near.length < source.spans.length) {
      const sites = sitesOf(source, near, selector);
      const chosen =
        selector.container === undefined
          ? byRepository(sites, wanted)
          : sites.filter(isNamed(selector));
      if (chosen.length > 0) return narrowed(source, chosen, { wanted, selector });
    }
  }
  const sites = sitesOf(source, source.spans, selector);
  if (sites.length === 0) throw notFound(source, sites, selector);
  if (selector.container !== undefined) {
    const named = sites.filter(isNamed(selector));
    if (named.length === 0) throw notFound(source, sites, selector);
    return narrowed(source, named, { wanted, selector });
  }
  if (selector.all === true) {
    const editable = sites.filter((site) => takes(site, wanted));
    if (editable.length === 0) throw notEditable(source, sites[0]);
    return editable;
  }
  const same = byRepository(sites, wanted);
  if (same.length > 0) return same;
  const [only, ...others] = sites;
  const isOne = others.every((each) => each.policy !== undefined && each.policy === only?.policy);
  if (only !== undefined && isOne) {
    if (!takes(only, wanted)) throw notEditable(source, only);
    return [only];
  }
  throw ambiguous(source, sites, wanted);
}

interface Request {
  readonly wanted: WantedImage;
  readonly selector: ImageSelector;
}

/** Settles what a container name means when several images have it. */
function narrowed(
  source: ManifestText,
  sites: readonly ImageSite[],
  request: Request,
): readonly ImageSite[] {
  const { wanted, selector } = request;
  if (selector.container === undefined) return sites;
  const bad = sites.find((site) => !isEditable(site));
  if (bad !== undefined && selector.all !== true) throw notEditable(source, bad);
  const editable = sites.filter((site) => takes(site, wanted));
  if (editable.length === 0) throw notEditable(source, bad ?? sites[0]);
  if (selector.all === true) return editable;
  const same = byRepository(editable, wanted);
  if (same.length > 0) return same;
  // One name in several objects with different images: changing them all to one image would hardly be meant.
  if (new Set(editable.map(repositoryOf)).size > 1) throw ambiguous(source, editable, wanted);
  return editable;
}

function repositoryOf(site: ImageSite): string {
  const reference = siteReference(site);
  return typeof reference === 'string' ? siteImage(site) : canonicalName(reference);
}

function isNamed(selector: ImageSelector): (site: ImageSite) => boolean {
  return (site) => site.container === selector.container;
}

/** Says whether an image may be written: a reference, or a placeholder that is plainly no template and no pattern. */
export function isEditable(site: ImageSite): boolean {
  const image = siteImage(site);
  if (typeof siteReference(site) !== 'string') return true;
  if (site.shape === 'marker') return !isTemplateText(image);
  if (image.trim() === '') return true;
  return !isTemplateText(image) && !/[\s*?|!<>(){}[\]$%,&'"\\]/.test(image);
}

/** Says whether an image can become what is wanted: a placeholder has no repository that a version could be put behind. */
function takes(site: ImageSite, wanted: WantedImage): boolean {
  if (!isEditable(site)) return false;
  return (
    wanted.repository !== undefined ||
    site.fields.reference === undefined ||
    typeof siteReference(site) !== 'string'
  );
}

function byRepository(sites: readonly ImageSite[], wanted: WantedImage): readonly ImageSite[] {
  if (wanted.repository === undefined) return [];
  const name = canonicalName(wanted);
  const same = sites.filter((site) => {
    const reference = siteReference(site);
    return (
      typeof reference !== 'string' &&
      reference.repository !== '' &&
      canonicalName(reference) === name
    );
  });
  return same.length > 0 ? same : sites.filter((site) => isEntryName(site, wanted));
}

function lastPart(wanted: WantedImage): string | undefined {
  return wanted.repository?.slice(wanted.repository.lastIndexOf('/') + 1);
}

/** The documents whose text has a word, or may have it behind an escape of a double-quoted scalar. */
function spansHolding(source: ManifestText, needle: string): readonly DocumentSpan[] {
  const { text, spans } = source;
  const escapes = /\\[xuU\r\n]/g;
  const findWord = (from: number): number => text.indexOf(needle, from);
  const findEscape = (from: number): number => {
    escapes.lastIndex = from;
    return escapes.exec(text)?.index ?? -1;
  };
  let word = findWord(0);
  let escaped = text.includes('\\') ? findEscape(0) : -1;
  return spans.filter((span) => {
    // Each search goes on where the last one stopped: the text is read once, however many documents it has.
    if (word >= 0 && word < span.start) word = findWord(span.start);
    if (escaped >= 0 && escaped < span.start) escaped = findEscape(span.start);
    return (word >= 0 && word < span.end) || (escaped >= 0 && escaped < span.end);
  });
}

function sitesOf(
  source: ManifestText,
  spans: readonly DocumentSpan[],
  selector: ImageSelector,
): readonly ImageSite[] {
  const wantedSpans =
    selector.document === undefined
      ? spans
      : spans.filter((each) => each.index === selector.document);
  return wantedSpans.flatMap((span) =>
    source
      .document(span)
      .sites.filter(
        (site) =>
          (selector.kind === undefined || site.object.kind === selector.kind) &&
          (selector.name === undefined || site.object.name === selector.name) &&
          (selector.namespace === undefined || site.object.namespace === selector.namespace) &&
          (selector.jsonPath === undefined ||
            formatPath(mainField(site).path) === selector.jsonPath),
      ),
  );
}

/** Describes an image as plain data. */
export function siteLocation(source: ManifestText, site: ImageSite): ImageLocation {
  const { node, path } = mainField(site);
  const { document, kind, namespace, name } = site.object;
  return {
    document,
    ...(kind === undefined ? {} : { kind }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    path: formatPath(path),
    ...(site.container === undefined ? {} : { container: site.container }),
    ...source.positions.at(node.start),
    image: siteImage(site),
    editable: isEditable(site),
  };
}

const MAX_LISTED = 10;

function listed(candidates: readonly ImageLocation[]): string {
  const shown = candidates.slice(0, MAX_LISTED).map((each) => {
    const name = each.container === undefined ? each.path : `"${each.container}"`;
    const owner =
      each.kind === undefined
        ? ''
        : ` of ${each.kind}${each.name === undefined ? '' : ` "${each.name}"`}`;
    return `line ${each.line}: ${name}${owner} with "${each.image}"`;
  });
  const more = candidates.length - shown.length;
  return `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

function ambiguous(
  source: ManifestText,
  sites: readonly ImageSite[],
  wanted: WantedImage,
): ManifestError {
  const candidates = sites.map((site) => siteLocation(source, site));
  const lack =
    wanted.repository === undefined ? '' : ` and none has the repository "${wanted.repository}"`;
  return new ManifestError(
    'MANIFEST_IMAGE_AMBIGUOUS',
    `${fileName(source.file)} has ${sites.length} images that could be meant${lack} (${listed(candidates)}).`,
    { details: { path: source.file, candidates } },
  );
}

function notFound(
  source: ManifestText,
  sites: readonly ImageSite[],
  selector: ImageSelector,
): ManifestError {
  const candidates = sites.map((site) => siteLocation(source, site));
  const asked = ['container', 'kind', 'name', 'namespace', 'document', 'jsonPath'] as const;
  const terms = asked.flatMap((key) =>
    selector[key] === undefined ? [] : [`${key} "${selector[key]}"`],
  );
  const what = terms.length === 0 ? 'no image' : `no image of ${terms.join(', ')}`;
  const has = candidates.length === 0 ? '' : ` (it has ${listed(candidates)})`;
  return new ManifestError(
    'MANIFEST_IMAGE_NOT_FOUND',
    `${fileName(source.file)} has ${what}${has}.`,
    {
      details: { path: source.file, candidates },
    },
  );
}

function notEditable(source: ManifestText, site: ImageSite | undefined): ManifestError {
  if (site === undefined) return notFound(source, [], {});
  const place = siteLocation(source, site);
  const reason = isTemplateText(place.image)
    ? 'a template that is filled in later'
    : isEditable(site)
      ? 'a placeholder without a repository'
      : 'a pattern';
  return new ManifestError(
    'MANIFEST_UNSAFE_EDIT',
    `The image "${place.image}" in line ${place.line} of ${source.file === undefined ? 'the text' : fileName(source.file)} is ${reason}, not a reference.`,
    { details: { path: source.file, candidates: [place] } },
  );
}
