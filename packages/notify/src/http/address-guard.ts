import { lookup as systemLookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { NotifyError } from '../errors.ts';

/** An address that a host name stands for. */
export interface HostAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Finds the addresses of a host name. */
export type HostLookup = (hostname: string) => Promise<readonly HostAddress[]>;

/** Where messages may be sent to. */
export interface AddressPolicy {
  /** Allows private and loopback addresses. Link-local, metadata and multicast addresses stay refused. */
  readonly allowPrivate: boolean;
  /** Allows loopback addresses alone. For plain http, which must not leave the machine. */
  readonly onlyLoopback: boolean;
}

function ranges(...subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = '', bits] = subnet.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

// IANA special-purpose address registries (RFC 6890 and its updates).
const loopback = ranges('127.0.0.0/8', '::1/128');
const inside = ranges('10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7');
// Nobody's receiver: "this network", link-local, protocol assignments, documentation, benchmarks, relays, multicast, reserved,
// and the metadata services of the clouds that live outside of link-local (Azure, Oracle, Alibaba, AWS over IPv6).
const never = ranges(
  '0.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '168.63.129.16/32',
  '100.100.100.200/32',
  'fd00:ec2::/32',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
);
// Beside the addresses of the Internet those that stand for IPv4 (RFC 4291 §2.5.5.2), which the lists above see through.
const globalUnicast = ranges('2000::/3', '::ffff:0:0/96');

/** Tells whether the policy allows to connect to an IP address. Text that is no IP address is not allowed. */
export function isAllowedAddress(address: string, policy: AddressPolicy): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  const kind = family === 6 ? 'ipv6' : 'ipv4';
  // The lists see through ::ffff:a.b.c.d to the IPv4 ranges. Other ways to wrap IPv4 (NAT64, SIIT, 6to4) lie outside or in `never`.
  if (never.check(address, kind)) return false;
  if (loopback.check(address, kind)) return policy.allowPrivate;
  if (policy.onlyLoopback) return false;
  if (inside.check(address, kind)) return policy.allowPrivate;
  return family === 4 || globalUnicast.check(address, kind);
}

const resolve: HostLookup = async (hostname) => {
  const found = await systemLookup(hostname, { all: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
};

/**
 * Makes a lookup that gives only allowed addresses.
 *
 * The connection goes to exactly these addresses, so that a name that changes between a check and the connection (DNS rebinding)
 * gains nothing. One forbidden address among several is enough to refuse the name.
 *
 * @throws NotifyError `NOTIFY_ADDRESS_REFUSED` from the lookup that it returns
 */
export function guardedLookup(policy: AddressPolicy, lookup: HostLookup = resolve): HostLookup {
  return async (hostname) => {
    const addresses = isIP(hostname)
      ? [{ address: hostname, family: isIP(hostname) === 6 ? 6 : 4 } as const]
      : await lookup(hostname);
    if (addresses.some(({ address }) => !isAllowedAddress(address, policy)))
      throw new NotifyError(
        'NOTIFY_ADDRESS_REFUSED',
        `The host "${hostname}" has an address that is ${policy.onlyLoopback ? 'not on this machine, which plain http needs' : 'private or reserved'}.`,
      );
    return addresses;
  };
}
