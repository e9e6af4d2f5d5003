import { describe, expect, it } from '@jest/globals';
import { packages, recipeArguments, recipeKey } from '../../lab/image/recipe.ts';
import { buildFault } from '../../lab/image.ts';

describe('recipeKey', () => {
  const read = (name: string) => `text of ${name}`;

  it('stays while the recipe stays', () => {
    expect(recipeKey(read)).toBe(recipeKey(read));
    expect(recipeKey(read)).toMatch(/^[0-9a-f]{12}$/);
  });

  it.each(['boot.sh', 'customize.sh', 'sshd.conf', 'mirror.conf', 'registry.yml'])('changes with %s', (changed) => {
    expect(recipeKey((name) => (name === changed ? 'other' : read(name)))).not.toBe(recipeKey(read));
  });
});

describe('recipeArguments', () => {
  it('includes what Kubernetes needs on a machine', () => {
    for (const name of ['socat', 'conntrack', 'ipset', 'iptables', 'libnginx-mod-stream', 'openssh-server']) {
      expect(packages).toContain(name);
    }
  });

  it('quotes the folder for the shell that runs the hook', () => {
    expect(recipeArguments("/it's here").at(-1)).toBe(`--customize-hook=sh '/it'\\''s here/customize.sh' "$1"`);
  });
});

describe('buildFault', () => {
  it('shows apt’s errors, the log and the next step', () => {
    const lines = [
      'I: running apt-get update...',
      'E: Failed to fetch http://a.example/InRelease',
      'I: done',
      'E: apt-get update failed',
    ];
    const fault = buildFault(lines, '/cache/logs/machine-image.log');
    expect(fault).toContain('Failed to fetch');
    expect(fault).not.toContain('I: done');
    expect(fault).toContain('/cache/logs/machine-image.log');
    expect(fault).toContain('`apt-get update` on this machine must pass');
  });

  it('knows a full disk', () => {
    expect(buildFault(['E: write failed: No space left on device'], 'log')).toContain('Next: free space');
  });
});
