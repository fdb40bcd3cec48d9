import type { ImageField, ImageFieldName, ImageSite, ObjectContext } from './image-site.ts';
import type { ScalarNode } from './tree.ts';
import { scalarMember } from './tree-walk.ts';

/** A comment that Flux's image automation follows: `# {"$imagepolicy": "namespace:policy[:name|:tag|:digest]"}`. */
export interface SetterMarker {
  /** `namespace:policy`. */
  readonly policy: string;
  readonly field: ImageFieldName;
}

export interface MarkedField {
  readonly marker: SetterMarker;
  readonly place: ImageField;
  readonly object: ObjectContext;
}

const fieldNames: Readonly<Record<string, ImageFieldName>> = {
  name: 'repository',
  tag: 'tag',
  digest: 'digest',
};

/** The text that a document must hold for a marker to be in it. */
export const markerText = '$imagepolicy';

/** Reads the marker in the comment behind a value, on the line where the value ends. */
export function readSetterMarker(text: string, valueEnd: number): SetterMarker | undefined {
  const newline = text.indexOf('\n', valueEnd);
  const rest = text.slice(valueEnd, newline < 0 ? text.length : newline);
  const match =
    /^[ \t]+#.*\{\s*"\$imagepolicy"\s*:\s*"([^":]+:[^":]+)(?::(name|tag|digest))?"\s*\}/.exec(rest);
  if (match === null) return undefined;
  const [, policy = '', part] = match;
  return { policy, field: part === undefined ? 'reference' : (fieldNames[part] ?? 'reference') };
}

/**
 * Adds marked values to the images that are found without markers. An image of which a value is marked follows that policy; of the
 * other values, the parts that one object has of one policy are put together.
 */
export function joinMarked(
  sites: readonly ImageSite[],
  marked: readonly MarkedField[],
): readonly ImageSite[] {
  const policies = new Map(marked.map(({ marker, place }) => [place.node, marker.policy]));
  const taken = new Set<ScalarNode>();
  const followed = sites.map((site) => {
    const nodes = Object.values(site.fields).map((field) => field.node);
    for (const node of nodes) taken.add(node);
    const node = nodes.find((each) => policies.has(each));
    return node === undefined ? site : { ...site, policy: policies.get(node) };
  });
  return [...followed, ...markedSites(marked.filter((each) => !taken.has(each.place.node)))];
}

interface Parts {
  readonly object: ObjectContext;
  readonly fields: Partial<Record<ImageFieldName, ImageField>>;
}

function markedSites(marked: readonly MarkedField[]): readonly ImageSite[] {
  const last = new Map<string, Parts>();
  const sites: ImageSite[] = [];
  for (const { marker, place, object } of marked) {
    const { policy, field } = marker;
    if (field === 'reference') {
      const container = place.map && scalarMember(place.map, 'name')?.value;
      sites.push({ shape: 'reference', object, container, fields: { reference: place }, policy });
      continue;
    }
    const known = last.get(policy);
    if (known?.object === object && known.fields[field] === undefined) {
      known.fields[field] = place;
      continue;
    }
    const fields: Parts['fields'] = { [field]: place };
    last.set(policy, { object, fields });
    sites.push({ shape: 'marker', object, container: undefined, fields, policy });
  }
  return sites;
}
