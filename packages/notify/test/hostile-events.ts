import { rememberSecret } from '@bowline/gitops-errors';
import type { GitOpsEvent } from '@bowline/gitops-notify';
import fc from 'fast-check';
import { sampleEvents } from './sample-events.ts';

const remembered = 'canary.remembered.5d1e';
// Long before it is shown, so that it must be found before the text is cut.
const canaries = [
  remembered,
  'https://me:canary-in-url@bitbucket.org/acme/shop.git',
  'Authorization: Bearer canaryBearerToken0123456789',
  'ghp_canary0123456789abcdefghijklmnopqrst',
  'ghp_\u200bcanary0123456789abcdefghijklmnopqrst',
  'https://hooks.slack.com/services/canary/T0/B0',
  'https://flow.example.com/invoke?sp=1&sig=canary-signature-0123',
];
const attacks = [
  '<at>everyone</at>',
  '< AT id="1">all</at >',
  '<\u200bat>everyone<\u200b/at>',
  '[click](javascript:alert(1))',
  '**bold** _it_ \\* `x` # > - 1. ![i](https://evil.example/x.png)',
  '{{DATE(2017-02-14T06:00:00Z, SHORT)}}{{{TIME(2017-02-14T06:00:00Z)}}',
  '\u202egnp.exe\u2066\u200f\ud800\u0000\u0007\u001b]8;;https://evil.example\u0007',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '<!channel> <!here> <@U1> <!subteam^S1|x> <#C1> <https://evil.example|click> &lt;!channel&gt; &amp;',
  '@everyone @here <@!1> <@&1> <t:0:R> <:x:1> <users/all> ||x|| ~~x~~ -# x ``` > x',
  '](https://evil.example) [x](<https://evil.example>) <a href="https://evil.example">x</a> \\',
  '# x',
  '- 1. x',
  'line\r\nbreak\u2028here\u2029there\u0085now',
  '𝔘𝔫𝔦'.repeat(2000),
  '"\\'.repeat(2000),
];
const links = [
  'javascript:alert(document.cookie)',
  'data:text/html,<script>alert(1)</script>',
  'file:///etc/passwd',
  '/srv/git/acme/shop.git',
  'java\nscript:alert(1)',
  'vbscript:x',
  'https://user:canary-pw@evil.example/',
  'https://ok.example/a?sig=canary-signature-0123',
  `https://long.example/${'é'.repeat(3000)}`,
  'https://ok.example/plain',
  '//evil.example',
  '',
];
const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.constantFrom(...attacks, ...canaries),
  fc.tuple(fc.constantFrom(...attacks), fc.constantFrom(...canaries)).map((two) => two.join(' ')),
  fc.tuple(fc.nat(400), fc.constantFrom(...canaries)).map(([n, c]) => `${'p '.repeat(n)}${c}`),
);
const hostileLink = fc.oneof(fc.constantFrom(...links), hostileText);
/** The members that hold addresses. */
export const addressKeys = new Set(['url', 'webUrl']);

/** Replaces every text of a sample, keeps its shape, and makes its lists long. */
export function poison(value: unknown, next: (key: string) => string, key = ''): unknown {
  if (key === 'type' || key === 'id' || key === 'time' || key === 'job') return value;
  if (typeof value === 'string') return next(key);
  if (Array.isArray(value)) {
    const copies = Array.from({ length: 40 }, () => value).flat();
    return copies.map((item) => poison(item, next, key));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, poison(item, next, name)]),
  );
}

/** Events of all types with texts, addresses and list lengths from outside. */
export const hostileEvent = fc
  .tuple(
    fc.constantFrom(...Object.values(sampleEvents)),
    fc.array(hostileText, { minLength: 1, maxLength: 30 }),
    fc.array(hostileLink, { minLength: 1, maxLength: 10 }),
  )
  .map(([sample, texts, addresses]) => {
    // Each time: this module may be kept from a test file that had another memory of secrets.
    rememberSecret(remembered);
    let index = 0;
    const from = (list: readonly string[]) => {
      index += 1;
      return list[index % list.length] ?? '';
    };
    const links = addresses.map((url) => ({ title: from(texts), url }));
    return poison({ ...sample, links }, (key) =>
      from(addressKeys.has(key) ? addresses : texts),
    ) as GitOpsEvent;
  });
