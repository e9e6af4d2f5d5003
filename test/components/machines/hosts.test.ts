import { beforeAll, describe, expect, it } from '@jest/globals';
import type { HostRecord } from '../../../config/host-record.ts';
import { hostsConfig } from '../../preflight/support.ts';
import { record } from '../../support/recorder.ts';

type HostsModule = typeof import('../../../components/machines/hosts.ts');
let room: HostsModule;

beforeAll(async () => {
  record('hardway', 'test', {});
  room = await import('../../../components/machines/hosts.ts');
});

let made = 0;
function wayToApi(apiAddress?: string) {
  const config = hostsConfig({ sshPrivateKey: 'a key', ...(apiAddress === undefined ? {} : { apiAddress }) });
  const hosts: HostRecord['hosts'] = Object.fromEntries(
    config.machinesList.map(({ name, address }) => [
      name,
      {
        ...{ dialled: `${address}:22`, hostKey: 'ssh-ed25519 AAAA', os: 'debian 12', architecture: 'amd64' },
        ...{ cgroupVersion: 2 as const, sysResource: true, container: false },
      },
    ]),
  );
  const known = { cluster: 'c'.repeat(32), hosts, bastions: {} };
  made += 1;
  const { externalEndpoint, apiServerCertSans } = new room.Hosts(`machines${made}`, { config, record: known });
  return { externalEndpoint, apiServerCertSans };
}

describe('the way to the API of hosts', () => {
  it('is an address or a name, which the certificate has too', () => {
    expect(wayToApi('203.0.113.10')).toEqual({
      externalEndpoint: '203.0.113.10',
      apiServerCertSans: { dnsNames: [], ipAddresses: ['203.0.113.10'] },
    });
    expect(wayToApi('api.example.com')).toEqual({
      externalEndpoint: 'api.example.com',
      apiServerCertSans: { dnsNames: ['api.example.com'], ipAddresses: [] },
    });
  });

  it('is in no certificate twice', () => {
    expect(wayToApi('10.0.0.5')).toEqual({ externalEndpoint: '10.0.0.5', apiServerCertSans: undefined });
    expect(wayToApi('10.0.0.11')).toEqual({ externalEndpoint: '10.0.0.11', apiServerCertSans: undefined });
    expect(wayToApi('10.0.0.21').apiServerCertSans).toEqual({ dnsNames: [], ipAddresses: ['10.0.0.21'] });
  });

  it("is the machines' own where none is said, and is looked for from here all the same", () => {
    expect(wayToApi()).toEqual({ externalEndpoint: '10.0.0.5', apiServerCertSans: undefined });
  });
});
