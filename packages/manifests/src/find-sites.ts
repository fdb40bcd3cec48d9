import { valuesSite } from './helm-values.ts';
import { type ImageSite, mainField, type ObjectContext } from './image-site.ts';
import { kustomizationImages, kustomizationSite } from './kustomization.ts';
import type { ManifestLimits } from './limits.ts';
import type { NodePath } from './node-path.ts';
import { joinMarked, type MarkedField, markerText, readSetterMarker } from './setter-marker.ts';
import { keyText, type MapNode, resolved, type ScalarNode, type TreeNode } from './tree.ts';
import {
  AliasBudget,
  effectivePairs,
  nodeMember,
  type ScalarUses,
  scalarMember,
} from './tree-walk.ts';

/** What is known of a document before its images are looked for. */
export interface SiteSource {
  readonly text: string;
  readonly document: number;
  readonly start: number;
  readonly end: number;
  /** Name of the file, which tells a Kustomization that names no kind. */
  readonly file: string | undefined;
  readonly limits: ManifestLimits;
}

export interface DocumentSites {
  readonly sites: readonly ImageSite[];
  /** The ways to each scalar, when the document has aliases; else empty, and each scalar has one way. */
  readonly uses: ScalarUses;
}

/** Finds every image of one document. */
export function findSites(root: TreeNode | undefined, source: SiteSource): DocumentSites {
  if (root === undefined) return { sites: [], uses: new Map() };
  const finder = new SiteFinder(source);
  finder.start(root);
  return { sites: finder.finish(), uses: finder.uses };
}

const containerLists = new Set(['containers', 'initContainers', 'ephemeralContainers']);

/** What the maps at a place mean. */
type Mode = 'object' | 'values' | 'kustomization';

interface Place {
  readonly path: NodePath | undefined;
  readonly object: ObjectContext;
  readonly mode: Mode;
  readonly aliased: boolean;
}

class SiteFinder {
  readonly uses: ScalarUses = new Map();
  readonly #source: SiteSource;
  readonly #sites: ImageSite[] = [];
  readonly #marked: MarkedField[] = [];
  readonly #budget: AliasBudget;
  readonly #hasMarkers: boolean;
  readonly #hasAliases: boolean;

  constructor(source: SiteSource) {
    this.#source = source;
    this.#budget = new AliasBudget(source.limits);
    const own = source.text.slice(source.start, source.end);
    this.#hasMarkers = own.includes(markerText);
    this.#hasAliases = own.includes('*') && own.includes('&');
  }

  start(root: TreeNode): void {
    const object: ObjectContext = { document: this.#source.document };
    const top = resolved(root);
    const place: Place = { path: undefined, object, mode: 'values', aliased: false };
    if (top.type !== 'map') {
      this.#visit(top, place);
      return;
    }
    const images = kustomizationImages(top, this.#source.file);
    const own = objectContext(top, object) ?? object;
    if (images !== undefined) this.#kustomization(top, images, own);
    const isObject = own !== object || images !== undefined || hasKind(top);
    this.#visit(top, { ...place, mode: isObject ? 'object' : 'values' });
  }

  finish(): readonly ImageSite[] {
    const found = this.#marked.length === 0 ? this.#sites : joinMarked(this.#sites, this.#marked);
    return [...found].sort((a, b) => mainField(a).node.start - mainField(b).node.start);
  }

  #kustomization(root: MapNode, where: 'root' | 'spec', object: ObjectContext): void {
    const base: NodePath | undefined =
      where === 'spec' ? { parent: undefined, step: 'spec' } : undefined;
    const holder = where === 'spec' ? nodeMember(root, 'spec') : root;
    const images = holder?.type === 'map' ? nodeMember(holder, 'images') : undefined;
    if (images?.type !== 'seq') return;
    const list: NodePath = { parent: base, step: 'images' };
    for (const [index, item] of images.items.entries()) {
      const entry = resolved(item);
      if (entry.type !== 'map') continue;
      const site = kustomizationSite(entry, { parent: list, step: index }, object);
      if (site !== undefined) this.#sites.push(site);
    }
  }

  #visit(node: TreeNode, place: Place): void {
    if (node.type === 'alias') {
      this.#visit(node.target, { ...place, aliased: true });
      return;
    }
    if (place.aliased) this.#budget.spend();
    if (node.type === 'scalar') {
      this.#scalar(node, place, undefined);
      return;
    }
    if (node.type === 'map') {
      this.#map(node, place);
      return;
    }
    for (const [index, item] of node.items.entries())
      this.#visit(item, { ...place, path: { parent: place.path, step: index } });
  }

  #map(map: MapNode, outer: Place): void {
    const own = outer.mode === 'values' ? undefined : objectContext(map, outer.object);
    const place = own === undefined ? outer : { ...outer, object: own };
    if (place.mode === 'values') {
      const site = valuesSite({ map, path: place.path, object: place.object });
      if (site !== undefined) this.#sites.push(site);
    }
    // A member that a merge key brings in is read in its place; the map that it comes from has its own visit.
    const pairs = effectivePairs(map);
    const ownCount = pairs.length - (map.merged?.length ?? 0);
    for (const [index, pair] of pairs.entries()) {
      const key = keyText(pair);
      if (key === undefined || pair.value === undefined) continue;
      const merged = index >= ownCount;
      const path: NodePath = { parent: place.path, step: key };
      const inner: Place = {
        path,
        object: place.object,
        mode:
          place.mode === 'object' && isValuesKey(key, path, place.object) ? 'values' : place.mode,
        aliased: place.aliased || merged,
      };
      const value = pair.value.type === 'alias' ? pair.value.target : pair.value;
      if (value.type === 'scalar') {
        const aliased = inner.aliased || pair.value.type === 'alias';
        if (aliased) this.#budget.spend();
        this.#scalar(value, { ...inner, aliased }, map);
        continue;
      }
      if (place.mode === 'object' && value.type === 'seq' && containerLists.has(key))
        this.#containers(value.items, path, place.object);
      this.#visit(pair.value, inner);
    }
  }

  #containers(items: readonly TreeNode[], path: NodePath, object: ObjectContext): void {
    for (const [index, item] of items.entries()) {
      const container = resolved(item);
      if (container.type !== 'map') continue;
      const node = scalarMember(container, 'image');
      if (node === undefined) continue;
      const at: NodePath = { parent: { parent: path, step: index }, step: 'image' };
      this.#sites.push({
        shape: 'reference',
        object,
        container: scalarMember(container, 'name')?.value,
        fields: { reference: { node, path: at, map: container } },
      });
    }
  }

  #scalar(node: ScalarNode, place: Place, map: MapNode | undefined): void {
    if (this.#hasAliases) {
      const known = this.uses.get(node.start);
      if (known === undefined) this.uses.set(node.start, [place.path]);
      else known.push(place.path);
    }
    if (!this.#hasMarkers || node.style === 'block' || place.aliased) return;
    const marker = readSetterMarker(this.#source.text, node.end);
    if (marker === undefined) return;
    this.#marked.push({ marker, object: place.object, place: { node, path: place.path, map } });
  }
}

function hasKind(map: MapNode): boolean {
  return scalarMember(map, 'kind') !== undefined && scalarMember(map, 'apiVersion') !== undefined;
}

/** Reads the object that a map is, when it says `apiVersion` and `kind`. */
function objectContext(map: MapNode, outer: ObjectContext): ObjectContext | undefined {
  const apiVersion = scalarMember(map, 'apiVersion')?.value;
  const kind = scalarMember(map, 'kind')?.value;
  if (kind === undefined || apiVersion === undefined) return undefined;
  const metadata = nodeMember(map, 'metadata');
  const meta = metadata?.type === 'map' ? metadata : undefined;
  return {
    document: outer.document,
    apiVersion,
    kind,
    namespace: meta && scalarMember(meta, 'namespace')?.value,
    name: meta && scalarMember(meta, 'name')?.value,
  };
}

/** Says whether a member of an object holds Helm values: `spec.values` of a HelmRelease, `valuesObject` of an Argo CD source. */
function isValuesKey(key: string, path: NodePath, object: ObjectContext): boolean {
  if (object.kind === 'HelmRelease' && key === 'values') return path.parent?.step === 'spec';
  return key === 'valuesObject' && path.parent?.step === 'helm';
}
