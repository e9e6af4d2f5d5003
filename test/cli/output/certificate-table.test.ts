import { describe, expect, it } from '@jest/globals';
import { certificateTable, tableLines } from '../../../cli/output/certificate-table.ts';
import { certificateSpecs } from '../../../components/pki/certificates.ts';
import { resolved } from '../../config/support.ts';

const config = resolved({ labSubnet: '10.77.0.0/24', controllers: ['ctl01', 'ctl02'], workers: ['wrk01'] });
const now = new Date('2026-06-01T12:00:00Z');
const expiry = {
  'kubernetes-ca': '2036-06-01T12:00:00Z',
  'etcd-server-ctl02': '2026-06-11T12:00:00Z',
  admin: '2026-05-31T12:00:00Z',
};
const rows = certificateTable(config, expiry, now);
const row = (name: string) => rows.find((one) => one.name === name);

describe('the table of certificates', () => {
  it('has each certificate of the cluster, and the authorities, those first that end first', () => {
    expect(rows).toHaveLength(certificateSpecs(config).length + 3);
    expect(rows.slice(0, 3).map(({ name }) => name)).toEqual(['admin', 'etcd-server-ctl02', 'kubernetes-ca']);
  });

  it('says who signed it, how long it is valid, and where it lies', () => {
    expect(row('etcd-server-ctl02')).toEqual({
      ...{ name: 'etcd-server-ctl02', signer: 'etcd-ca', expires: '2026-06-11T12:00:00Z', daysLeft: 10, due: true },
      files: [{ machine: 'ctl02', path: '/etc/etcd/pki/server.crt' }],
    });
    expect(row('admin')).toMatchObject({ daysLeft: -1, due: true });
    expect(row('kubernetes-ca')).toMatchObject({ signer: 'itself', due: false });
    expect(row('kubernetes-ca')?.files).toContainEqual({ machine: 'wrk01', path: '/var/lib/kubelet/pki/ca.crt' });
    expect(row('kubelet-client-wrk01')).toMatchObject({ due: false, files: [{ machine: 'wrk01' }] });
  });

  it('is text, a line for each, with files that machines have alike named once', () => {
    const lines = tableLines(rows);
    expect(lines[0]).toMatch(/^certificate +signed by +expires +left +where$/);
    expect(lines[1]).toMatch(
      /^admin +kubernetes-ca +2026-05-31 +expired +ctl01, ctl02: \/etc\/kubernetes\/admin\.conf$/,
    );
    expect(lines[2]).toContain('10 days, due');
    expect(lines.at(-1)).toContain('not made yet');
  });
});
