import {
  canonicalName,
  formatImageReference,
  type ImageReference,
  type ImageVersion,
  imageName,
  readImageReference,
} from './image-reference.ts';
import {
  type ImageField,
  type ImageFieldName,
  type ImageSite,
  presentText,
  siteImage,
  siteReference,
} from './image-site.ts';

export type WantedImage = ImageReference | ImageVersion;

/** One scalar that gets a new value. */
export interface FieldEdit {
  readonly field: ImageField;
  readonly value: string;
}

/** A member that must be added, since no field of the image can carry the part. */
export interface FieldInsertion {
  /** The member after which the new one stands. */
  readonly after: ImageField;
  readonly key: string;
  readonly value: string;
}

export interface SitePlan {
  readonly edits: readonly FieldEdit[];
  readonly insertions: readonly FieldInsertion[];
}

/**
 * Says which scalars of an image must get which value, so that it becomes what is wanted. Answers with a reason as text
 * when it cannot be said in place.
 *
 * The rules, where an image is written in parts: a name that means the same repository stays as it is spelled; a digest
 * that no longer belongs to the tag is emptied, since it would win over the tag; a part without a field is added as a line.
 */
export function planSite(site: ImageSite, wanted: WantedImage): SitePlan | string {
  if (site.fields.reference !== undefined) return planReference(site.fields.reference, wanted);
  if (site.shape === 'kustomization') return planKustomization(site, wanted);
  if (site.shape === 'marker') return planMarker(site, wanted);
  return planValues(site, wanted);
}

function planReference(field: ImageField, wanted: WantedImage): SitePlan | string {
  if (wanted.repository !== undefined) return one(field, formatImageReference(wanted));
  const current = readImageReference(field.node.value);
  if (typeof current === 'string')
    return `"${field.node.value}" is not an image reference: ${current}`;
  const { tag: _tag, digest: _digest, ...name } = current;
  return one(field, formatImageReference({ ...name, ...wanted, repository: name.repository }));
}

function one(field: ImageField, value: string): SitePlan {
  return { edits: [{ field, value }], insertions: [] };
}

class Plan implements SitePlan {
  readonly edits: FieldEdit[] = [];
  readonly insertions: FieldInsertion[] = [];
  readonly #site: ImageSite;

  constructor(site: ImageSite) {
    this.#site = site;
  }

  has(name: ImageFieldName): boolean {
    return this.#site.fields[name] !== undefined;
  }

  set(name: ImageFieldName, value: string): boolean {
    const field = this.#site.fields[name];
    if (field === undefined) return false;
    this.edits.push({ field, value });
    return true;
  }

  /** Empties a field that says something; one that is empty already is left as it is. */
  clear(name: ImageFieldName): void {
    if (presentText(this.#site.fields[name]) !== undefined) this.set(name, '');
  }

  insert(key: string, value: string): void {
    const { repository, tag } = this.#site.fields;
    const after = tag ?? repository ?? this.#site.entryName;
    if (after !== undefined) this.insertions.push({ after, key, value });
  }
}

function sameName(site: ImageSite, wanted: ImageReference): boolean {
  const current = siteReference(site);
  return typeof current !== 'string' && canonicalName(current) === canonicalName(wanted);
}

function planKustomization(site: ImageSite, wanted: WantedImage): SitePlan {
  const plan = new Plan(site);
  if (wanted.repository !== undefined && !sameName(site, wanted) && !isEntryName(site, wanted)) {
    const name = imageName(wanted);
    if (!plan.set('repository', name)) {
      const after = site.entryName;
      if (after !== undefined) plan.insertions.push({ after, key: 'newName', value: name });
    }
  }
  if (wanted.tag === undefined) plan.clear('tag');
  else if (!plan.set('tag', wanted.tag)) plan.insert('newTag', wanted.tag);
  if (wanted.digest === undefined) plan.clear('digest');
  else if (!plan.set('digest', wanted.digest)) plan.insert('digest', wanted.digest);
  return plan;
}

/** Says whether an entry renames exactly this image; its new name is then meant to stay. */
export function isEntryName(site: ImageSite, wanted: ImageReference): boolean {
  const name =
    site.entryName === undefined ? undefined : readImageReference(site.entryName.node.value);
  return (
    name !== undefined && typeof name !== 'string' && canonicalName(name) === canonicalName(wanted)
  );
}

function planValues(site: ImageSite, wanted: WantedImage): SitePlan | string {
  const plan = new Plan(site);
  if (wanted.repository !== undefined && !sameName(site, wanted)) {
    if (presentText(site.fields.registry) === undefined) plan.set('repository', imageName(wanted));
    else {
      plan.set('registry', wanted.registry ?? 'docker.io');
      plan.set('repository', wanted.repository);
    }
  }
  const split = splitTag(presentText(site.fields.tag));
  if (wanted.digest === undefined) plan.clear('digest');
  else if (plan.has('digest')) {
    const bare = site.bareDigest === true && !presentText(site.fields.digest)?.includes(':');
    if (bare && !wanted.digest.startsWith('sha256:'))
      return 'its "sha" can only be a sha256 digest';
    plan.set('digest', bare ? wanted.digest.slice('sha256:'.length) : wanted.digest);
  }
  // Without a field for it, the digest goes behind the tag: charts put "repository:tag" together and take it as it is.
  const suffix = wanted.digest === undefined || plan.has('digest') ? '' : `@${wanted.digest}`;
  const tag = wanted.tag ?? (suffix === '' ? undefined : split.tag);
  if (tag !== undefined) {
    const value = `${tag}${suffix}`;
    if (!plan.set('tag', value)) plan.insert('tag', value);
  } else if (suffix !== '') return 'it has no tag and no field for a digest';
  else if (wanted.digest !== undefined && split.digest !== undefined)
    plan.set('tag', split.tag ?? '');
  return plan;
}

function splitTag(text: string | undefined): {
  tag?: string | undefined;
  digest?: string | undefined;
} {
  if (text === undefined) return {};
  const at = text.indexOf('@');
  if (at < 0) return { tag: text };
  return { tag: at === 0 ? undefined : text.slice(0, at), digest: text.slice(at + 1) };
}

function planMarker(site: ImageSite, wanted: WantedImage): SitePlan | string {
  const plan = new Plan(site);
  // The digest would go on to name the old image, and win over the tag.
  if (wanted.digest === undefined && plan.has('digest') && !plan.has('tag'))
    return 'its digest carries a marker, and the new image has none';
  if (wanted.repository !== undefined && !sameName(site, wanted))
    plan.set('repository', imageName(wanted));
  if (wanted.tag !== undefined) plan.set('tag', wanted.tag);
  if (wanted.digest !== undefined) plan.set('digest', wanted.digest);
  else plan.clear('digest');
  return plan;
}

/** The image that a site is, for lists: never empty. */
export function shownImage(site: ImageSite): string {
  return siteImage(site) || '(empty)';
}
