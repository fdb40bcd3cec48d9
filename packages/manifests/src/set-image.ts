import { type DocumentEdit, editDocument } from './edit-document.ts';
import { ManifestError } from './errors.ts';
import { parseWantedImage } from './image-reference.ts';
import { type ImageField, type ImageSite, mainField, siteImage } from './image-site.ts';
import { formatPath, type NodePath } from './node-path.ts';
import { planSite, type SitePlan } from './plan-edit.ts';
import { ManifestText } from './read-text.ts';
import { selectSites, siteLocation } from './select-sites.ts';
import { applySplices, type Splice } from './splice.ts';
import type { ImageChange, SetImageOptions, SetImageResult } from './types.ts';

/**
 * Changes images in the text of a manifest, and no other byte of it.
 *
 * Images are found in the containers of any kind with a pod template, in `List` items, Kustomizations, Helm values
 * (also those of a HelmRelease) and behind Flux setter markers. `image` is a reference, or a version that keeps the
 * repository: `2.1.0`, `:2.1.0`, `@sha256:…`, `2.1.0@sha256:…` ({@link isImageVersion} says how a single word is read). A
 * new tag drops the digest of the old one, and a digest alone drops the tag.
 *
 * Which images are changed: those of `container` if it is given; else all that have the repository of the new image;
 * else the only one that there is. Values with setter markers of one policy are one image, which is changed as a whole. Templates such as `{{ .Values.image }}` or `$(IMAGE)` are never changed. The edited
 * documents are read again and compared before the text is returned. Documents that cannot hold what is looked for are
 * not read, so a syntax error in one of them is not found here.
 *
 * @throws {@link ManifestError} `MANIFEST_IMAGE_INVALID` when `image` is no reference; `MANIFEST_SYNTAX` with line and
 * column; `MANIFEST_IMAGE_NOT_FOUND`; `MANIFEST_IMAGE_AMBIGUOUS` with the candidates in `details`; `MANIFEST_SHARED_ANCHOR`
 * when something that is not meant shares the value by an alias; `MANIFEST_UNSAFE_EDIT` for a template, a block scalar or
 * a place that has no room for the value; `MANIFEST_LIMIT_EXCEEDED`.
 *
 * @example
 * ```ts
 * import { setImage } from '@bowline/gitops-manifests';
 *
 * const text = `apiVersion: v1
 * kind: Pod
 * metadata: { name: web }
 * spec:
 *   containers:
 *     - name: web
 *       image: registry.example.com/shop/web:2.0.0 # keep me
 * `;
 * const { changes } = setImage(text, 'registry.example.com/shop/web:2.1.0');
 * console.log(changes[0]?.line, changes[0]?.after);
 * //=> 7 registry.example.com/shop/web:2.1.0
 * ```
 */
export function setImage(
  text: string,
  image: string,
  selector: SetImageOptions = {},
): SetImageResult {
  const wanted = parseWantedImage(image);
  const source = new ManifestText(text, selector);
  const sites = selectSites(source, wanted, selector);
  const changes: Placed[] = [];
  const unchanged: Placed[] = [];
  const documents = new Map<number, DocumentEdit>();
  for (const site of sites) {
    const plan = planSite(site, wanted);
    if (typeof plan === 'string') throw unsafe(source, site, plan);
    // A marked part that the new image says nothing of, such as a tag beside a whole image that gets a digest.
    if (plan.edits.length === 0 && site.shape === 'marker') continue;
    const edit = documents.get(site.object.document) ?? { values: new Map(), insertions: [] };
    documents.set(site.object.document, edit);
    record(source, { site, plan, edit, changes, unchanged });
  }
  const [first] = sites;
  if (first !== undefined && changes.length === 0 && unchanged.length === 0)
    throw unsafe(source, first, 'no marked value has a place for what the new image says');
  const splices: Splice[] = [];
  for (const [index, edit] of documents) {
    const span = source.spans[index];
    if (span === undefined) throw new RangeError('an image lies outside of the documents');
    splices.push(...editDocument(source, source.document(span), edit));
  }
  return {
    text: splices.length === 0 ? text : applySplices(text, splices),
    changes: inOrder(changes),
    unchanged: inOrder(unchanged),
  };
}

interface Placed {
  readonly offset: number;
  readonly change: ImageChange;
}

/** Puts changes into the order of the text, whatever the order of the members that an image is made of. */
function inOrder(placed: readonly Placed[]): readonly ImageChange[] {
  return [...placed].sort((a, b) => a.offset - b.offset).map(({ change }) => change);
}

interface Recording {
  readonly site: ImageSite;
  readonly plan: SitePlan;
  readonly edit: DocumentEdit;
  readonly changes: Placed[];
  readonly unchanged: Placed[];
}

function record(source: ManifestText, { site, plan, edit, changes, unchanged }: Recording): void {
  const place = siteLocation(source, site);
  const change = (
    field: ImageField,
    values: { before: string; after: string },
    path?: NodePath,
  ): Placed => {
    const { image: _image, editable: _editable, column: _column, ...object } = place;
    const line = source.positions.at(field.node.start).line;
    return {
      offset: field.node.start,
      change: { ...object, path: formatPath(path ?? field.path), line, ...values },
    };
  };
  let changed = false;
  for (const { field, value } of plan.edits) {
    edit.values.set(field, { value, site });
    if (field.node.value === value) continue;
    changed = true;
    changes.push(change(field, { before: field.node.value, after: value }));
  }
  for (const { after, key, value } of plan.insertions) {
    changed = true;
    edit.insertions.push({ after, key, value, site });
    changes.push(
      change(after, { before: '', after: value }, { parent: after.path?.parent, step: key }),
    );
  }
  if (changed) return;
  const image = siteImage(site);
  unchanged.push(change(mainField(site), { before: image, after: image }));
}

function unsafe(source: ManifestText, site: ImageSite, reason: string): ManifestError {
  const place = siteLocation(source, site);
  return new ManifestError(
    'MANIFEST_UNSAFE_EDIT',
    `The image "${place.image}" in line ${place.line} cannot be changed in place: ${reason}.`,
    { details: { path: source.file, candidates: [place], reason } },
  );
}
