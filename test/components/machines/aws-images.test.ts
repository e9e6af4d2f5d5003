import { describe, expect, it } from '@jest/globals';
import type * as pulumi from '@pulumi/pulumi';
import { buildAws } from '../../support/aws.ts';
import { someImages } from '../../support/aws-outputs.ts';

describe('the images', () => {
  it("are Debian's, each asked for by one name and once", async () => {
    const asked: unknown[] = [];
    const call = (args: pulumi.runtime.MockCallArgs) => {
      asked.push(args.inputs);
      return someImages(args);
    };
    await buildAws({ workers: ['wrk01', { name: 'wrk02', architecture: 'arm64' }], controllers: ['ctl01'] }, call);
    expect(asked).toEqual(
      ['debian-12-amd64-20260923-2610', 'debian-12-arm64-20260210-2384'].map((name) => ({
        owners: ['136693071363'],
        filters: [{ name: 'name', values: [name] }],
        includeDeprecated: true,
      })),
    );
  });

  it('are those of the config where it names some', async () => {
    const { inputs } = await buildAws({ awsAmis: { amd64: 'ami-0123456789abcdef0' }, controllers: ['ctl01'] });
    expect(inputs('ec2.Instance', 'machines-ctl01').ami).toBe('image ami-0123456789abcdef0');
  });

  it('that a region lacks stop the run before anything is made, with the way out', async () => {
    const { record, settled } = await import('../../support/recorder.ts');
    const { prepareAws } = await import('../../../components/machines/aws/index.ts');
    const { resolved } = await import('../../config/support.ts');
    const { awsBase } = await import('../../support/aws.ts');
    const all = record('hardway', 'test', {}, () => {
      // Where the engine puts what a provider said.
      throw Object.assign(new Error(), { details: 'Your query returned no results' });
    });
    const made = prepareAws(resolved({ ...awsBase, controllers: ['ctl01'] }));
    await expect(made).rejects.toThrow(
      /^the image of amd64 machines, debian-12-amd64-\S+ of Debian's account 136693071363, was not found in eu-central-1; nothing was changed\. AWS said: .*no results.*hardway:awsAmis \(amd64\): machines that run keep theirs/,
    );
    await expect(made).rejects.toMatchObject({ __pulumiRunError: true });
    await settled().catch(() => undefined);
    expect(all.map(({ type }) => type).filter((type) => !type.startsWith('pulumi:'))).toEqual([]);
  });

  it('of another architecture are refused', async () => {
    const call = ({ inputs }: pulumi.runtime.MockCallArgs) => ({ id: 'ami-1', architecture: 'arm64', ...inputs });
    await expect(
      buildAws({ awsAmis: { amd64: 'ami-0123456789abcdef0' }, controllers: ['ctl01'] }, call),
    ).rejects.toThrow(
      'the image ami-1 in hardway:awsAmis.amd64 is one of architecture arm64, not of x86_64; nothing was changed',
    );
  });
});
