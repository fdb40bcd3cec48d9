import { readImageReference } from './image-reference.ts';
import type { ImageField, ImageFieldName, ImageSite, ObjectContext } from './image-site.ts';
import { isTemplateText } from './image-site.ts';
import type { NodePath } from './node-path.ts';
import type { MapNode, ScalarNode } from './tree.ts';
import { scalarMember } from './tree-walk.ts';

/** A map of Helm values, with the place that it has. */
export interface ValuesMap {
  readonly map: MapNode;
  readonly path: NodePath | undefined;
  readonly object: ObjectContext;
}

/**
 * Reads the image that a map of Helm values holds, if it holds one.
 *
 * Charts write it as a map with `repository` and `tag`, `registry` or `digest` (any key), as `image: {image, tag}` or
 * `image: {name, tag}`, or as `image: repository` with `tag` or `imageTag` beside it. `sha` is a digest without its algorithm, as
 * in kube-prometheus-stack. Else `image: repository:tag` is one text.
 */
export function valuesSite(place: ValuesMap): ImageSite | undefined {
  return splitSite(place) ?? textSite(place);
}

function splitSite(place: ValuesMap): ImageSite | undefined {
  const { map, path } = place;
  const key = typeof path?.step === 'string' ? path.step : '';
  const underImage = /image$/i.test(key);
  const has = (name: string): boolean => scalarMember(map, name) !== undefined;
  const versioned = has('tag') || has('digest') || has('sha');
  let nameKey: string | undefined;
  let tagKey = 'tag';
  if (has('repository') && (underImage || versioned || has('registry'))) nameKey = 'repository';
  else if (underImage && versioned && has('image')) nameKey = 'image';
  else if (underImage && versioned && has('name')) nameKey = 'name';
  else if (has('image') && (has('tag') || has('imageTag'))) {
    nameKey = 'image';
    if (!has('tag')) tagKey = 'imageTag';
  }
  if (nameKey === undefined) return undefined;
  const name = scalarMember(map, nameKey);
  if (name === undefined || !looksLikeName(name)) return undefined;
  const fields: Partial<Record<ImageFieldName, ImageField>> = {};
  const add = (field: ImageFieldName, from: string): void => {
    const node = scalarMember(map, from);
    if (node !== undefined) fields[field] = { node, map, path: { parent: path, step: from } };
  };
  add('registry', 'registry');
  add('repository', nameKey);
  add('tag', tagKey);
  const bareDigest = !has('digest') && has('sha');
  add('digest', bareDigest ? 'sha' : 'digest');
  return {
    shape: 'values',
    object: place.object,
    container: containerName(place),
    fields,
    bareDigest,
  };
}

function looksLikeName(node: ScalarNode): boolean {
  if (isTemplateText(node.value)) return true;
  const reference = readImageReference(node.value);
  return (
    typeof reference !== 'string' && reference.tag === undefined && reference.digest === undefined
  );
}

function textSite(place: ValuesMap): ImageSite | undefined {
  const node = scalarMember(place.map, 'image');
  if (node === undefined || node.value === '') return undefined;
  if (node.style === 'block' && node.value.trim().includes('\n')) return undefined;
  if (!isTemplateText(node.value) && typeof readImageReference(node.value.trim()) === 'string')
    return undefined;
  const reference = { node, map: place.map, path: { parent: place.path, step: 'image' } };
  return {
    shape: 'reference',
    object: place.object,
    container: containerName(place),
    fields: { reference },
  };
}

/** What a user would call the image: the name in a list item, else the nearest key that says more than "image". */
function containerName(place: ValuesMap): string | undefined {
  const own = scalarMember(place.map, 'name');
  if (typeof place.path?.step === 'number' && own !== undefined) return own.value;
  for (let at = place.path; at !== undefined; at = at.parent)
    if (typeof at.step === 'string' && at.step !== 'image') return at.step;
  return undefined;
}
