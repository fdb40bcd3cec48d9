import { type ImageReference, readImageReference } from './image-reference.ts';
import type { NodePath } from './node-path.ts';
import type { MapNode, ScalarNode } from './tree.ts';

/** The Kubernetes object that a place belongs to, as far as the text says. */
export interface ObjectContext {
  readonly document: number;
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

/** One scalar of an image. */
export interface ImageField {
  readonly node: ScalarNode;
  readonly path: NodePath | undefined;
  /** The map whose member this is; `undefined` for an item of a list. */
  readonly map: MapNode | undefined;
}

export type ImageFieldName = 'reference' | 'registry' | 'repository' | 'tag' | 'digest';

/** How an image is written. */
export type ImageShape =
  /** One text with everything: `image: repo:tag`. */
  | 'reference'
  /** An entry of `images` in a Kustomization. */
  | 'kustomization'
  /** Parts in a map of Helm values. */
  | 'values'
  /** Parts that carry setter markers. */
  | 'marker';

/** One image of a document, with the scalars that it is made of. */
export interface ImageSite {
  readonly shape: ImageShape;
  readonly object: ObjectContext;
  readonly container: string | undefined;
  readonly fields: Readonly<Partial<Record<ImageFieldName, ImageField>>>;
  /** What the image is called in the manifests, in a Kustomization entry. */
  readonly entryName?: ImageField | undefined;
  /** True when `digest` is written without its algorithm, as `sha: 0123…` in some charts. */
  readonly bareDigest?: boolean | undefined;
  /** The Flux policy (`namespace:policy`) whose marker a value of the image carries. */
  readonly policy?: string | undefined;
}

/** The scalar that stands for a site in lists and messages. */
export function mainField(site: ImageSite): ImageField {
  const { reference, repository, tag, digest, registry } = site.fields;
  const field = reference ?? repository ?? tag ?? digest ?? registry ?? site.entryName;
  if (field === undefined) throw new TypeError('an image has no field');
  return field;
}

/** The image as one text, as it would be pulled. */
export function siteImage(site: ImageSite): string {
  const { reference, registry, repository, tag, digest } = site.fields;
  if (reference !== undefined) return reference.node.value;
  const host = presentText(registry);
  const path = presentText(repository) ?? site.entryName?.node.value ?? '';
  const name = host === undefined ? path : `${host}/${path}`;
  const version = presentText(tag);
  const bytes = presentText(digest);
  const prefix = site.bareDigest === true && bytes?.includes(':') === false ? 'sha256:' : '';
  return `${name}${version === undefined ? '' : `:${version}`}${bytes === undefined ? '' : `@${prefix}${bytes}`}`;
}

/** Value of a field that says something: not empty and not null. */
export function presentText(field: ImageField | undefined): string | undefined {
  if (field === undefined) return undefined;
  const { value, style } = field.node;
  if (value === '' || (style === 'plain' && /^(?:~|null|Null|NULL)$/.test(value))) return undefined;
  return value;
}

/** The parsed image of a site, or why it is none. */
export function siteReference(site: ImageSite): ImageReference | string {
  return readImageReference(siteImage(site));
}

/** Says whether a text is filled in later: Helm and Go templates, shell, Tekton and Kro variables, placeholders. */
export function isTemplateText(text: string): boolean {
  // A longer text is no reference anyway.
  const start = text.slice(0, 2_000);
  return /\{\{|\}\}|\$[({A-Za-z_]|<[^>]+>|%\(|\$\$|\bREPLACE_ME\b/.test(start);
}
