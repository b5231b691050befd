/**
 * Addresses and networks, as the scheme `ip` writes them: `10.0.0.7`, `10.0.0.0/8`, `fe80::1`, `2001:db8::/32`.
 */

/** An address as its bytes, 4 or 16 of them. */
type AddressBytes = readonly number[];

const IPV6_GROUPS = 8;

/** Whether an ACL may name it: an address, with or without a number of bits. */
export const isNetwork = (text: string): boolean => parseNetwork(text) !== null;

/** Whether an address lies in a network. What can't be read matches nothing. */
export function isInNetwork(addressText: string, networkText: string): boolean {
  const address = parseAddress(addressText);
  const network = parseNetwork(networkText);
  if (!address || !network || address.length !== network.address.length) return false;
  for (let bit = 0; bit < network.bits; bit++) {
    if (bitAt(address, bit) !== bitAt(network.address, bit)) return false;
  }
  return true;
}

/**
 * An IPv6 address as Java prints it: eight groups, none left out, no zeroes in front.
 * @returns null when the text is no such address
 */
export function canonicalIpv6(text: string): string | null {
  const bytes = text.includes(':') ? parseIpv6(text) : null;
  if (bytes === null) return null;
  const groups: string[] = [];
  for (let i = 0; i < bytes.length; i += 2) groups.push((((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)).toString(16));
  return groups.join(':');
}

const bitAt = (address: AddressBytes, bit: number): number => ((address[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;

function parseNetwork(text: string): { address: AddressBytes; bits: number } | null {
  const slash = text.indexOf('/');
  const address = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (!address) return null;
  const allBits = address.length * 8;
  if (slash === -1) return { address, bits: allBits };
  const bits = wholeNumber(text.slice(slash + 1), allBits);
  return bits === null ? null : { address, bits };
}

function parseAddress(text: string): AddressBytes | null {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): AddressBytes | null {
  const parts = text.split('.').map((part) => wholeNumber(part, 255));
  return parts.length === 4 && allThere(parts) ? parts : null;
}

function parseIpv6(text: string): AddressBytes | null {
  const halves = text.split('::').map((half) => (half === '' ? [] : half.split(':').map(hexGroup)));
  const [first = [], last = []] = halves;
  const groupCount = first.length + last.length;
  if (halves.length > 2 || (halves.length === 1 ? groupCount !== IPV6_GROUPS : groupCount >= IPV6_GROUPS)) return null;
  const groups = [...first, ...new Array<number>(IPV6_GROUPS - groupCount).fill(0), ...last];
  return allThere(groups) ? groups.flatMap((group) => [group >> 8, group & 0xff]) : null;
}

const hexGroup = (text: string): number | null => (/^[0-9a-f]{1,4}$/i.test(text) ? Number.parseInt(text, 16) : null);

function wholeNumber(text: string, max: number): number | null {
  const value = /^\d{1,3}$/.test(text) ? Number(text) : -1;
  return value >= 0 && value <= max ? value : null;
}

const allThere = (values: readonly (number | null)[]): values is number[] => !values.includes(null);
