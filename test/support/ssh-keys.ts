import ssh2 from 'ssh2';

/**
 * A pair of keys in OpenSSH's form. Of ssh2's pairs of type ed25519 about one in three hundred is malformed, and no
 * program reads it: such a one is made again.
 */
export function keyPair(type: 'ed25519' | 'ecdsa' = 'ed25519'): { private: string; public: string } {
  for (;;) {
    const pair =
      type === 'ed25519'
        ? ssh2.utils.generateKeyPairSync('ed25519')
        : ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}
