import { describe, expect, it } from 'vitest';
import { guardedLookup, isAllowedAddress } from './address-guard.ts';

const open = { allowPrivate: false, onlyLoopback: false };
const inside = { allowPrivate: true, onlyLoopback: false };
const here = { allowPrivate: true, onlyLoopback: true };

describe('isAllowedAddress', () => {
  it.each([
    // address, by default, with private addresses, on this machine only
    ['8.8.8.8', true, true, false],
    ['2606:4700:4700::1111', true, true, false],
    ['::ffff:8.8.8.8', true, true, false],
    ['127.0.0.1', false, true, true],
    ['127.255.255.254', false, true, true],
    ['::1', false, true, true],
    ['::ffff:127.0.0.1', false, true, true],
    ['10.0.0.1', false, true, false],
    ['100.64.0.1', false, true, false],
    ['172.31.255.255', false, true, false],
    ['172.32.0.1', true, true, false],
    ['192.168.1.1', false, true, false],
    ['::ffff:192.168.1.1', false, true, false],
    ['fd12:3456::1', false, true, false],
    ['169.254.169.254', false, false, false],
    ['::ffff:a9fe:a9fe', false, false, false],
    ['100.100.100.200', false, false, false],
    ['168.63.129.16', false, false, false],
    ['192.0.0.192', false, false, false],
    ['fd00:ec2::254', false, false, false],
    ['fe80::1', false, false, false],
    ['0.0.0.0', false, false, false],
    ['::', false, false, false],
    ['::127.0.0.1', false, false, false],
    ['64:ff9b::7f00:1', false, false, false],
    ['::ffff:0:7f00:1', false, false, false],
    ['::ffff:0:169.254.169.254', false, false, false],
    ['::ffff:0:0:0:1', false, false, false],
    ['0:0:0:0:0:ffff:8.8.8.8', true, true, false],
    ['0:0:0:0:0:ffff:127.0.0.1', false, true, true],
    ['2002:7f00:1::', false, false, false],
    ['2001:0:7f00:1::', false, false, false],
    ['224.0.0.1', false, false, false],
    ['255.255.255.255', false, false, false],
    ['ff02::1', false, false, false],
    ['localhost', false, false, false],
    ['', false, false, false],
  ])('%s: %s, %s, %s', (address, byDefault, withPrivate, onThisMachine) => {
    expect(isAllowedAddress(address, open)).toBe(byDefault);
    expect(isAllowedAddress(address, inside)).toBe(withPrivate);
    expect(isAllowedAddress(address, here)).toBe(onThisMachine);
  });
});

describe('guardedLookup', () => {
  it('resolves with the system, and gives only what is allowed', async () => {
    await expect(guardedLookup(open)('localhost')).rejects.toMatchObject({
      code: 'NOTIFY_ADDRESS_REFUSED',
    });
    const found = await guardedLookup(here)('localhost');
    expect(found.length).toBeGreaterThan(0);
    for (const { address } of found) expect(isAllowedAddress(address, here)).toBe(true);
  });
});
