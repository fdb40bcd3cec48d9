import { describe, expect, it } from 'vitest';
import { nextLink } from './pages.ts';

const link = (value: string) => nextLink({ headers: new Headers({ link: value }) });

describe('nextLink', () => {
  it('finds the next page among others', () => {
    expect(
      link(
        '<https://a.b/?page=1>; rel="prev", <https://a.b/?page=3,4>; rel="next", <https://a.b/?page=9>; rel="last"',
      ),
    ).toBe('https://a.b/?page=3,4');
    expect(link('<https://a.b/?page=2>; rel=next')).toBe('https://a.b/?page=2');
    expect(link('<https://a.b/?page=2>; title="x"; rel="start next"')).toBe('https://a.b/?page=2');
  });

  it('finds none where there is none', () => {
    expect(link('<https://a.b/?page=1>; rel="last"')).toBeUndefined();
    expect(link('<https://a.b/?rel=next>; rel="nextish"')).toBeUndefined();
    expect(link('nonsense <')).toBeUndefined();
    expect(nextLink({ headers: new Headers() })).toBeUndefined();
  });

  it('reads a hostile header in linear time', () => {
    const started = performance.now();
    expect(link(`${'<'.repeat(50_000)}; rel=`)).toBeUndefined();
    expect(link(`<a>${'; rel'.repeat(20_000)}`)).toBeUndefined();
    expect(link(`<a>; rel="${' '.repeat(50_000)}x`)).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
