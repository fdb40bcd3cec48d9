import { imagePurl } from '@bowline/gitops-notify/cdevents';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const digest = `sha256:${'0b31b1c02ff458ad'.repeat(4)}`;
const version = `@sha256%3A${'0b31b1c02ff458ad'.repeat(4)}`;

describe('imagePurl', () => {
  it.each([
    ['nginx', 'pkg:oci/nginx?repository_url=docker.io/library/nginx&tag=latest'],
    ['nginx:1.27', 'pkg:oci/nginx?repository_url=docker.io/library/nginx&tag=1.27'],
    ['docker.io/nginx:1.27', 'pkg:oci/nginx?repository_url=docker.io/library/nginx&tag=1.27'],
    ['Docker.io/acme/web:2', 'pkg:oci/web?repository_url=docker.io/acme/web&tag=2'],
    ['index.docker.io/a.b/web:2', 'pkg:oci/web?repository_url=docker.io/a.b/web&tag=2'],
    ['acme/web:2', 'pkg:oci/web?repository_url=docker.io/acme/web&tag=2'],
    ['ghcr.io/acme/shop/web:v2', 'pkg:oci/web?repository_url=ghcr.io/acme/shop/web&tag=v2'],
    ['localhost/web:2', 'pkg:oci/web?repository_url=localhost/web&tag=2'],
    ['r.example.com:5000/web', 'pkg:oci/web?repository_url=r.example.com%3A5000/web&tag=latest'],
    ['localhost:5000/web:2', 'pkg:oci/web?repository_url=localhost%3A5000/web&tag=2'],
    ['R.Example.com/web:V2', 'pkg:oci/web?repository_url=r.example.com/web&tag=V2'],
    [`ghcr.io/acme/web@${digest}`, `pkg:oci/web${version}?repository_url=ghcr.io/acme/web`],
    [
      `ghcr.io/acme/web:2.1.0@${digest}`,
      `pkg:oci/web${version}?repository_url=ghcr.io/acme/web&tag=2.1.0`,
    ],
    [
      `r.example.com:5000/a/b__c.d-e:x_y.z@${digest}`,
      `pkg:oci/b__c.d-e${version}?repository_url=r.example.com%3A5000/a/b__c.d-e&tag=x_y.z`,
    ],
  ])('%s', (image, purl) => {
    expect(imagePurl(image)).toBe(purl);
  });

  it.each([
    ['', 'pkg:generic/unknown'],
    ['not an image', 'pkg:generic/not%20an%20image'],
    ['acme/Web:2', 'pkg:generic/acme%2FWeb%3A2'],
    ['web:', 'pkg:generic/web%3A'],
    ['web@sha256:short', 'pkg:generic/web%40sha256%3Ashort'],
    ['web:1:2', 'pkg:generic/web%3A1%3A2'],
    ["a'(b)*!", 'pkg:generic/a%27%28b%29%2A%21'],
  ])('%j is no image reference', (image, purl) => {
    expect(imagePurl(image)).toBe(purl);
  });

  it('is a package URL whatever the image is, and quick', () => {
    const form =
      /^pkg:(?:oci|generic)\/[A-Za-z0-9._~%-]+(?:@[A-Za-z0-9._~%-]+)?(?:\?[a-z_]+=[A-Za-z0-9._~%/-]+(?:&[a-z_]+=[A-Za-z0-9._~%/-]+)*)?$/;
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.stringMatching(/^[a-zA-Z0-9._:/@-]{1,80}$/),
          fc.constantFrom('a_'.repeat(600), 'a.'.repeat(500), '__'.repeat(500), 'a/'.repeat(500)),
        ),
        (image) => {
          expect(imagePurl(image)).toMatch(form);
        },
      ),
      { numRuns: 500 },
    );
  });
});
