import { describe, expect, it } from 'vitest';
import { completeImage } from './complete-image.ts';

describe('completeImage', () => {
  it.each([
    [
      'registry.example.com/shop/web:2.1',
      'r.example.com/team',
      'registry.example.com/shop/web:2.1',
    ],
    ['@sha256:abc', 'r.example.com/team', '@sha256:abc'],
    ['2.1', 'r.example.com/team', 'r.example.com/team/web:2.1'],
    ['main', 'r.example.com/team//', 'r.example.com/team/web:main'],
    ['2.1', undefined, '2.1'],
    ['web-front', undefined, ':web-front'],
  ])('%s with registry %s is %s', (image, registry, expected) => {
    expect(completeImage(image, { deploy: 'web', registry })).toBe(expected);
  });
});
