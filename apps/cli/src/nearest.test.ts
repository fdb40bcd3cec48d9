import { describe, expect, it } from 'vitest';
import { nearest } from './nearest.ts';

const commands = [
  'create-branch',
  'set-image-yaml',
  'pull-request',
  'merge',
  'k8s-pr',
  'pr',
  'tag',
];

describe('nearest', () => {
  it.each([
    ['merg', 'merge'],
    ['k8spr', 'k8s-pr'],
    ['pull-reqeust', 'pull-request'],
    ['set-image-yml', 'set-image-yaml'],
  ])('takes %s for %s', (typed, meant) => {
    expect(nearest(typed, commands)).toBe(meant);
  });

  it('finds nothing for a word that is like none', () => {
    expect(nearest('deployment', commands)).toBeUndefined();
    expect(nearest('x', [])).toBeUndefined();
    expect(nearest('-', commands)).toBeUndefined();
    expect(nearest('xy', commands)).toBeUndefined();
  });

  it('prefers the nearer of two', () => {
    expect(nearest('taq', ['pr', 'tag'])).toBe('tag');
  });
});
