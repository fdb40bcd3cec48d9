import { describe, expect, it } from 'vitest';
import { setImage } from './set-image.ts';
import type { SetImageOptions } from './types.ts';

const digest = `sha256:${'b'.repeat(64)}`;
const other = `sha256:${'c'.repeat(64)}`;

function lines(...text: string[]): string {
  return `${text.join('\n')}\n`;
}

describe('setImage in a Kustomization', () => {
  const head = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nimages:\n';

  it('changes the tag and keeps the new name', () => {
    const text = `${head}- name: shop/web\n  newName: mirror.example.com/shop/web # mirror\n  newTag: "1.0"\n- name: redis\n  newTag: '7'\n`;
    for (const image of ['mirror.example.com/shop/web:2.0', 'shop/web:2.0']) {
      const { text: after, changes } = setImage(text, image);
      expect(after).toBe(text.replace('"1.0"', '"2.0"'));
      expect(changes).toMatchObject([
        {
          kind: 'Kustomization',
          path: 'images[0].newTag',
          container: 'shop/web',
          line: 6,
          before: '1.0',
          after: '2.0',
        },
      ]);
    }
  });

  it('quotes a tag that would be a number', () => {
    const text = `${head}- name: web\n  newTag: v1 # now\n`;
    expect(setImage(text, '1.10').text).toBe(text.replace('v1 #', '"1.10" #'));
    expect(setImage(text, ':on').text).toBe(text.replace('v1 #', '"on" #'));
    expect(setImage(text, '1.2.3').text).toBe(text.replace('v1 #', '1.2.3 #'));
  });

  it('empties a digest that no longer belongs to the tag, and the other way round', () => {
    const text = `${head}- name: web\n  newTag: v1\n  digest: ${digest}\n`;
    expect(setImage(text, 'v2').text).toBe(`${head}- name: web\n  newTag: v2\n  digest: ""\n`);
    expect(setImage(text, `@${other}`).text).toBe(
      `${head}- name: web\n  newTag: ""\n  digest: ${other}\n`,
    );
    expect(setImage(text, `:v2@${other}`).text).toBe(
      `${head}- name: web\n  newTag: v2\n  digest: ${other}\n`,
    );
  });

  it('adds a line only for what has no field', () => {
    const text = `${head.replaceAll('\n', '\r\n')}  - newName: r.io/web # here\r\n    name: web`;
    const { text: after, changes } = setImage(text, 'v2');
    expect(after).toBe(
      `${head.replaceAll('\n', '\r\n')}  - newName: r.io/web # here\r\n    newTag: v2\r\n    name: web`,
    );
    expect(changes).toMatchObject([{ path: 'images[0].newTag', before: '', after: 'v2' }]);
    const bare = `${head}- name: web`;
    expect(setImage(bare, 'r.io/other:v2').text).toBe(
      `${bare}\n  newName: r.io/other\n  newTag: v2`,
    );
    const flow = `${head}- {name: web, newName: x/web} # c\n`;
    expect(setImage(flow, `:v2@${digest}`).text).toBe(
      `${head}- {name: web, newName: x/web, newTag: v2, digest: ${digest}} # c\n`,
    );
    const json = '{"kind": "Kustomization", "images": [{"name": "web"}]}';
    expect(setImage(json, 'v2').text).toBe(
      '{"kind": "Kustomization", "images": [{"name": "web", "newTag": "v2"}]}',
    );
  });

  it('knows one by its file name, and the images of a Flux Kustomization', () => {
    const bare = 'resources: [a.yaml]\nimages:\n- name: web\n  newTag: v1\n';
    expect(setImage(bare, 'v2', { path: 'apps/kustomization.yaml' }).text).toBe(
      bare.replace('v1', 'v2'),
    );
    expect(setImage(bare, 'v2').text).toBe(bare.replace('v1', 'v2'));
    const flux = lines(
      'apiVersion: kustomize.toolkit.fluxcd.io/v1',
      'kind: Kustomization',
      'metadata: {name: apps}',
      'spec:',
      '  images:',
      '    - name: web',
      '      newTag: v1',
    );
    expect(setImage(flux, 'web:v2').text).toBe(flux.replace('newTag: v1', 'newTag: v2'));
  });

  it('leaves images in patches alone', () => {
    const text = `${head}- name: web\n  newTag: v1\npatches:\n- patch: |\n    containers:\n    - name: web\n      image: web:v1\n`;
    expect(setImage(text, 'v2', { all: true }).text).toBe(text.replace('newTag: v1', 'newTag: v2'));
  });
});

describe('setImage in Helm values', () => {
  it('changes image: repo:tag at any depth', () => {
    const text = lines(
      'web:',
      '  deep:',
      '    image: a/web:1 # x',
      'jobs:',
      '- name: backup',
      '  image: "a/backup:1"',
    );
    expect(setImage(text, 'a/web:2').text).toBe(text.replace('web:1', 'web:2'));
    expect(setImage(text, '2.0.0', { container: 'backup' }).text).toBe(
      text.replace('backup:1', 'backup:2.0.0'),
    );
    expect(setImage(text, '2.0.0', { container: 'deep' }).text).toBe(
      text.replace('web:1', 'web:2.0.0'),
    );
  });

  it('changes the parts that differ and no others', () => {
    const text = lines(
      'image:',
      '  registry: docker.io',
      '  repository: bitnami/redis',
      "  tag: '7.0'",
      '  digest: ""',
    );
    const { text: after, changes } = setImage(text, 'bitnami/redis:7.2');
    expect(after).toBe(text.replace('7.0', '7.2'));
    expect(changes).toMatchObject([{ path: 'image.tag', before: '7.0', after: '7.2', line: 4 }]);
    expect(setImage(text, 'ghcr.io/x/redis:7.2').text).toBe(
      lines(
        'image:',
        '  registry: ghcr.io',
        '  repository: x/redis',
        "  tag: '7.2'",
        '  digest: ""',
      ),
    );
    const flow = 'a: {image: {repository: quay.io/x/y, tag: v1}}\n';
    expect(setImage(flow, 'quay.io/x/y:v2').text).toBe(
      'a: {image: {repository: quay.io/x/y, tag: v2}}\n',
    );
    expect(setImage(flow, 'ghcr.io/n/z:v2').text).toBe(
      'a: {image: {repository: ghcr.io/n/z, tag: v2}}\n',
    );
  });

  it('empties a stale digest, and sets one where there is room', () => {
    const text = lines('image:', '  repository: a/b', '  tag: v1', `  digest: ${digest}`);
    expect(setImage(text, 'v2').text).toBe(
      lines('image:', '  repository: a/b', '  tag: v2', '  digest: ""'),
    );
    expect(setImage(text, `:v2@${other}`).text).toBe(
      lines('image:', '  repository: a/b', '  tag: v2', `  digest: ${other}`),
    );
    const sha = lines('image:', '  repository: a/b', '  tag: v1', `  sha: ${'b'.repeat(64)}`);
    expect(setImage(sha, `:v2@${other}`).text).toBe(
      lines('image:', '  repository: a/b', '  tag: v2', `  sha: ${'c'.repeat(64)}`),
    );
    expect(setImage(sha, 'v2').text).toContain('sha: ""');
  });

  it('puts a digest behind the tag where there is no field for it', () => {
    const text = lines('image:', '  repository: a/b', `  tag: v1@${digest}`);
    expect(setImage(text, `:v2@${other}`).text).toBe(
      lines('image:', '  repository: a/b', `  tag: v2@${other}`),
    );
    expect(setImage(text, 'v2').text).toBe(lines('image:', '  repository: a/b', '  tag: v2'));
    expect(setImage(text, `@${other}`).text).toBe(
      lines('image:', '  repository: a/b', `  tag: v1@${other}`),
    );
  });

  it('fills an empty tag in', () => {
    for (const [empty, full] of [
      ['tag:', 'tag: v2'],
      ['tag: # c', 'tag: v2 # c'],
      ['tag: ""', 'tag: "v2"'],
      ['tag: ~', 'tag: v2'],
      ['tag:   ', 'tag: v2   '],
    ]) {
      const text = lines('image:', '  repository: a/b', `  ${empty}`, 'x: 1');
      expect(setImage(text, 'v2').text).toBe(
        lines('image:', '  repository: a/b', `  ${full}`, 'x: 1'),
      );
    }
    expect(setImage('image:\n  repository: a/b # c\n', 'v2').text).toBe(
      'image:\n  repository: a/b # c\n  tag: v2\n',
    );
    expect(setImage('image: {repository: a/b, tag: }\n', 'v2').text).toBe(
      'image: {repository: a/b, tag: v2}\n',
    );
  });

  it('knows the other ways that charts write one', () => {
    const nginx = lines(
      'controller:',
      '  image:',
      '    image: ingress-nginx/controller',
      '    tag: v1',
      `    digest: ${digest}`,
    );
    expect(setImage(nginx, 'v2').text).toBe(nginx.replace('v1', 'v2').replace(digest, '""'));
    expect(setImage('image: a/b\nimageTag: v1\n', 'a/b:v2').text).toBe(
      'image: a/b\nimageTag: v2\n',
    );
    expect(setImage('image: {name: a/b, tag: v1}\n', 'a/b:v2').text).toBe(
      'image: {name: a/b, tag: v2}\n',
    );
    expect(
      setImage('chart: {repository: "https://x.example.com", tag: 1}\nimage: a:1\n', 'b:2').changes,
    ).toHaveLength(1);
  });

  it('finds the values of a HelmRelease and of an Argo CD Application', () => {
    const release = lines(
      'apiVersion: helm.toolkit.fluxcd.io/v2',
      'kind: HelmRelease',
      'metadata: {name: web}',
      'spec:',
      '  chart: {spec: {chart: app-template, version: 1.0.0}}',
      '  values:',
      '    image:',
      '      repository: a/b',
      '      tag: v1',
    );
    const { text, changes } = setImage(release, 'a/b:v2');
    expect(text).toBe(release.replace('tag: v1', 'tag: v2'));
    expect(changes).toMatchObject([
      { kind: 'HelmRelease', name: 'web', path: 'spec.values.image.tag' },
    ]);
    const app = lines(
      'apiVersion: argoproj.io/v1alpha1',
      'kind: Application',
      'spec:',
      '  source:',
      '    helm:',
      '      valuesObject: {image: "a/b:1"}',
    );
    expect(setImage(app, 'a/b:2').text).toBe(app.replace('b:1', 'b:2'));
  });
});

describe('setImage behind Flux setter markers', () => {
  it('finds whole images, names, tags and digests in any kind', () => {
    const text = lines(
      'apiVersion: example.com/v1',
      'kind: Thing',
      'spec:',
      '  runtime: a/b:1 # {"$imagepolicy": "flux-system:whole"}',
      '  parts:',
      '    from: c/d # {"$imagepolicy": "flux-system:parts:name"}',
      '    at: "1" # keep {"$imagepolicy": "flux-system:parts:tag"}',
      '  other: e/f:1 # {"$imagepolicy": "broken"}',
    );
    expect(setImage(text, 'a/b:2').text).toBe(text.replace('a/b:1', 'a/b:2'));
    const { text: after, changes } = setImage(text, 'c/d:2');
    expect(after).toBe(text.replace('"1"', '"2"'));
    expect(changes).toMatchObject([{ kind: 'Thing', path: 'spec.parts.at' }]);
    expect(setImage(text, '9.0.0', { all: true }).changes).toHaveLength(2);
  });

  describe('takes all values of one policy as one image', () => {
    const marked = lines(
      'apiVersion: example.com/v1',
      'kind: Thing',
      'metadata:',
      '  labels:',
      '    version: 1.0.0 # {"$imagepolicy": "ns:podinfo:tag"}',
      'spec:',
      '  img: ghcr.io/x/podinfo:1.0.0 # {"$imagepolicy": "ns:podinfo"}',
      '  other: ghcr.io/x/other:1.0.0 # {"$imagepolicy": "ns:other"}',
      '---',
      'apiVersion: apps/v1',
      'kind: Deployment',
      'spec:',
      '  template:',
      '    spec:',
      '      containers:',
      '        - name: web',
      '          image: ghcr.io/x/podinfo:1.0.0 # {"$imagepolicy": "ns:podinfo"}',
      '      config: {}',
      '      tag: "1.0.0" # {"$imagepolicy": "ns:podinfo:tag"}',
      '      old: 1.0.0',
    );
    const podinfo = (text: string): string =>
      text
        .replaceAll('podinfo:1.0.0', 'podinfo:2.0.0')
        .replace('version: 1.0.0', 'version: 2.0.0')
        .replace('"1.0.0" #', '"2.0.0" #');

    it.each<[string, SetImageOptions]>([
      ['ghcr.io/x/podinfo:2.0.0', {}],
      ['2.0.0', { container: 'web' }],
      ['ghcr.io/x/podinfo:2.0.0', { container: 'web' }],
    ])('sets them together for %s %o, in all maps and documents, once', (image, selector) => {
      const { text, changes } = setImage(marked, image, selector);
      expect(text).toBe(podinfo(marked));
      expect(changes.map((each) => each.line)).toEqual([5, 7, 17, 19]);
      expect(setImage(text, image, selector)).toMatchObject({ text, changes: [] });
    });

    it('does not call a file with one policy ambiguous', () => {
      const text = marked.replace(/^ {2}other.*\n/m, '');
      expect(setImage(text, '2.0.0').text).toBe(podinfo(text));
      expect(() => setImage(marked, '2.0.0')).toThrow('5 images');
    });

    it('leaves alone what the selector excludes', () => {
      const { changes } = setImage(marked, 'ghcr.io/x/podinfo:2.0.0', { document: 0 });
      expect(changes.map((each) => each.line)).toEqual([5, 7]);
      expect(
        setImage(marked, 'ghcr.io/x/podinfo:2.0.0', { jsonPath: 'spec.img' }).changes,
      ).toMatchObject([{ line: 7 }]);
    });

    it('puts a name, a tag and a digest from different maps together', () => {
      const text = lines(
        'a: {x: 1}',
        'b:',
        '  from: c/d # {"$imagepolicy": "n:p:name"}',
        'c:',
        '  at: v1 # {"$imagepolicy": "n:p:tag"}',
        'd:',
        `  sum: ${digest} # {"$imagepolicy": "n:p:digest"}`,
      );
      expect(setImage(text, 'c/d:v2').text).toBe(text.replace('v1', 'v2').replace(digest, '""'));
      expect(setImage(text, `:v2@${other}`).text).toBe(
        text.replace('v1', 'v2').replace(digest, other),
      );
    });

    it('says when no marked value can hold what is new, and never that it is there already', () => {
      const sum = `sum: ${digest} # {"$imagepolicy": "n:p:digest"}\n`;
      const name = 'from: c/d # {"$imagepolicy": "n:p:name"}\n';
      for (const [text, image] of [
        [sum, '2.0.0'],
        [name, 'c/d:2.0.0'],
        ['at: v1 # {"$imagepolicy": "n:p:tag"}\n', `@${other}`],
      ] as const)
        expect(() => setImage(text, image)).toThrow(
          expect.objectContaining({ code: 'MANIFEST_UNSAFE_EDIT' }),
        );
      expect(setImage(name, 'e/f').text).toBe(name.replace('c/d', 'e/f'));
    });
  });

  it('does not count a marked container twice', () => {
    const text =
      'apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image: a/b:1 # {"$imagepolicy": "n:p"}\n';
    expect(setImage(text, 'x/y:2').changes).toHaveLength(1);
  });
});
