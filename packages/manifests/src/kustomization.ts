import type { ImageField, ImageSite, ObjectContext } from './image-site.ts';
import type { NodePath } from './node-path.ts';
import { type MapNode, resolved } from './tree.ts';
import { nodeMember, scalarMember } from './tree-walk.ts';

const fileNames = new Set(['kustomization.yaml', 'kustomization.yml', 'Kustomization']);

/** Where a document keeps its Kustomize image entries: `images` of a Kustomization, `spec.images` of Flux's kind. */
export function kustomizationImages(
  root: MapNode,
  file: string | undefined,
): 'root' | 'spec' | undefined {
  const apiVersion = scalarMember(root, 'apiVersion')?.value;
  const kind = scalarMember(root, 'kind')?.value;
  if (kind === 'Kustomization' && apiVersion?.startsWith('kustomize.toolkit.fluxcd.io/') === true)
    return 'spec';
  if (kind === 'Kustomization' || kind === 'Component')
    return apiVersion === undefined || apiVersion.startsWith('kustomize.config.k8s.io/')
      ? 'root'
      : undefined;
  if (kind !== undefined) return undefined;
  if (file !== undefined && fileNames.has(file.slice(file.lastIndexOf('/') + 1))) return 'root';
  const images = nodeMember(root, 'images');
  if (images?.type !== 'seq' || images.items.length === 0) return undefined;
  const entries = images.items.map(resolved);
  const fits = entries.every(
    (item) =>
      item.type === 'map' &&
      scalarMember(item, 'name') !== undefined &&
      ['newName', 'newTag', 'digest'].some((key) => scalarMember(item, key) !== undefined),
  );
  return fits ? 'root' : undefined;
}

/** Reads one entry of `images` (kustomize `types.Image`): `name`, `newName`, `newTag`, `digest`. */
export function kustomizationSite(
  entry: MapNode,
  path: NodePath,
  object: ObjectContext,
): ImageSite | undefined {
  const field = (name: string): ImageField | undefined => {
    const node = scalarMember(entry, name);
    return node && { node, map: entry, path: { parent: path, step: name } };
  };
  const name = field('name');
  if (name === undefined) return undefined;
  const repository = field('newName');
  const tag = field('newTag');
  const digest = field('digest');
  return {
    shape: 'kustomization',
    object,
    container: name.node.value,
    entryName: name,
    fields: {
      ...(repository === undefined ? {} : { repository }),
      ...(tag === undefined ? {} : { tag }),
      ...(digest === undefined ? {} : { digest }),
    },
  };
}
