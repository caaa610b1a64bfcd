import { expect, it } from 'vitest';
import { hzIn, profileFor, sysctlValue } from './host-kernel.ts';

it.each([
  ['6.18.44-fc-v595', '6.18'],
  ['6.20.0', '6.18'],
  ['6.17.1-arch1', '6.12'],
  ['5.15.0-91-generic', '5.15'],
  ['5.10.12', '5.4'],
  ['2.6.18', '2.6.32'],
])('Linux %s takes the profile %s', (release, profile) => {
  expect(profileFor(release)).toBe(profile);
});

it('reads HZ from the configuration, and says when it is not there', () => {
  expect(hzIn('# CONFIG_HZ_100 is not set\nCONFIG_HZ_250=y\nCONFIG_HZ=250\n')).toBe(250);
  expect(hzIn('CONFIG_HZ_PERIODIC=y\n')).toBe(0);
});

it('takes a sysctl only in the shape that the engine has', () => {
  expect(sysctlValue('net.core.somaxconn', '4096')).toBe(4096);
  expect(sysctlValue('net.ipv4.tcp_rmem', '4096\t131072\t33554432')).toEqual([4096, 131072, 33554432]);
  expect(sysctlValue('net.ipv4.tcp_rmem', '4096')).toBeNull();
});
